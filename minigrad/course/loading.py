"""Run a Python file as a module of its own, whatever its name and folder.

Two folders may both hold ``backprop.py``; neither may end up in ``sys.modules`` in the
other's place, and no ``__pycache__`` is read or written beside a student's file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any


def run_file(path: Path) -> ModuleType:
    """Execute the file at ``path`` and return its module; its errors pass through.

    Neighbors in the same folder can be imported by it, and are forgotten afterwards.
    """
    path = path.resolve()
    source = path.read_bytes()
    if b"\0" in source:  # else each Python has an error of its own
        raise SyntaxError("source code string cannot contain null bytes")
    code = compile(source, str(path), "exec", dont_inherit=True)
    module = ModuleType(f"_minigrad_course_{path.stem}")
    module.__file__ = str(path)
    with _visiting(path.parent):
        sys.modules[module.__name__] = module  # dataclasses look themselves up here
        exec(code, vars(module))
    return module


def marks(module: ModuleType, mark: str) -> list[Any]:
    """What a decorator left on the functions of a module, from top to bottom."""
    values = vars(module).values()
    functions = (value for value in values if isinstance(value, FunctionType))
    return [vars(function)[mark] for function in functions if mark in vars(function)]


@contextmanager
def _visiting(folder: Path) -> Iterator[None]:
    """Make the folder importable for a moment; leave path and modules as they were."""
    modules, writing = dict(sys.modules), sys.dont_write_bytecode
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = writing
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
        for name in sys.modules.keys() - modules.keys():
            if _lives_in(sys.modules.get(name), folder):
                sys.modules.pop(name, None)


def _lives_in(module: ModuleType | None, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).is_relative_to(folder)
