"""The class in ``examples/submissions``, and the grade that each of them gets.

The zip was packed like this, so that nothing in it depends on the day or the machine:

    chmod -R u=rwX,go=rX . && find . -exec touch -d "2025-10-19 23:58:00Z" {} +
    TZ=UTC python -m zipfile -c s-058-renamed.zip "hw1 final (2)" __MACOSX
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from minigrad.course.classrun import ClassRun
from minigrad.course.finding import discover
from minigrad.course.grading import course
from minigrad.course.isolation import PROCESS, Limits
from minigrad.course.model import GRADED, PASSED
from minigrad.course.results import load

SUBMISSIONS = Path(__file__).parents[2] / "examples" / "submissions"
CHAPTERS = ("01_backprop", "02_delta_recursion")
SEED = 7
MOST = 68.0

FIRST = ("layer_jacobians", "suffix_loss", "backprop_states", "backprop_weights")
SECOND = (
    "mlp_grads",
    "softmax_ce_delta",
    "rescale",
    "resblock_backward",
    "bn_backward",
)


def alike(functions, status):
    """The same status, no points and no diagnosis for all of a chapter."""
    return dict.fromkeys(functions, (status, 0, None))


# What each gets: the score, and (status, points, kind of slip) where it is not all.
GRADES = {
    "s-011-complete": (68, {}),
    "s-017-einsum": (68, {}),
    "s-023-halfway": (
        26,
        {
            "backprop_states": ("wrong-shape", 0, "reversed"),
            "backprop_weights": ("not-run", 0, None),
            "mlp_grads": ("not-run", 0, None),
            "softmax_ce_delta": ("failed", 5, "overflow"),
            "resblock_backward": ("not-run", 0, None),
            "bn_backward": ("missing", 0, None),
        },
    ),
    "s-031-shifted": (
        12,
        {
            "layer_jacobians": ("wrong-shape", 0, "transpose"),
            "suffix_loss": ("exception", 0, "one-layer-off"),
            "backprop_states": ("failed", 1, "wrong-point"),
            "backprop_weights": ("failed", 1, "missing-rho"),
            "softmax_ce_delta": ("failed", 0, "sign"),
            "rescale": ("failed", 0, "exponent"),
            "resblock_backward": ("failed", 0, "skip-forgotten"),
            "bn_backward": ("failed", 0, "precision"),
        },
    ),
    "s-038-averages": (
        11,
        {
            "layer_jacobians": ("failed", 1, "missing-factor"),
            "backprop_states": ("exception", 0, "wrong-order"),
            "backprop_weights": ("wrong-shape", 0, "transpose"),
            "mlp_grads": ("failed", 1, "mean"),
            "softmax_ce_delta": ("failed", 0, "axis"),
            "rescale": ("failed", 0, "off-by-one"),
            "resblock_backward": ("failed", 1, "inner-mask"),
            "bn_backward": ("failed", 0, "statistics-constant"),
        },
    ),
    "s-042-untouched": (0, alike(FIRST + SECOND, "not-run")),
    "s-047-colon": (34, alike(FIRST, "syntax-error")),
    "s-053-endless": (
        32,
        {
            "suffix_loss": ("timeout", 0, None),
            "backprop_weights": ("failed", 1, "extra-factor"),
            "mlp_grads": ("failed", 2, "bias-mask"),
            "resblock_backward": ("failed", 1, "skip-outside"),
            "bn_backward": ("failed", 0, "factor"),
        },
    ),
    "s-058-renamed": (
        16,
        {
            "layer_jacobians": ("failed", 0, "memory-order"),
            "suffix_loss": ("exception", 7, None),
            "backprop_weights": ("failed", 0, "sign"),
            **alike(SECOND, "missing"),
        },
    ),
    "s-064-prints": (
        35,
        {
            "layer_jacobians": ("wrong-type", 0, None),
            "backprop_states": ("wrong-type", 0, None),
            "mlp_grads": ("wrong-type", 0, None),
            "bn_backward": ("wrong-type", 0, None),
        },
    ),
    "s-072_delta_recursion": (
        3,
        {
            **alike(FIRST, "missing"),
            "mlp_grads": ("exception", 1, "layer-off"),
            "softmax_ce_delta": ("failed", 0, "mean"),
            "rescale": ("failed", 0, "bias-forgotten"),
            "resblock_backward": ("failed", 1, None),
            "bn_backward": ("failed", 1, "factor"),
        },
    ),
    "s-086-in-place": (
        16,
        {
            "layer_jacobians": ("wrong-shape", 0, "flattened"),
            "suffix_loss": ("failed", 0, None),
            "backprop_states": ("wrong-shape", 0, "shape"),
            "mlp_grads": ("failed", 1, None),
            "softmax_ce_delta": ("failed", 0, None),
            "rescale": ("failed", 0, None),
            "resblock_backward": ("wrong-shape", 0, "shape"),
        },
    ),
    "s-095-left-behind": (
        16,
        {
            **alike(FIRST, "import-error"),
            "mlp_grads": ("failed", 9, "kink"),
            "softmax_ce_delta": ("failed", 5, "global-shift"),
            "rescale": ("failed", 1, "ends-only"),
            "resblock_backward": ("failed", 1, "skip-unmasked"),
            "bn_backward": ("failed", 0, "mean-constant"),
        },
    ),
}


def fingerprint(folder):
    """Every path below a folder, with the digest of each file."""
    return {
        str(path.relative_to(folder)): path.is_file()
        and hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="module")
def before():
    """What the submissions were before anything ran."""
    return fingerprint(SUBMISSIONS)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("examples") / "graded"


@pytest.fixture(scope="module")
def graded(before, out):
    """The whole class, graded once; the endless loop may take two seconds."""
    sources, limits = discover([SUBMISSIONS]), Limits(call=2.0, task=20.0)
    parts = course(only=CHAPTERS)
    return ClassRun(out, sources, parts, seed=SEED, jobs=2, limits=limits).run()


@pytest.fixture(scope="module")
def by_id(graded):
    return {submission.id: submission for submission in graded.submissions}


def test_every_submission_is_found(by_id):
    """Folders, a file and a zip are all found, and all have a grade below."""
    assert list(by_id) == list(GRADES)


@pytest.mark.parametrize("name", GRADES)
def test_a_submission_gets_its_grade(by_id, name):
    """The score, and the status, points and kind of slip of every task, are these."""
    submission, (score, tasks) = by_id[name], GRADES[name]
    got = {
        task.id.partition("/")[2]: (
            task.status,
            task.score,
            task.diagnosis and task.diagnosis.kind,
        )
        for task in submission.tasks
        if task.status != PASSED
    }
    assert got == tasks
    assert (submission.score, submission.max_score) == (score, MOST)
    assert submission.status == GRADED
    assert len(submission.tasks) == len(FIRST + SECOND)


def test_what_was_read_as_what_is_said(by_id):
    """A renamed file is found, and a note says for which one it was taken."""
    read = {name: s.notes for name, s in by_id.items() if s.notes}
    assert read == {
        "s-058-renamed": ("read `hw1 final (2)/backprop_final (2).py` as backprop.py",),
        "s-072_delta_recursion": (
            "read `s-072_delta_recursion.py` as delta_recursion.py",
        ),
    }


def test_the_failing_line_is_named_in_the_students_file(by_id):
    """A syntax error comes with its line; a missing import names the import."""
    colon, absent = by_id["s-047-colon"], by_id["s-095-left-behind"]
    assert "for W in Ws[j:]" in colon.tasks[0].checks[0].message
    assert "my_layers" in absent.tasks[0].checks[0].message


def test_what_was_printed_is_kept_and_harms_nothing(by_id):
    """Prints are kept for the student to see; a function that prints may still pass."""
    printed = by_id["s-064-prints"]
    assert "=== loading backprop.py ===" in printed.output
    assert printed.tasks[1].status == PASSED


def test_an_endless_loop_costs_its_task_only(by_id):
    """The first check runs into the deadline, the others of that task do not run."""
    task = by_id["s-053-endless"].tasks[1]
    first, *others = task.checks
    assert first.status == "timeout"
    assert {check.status for check in others} == {"not-run"}


def test_the_level_of_isolation_is_reported(graded, out):
    """The results say how far the submissions were kept from everything else."""
    assert graded.isolation == PROCESS
    assert load(out).isolation == PROCESS


def test_submissions_are_left_as_they_were(graded, before):
    """Grading writes nothing beside the submissions and changes none of them."""
    assert graded.submissions
    assert fingerprint(SUBMISSIONS) == before
