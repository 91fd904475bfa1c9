"""The parts of the lab landscape, by other roads; a planted fault turns each verdict.

Twelve seconds on one core.
"""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.labs import critical_points as critical
from minigrad.labs import dense, hessians, lanczos, landscape, slices
from minigrad.labs.dense import Dense, permuted, rescaled, unit_rescaled
from minigrad.labs.lanczos import density, quadrature
from minigrad.labs.slices import filter_normalized
from minigrad.labs.sweep import sweep

RELU = Dense.of(mg.relu, 3, 5, 4, 2)
TANH = Dense.of(np.tanh, 3, 5, 4, 2)


def symmetric(rng, eigenvalues):
    Q = np.linalg.qr(rng.standard_normal((len(eigenvalues),) * 2))[0]
    return Q @ np.diag(eigenvalues) @ Q.T


# Lanczos ----------------------------------------------------------------------------


@pytest.mark.parametrize("network", [TANH, RELU], ids=["tanh", "relu"])
def test_lanczos_finds_the_spectrum_of_a_hessian(network):
    """From products alone, what a full decomposition of mg.hessian finds.

    Eigenvalues that are 0 many times over come once; the others are simple.
    """
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((3, 7)), rng.standard_normal((2, 7))
    E, theta = network.loss(X, Y), network.start(rng)
    H = mg.hessian(E)(theta)
    product = hessians.products(E, theta)
    v = rng.standard_normal(len(theta))
    np.testing.assert_allclose(product(v), H @ v, atol=1e-12)
    found = quadrature(product, rng.standard_normal(len(theta)), len(theta)).values
    exact = np.linalg.eigvalsh(H)
    size = np.abs(exact).max()
    clear = lambda values: values[np.abs(values) > 1e-9 * size]
    np.testing.assert_allclose(clear(found), clear(exact), atol=1e-11 * size)


def test_no_eigenvalue_comes_twice():
    """A spectrum over nine decades: without orthogonal vectors, large ones return."""
    rng = np.random.default_rng(1)
    exact = np.geomspace(1e-6, 1e3, 60)
    H = symmetric(rng, exact)
    found = quadrature(lambda v: H @ v, rng.standard_normal(60), 60).values
    np.testing.assert_allclose(found, exact, atol=1e-11 * exact[-1])


def test_a_quadrature_knows_the_moments():
    """Σ w x^k is qᵀ H^k q for k below twice the steps, from matrix powers."""
    rng = np.random.default_rng(2)
    H, q = symmetric(rng, rng.uniform(-1.0, 1.0, 30)), rng.standard_normal(30)
    values, weights = quadrature(lambda v: H @ v, q, 6)
    q = q / np.linalg.norm(q)
    for k in range(12):
        moment = q @ np.linalg.matrix_power(H, k) @ q
        assert weights @ values**k == pytest.approx(moment, abs=1e-13)
    moment = q @ np.linalg.matrix_power(H, 12) @ q
    assert weights @ values**12 != pytest.approx(moment, abs=1e-6)


def test_the_space_closes_at_as_many_steps_as_eigenvalues():
    """Three different ones among 20: three steps, whatever is asked for."""
    rng = np.random.default_rng(3)
    H = symmetric(rng, [-2.0] * 5 + [0.0] * 12 + [1.0] * 3)
    found = quadrature(lambda v: H @ v, rng.standard_normal(20), 20).values
    np.testing.assert_allclose(found, [-2.0, 0.0, 1.0], atol=1e-12)
    assert len(quadrature(lambda v: 0.0 * v, np.ones(4), 4).values) == 1


def test_a_density_has_each_eigenvalue_by_its_share():
    """Three standard errors: a share s of p, by N probes, has 2s(1 - s)/(pN)."""
    rng, probes = np.random.default_rng(4), 300
    H = symmetric(rng, [-1.0] * 6 + [2.0] * 14)
    values, weights = density(lambda v: H @ v, 20, 5, probes, rng)
    assert np.all(np.diff(values) >= 0.0)
    assert weights.sum() == pytest.approx(1.0)
    error = np.sqrt(2 * 0.3 * 0.7 / (20 * probes))
    assert abs(weights[values < 0.0].sum() - 0.3) < 3 * error


