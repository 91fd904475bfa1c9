"""The names a program gives its values: ``h`` for ``np.tanh(z)``.

A tape knows operations, not variables.  While a function is traced for a drawing, the
interpreter reports each line it is about to run (``sys.settrace``), and the variables
of the function's file are looked at: one that holds a tensor names that line of the
tape.  Only drawings do this; it is slow and nothing else needs it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np

from minigrad.tape import Tape, Tensor

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass
class Names:
    """Names of lines of a tape, and of arrays that are constants on it."""

    lines: dict[int, str] = field(default_factory=dict)
    _arrays: dict[int, tuple[str, Any]] = field(default_factory=dict)

    def name_array(self, name: str, array: Any) -> None:
        """Remember the first name; the array is kept, so that its id stays its own."""
        self._arrays.setdefault(id(array), (name, array))

    def add_arrays(self, others: Names) -> None:
        """Also the names that others know."""
        for name, array in others._arrays.values():
            self.name_array(name, array)

    def of_array(self, array: Any) -> str | None:
        """The name of that very array, if a variable held it."""
        return self._arrays[id(array)][0] if id(array) in self._arrays else None


def named(variables: Mapping[str, Any], tape: Tape) -> Names:
    """The names that variables give to the tape's values, ``locals()`` for instance."""
    names = Names()
    for name, value in variables.items():
        if _computed(value, tape):
            names.lines.setdefault(value.line, name)
        elif isinstance(value, np.ndarray):
            names.name_array(name, value)
    names.lines = _told_apart(names.lines)
    return names


def call(
    function: Callable[..., Any], args: Any, kwargs: Any, tape: Tape
) -> tuple[Any, Names]:
    """Call the function and watch its variables: ``(result, names)``."""
    watcher = _Watcher(tape, _file_of(function))
    before = sys.gettrace()
    sys.settrace(watcher.enter)
    try:
        result = function(*args, **kwargs)
    finally:
        sys.settrace(before)
    return result, watcher.names()


class _Watcher:
    """Called by the interpreter as functions of one file are entered, run and left."""

    def __init__(self, tape: Tape, file: str | None) -> None:
        self.tape = tape
        self.file = file
        self.depth = 0
        # A value handed on keeps the name of the outermost function that named it:
        # the caller's `z1`, not the helper's `out`.
        self.found: dict[int, tuple[int, str]] = {}
        self.arrays = Names()

    def enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code.co_filename != self.file or frame.f_code.co_name[0] == "<":
            return None
        self.depth += 1
        # A parameter is the helper's word for a value; the caller has a better one.
        handed = {v.line for v in frame.f_locals.values() if self._named(v)}

        def step(frame: FrameType, event: str, arg: Any) -> Any:
            self._look(frame.f_locals, handed)
            self.depth -= event == "return"
            return step

        return step

    def _look(self, variables: Mapping[str, Any], handed: set[int]) -> None:
        for name, value in variables.items():
            if self._named(value) and value.line not in handed:
                known = self.found.get(value.line)
                if known is None or self.depth < known[0]:
                    self.found[value.line] = (self.depth, name)
            elif isinstance(value, np.ndarray):
                self.arrays.name_array(name, value)

    def _named(self, value: Any) -> bool:
        return _computed(value, self.tape)

    def names(self) -> Names:
        lines = {line: name for line, (_, name) in sorted(self.found.items())}
        self.arrays.lines = _told_apart(lines)
        return self.arrays


def _computed(value: Any, tape: Tape) -> bool:
    """Whether it is a result on the tape; inputs have names of their own."""
    ours = isinstance(value, Tensor) and value.tape is tape
    return ours and tape.lines is not None and tape.lines[value.line].op is not None


def _told_apart(lines: dict[int, str]) -> dict[int, str]:
    """A variable that held several values numbers them: h₁, h₂, h₃."""
    count, seen = Counter(lines.values()), Counter[str]()
    out = {}
    for line, name in sorted(lines.items()):
        seen[name] += 1
        number = str(seen[name]).translate(SUBSCRIPTS)
        out[line] = name + number if count[name] > 1 else name
    return out


def _file_of(function: Callable[..., Any]) -> str | None:
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    return getattr(code, "co_filename", None)
