"""The house rules that a program can check: who imports whom, and who prints."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import minigrad as mg
from minigrad import labs

PACKAGE = Path(mg.__file__).parent
EXERCISES = PACKAGE.parent / "exercises"
MAY_IMPORT = {
    "tape": set(),
    "tree": set(),
    "slip": set(),
    "executors": set(),
    "places": {"tape"},
    "primitive": {"tape", "places"},
    "ops": {"tape", "primitive"},
    "namesakes": {"ops"},
    "tensor": {"tape", "ops", "namesakes"},
    "overwritten": {"tape", "places"},
    "trace": {"tape", "ops", "overwritten", "tree"},
    "rows": {"tape", "ops"},
    "transforms": {"tape", "ops", "tree", "trace", "rows"},
    "optim": {"ops", "tree", "transforms"},
    "custom": {"tape", "ops", "places", "tree", "trace"},
    "nonfinite": {"tape", "ops", "places", "tree"},
    "diagnosis": {
        *("tape", "primitive", "ops", "places", "tree"),
        *("transforms", "nonfinite", "slip"),
    },
    "reports": {"diagnosis", "slip"},
    "check": {"diagnosis", "nonfinite", "reports", "transforms", "tree"},
    "drawing": {"tape", "ops", "tree"},
    # Drawing: a report shows the computation whose gradient was wrong (decision 017).
    "course": {"transforms", "check", "slip", "tree", "drawing", "executors"},
    "labs": {
        *("ops", "tree", "trace", "rows", "transforms", "check"),
        *("nn", "optim", "executors"),
    },
    "cli": {"course", "drawing", "executors", "labs"},
}


def sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            yield node.module or ""
            if node.module == "minigrad":
                yield from (f"minigrad.{alias.name}" for alias in node.names)


def room(path: Path) -> str:
    """The wing of the house a file belongs to: ops/linalg.py -> ops."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", sources(PACKAGE), ids=lambda p: p.stem)
def test_imports_go_one_way(path):
    """tape <- ops <- transforms <- check; nothing imports the command line."""
    here = room(path)
    if here in ("__init__", "__main__"):
        return
    wings = {
        name.split(".")[1] for name in imports(path) if name.startswith("minigrad.")
    }
    foreign = (wings & MAY_IMPORT.keys()) - {here} - MAY_IMPORT[here]
    assert not foreign, f"{path.name} imports {sorted(foreign)}"


def test_only_the_command_line_prints():
    """Everything else returns values; a worker's output is not ours."""
    for path in sources(PACKAGE):
        calls = [
            node.func.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
        assert room(path) == "cli" or "print" not in calls, path.name


def test_labs_never_import_one_another():
    """What two labs need is in a shared module, so that each can be read alone."""
    modules = {f"minigrad.labs.{name.replace('-', '_')}" for name in labs.NAMES}
    for path in sources(PACKAGE / "labs"):
        assert not modules.intersection(imports(path)), path.name


@pytest.mark.parametrize("path", sources(EXERCISES), ids=lambda p: p.stem)
def test_exercises_use_only_the_public_minigrad(path):
    """What a student's folder imports is what the documentation describes."""
    allowed = {"minigrad", "minigrad.course", "minigrad.course.fixtures"}
    for name in imports(path):
        public = name.removeprefix("minigrad.")
        is_ours = name.split(".")[0] == "minigrad"
        assert not is_ours or name in allowed or public in dir(mg), (path.name, name)


def test_a_wheel_carries_every_package():
    """setup.cfg names each folder of the package, and the exercises beside it."""
    setup = configparser.ConfigParser()
    setup.read(PACKAGE.parent / "setup.cfg")
    folders = [file.parent for file in PACKAGE.rglob("__init__.py")]
    names = {".".join(f.relative_to(PACKAGE.parent).parts) for f in folders}
    assert set(setup["options"]["packages"].split()) == names | {"minigrad.exercises"}


def test_importing_minigrad_is_light():
    """NumPy, the standard library, and nothing heavier."""
    code = (
        "import numpy, sys; before = {m.split('.')[0] for m in sys.modules}; "
        "import minigrad; after = {m.split('.')[0] for m in sys.modules}; "
        "print(sorted(after - before - set(sys.stdlib_module_names)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "['minigrad']"


def test_public_functions_are_documented():
    """Every public name has a docstring that begins with a sentence."""
    for name in mg.__all__:
        text = getattr(mg, name).__doc__ or ""
        assert text.split("\n")[0].rstrip().endswith((".", ":")) or "." in text, name