@pytest.mark.parametrize(("start", "steps"), [(np.zeros(3), 2), (np.ones(3), 0)])
def test_lanczos_says_what_it_needs(start, steps):
    """No direction, or no step, is refused with both named."""
    with pytest.raises(ValueError, match=f"has length .*, steps is {steps}"):
        lanczos.lanczos(lambda v: v, start, steps)


# Networks and slices ----------------------------------------------------------------


def test_a_network_is_what_its_layers_say():
    """Sample by sample with a vector at a time, and θ in order."""
    rng = np.random.default_rng(5)
    theta, X = TANH.start(rng), rng.standard_normal((3, 7))
    (W1, b1), (W2, b2), (W3, b3) = TANH.layers(theta)
    out = [W3 @ np.tanh(W2 @ np.tanh(W1 @ x + b1) + b2) + b3 for x in X.T]
    np.testing.assert_allclose(TANH.output(theta, X), np.transpose(out), atol=1e-14)
    assert np.array_equal(dense.vector(TANH.layers(theta)), theta)
    assert len(theta) == TANH.parameters == 15 + 5 + 20 + 4 + 8 + 2


def test_other_weights_make_the_same_function():
    """Rescaled layers and units for relu, permuted units for any; tanh is not free."""
    rng = np.random.default_rng(6)
    theta, X = RELU.start(rng), rng.standard_normal((3, 7))
    right, c = RELU.output(theta, X), rng.uniform(0.1, 10.0, 5)
    for same in (rescaled(RELU, theta, 7.0), unit_rescaled(RELU, theta, c)):
        assert np.linalg.norm(same - theta) > 1.0
        np.testing.assert_allclose(RELU.output(same, X), right, atol=1e-12)
    for net in (RELU, TANH):
        other = permuted(net, theta, rng)
        assert np.linalg.norm(other - theta) > 1.0
        np.testing.assert_allclose(net.output(other, X), net.output(theta, X))
    off = TANH.output(rescaled(TANH, theta, 7.0), X) - TANH.output(theta, X)
    assert np.abs(off).max() > 0.1


def test_filters_have_the_lengths_of_rows():
    """Row by row of each matrix; directions stay, and biases do."""
    rng = np.random.default_rng(7)
    theta, d = rng.standard_normal((2, RELU.parameters))
    fitted = RELU.layers(filter_normalized(RELU, theta, d))
    for (W, _), (D, _), (F, b) in zip(
        RELU.layers(theta), RELU.layers(d), fitted, strict=True
    ):
        assert not b.any()
        for w, direction, f in zip(W, D, F, strict=True):
            assert np.linalg.norm(f) == pytest.approx(np.linalg.norm(w))
            assert f @ direction == pytest.approx(
                np.linalg.norm(f) * np.linalg.norm(direction)
            )


def test_a_fit_fits():
    """All residuals are rounding errors, and the Hessian is that of Gauss-Newton."""
    rng = np.random.default_rng(8)
    X, Y = rng.standard_normal((3, 4)), rng.standard_normal((2, 4))
    theta = hessians.fit(TANH, TANH.start(rng), X, Y)
    assert np.abs(TANH.output(theta, X) - Y).max() < 1e-12
    J = mg.jacobian(lambda theta: np.ravel(TANH.output(theta, X)))(theta)
    H = mg.hessian(TANH.loss(X, Y))(theta)
    np.testing.assert_allclose(H, 2.0 * J.T @ J, atol=1e-10)


# Critical points --------------------------------------------------------------------


