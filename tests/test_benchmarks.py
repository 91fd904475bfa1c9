"""What the benchmarks compare is the same thing: no figure is measured here."""

from __future__ import annotations

import numpy as np
import pytest
from measure import disagreement, ratios
from others import checkpointing
from peers import by_minigrad
from table import BEGIN, END, put_into, text
from workloads import (
    WORKLOADS,
    factored_kernel,
    mlp,
    network_gradient,
    network_jacobian,
    network_kernel,
    seen,
    squared_error,
)

import minigrad as mg

SMALL = [name for name in WORKLOADS if name not in ("mlp-large", "rnn1000")]


@pytest.mark.parametrize("name", SMALL)
def test_what_is_written_by_hand_is_what_the_engine_finds(name):
    """Two roads to one result, to ten digits: sums are taken in another order."""
    workload = WORKLOADS[name]
    assert disagreement(by_minigrad(workload)(), workload.by_hand()) < 1e-10


def test_the_kernel_by_hand_is_a_product_of_jacobians():
    """What its factors make is what the Jacobian, written out, makes."""
    workload = mlp("tiny", [3, 5, 4, 1], 7)
    params, (X, _) = workload.params, workload.data
    blocks = mg.tree.flatten(network_jacobian(params, X))[0]
    J = np.concatenate([block.reshape(7, -1) for block in blocks], axis=1)
    assert disagreement(network_kernel(params, X), J @ J.T) < 1e-12


def test_the_kernel_of_the_peers_is_the_one_by_hand():
    """With derivatives by zeros that are added on the way, as JAX takes them."""
    workload = mlp("tiny", [3, 5, 4, 1], 7)
    params, (X, _) = workload.params, workload.data

    def total(added):
        each = iter(added)
        out, hs = seen(np, params, X, lambda z: z + next(each))
        return np.sum(out), hs

    deltas, hs = mg.grad(total, has_aux=True)([np.zeros((7, n)) for n in (5, 4, 1)])
    kernel = factored_kernel(deltas, hs)
    assert disagreement(kernel, network_kernel(params, X)) < 1e-12


@pytest.mark.parametrize("name", [name for name in SMALL if name != "ntk"])
def test_what_is_written_by_hand_agrees_with_differences(name):
    """Along a random direction: of the value, of the gradient, or of all results."""
    workload = WORKLOADS[name]
    rng = np.random.default_rng(2)
    xp = type("xp", (), {"tanh": np.tanh, "mean": np.mean, "softplus": mg.softplus})
    f = workload.program(xp, workload.data)
    if workload.task in ("hessian", "hvp"):
        f = mg.grad(f)
    v = workload.direction or mg.tree.map(
        lambda x: rng.standard_normal(np.shape(x)), workload.params
    )
    h = 1e-6  # along thousands of entries: truncation 1e-9, rounding 1e-10
    above, below = (
        f(mg.tree.map(lambda x, t, h=h: x + h * t, workload.params, v)) for h in (h, -h)
    )
    slope = mg.tree.map(lambda a, b: (a - b) / (2 * h), above, below)
    assert disagreement(along(workload, v), slope) < 1e-7


def along(workload, v):
    """What the hand-written result says of the direction."""
    found = workload.by_hand()
    if workload.task == "hvp":
        return found
    gradient = found[1] if workload.task == "value_and_grad" else found
    leaves = zip(mg.tree.flatten(gradient)[0], mg.tree.flatten(v)[0], strict=True)
    return sum(np.tensordot(g, t, np.ndim(t)) for g, t in leaves)


def test_a_wrong_gradient_is_not_timed():
    """The comparison that comes before the clock sees one entry in a thousand."""
    workload = mlp("tiny", [3, 5, 2], 7)
    value, gradient = network_gradient(workload.params, *workload.data)
    gradient[0][0][1, 2] *= 1.001
    assert disagreement((value, gradient), workload.by_hand()) > 1e-6
    assert disagreement(gradient, workload.by_hand()) == np.inf
    assert workload.program is squared_error


def test_ratios_are_taken_round_by_round():
    """The same function beside itself takes about its own time."""
    same = lambda: sum(range(20_000))
    found, base = ratios(same, {"again": same}, seconds=0.2)
    low, median, high = found["again"]
    assert 0 < low <= median <= high
    assert base > 0


def test_a_checkpoint_saves_memory():
    """A short chain in pieces, with the gradients compared."""
    assert checkpointing(steps=64, piece=8)["memory"] > 2


FIGURES = {
    "workloads": {
        "a": {"title": "MLP", "ratios": {"minigrad": [1.0, 1.234, 1.5]}},
        "b": {
            "title": "RNN",
            "ratios": {"minigrad": [1, 2, 3], "torch": [9, 12.3, 15]},
        },
    },
    "chain": [("minigrad", 0.678, 91.2), ("torch", 8.4, float("nan"))],
    "machine": "a processor",
    "peers": {"minigrad": "0.1.0", "torch": "2.0"},
}


def test_the_table_shows_medians_quartiles_and_dashes(tmp_path):
    """A known result as it is printed, and put between the comments of a page."""
    assert text(FIGURES) == (
        "| time / NumPy by hand | minigrad | PyTorch |\n"
        "| --- | ---: | ---: |\n"
        "| MLP | 1.23 (1.00–1.50) | – |\n"
        "| RNN | 2.00 (1.00–3.00) | 12 (9.00–15) |\n"
        "\n"
        "- A node of a scalar chain: minigrad 0.68 µs and 91 bytes, PyTorch 8.40 µs.\n"
        "\n"
        "Median (quartiles) on a processor; PyTorch 2.0."
    )
    page = tmp_path / "README.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n", encoding="utf-8")
    put_into(page, "new")
    assert page.read_text(encoding="utf-8") == f"above\n{BEGIN}\nnew\n{END}\nbelow\n"
    page.write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="no place for the table"):
        put_into(page, "new")
