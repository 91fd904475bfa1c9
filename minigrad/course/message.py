"""What a student reads of a task that did not pass: eight lines, at 80 columns or more.

    ✗ backprop_weights: wrong shape, 0 of 9 points
      called    backprop_weights(x0 (5,), Ws [(3, 5), (7, 3)], rho, drho, grad_loss)
      got       result[0] is an array of shape (5, 3)
      expected  an array of shape (3, 5) (transposed?)
      likely    Your outer products are transposed.
      so far    wrong: shapes, by hand, random; ok: dead units
      next      minigrad hint 01_backprop/backprop_weights

Where it would be more, what gives way is what is missed least: the ends of the call and
of the numbers, then a line for both numbers, and last the end of the likely slip.  On a
narrow terminal there are more lines, and the slip is never cut.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from minigrad.course.model import (
    EXCEPTION,
    FAILED,
    GRADER_ERROR,
    IMPORT_ERROR,
    MISSING,
    NOT_RUN,
    PASSED,
    SYNTAX_ERROR,
    Call,
    CheckResult,
    Evidence,
    TaskResult,
)
from minigrad.course.plain import plain
from minigrad.course.values import (
    apart,
    as_float,
    index,
    is_array,
    is_number,
    is_sequence,
    item,
    item_name,
    kind_of,
    show,
)
from minigrad.course.words import function_of, headline, mark, verdict

MOST = 8  # lines of a message
NARROWEST, WIDEST = 30, 88  # columns
FEW = 12  # entries of an array that are shown
LONGEST = 120  # characters of a program: about two lines
FULL = 80  # columns from which on these lines are enough
NARROW = 60  # columns below which labels have no column of their own
Row = tuple[str, str]  # a label and what stands beside it

HINT = "minigrad hint {task}"
NEXT = {
    NOT_RUN: "{chapter}/README.md, then minigrad hint {task}",
    EXCEPTION: "minigrad check -v {task} shows the traceback",
    IMPORT_ERROR: "mend the file, then minigrad check {task}",
    SYNTAX_ERROR: "mend that line, then minigrad check {task}",
    MISSING: "write it in {chapter}/{module}.py, under this name",
    GRADER_ERROR: "tell your instructor; it is no fault of yours",
}


@dataclass(frozen=True)
class Paper:
    """What a message is written on; ``whole`` asks for all of it, however long."""

    width: int = WIDEST
    encoding: str = "utf-8"
    whole: bool = False

    @classmethod
    def fitting(cls, columns: int, encoding: str | None, whole: bool = False) -> Paper:
        """As wide as the terminal, as far as lines stay readable."""
        width = max(NARROWEST, min(columns, WIDEST))
        return cls(width, encoding or "utf-8", whole)

    @property
    def bounded(self) -> bool:
        return self.width >= FULL and not self.whole

    def row(self, row: Row, lines: int | None = None) -> list[str]:
        """A label and its text, in no more lines than these at full width."""
        label, text = row
        narrow = self.width < NARROW
        first = f"  {label}: " if narrow else f"  {label:<10}"
        rest = " " * (4 if narrow else len(first))
        if lines is not None:
            lines = None if self.whole else lines * -(-FULL // self.width)
        return self.wrap(text, first, rest, lines)

    def wrap(
        self, text: str, first: str = "", rest: str = "  ", lines: int | None = None
    ) -> list[str]:
        """Spelled first and wrapped then, for a spelling may be longer."""
        return textwrap.wrap(
            plain(first + text, self.encoding),
            self.width,
            subsequent_indent=rest,
            max_lines=lines,
            placeholder=plain(" …", self.encoding),
            break_on_hyphens=False,
        )


SCREEN = Paper()


def explain(result: TaskResult, paper: Paper = SCREEN) -> str:
    """A task's result: its verdict, and what it takes to go on from there."""
    head = paper.wrap(headline(result))
    if result.status == PASSED:
        return "\n".join(head)
    if result.status == NOT_RUN and not result.score:
        return "\n".join([*head, *_next(NOT_RUN, result.id, paper)])
    check = next(c for c in result.checks if c.status == result.status)
    return "\n".join([*head, *_body(check, result, paper, MOST - len(head))])


def explain_check(check: CheckResult, result: TaskResult, paper: Paper = SCREEN) -> str:
    """One check of a task that did not pass."""
    name, said = function_of(result.id), verdict(check.status)
    head = paper.wrap(f"{mark(check.status)} {name} ({check.short}): {said}", lines=2)
    return "\n".join([*head, *_body(check, result, paper, MOST - len(head))])


def _body(check: CheckResult, result: TaskResult, paper: Paper, room: int) -> list[str]:
    """All rows below the head: the fullest that fit."""
    slip = result.diagnosis.message if result.diagnosis else ""
    after = [
        *paper.row(("so far", so_far(result.checks)), 1),
        *_next(check.status, result.id, paper),
        *_traceback(check, paper),
    ]
    for lines, evidence in _ways(check):
        rows = [("called", show_call(check.calls[-1]))] if check.calls else []
        before = [line for r in [*rows, *evidence] for line in paper.row(r, lines)]
        likely = paper.row(("likely", slip)) if slip else []
        left = room - len(before) - len(after)
        if not paper.bounded or len(likely) <= left:
            return [*before, *likely, *after]
    likely = paper.row(("likely", slip), left)
    return [*before, *likely, *after]


def _ways(check: CheckResult) -> Iterator[tuple[int, list[Row]]]:
    """From the fullest to the shortest: lines for a row, and the rows."""
    full = _evidence(check)
    yield 2, full
    yield 1, full
    yield 1, [_in_one(full, check.evidence)]


