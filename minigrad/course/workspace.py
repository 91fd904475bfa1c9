"""The student's own folder: copied once, found from anywhere inside it, never lost.

    my-course/            made by ``minigrad start my-course``
        .minigrad.json    what is remembered: see `state`
        conftest.py  pytest.ini
        01_backprop/      README.md  backprop.py  test_backprop.py

Nothing here overwrites what a student wrote without keeping a copy beside it.
"""

from __future__ import annotations

import ast
import shutil
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from itertools import count, takewhile
from pathlib import Path

from minigrad.course import state
from minigrad.course.chapters import (
    FOLDER,
    UNPARSABLE,
    Target,
    chapter_names,
    hints,
    load,
)
from minigrad.course.model import Chapter, Task
from minigrad.course.state import replace_text

PYTEST_INI = """\
[pytest]
# This folder is the root, so that pytest also works from inside a chapter.
"""


class WorkspaceError(Exception):
    """The folder is not what the command needs; the message says what to do."""


@dataclass(frozen=True)
class Hint:
    """One hint of a task: number ``level`` of ``levels``."""

    task: str
    level: int
    levels: int
    text: str


@dataclass(frozen=True)
class Reset:
    """What was put back to its stub, and the copy of the file as it was, if it was."""

    what: str
    file: Path
    backup: Path | None


# Start and find -------------------------------------------------------------------


