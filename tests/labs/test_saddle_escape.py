"""Planted errors turn the verdicts of saddle-escape; four seconds on one core.

Each runs one kind of start only, two starts from distances that are not small.
"""

from __future__ import annotations

import numpy as np
import pytest

from minigrad.labs import linear_network as net
from minigrad.labs import saddle_escape as lab
from minigrad.labs.sweep import sweep


def said(start):
    """Each claim about a kind of start, without its name, and what its verdict is."""
    [point] = [p for p in lab.points(quick=True) if p["start"] == start]
    point = {**point, "distances": point["distances"][:2]}
    rows = sweep(lab.measure, [point], repeats=2, seed=0)
    verdicts = lab.judged(rows, np.random.default_rng(0), start)
    return {v.claim.removeprefix(f"{start}, "): v.word for v in verdicts}


@pytest.fixture(autouse=True)
def few_starts(monkeypatch):
    monkeypatch.setattr(lab, "STARTS", 2)


@pytest.mark.parametrize("start", [lab.ZERO, *lab.SADDLES])
def test_without_an_error_nothing_differs(start):
    """So that it is the error that turns a verdict, and not the small size."""
    assert "differs" not in said(start).values()


def test_values_without_squares_are_no_plateaus(monkeypatch):
    """Where δ stands in place of δ²."""
    left = np.array([np.sum(net.DELTA[r:]) for r in range(4)])
    monkeypatch.setattr(lab, "LEFT", left)
    found = said(lab.ZERO)
    assert found["plateau over c_1, of the drop to c_2"] == "differs"
    assert found["how far it ends from c_2"] == "differs"


def test_for_samples_of_one_length_the_truncated_svd_is_best(monkeypatch):
    """Where X Xᵀ is I it leaves c_2, and the claim that it leaves more differs."""
    monkeypatch.setattr(net, "LENGTHS", np.ones(4))
    found = said(lab.ZERO)
    assert found["truncated SVD of M over c_2, of the drop from c_1"] == "differs"
    assert found["how far it ends from c_2"] == "agrees"


def test_directions_of_the_regression_are_not_critical(monkeypatch):
    """Singular vectors of M in place of those of M X."""
    right = net.saddle

    def wrong(rng, of, layers, inner):
        return right(rng, of._replace(U=np.linalg.svd(of.M)[0]), layers, inner)

    monkeypatch.setattr(net, "saddle", wrong)
    assert said("strict, H = 2")["largest gradient at the saddle"] == "differs"


@pytest.mark.parametrize(
    ("start", "inner"), [("strict, H = 3", 0.0), ("not strict, H = 3", 1.0)]
)
def test_one_block_makes_the_difference(monkeypatch, start, inner):
    """With it a saddle is strict, and without it not: curvature and time differ."""
    monkeypatch.setattr(lab, "MOST", 1000)
    right = net.saddle
    wrong = lambda rng, of, layers, _: right(rng, of, layers, inner)
    monkeypatch.setattr(net, "saddle", wrong)
    gradient, *others = said(start).values()
    assert gradient == "agrees"
    assert others == ["differs", "differs"]


def test_steps_of_another_size_take_another_time(monkeypatch):
    """Steps of 2η: half as many of them for each e-fold."""
    right = net.descent
    wrong = lambda Ws, of, rate: right(Ws, of, 2.0 * rate)
    monkeypatch.setattr(net, "descent", wrong)
    found = said("strict, H = 2")
    assert found["e-folds of growth per e-fold of 1/ε"] == "differs"


@pytest.mark.parametrize("start", ["not strict, H = 3", "not strict, H = 4"])
def test_roots_of_distances_halve_the_exponent(monkeypatch, start):
    """At √ε where ε is said."""
    right = net.around
    wrong = lambda rng, Ws, far, n: right(rng, Ws, np.sqrt(far), n)
    monkeypatch.setattr(net, "around", wrong)
    assert said(start)["exponent of the distance"] == "differs"
