"""Where the chapters are, and what stands in their folders.

The checks of a chapter may say ``WITHOUT = ("package", ...)``: what a submission to
it has to do without.

In a checkout ``exercises/`` and ``solutions/`` lie beside the package; an installed
wheel carries the exercises inside the package and no solutions.  Every function takes
another ``root`` instead, a folder that holds ``NN_topic`` folders.
"""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass
from pathlib import Path

import minigrad
from minigrad.course.loading import marks, run_file
from minigrad.course.model import Chapter, Check, Task

FOLDER = re.compile(r"\d\d_[a-z]\w*")
# What parsing raises: the last two for what is nested too deeply.
UNPARSABLE = (SyntaxError, ValueError, MemoryError, RecursionError)


class UnknownTargetError(LookupError):
    """No chapter or task has this name; the message suggests the nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])


class NoSolutionsError(LookupError):
    """The worked solutions are not on this machine (a wheel does not carry them)."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Target:
    """What a name on the command line means: a whole chapter, or one task of it."""

    chapter: Chapter
    task: Task | None = None

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (self.task,) if self.task else self.chapter.tasks


# Folders --------------------------------------------------------------------------


def exercises_root() -> Path:
    """The folder of the course that is installed with this package."""
    package = Path(minigrad.__path__[0])
    inside = package / "exercises"
    return inside if inside.is_dir() else package.parent / "exercises"


def solutions_root(root: Path | None = None) -> Path | None:
    """The ``solutions`` folder beside the exercises, or None in a wheel."""
    folder = (root or exercises_root()).parent / "solutions"
    return folder if folder.is_dir() else None


def solution_folder(chapter: Chapter) -> Path:
    """The folder of a chapter's worked solution.

    Raises `NoSolutionsError` where there is none.
    """
    solutions = solutions_root(chapter.folder.parent)
    folder = solutions / chapter.name if solutions else None
    if folder is None or not folder.is_dir():
        raise NoSolutionsError(
            f"the solution of {chapter.name} is not here; solutions come with a clone "
            "of the repository, not with the installed package"
        )
    return folder


def chapter_names(root: Path | None = None) -> tuple[str, ...]:
    """The names of all chapters, in their order."""
    folder = root or exercises_root()
    if not folder.is_dir():
        return ()
    entries = (entry for entry in folder.iterdir() if entry.is_dir())
    return tuple(sorted(e.name for e in entries if FOLDER.fullmatch(e.name)))


# Chapters -------------------------------------------------------------------------


def load(name: str, root: Path | None = None) -> Chapter:
    """The chapter ``NN_topic``, its checks imported from ``test_topic.py``."""
    folder = (root or exercises_root()) / name
    if name not in chapter_names(root):
        raise _unknown(name, chapter_names(root))
    module = run_file(folder / f"test_{name.partition('_')[2]}.py")
    tasks = _grouped(name, marks(module, "check"))
    without = tuple(vars(module).get("WITHOUT", ()))
    return Chapter(name, _title(folder), folder, tasks, without)


def all_chapters(root: Path | None = None) -> tuple[Chapter, ...]:
    """Every chapter of the course, in order."""
    return tuple(load(name, root) for name in chapter_names(root))


def _grouped(chapter: str, checks: list[Check]) -> tuple[Task, ...]:
    names = dict.fromkeys(check.task for check in checks)
    return tuple(
        Task(chapter, name, tuple(check for check in checks if check.task == name))
        for name in names
    )


def _title(folder: Path) -> str:
    """The first heading of the chapter's README, or the folder's name."""
    readme = folder / "README.md"
    lines = readme.read_text(encoding="utf-8").splitlines() if readme.is_file() else []
    headings = (line.lstrip("#").strip() for line in lines if line.startswith("#"))
    return next(headings, folder.name)


def stubs(root: Path | None = None) -> tuple[bytes, ...]:
    """What every student begins with: the modules to be written."""
    names = chapter_names(root)
    folder = root or exercises_root()
    return tuple(
        (folder / name / f"{name.partition('_')[2]}.py").read_bytes() for name in names
    )