def test_the_bound_is_a_product_of_five_numbers():
    """A network of known factors: s_2(A) = s_2(W_2) = 2, slopes, ‖∇L‖ = 10."""
    X = np.array([[1.0, -5.0], [1.0, 1.0], [1.0, 3.0]])
    W2, half = np.array([[0.0, 3.0, 0.0], [2.0, 0.0, 0.0]]), lambda z: z / 2.0
    net = Dense((3, 3, 2), (half, lambda z: z / 4.0))
    theta = dense.vector([(np.eye(3), np.ones(3)), (W2, np.ones(2))])
    Y = net.output(theta, X) - [[4.0, 0.0], [0.0, 3.0]]
    assert critical.lower_bound(net, theta, X, Y) == pytest.approx(2 * 2 / 8 * 10)


@pytest.mark.parametrize("case", critical.CASES, ids=lambda case: case.dropped)
def test_each_case_is_critical_by_differences(case):
    """No parameter moves E to first order, and E is not 0."""
    E = case.net.loss(case.X, case.Y, case.L)
    assert np.abs(mg.numerical_grad(E, case.theta)).max() < 1e-7  # h² of the scheme
    assert E(case.theta) == pytest.approx(case.loss) != 0.0


# Planted faults ---------------------------------------------------------------------


def said(part: str) -> dict[str, str]:
    """Each claim about one part, measured once, and what its verdict is."""
    rows = sweep(landscape.measure, [{"part": part}], 1, 0)
    rng = np.random.default_rng(0)
    found = {
        "rays": lambda: landscape.of_rays(rows, rng),
        "surfaces": lambda: landscape.of_surfaces(rows),
        "wide": lambda: landscape.of_wide_networks(rows),
        "descents": lambda: landscape.of_descents(rows, rng),
    }[part]()
    return {verdict.claim: verdict.word for verdict in found}


def of_spectra() -> dict[str, str]:
    points = [{"part": "spectra"}, {"part": "widths", "width": 16}]
    rows = sweep(landscape.measure, points, 1, 0)
    verdicts = landscape.of_spectra(rows, np.random.default_rng(0))
    return {verdict.claim: verdict.word for verdict in verdicts}


def test_biases_that_stay_turn_the_rays(monkeypatch):
    """With biases in place the function is another one, and so are the gradients."""

    def wrong(net, theta, lam):
        pairs = zip(
            net.layers(rescaled(net, theta, lam)), net.layers(theta), strict=True
        )
        return dense.vector([(W, b) for (W, _), (_, b) in pairs])

    monkeypatch.setattr(slices, "rescaled", wrong)
    verdicts = said("rays")
    assert verdicts["rescaled, relative change of E"] == "differs"
    assert verdicts["rescaled, ‖∇_b_1 E‖, power of λ"] == "differs"


def test_an_activation_that_is_not_homogeneous_turns_the_rays(monkeypatch):
    """z + sin(z)/2 is nearly linear far away and near 0, and not in between."""
    wavy = lambda z: z + 0.5 * np.sin(z)
    monkeypatch.setattr(slices, "DEEP", Dense.of(wavy, 4, 6, 5, 3))
    verdicts = said("rays")
    assert verdicts["rescaled, relative change of E"] == "differs"
    assert verdicts["rescaled, ‖∇_W_2 E‖, power of λ"] == "differs"


def test_roots_and_exchanged_samples_turn_the_rays(monkeypatch):
    """Curvatures go like squares of gradients; and each ray has its samples."""
    sharpness, regression = slices.sharpness, slices.regression

    def exchanged(rng):
        found = regression(rng)
        return {"enough": found["few"], "few": found["enough"]}

    root = lambda E, theta, rng: sharpness(E, theta, rng) ** 0.5
    monkeypatch.setattr(slices, "sharpness", root)
    monkeypatch.setattr(slices, "regression", exchanged)
    verdicts = said("rays")
    assert verdicts["rescaled, curvature, power of λ up"] == "differs"
    assert verdicts["rescaled, curvature, power down"] == "differs"
    assert verdicts["H = 1, n > n_0, E along a ray, power"] == "differs"
    assert verdicts["H = 1, n ≤ n_0, flattest ray, power"] == "differs"


