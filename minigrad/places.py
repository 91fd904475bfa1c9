"""What to say when a computation fails: in the user's names, with file and line.

A plain sweep never comes here; a tape that explains itself asks once for each
operation, some ten microseconds.  The interpreter knows which expression each frame
is at (PEP 657), so ``h @ W`` can be called by what the user wrote, and a tape that
explains notes the place of each line.
"""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any, NamedTuple

from minigrad.tape import shape_of

OURS = str(Path(__file__).parent)


class Place(NamedTuple):
    """Where the user's code is: the file and line, and the expression that runs."""

    file: str
    line: int
    function: str
    text: str  # the source of the expression, "" if it is not to be had
    method: bool = False  # a call of a method, not of a function in a module

    def __str__(self) -> str:
        inside = "" if self.function == "<module>" else f" in {self.function}"
        return f"{self.file}:{self.line}{inside}"

    def operands(self, n: int) -> list[str]:
        """The source of the first n things operated on: ``h`` and ``W``."""
        names = [ast.unparse(node) for node in self._operands()][:n]
        return names if len(names) == n else [f"argument {k}" for k in range(n)]

    def _operands(self) -> list[ast.expr]:
        try:
            node = ast.parse(self.text.strip(), mode="eval").body
        except SyntaxError:
            return []
        if isinstance(node, ast.BinOp):
            return [node.left, node.right]
        if isinstance(node, ast.UnaryOp):
            return [node.operand]
        if isinstance(node, ast.Subscript):
            return [node.value]
        if not isinstance(node, ast.Call):
            return []
        if self.method and isinstance(node.func, ast.Attribute):
            return [node.func.value, *node.args]
        first = node.args[0] if node.args else None
        return first.elts if isinstance(first, (ast.List, ast.Tuple)) else node.args


def place() -> Place | None:
    """The innermost frame that is neither ours nor NumPy's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not _is_users(frame.f_code):
        frame = frame.f_back
    return None if frame is None else place_of(frame, frame.f_lasti, frame.f_lineno)


def _is_users(code: CodeType) -> bool:
    file = code.co_filename
    return not (file.startswith((OURS, "<minigrad")) or "numpy" in Path(file).parts)


def place_of(frame: FrameType, instruction: int, line: int) -> Place | None:
    """The expression of an instruction, from the columns that the code knows."""
    code = frame.f_code
    if not _is_users(code):
        return None
    first, last, start, stop = list(code.co_positions())[instruction // 2]
    text = ""
    if first is not None and last is not None:
        rows = [linecache.getline(code.co_filename, n) for n in range(first, last + 1)]
        text = _columns("".join(rows), start, stop)
    owner = text.partition(".")[0].strip()
    # not frame.f_locals, which would keep what it shows alive as long as the frame
    is_module = isinstance(frame.f_globals.get(owner), ModuleType)
    method = not (is_module or owner in ("np", "numpy", "mg"))
    return Place(code.co_filename, line, code.co_name, text, method)


def _columns(text: str, start: int | None, stop: int | None) -> str:
    """From a column of the first line to one of the last; they count bytes."""
    rows = [row.encode() for row in text.splitlines()]
    if start is None or stop is None or not rows:
        return ""
    rows[-1] = rows[-1][:stop]
    rows[0] = rows[0][start:]
    return " ".join(row.decode(errors="replace").strip() for row in rows)


# ---------------------------------------------------------------- shapes


ABOUT_SHAPES = ("shape", "broadcast", "dimension", "axis", "size", "square")


class ShapeError(ValueError):
    """Arguments of an operation whose shapes do not fit, told in the user's names."""


def misfit(op: Any, args: Sequence[Any], error: ValueError) -> ValueError:
    """What NumPy refused, with the expression, its place and all shapes below it."""
    told = str(error)
    if type(error) is not ValueError or not any(word in told for word in ABOUT_SHAPES):
        return error  # told already, or a singular matrix, or a user's own
    where = place()
    shapes = [shape_of(a) for a in args]
    names = (where or Place("", 0, "", "")).operands(len(shapes))
    reason = str(error)
    if "broadcast" in reason or op.name == "matmul":
        reason = _first_difference(op.name, shapes) or reason
    text = f"{op.name}: {reason}"
    if where is not None:
        text += f"\n  at {where}" + (f":  {where.text}" if where.text else "")
    rows = "\n".join(_aligned(names, shapes))
    return ShapeError(f"{text}\n{rows}")


def _first_difference(name: str, shapes: Sequence[tuple[int, ...]]) -> str | None:
    """The lengths that had to agree and do not."""
    if len(shapes) != 2 or not all(shapes):
        return None
    x, y = shapes
    if name == "matmul":
        inner = y[-2] if len(y) > 1 else y[-1]
        if x[-1] != inner:
            which = "first" if len(y) <= 2 else "last but one"
            return f"the last axis has {x[-1]} entries, the {which} axis {inner}"
        return None
    for k in range(1, min(len(x), len(y)) + 1):
        if x[-k] != y[-k] and 1 not in (x[-k], y[-k]):
            return f"axis {-k} has {x[-k]} entries and {y[-k]}"
    return None


def _aligned(names: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> Iterator[str]:
    """Shapes below one another, last axis below last axis, as they are broadcast."""
    axes = max(map(len, shapes), default=0)
    cells = [[""] * (axes - len(s)) + [str(n) for n in s] for s in shapes]
    widths = [max(len(row[k]) for row in cells) for k in range(axes)]
    room = max(map(len, names), default=0)
    for name, row, shape in zip(names, cells, shapes, strict=True):
        columns = "  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True))
        yield f"  {name:<{room}}  {columns if shape else 'a number'}"
