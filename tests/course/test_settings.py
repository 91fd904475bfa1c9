"""The instructor's settings: read whole, or refused in a sentence for each reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from minigrad.course.late import Policy, Tier
from minigrad.course.settings import (
    NAME,
    NoSettingsError,
    Settings,
    SettingsError,
    find_settings,
    read,
)

FULL = """
seed = 48151623
optional = ["bn_backward", "01"]

[weights]
delta_recursion = 2
"02_delta_recursion/mlp_grads" = 0.5

[late]
deadline = 2026-11-20T23:59:00
zone = "Europe/Zurich"
times = "times.csv"
column = "Submission Time"
grace_days = 2
tiers = [{days = 0.5, percent = 90}, {days = 7, percent = 50.5}]

[late.deadlines]
01_backprop = 2026-10-01T12:00:00Z
"""


def written(folder, text):
    path = folder / NAME
    path.write_text(text, encoding="utf-8")
    return path


def errors(folder, text):
    with pytest.raises(SettingsError) as caught:
        read(written(folder, text))
    return str(caught.value).splitlines()


def test_all_of_it_is_read(tmp_path):
    """Chapters and tasks by any of their names, times as instants, files beside it."""
    found = read(written(tmp_path, FULL))
    assert found.seed == 48151623
    assert found.optional == ("02_delta_recursion/bn_backward", "01_backprop")
    assert found.is_optional("01_backprop/suffix_loss")
    assert not found.is_optional("02_delta_recursion/mlp_grads")
    weights = {"mlp_grads": 0.5, "rescale": 2}
    for name, weight in weights.items():
        assert found.weight(f"02_delta_recursion/{name}") == weight
    assert found.weight("01_backprop/suffix_loss") == 1
    assert found.late.policy == Policy((Tier(0.5, 90), Tier(7, 50.5)), 2)
    assert found.late.deadline == datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
    noon = datetime(2026, 10, 1, 12, tzinfo=UTC)
    assert found.late.deadlines == {"01_backprop": noon}
    assert (found.late.times, found.late.column) == (
        tmp_path / "times.csv",
        "Submission Time",
    )


def test_nothing_is_late_unless_it_is_configured(tmp_path):
    """An empty file changes nothing."""
    assert read(written(tmp_path, "")) == Settings()


LATE = """[late]
deadline = 2026-11-20T23:59:00Z
times = "t.csv"
tiers = []
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("seed = -1", "seed = -1: a whole number from 0 to 4294967295 is allowed"),
        ("seed = true", "seed = true: a whole number from 0 to"),
        ("sed = 1", "there is no key sed; did you mean seed?"),
        ("xyz = 1", "there is no key xyz; there are seed, optional, weights and late"),
        ("late = 3", "late = 3: a table, [late], is allowed"),
        ("optional = 'rescale'", "optional = 'rescale': a list in brackets is allowed"),
        ("optional = ['rescal']", "task `rescal`; did you mean rescale"),
        ("[weights]\nrescale = -2", "weights.rescale = -2: a number from 0 to 1000 is"),
        ("[weights]\nrescale = nan", "weights.rescale = nan: a number from 0 to"),
        ("[weights]\nrescal = 2", "weights.rescal: there is no chapter or task"),
        ("[weights]\n01 = 2\nbackprop = 3", "weights.backprop is there twice"),
        (LATE + "grace = 1", "no key late.grace; did you mean late.grace_days?"),
        (LATE + "grace_days = 1.5", "late.grace_days = 1.5: a whole number from 0"),
        (LATE + "zone = 'Europe/Zuric'", 'did you mean "Europe/Zurich"?'),
        (LATE + "zone = []", "late.zone = []: the name of a time zone is allowed"),
        (
            LATE + "[late.deadlines]\nrescale = 2026-11-20T23:59:00Z",
            "rescale is a task",
        ),
        (LATE.replace("Z", ""), "with its offset (+01:00), or with late.zone"),
        (LATE.replace("T23:59:00Z", ""), "a date and time, 2026-11-20T23:59:00, is"),
        (LATE.replace("deadline", "dedline"), "late.deadline is missing: a date"),
        (
            LATE.replace("times", "tims"),
            "late.times is missing: the name of a CSV file",
        ),
        (
            LATE.replace("tiers", "ters"),
            "late.tiers is missing: for example [{days = 1",
        ),
        (
            LATE.replace("[]", "[1]"),
            "late.tiers = [1]: {days = ..., percent = ...} for",
        ),
        (
            LATE.replace("[]", "[{days=2,percent=50},{days=1,percent=9}]"),
            "days going up and percent down, are allowed",
        ),
        ("seed = ", "is not TOML: Invalid value (at"),
    ],
)
def test_each_error_is_a_sentence(tmp_path, text, says):
    """It names the file, the key, the value and what is allowed."""
    found = errors(tmp_path, text)
    assert any(line.startswith(NAME) and says in line for line in found), found
    assert len(found) <= 2  # a misspelt key that is needed is missing as well


def test_all_errors_are_said_at_once(tmp_path):
    """One line each; nobody mends a file in seven rounds."""
    found = errors(tmp_path, "seed = 'x'\nsed = 1\n[weights]\nrescale = 'much'\n")
    assert len(found) == 3


def test_a_missing_file_is_no_settings(tmp_path):
    """It is named."""
    with pytest.raises(NoSettingsError, match=r"no\.toml cannot be read: No such file"):
        read(tmp_path / "no.toml")


# Which file -----------------------------------------------------------------------


def test_the_settings_lie_beside_the_results(tmp_path):
    """Unless others are named, or there are none."""
    out, handed_in = tmp_path / "graded", tmp_path / "class"
    assert find_settings(None, out, [handed_in]) is None
    beside = written(tmp_path, "")
    assert find_settings(None, out, [handed_in]) == beside
    assert find_settings(tmp_path / "other", out, [handed_in]) == tmp_path / "other"


def test_a_students_settings_are_refused(tmp_path):
    """Whoever hands in a minigrad.toml sets no weights."""
    (tmp_path / "ann").mkdir()
    theirs = written(tmp_path / "ann", "")
    for handed_in in (tmp_path, tmp_path / "ann"):
        with pytest.raises(SettingsError, match="lies among the submissions"):
            find_settings(None, tmp_path / "ann" / "graded", [handed_in])
    assert find_settings(theirs, tmp_path / "ann" / "graded", [tmp_path]) == theirs


def test_a_seed_is_given_once():
    """On the command line or in the file; the same one in both does no harm."""
    assert Settings(seed=3).chosen(None) == Settings().chosen(3) == 3
    assert Settings(seed=3).chosen(3) == 3
    assert Settings().chosen(None) is None
    with pytest.raises(SettingsError, match="differ"):
        Settings(seed=3).chosen(0)