def test_directions_of_one_length_turn_the_slices(monkeypatch):
    """Normalized as a whole and not row by row, a slice depends on the scale."""
    whole = lambda net, theta, d: d * np.linalg.norm(theta) / np.linalg.norm(d)
    monkeypatch.setattr(slices, "filter_normalized", whole)
    assert said("surfaces")["normalized slice, rescaled"] == "differs"


def test_half_a_permutation_and_a_chord_turn_the_segments(monkeypatch):
    """Units permuted on their way in alone: another function; a chord has no ridge."""

    def half(net, theta, rng):
        (W, b), *rest = net.layers(theta)
        order = rng.permutation(len(b))
        return dense.vector([(W[order], b[order]), *rest])

    chord = lambda E, a, b, ts: np.interp(ts, [0.0, 1.0], [E(a), E(a)])
    monkeypatch.setattr(slices, "permuted", half)
    monkeypatch.setattr(slices, "segment", chord)
    verdicts = said("surfaces")
    assert verdicts["twins, relative difference of E"] == "differs"
    assert verdicts["twins, E between them over E there"] == "differs"
    assert verdicts["sizes (1, 1, 1), 16 E half way"] == "differs"


def test_a_product_with_half_the_hessian_turns_the_spectra(monkeypatch):
    """Full decompositions and kernels notice a factor."""
    right = hessians.products
    half = lambda E, theta: lambda v: 0.5 * right(E, theta)(v)
    monkeypatch.setattr(hessians, "products", half)
    verdicts = of_spectra()
    assert verdicts["Lanczos, ends of the spectrum"] == "differs"
    assert verdicts["wide fit, Lanczos against 2 K"] == "differs"


def test_weights_that_are_not_squared_turn_the_density(monkeypatch):
    """A node's weight is the square of an entry, not its size."""
    right = lanczos.quadrature

    def wrong(product, start, steps):
        values, weights = right(product, start, steps)
        return lanczos.Quadrature(values, weights**0.5)

    monkeypatch.setattr(lanczos, "quadrature", wrong)
    assert of_spectra()["Lanczos, share below 0"] == "differs"


def test_a_fit_that_stops_early_turns_the_spectra(monkeypatch):
    """Residuals that are left bend the Hessian both ways."""
    monkeypatch.setattr(hessians, "fit", lambda net, theta, X, Y: theta)
    verdicts = of_spectra()
    assert verdicts["fit, positive eigenvalues"] == "differs"
    assert verdicts["fit, lowest eigenvalue"] == "differs"


def test_largest_singular_values_turn_the_bound(monkeypatch):
    """They bound from above: gradients are shorter, also where they should be equal."""
    largest = lambda M, k: float(np.linalg.norm(M, 2))
    monkeypatch.setattr(critical, "singular_value", largest)
    verdicts = said("wide")
    assert verdicts["aligned, gradient over its bound"] == "differs"
    assert any(case.row()["bound"] > 1e-3 for case in critical.CASES)


def test_a_bound_far_too_large_turns_the_wide_networks(monkeypatch):
    """It is larger than gradients at random, and promises more than descent keeps."""
    right = critical.lower_bound
    monkeypatch.setattr(critical, "lower_bound", lambda *args: 1e9 * right(*args))
    verdicts = said("wide")
    assert verdicts["wide, gradient over its bound"] == "differs"
    assert verdicts["the same along descent"] == "differs"
    assert verdicts["wide, fall of log E over the promised"] == "differs"


def test_a_point_beside_turns_the_cases():
    """A case moved by a tenth is not critical, nor has it the loss by hand."""
    moved = [case._replace(theta=case.theta + 0.1).row() for case in critical.CASES]
    assert [verdict.word for verdict in landscape.of_cases(moved)] == ["differs"] * 3


def test_starts_on_the_axis_turn_the_descents(monkeypatch):
    """Nothing leaves the saddle from there."""

    class OnTheAxis:
        def uniform(self, low, high, size=()):
            return np.zeros(size)

    right = critical.descents
    monkeypatch.setattr(critical, "descents", lambda rng: right(OnTheAxis()))
    assert said("descents")["saddle, share that leaves it"] == "differs"