def start(folder: Path, root: Path | None = None) -> tuple[Path, ...]:
    """Copy the exercises into a new or empty folder; the chapters made, in order.

    Statements, stubs and checks are copied; hints come one by one, solutions never.
    Raises `WorkspaceError` for a folder that holds anything, or cannot be written.
    """
    try:
        _require_empty(folder)
        folder.mkdir(parents=True, exist_ok=True)
        made = tuple(_copy_chapter(load(n, root), folder) for n in chapter_names(root))
        if made:
            source = load(made[0].name, root).folder.parent / "conftest.py"
            shutil.copyfile(source, folder / "conftest.py")
            (folder / "pytest.ini").write_text(PYTEST_INI, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkspaceError(f"cannot write {folder}: {reason}") from error
    if not made:
        raise WorkspaceError("this installation of minigrad carries no exercises")
    return made


def _require_empty(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise WorkspaceError(f"{folder} is a file; name a new folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise WorkspaceError(
            f"{folder} is not empty; name a new folder, so that nothing is overwritten"
        )


def _copy_chapter(chapter: Chapter, folder: Path) -> Path:
    target = folder / chapter.name
    target.mkdir()
    for name in ("README.md", f"{chapter.module}.py", f"test_{chapter.module}.py"):
        if (chapter.folder / name).is_file():
            shutil.copyfile(chapter.folder / name, target / name)
    return target


def find_root(here: Path) -> Path:
    """The folder of NN_topic folders at, above, or in ``exercises/`` below ``here``."""
    here = here.resolve()
    for folder in (here, *here.parents):
        for root in (folder, folder / "exercises"):
            if _holds_chapters(root):
                return root
    raise WorkspaceError(
        f"no course folder at or above {here}; make one with `minigrad start my-course`"
    )


def _holds_chapters(folder: Path) -> bool:
    try:
        return any(
            FOLDER.fullmatch(entry.name)
            and (entry / f"test_{entry.name.partition('_')[2]}.py").is_file()
            for entry in folder.iterdir()
        )
    except OSError:
        return False


def answer_file(root: Path, chapter: Chapter) -> Path:
    """Where a student's answers to a chapter are."""
    return root / chapter.name / f"{chapter.module}.py"


# Hints ----------------------------------------------------------------------------


def one_task(target: Target) -> Task:
    """The task that is meant; a whole chapter is asked which.

    Raises `WorkspaceError` with the names of the chapter's tasks.
    """
    if target.task is None:
        names = ", ".join(task.function for task in target.tasks)
        raise WorkspaceError(f"name one task of {target.chapter.name}: {names}")
    return target.task


def next_hint(root: Path, chapter: Chapter, task: Task) -> Hint | None:
    """The next hint of a task, remembered as read; after the last, the last again.

    None if the chapter has no hint for the task.
    """
    texts = hints(chapter, task.function)
    if not texts:
        return None
    level = state.read_hint(root, task.id, len(texts))
    return Hint(task.id, level, len(texts), texts[level - 1])


# Reset ----------------------------------------------------------------------------


def reset(root: Path, target: Target) -> Reset:
    """Put a chapter's file, or one function of it, back to the stub; keep a copy.

    Raises `WorkspaceError` where that cannot be done without losing something.
    """
    chapter = target.chapter
    file = answer_file(root, chapter)
    stub_file = chapter.folder / f"{chapter.module}.py"
    if file.exists() and file.samefile(stub_file):
        raise WorkspaceError(
            f"{file} is the stub itself; take it back with `git checkout`, or work in "
            "a folder of your own: `minigrad start my-course`"
        )
    function = target.task.function if target.task else ""
    try:
        text = _read(stub_file)
        if function and file.exists():
            text = _spliced(file, text, function)
        backup = _back_up(file) if file.exists() else None
        replace_text(file, text)
    except OSError as error:
        raise WorkspaceError(f"cannot reset {file}: {error.strerror}") from error
    return Reset(target.task.id if target.task else chapter.name, file, backup)


def _read(file: Path) -> str:
    """A file's text with its own line ends, without a byte order mark."""
    with file.open(encoding="utf-8-sig", newline="") as source:
        return source.read()


def _spliced(file: Path, stub: str, function: str) -> str:
    """The student's file with one function's source replaced by the stub's."""
    try:
        text = _read(file)
        first, last = _span(text, function)
    except (*UNPARSABLE, LookupError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        reason = reason or "it is nested too deeply"
        raise WorkspaceError(
            f"cannot find `{function}` in {file} ({reason}); reset the whole chapter: "
            f"`minigrad reset {file.parent.name}`"
        ) from error
    begin, end = _span(stub, function)
    # Lines as ast counts them: str.splitlines would also end one at a form feed.
    lines, fresh = (StringIO(code, newline="").readlines() for code in (text, stub))
    header = _missing_header(text, stub)
    future = [line for line in header if line.startswith("from __future__")]
    names = [line for line in header if line not in future]
    gap = ["\n", "\n"] if names else []
    lines[first:last] = [*names, *gap, *fresh[begin:end]]
    lines[(top := _docstring_end(text)) : top] = future
    return "".join(lines)


def _docstring_end(source: str) -> int:
    """The line behind a file's docstring, the first where a future import may stand."""
    first = next(iter(ast.parse(source).body), None)
    docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return first.end_lineno or 0 if first and docstring else 0


def _missing_header(text: str, stub: str) -> list[str]:
    """The stub's imports and names that the student's file does not have any more."""
    present = set(map(ast.unparse, ast.parse(text).body))
    header = takewhile(
        lambda node: not isinstance(node, ast.FunctionDef | ast.ClassDef),
        ast.parse(stub).body[1:],  # without the docstring
    )
    return [f"{line}\n" for line in map(ast.unparse, header) if line not in present]


def _span(source: str, function: str) -> tuple[int, int]:
    """The lines [first, last) of a function, its decorators included."""
    for node in reversed(ast.parse(source).body):  # of two, the last is in force
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        if node.name == function:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            return first - 1, node.end_lineno or node.lineno
    raise LookupError("it is not there")


def _back_up(file: Path) -> Path:
    """Copy a file to the first free ``backprop.py.bak-1``, ``-2``, ..."""
    for number in count(1):
        backup = file.with_name(f"{file.name}.bak-{number}")
        with suppress(FileExistsError), backup.open("xb") as copy:
            copy.write(file.read_bytes())
            return backup
    raise AssertionError("count() does not end")
