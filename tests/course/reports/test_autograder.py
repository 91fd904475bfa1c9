"""The autograder's zip, unpacked and run as Gradescope does it, in its own folder."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from minigrad.cli import main
from minigrad.course.reports.autograder import autograder

ROOT = Path(__file__).parents[3]
SOLUTION = ROOT / "solutions" / "01_backprop" / "backprop.py"


@pytest.fixture
def container(tmp_path):
    """Gradescope's /autograder, somewhere else: source/, submission/, results/."""
    root = tmp_path / "auto grader"
    for name in ("source", "submission", "results"):
        (root / name).mkdir(parents=True)
    data = autograder(["01_backprop/suffix_loss"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(root / "source")
    return root


def run(container):
    """``run_autograder``, where a student's numpy.py lies: (exit code, output)."""
    env = {
        "AUTOGRADER_ROOT": str(container),
        "AUTOGRADER_PYTHON": sys.executable,
        "PATH": os.environ["PATH"],
        "TMPDIR": str(container.parent),
    }
    found = subprocess.run(
        ["bash", container / "source" / "run_autograder"],
        cwd=container / "submission",
        env=env,
        capture_output=True,
        text=True,
    )
    return found.returncode, found.stdout + found.stderr


def results(container):
    return json.loads((container / "results" / "results.json").read_text())


def test_a_submission_is_graded_where_gradescope_looks(container):
    """Its points are in results/results.json, and nothing else is left behind."""
    shutil.copy(SOLUTION, container / "submission" / "backprop.py")
    (container / "submission" / "numpy.py").write_text("raise SystemExit('not numpy')")
    code, said = run(container)
    assert (code, results(container)["score"]) == (0, 8.0), said
    assert {t["status"] for t in results(container)["tests"]} == {"passed"}
    assert [path.name for path in container.parent.iterdir()] == ["auto grader"]
    assert sorted(path.name for path in container.iterdir()) == [
        "results",
        "source",
        "submission",
    ]


def test_it_is_the_zips_minigrad_that_grades(container):
    """Not another one that happens to be installed."""
    shutil.copy(SOLUTION, container / "submission" / "backprop.py")
    broken = container / "source" / "minigrad" / "course" / "reports" / "gradescope.py"
    broken.write_text("raise SystemExit('this one')")
    code, said = run(container)
    assert (code, "this one" in said) == (1, True)


def test_what_cannot_be_graded_has_no_results(container):
    """Old ones are taken away: Gradescope says that the autograder failed."""
    (container / "results" / "results.json").write_text("{}")
    (container / "submission" / "essay.txt").write_text("no code")
    code, said = run(container)
    assert code != 0
    assert "holds no submission" in said
    assert not (container / "results" / "results.json").exists()


def test_the_zip_holds_the_course_and_no_solution():
    """The exercises, the package, two scripts that can be run; the same each time."""
    data = autograder()
    assert data == autograder()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        modes = {e.filename: e.external_attr >> 16 & 0o777 for e in archive.infolist()}
    assert {"setup.sh", "run_autograder", "minigrad/cli/__init__.py"} <= set(names)
    assert "minigrad/exercises/01_backprop/test_backprop.py" in names
    assert not [name for name in names if "solution" in name or "cache" in name]
    assert (modes["setup.sh"], modes["run_autograder"]) == (0o755, 0o755)


def test_the_scripts_are_valid_and_install_what_is_required():
    """bash can read them; the packages are those of the metadata."""
    with zipfile.ZipFile(io.BytesIO(autograder(["it's; x"]))) as archive:
        scripts = [archive.read(n).decode() for n in ("setup.sh", "run_autograder")]
    for script in scripts:
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    assert all(f"'{name}>=" in scripts[0] for name in ("numpy", "click", "pytest"))
    assert """--only 'it'"'"'s; x' ||""" in scripts[1]


def test_the_verb_writes_it(tmp_path):
    """A task that is not known is a sentence, and nothing is written."""
    out = tmp_path / "autograder.zip"
    args = ["autograder", "-o", str(out), "--only"]
    found = CliRunner().invoke(main, [*args, "mlp_grad"])
    assert (found.exit_code, out.exists()) == (2, False)
    assert "mlp_grads?" in found.stderr
    assert CliRunner().invoke(main, [*args, "rescale"]).exit_code == 0
    assert zipfile.is_zipfile(out)