def parameters(chapter: Chapter) -> dict[str, tuple[str, ...]]:
    """The names of the arguments of each function, read from the chapter's stub."""
    return signatures(chapter.folder / f"{chapter.module}.py")


def signatures(path: Path) -> dict[str, tuple[str, ...]]:
    """The arguments of each function and class in a file; {} if it does not parse.

    Only for files of the course and a student's own machine: a grader parses nothing.
    """
    try:
        body = ast.parse(path.read_bytes()).body
    except (OSError, *UNPARSABLE):
        return {}
    return {
        node.name: _arguments(node)
        for node in body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def _arguments(node: ast.FunctionDef | ast.ClassDef) -> tuple[str, ...]:
    if isinstance(node, ast.ClassDef):
        return ()
    return tuple(arg.arg for arg in node.args.args)


# Finding --------------------------------------------------------------------------


def find(target: str, root: Path | None = None) -> Target:
    """What ``02``, ``delta_recursion``, ``mlp_grads`` or ``02_.../mlp_grads`` means.

    Raises `UnknownTargetError`, with the nearest names, when it means none or several.
    """
    first, _, second = target.strip().rstrip("/").partition("/")
    name = _chapter_name(first, root)
    if name and not second:
        return Target(load(name, root))
    chapters = (load(name, root),) if name else all_chapters(root)
    wanted = second if name else first if not second else ""
    found = [(c, t) for c in chapters for t in c.tasks if t.function == wanted]
    if len(found) == 1:
        return Target(*found[0])
    if found:
        both = " and ".join(task.id for _, task in found)
        raise UnknownTargetError(
            f"`{target}` is in several chapters: {both}; say which"
        )
    raise _unknown(target, _known_names(chapters))


def task_ids(root: Path | None = None) -> tuple[str, ...]:
    """Every ``NN_topic/function``, read from the chapters' files without running one.

    As fast as it takes to complete a word in a shell.
    """
    folder = root or exercises_root()
    return tuple(
        f"{name}/{function}"
        for name in chapter_names(root)
        for function in _marked(folder / name / f"test_{name.partition('_')[2]}.py")
    )


def _marked(checks: Path) -> tuple[str, ...]:
    """The tasks that the decorators ``@task("function", ...)`` of a file name."""
    found = re.findall(
        r"^@task\(\s*[\"'](\w+)", checks.read_text("utf-8"), re.MULTILINE
    )
    return tuple(dict.fromkeys(found))


def _chapter_name(text: str, root: Path | None) -> str | None:
    """The chapter meant by its name, its number or its topic."""
    for name in chapter_names(root):
        number, _, topic = name.partition("_")
        if text in (name, topic, number, str(int(number))):
            return name
    return None


def _known_names(chapters: tuple[Chapter, ...]) -> tuple[str, ...]:
    names = [c.name for c in chapters] + [c.module for c in chapters]
    tasks = [task for chapter in chapters for task in chapter.tasks]
    return (*names, *(t.function for t in tasks), *(t.id for t in tasks))


def _unknown(target: str, known: tuple[str, ...]) -> UnknownTargetError:
    near = difflib.get_close_matches(target, known, n=2, cutoff=0.6)
    chapters = [name for name in known if FOLDER.fullmatch(name)]
    if near:
        advice = f"did you mean {' or '.join(near)}?"
    else:
        advice = f"the chapters are {', '.join(chapters)}"
    return UnknownTargetError(f"there is no chapter or task `{target}`; {advice}")


# Hints ----------------------------------------------------------------------------


def hints(chapter: Chapter, function: str) -> list[str]:
    """The hints for a function, vague to precise: the ``###`` parts of hints.md."""
    path = chapter.folder / "hints.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    sections = re.split(r"^## +`?(\w+)`? *$", text, flags=re.MULTILINE)
    mine = dict(zip(sections[1::2], sections[2::2], strict=True)).get(function, "")
    levels = re.split(r"^### .*$", mine, flags=re.MULTILINE)[1:]
    return [level.strip() for level in levels if level.strip()]