def _traceback(check: CheckResult, paper: Paper) -> list[str]:
    if not paper.whole or not check.evidence.trace:
        return []
    lines = plain(check.evidence.trace, paper.encoding).splitlines()
    return ["", *(f"    {line}" for line in lines)]


def _next(status: str, task: str, paper: Paper) -> list[str]:
    """A command to copy: with the task's full name where that fits on a line."""
    chapter, _, function = task.partition("/")
    told = paper.whole and status == EXCEPTION  # the traceback is there already
    step = HINT if told else NEXT.get(status, HINT)
    names = {"chapter": chapter, "module": chapter.partition("_")[2]}
    for name in (task, function):
        lines = paper.row(("next", step.format(**names, task=name)))
        if len(lines) == 1:
            break
    return lines


# What was got and expected ---------------------------------------------------------


def _evidence(check: CheckResult) -> list[Row]:
    """The rows between the call and the slip."""
    seen = check.evidence
    if seen.place:
        what = check.message.removesuffix(seen.place).removesuffix(" at ")
        return [("problem", what), ("at", seen.place)]
    if check.status == FAILED and seen.expected is not None:
        got, expected = _values(seen)
        return [("got", got), ("expected", expected)]
    if seen.wanted:
        value = item(seen.got, seen.where)
        # What failed is the right kind of thing, and not finite.
        if check.status == FAILED:
            text = show(value[seen.entry] if seen.entry else value)
        else:
            text = kind_of(value)
        return [("got", _named(seen, text)), ("expected", seen.wanted)]
    return [("problem", check.message)]


def _in_one(rows: list[Row], seen: Evidence) -> Row:
    """Two rows as one: the place of an exception first, of two arrays the entry."""
    if len(rows) == 1:
        return rows[0]
    (label, got), (_, expected) = rows
    if seen.place:
        return label, f"{expected}: {got}"
    if seen.entry and is_array(item(seen.got, seen.where)):
        got, expected = (text.partition(" in ")[0] for text in (got, expected))
        expected = expected.rpartition(" = ")[2]
    return label, f"{got}, expected {expected.removeprefix('an array of shape ')}"


def _named(seen: Evidence, text: str) -> str:
    if seen.entry:
        return f"{item_name(seen.where)}{index(seen.entry)} = {text}"
    return f"{item_name(seen.where)} is {text}" if seen.where else text


def _values(seen: Evidence) -> tuple[str, str]:
    """``result[0][1, 2] = 0.3 in array (3, 5): [...]``: the first entry that differs.

    Nothing but numbers is formatted here: what is not plain is known by its type only.
    """
    got, expected = item(seen.got, seen.where), item(seen.expected, seen.where)
    name = item_name(seen.where) + (index(seen.entry) if seen.entry else "")
    before = f"{name} = " if seen.where or seen.entry else ""
    if is_array(got) and is_array(expected) and seen.entry:
        mine, right = apart(got[seen.entry].item(), expected[seen.entry].item())
        types = got.dtype != expected.dtype
        return (
            f"{before}{mine} in {_array(got, types)}",
            f"{before}{right} in {_array(expected, types)}",
        )
    if is_number(got) and is_number(expected):
        mine, right = apart(as_float(got), as_float(expected))
        return before + mine, before + right
    return before + show(got), before + show(expected)


def _array(value: Any, with_type: bool) -> str:
    """An array's shape, and its entries where they are few."""
    text = show(value) if value.size <= FEW else f"array {value.shape}"
    return f"{value.dtype.name} {text}" if with_type else text


# The call, and how far it is --------------------------------------------------------


def so_far(checks: Sequence[CheckResult]) -> str:
    """``ok: shapes, by hand; wrong: random``, each in the order of the checks."""
    endings = {(check.status, check.message) for check in checks}
    if len(checks) > 1 and len(endings) == 1:
        return f"each of the {len(checks)} checks ends like this"
    groups: dict[str, list[str]] = {}
    for check in checks:
        groups.setdefault(_outcome(check.status), []).append(check.short)
    return "; ".join(f"{what}: {', '.join(names)}" for what, names in groups.items())


def _outcome(status: str) -> str:
    return {PASSED: "ok", NOT_RUN: "not run"}.get(status, "wrong")


def show_call(call: Call) -> str:
    """``mlp_grads(Ws [(3, 5), (2, 3)], X (5, 4), j=1)``: names, shapes, numbers.

    >>> import numpy as np
    >>> show_call(Call("f", (np.zeros((3, 5)), 2, np.tanh), names=("W", "j", "rho")))
    'f(W (3, 5), j=2, rho)'
    """
    if call.program:
        return _last_statements(call.program)
    names = (*call.names, *[""] * (len(call.args) - len(call.names)))
    return f"{call.function}({', '.join(map(_argument, names, call.args))})"


def _last_statements(program: Sequence[str]) -> str:
    """``a = Var(3); b = a * a; b.backward(); a.grad``, or its end if that is long."""
    kept: list[str] = []
    for statement in reversed(program):
        if kept and len("; ".join([statement, *kept])) > LONGEST:
            return "; ".join(["...", *kept])
        kept.insert(0, statement)
    return "; ".join(kept)


def _argument(name: str, value: Any) -> str:
    if is_array(value) or (is_sequence(value) and all(map(is_array, value))):
        return f"{name} {_shapes(value)}".strip()
    if callable(value):
        return name or "a function"
    return f"{name}={show(value)}" if name else show(value)


def _shapes(value: Any) -> str:
    if is_array(value):
        return str(value.shape)
    return f"[{', '.join(_shapes(item) for item in value)}]"
