"""What a chapter is to be solved without, and where a file imports it all the same.

Only for files of the course and a student's own machine.  A grader parses nothing:
there the worker refuses such an import when it happens (`worker.Refuser`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path


def reasons(without: Sequence[str]) -> dict[str, str]:
    """For each package the sentence that refuses it."""
    told = "this chapter is solved without {}; write the code yourself"
    return {name: told.format(name) for name in without}


def refused_import(path: Path, reasons: Mapping[str, str]) -> tuple[str, int] | None:
    """Why the first import of such a package in a file is refused, and its line.

    Raises SyntaxError for a file that cannot be read.
    """
    for line, name in _imported(ast.parse(path.read_bytes(), str(path))):
        reason = reasons.get(name.partition(".")[0])
        if reason:
            return reason, line
    return None


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.lineno, node.module or ""
