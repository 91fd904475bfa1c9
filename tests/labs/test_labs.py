"""Each lab agrees with theory, and a planted error turns its verdict.

A quick run a lab, made once for all tests, and a smaller one for each error: in all
some sixty seconds on one core.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from minigrad import labs
from minigrad.labs import (
    figure,
    finite_volumes,
    functional_dimension,
    gradient_profile,
    lazy_training,
    mean_field,
    newton,
    ntk_limit,
    particles,
    report,
    rnn_gradient,
    weight_norm,
    width_scaling,
)
from minigrad.labs.particles import free_energy

ENDINGS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@cache
def found(name: str) -> labs.Result:
    if name == "functional-dimension":
        pytest.importorskip("sklearn", reason="needs the extra digits")
    return labs.run(name, quick=True)


def words(lab: labs.Lab, repeats: int = 2) -> dict[str, str]:
    """Each claim of a small run, and what its verdict is."""
    small = replace(lab, repeats=(repeats, repeats))
    return {v.claim: v.word for v in labs.run(small, quick=True).verdicts}


@pytest.mark.parametrize("name", labs.NAMES)
def test_theory_and_a_quick_run_agree(name):
    """Every verdict of every lab, at the size that is shown in a lecture."""
    assert [str(v) for v in found(name).verdicts if not v.agrees] == []


@pytest.mark.parametrize("name", labs.NAMES)
def test_every_verdict_can_differ(name):
    """A measurement beyond the band, or beyond the limit, is no agreement."""
    for verdict in found(name).verdicts:
        if np.isfinite(verdict.lowest):
            off = verdict.lowest - 1e-12 - abs(verdict.lowest)
        else:
            off = verdict.highest + 1e-12 + abs(verdict.highest)
        measured = type(verdict.measured).exact(off)
        assert replace(verdict, measured=measured).word == "differs", verdict.claim


# Planted errors ---------------------------------------------------------------------


def test_a_forgotten_mask_turns_gradient_profile(monkeypatch):
    """Without the slope of relu a plain network gains log g a layer."""
    monkeypatch.setattr(gradient_profile.mg, "relu", lambda z: z)
    said = words(gradient_profile.LAB)
    assert said["plain, gain √2"] == said["residual, gain 1"] == "differs"


def test_a_variance_for_a_deviation_turns_gradient_profile(monkeypatch):
    """Weights with variance g⁴/n in place of g²/n: only gain 1 is as it was."""
    weights = gradient_profile.weights
    wrong = lambda rng, network, gain, width: weights(rng, network, gain**2, width)
    monkeypatch.setattr(gradient_profile, "weights", wrong)
    said = words(gradient_profile.LAB)
    assert said["orthogonal, gain 1"] == "agrees"
    assert said["orthogonal, gain 2"] == said["plain, gain √2"] == "differs"


def test_a_wrong_hessian_turns_newton(monkeypatch):
    """With 1.01 times the Hessian Newton no longer lands, nor squares its error."""
    curvature = newton.curvature
    monkeypatch.setattr(newton, "curvature", lambda f, x: 1.01 * curvature(f, x))
    said = words(newton.LAB)
    assert said["quadratic, error after one Newton step"] == "differs"
    assert said["logistic regression, order of Newton"] == "differs"


def test_an_unscaled_average_turns_newton(monkeypatch):
    """EMA with momentum's own step size is another method."""

    def wrong(x, v, g, H, c):
        v = c.alpha * v + (1.0 - c.alpha) * g
        return x - c.eps * v, v

    monkeypatch.setitem(newton.METHODS, "EMA", wrong)
    assert words(newton.LAB)["quadratic, momentum against EMA"] == "differs"


def test_undamped_damping_turns_newton(monkeypatch):
    """Damping that is forgotten is caught by the saddle."""
    monkeypatch.setitem(newton.METHODS, "damped", newton.newton)
    assert words(newton.LAB)["saddle, share of damped Newton"] == "differs"


def test_an_unprojected_gradient_turns_weight_norm(monkeypatch):
    """Without the projection u takes any direction, and may shrink."""
    monkeypatch.setattr(weight_norm, "gradient", lambda u, x: x / np.sqrt(np.dot(u, u)))
    said = words(weight_norm.LAB)
    assert said["SGD, smallest change of ‖u‖²/‖u‖²"] == "differs"


def test_a_constant_gradient_turns_weight_norm(monkeypatch):
    """A gradient that does not shrink like 1/‖u‖ makes the norm grow like t^(1/2)."""
    right = weight_norm.gradient
    wrong = lambda u, x: right(u, x) * np.sqrt(np.dot(u, u))
    monkeypatch.setattr(weight_norm, "gradient", wrong)
    said = words(weight_norm.LAB)
    assert said["SGD, exponent of the norm"] == "differs"
    assert said["weight decay, norm that stays"] == "differs"


def test_gaps_of_the_wrong_batch_turn_weight_norm(monkeypatch):
    """A gap that does not fall with the batch has another exponent."""
    monkeypatch.setattr(weight_norm, "gaps", lambda rng, repeats: [0.1] * 8)
    said = words(weight_norm.LAB)
    assert said["BN - WN, exponent of the batch size"] == "differs"


def test_an_activation_that_is_too_steep_turns_rnn_gradient(monkeypatch):
    """tanh(2z) has slopes up to 2, and breaks the bound for gamma = 1."""
    steep = lambda z: np.tanh(2.0 * z)
    for name in ("tanh, 1.5 I at 0", "tanh, 3 I, b = 10"):
        right = rnn_gradient.NETS[name]
        wrong = lambda rng, right=right: right(rng)._replace(s=steep)
        monkeypatch.setitem(rnn_gradient.NETS, name, wrong)
    said = words(rnn_gradient.LAB)
    assert said["largest ‖J_T‖ over its bound"] == "differs"
    assert said["tanh, 1.5 I at 0, log ‖J_T‖ a step"] == "differs"


def test_a_wrong_jacobian_turns_rnn_gradient(monkeypatch):
    """Differences notice a Jacobian of one step less."""
    right = rnn_gradient.Net.jacobian
    wrong = lambda net, steps: right(net, max(steps - 1, 1))
    monkeypatch.setattr(rnn_gradient.Net, "jacobian", wrong)
    said = words(rnn_gradient.LAB)
    assert said["minigrad against differences"] == "differs"
    assert said["nilpotent, ‖J_2‖"] == "differs"


def test_weights_scaled_twice_turn_ntk_limit(monkeypatch):
    """With variance 1/w_j beside the 1/√w_j the kernel dies, off its limit."""
    right = ntk_limit.weights
    wrong = lambda rng, sizes: [W / W.shape[1] ** 0.5 for W in right(rng, sizes)]
    monkeypatch.setattr(ntk_limit, "weights", wrong)
    said = words(ntk_limit.LAB)
    assert said["tanh, J = 3, exponent of K - Θ"] == "differs"
    assert said["erf, J = 3, exponent beside the diagonal"] == "differs"


def test_a_limit_without_the_last_layer_turns_ntk_limit(monkeypatch):
    """A limit that lacks a term is not where the mean goes."""
    right = ntk_limit.kernels
    wrong = lambda rho, X, depth: (None, np.subtract(*right(rho, X, depth)[::-1]))
    monkeypatch.setattr(ntk_limit, "kernels", wrong)
    said = words(ntk_limit.LAB, repeats=10)
    assert said["largest |mean z| at width 256"] == "differs"


def test_outputs_that_share_weights_turn_ntk_limit(monkeypatch):
    """Where outputs are sums of the same ones, their kernels do not part."""
    right = ntk_limit.network
    mixed = lambda Ws, xs, rho: right(Ws, xs, rho) @ (np.eye(3) + 1.0)
    monkeypatch.setattr(ntk_limit, "network", mixed)
    said = words(ntk_limit.LAB, repeats=10)
    assert said["relu, J = 2, exponent beside the diagonal"] == "differs"


def test_a_mean_field_network_turns_lazy_training(monkeypatch):
    """With one more 1/√w the weights would not move, as the source has it."""
    right = lazy_training.Net.outputs
    wrong = lambda net, Ws: right(net, Ws) / np.sqrt(Ws[-1].shape[1])
    monkeypatch.setattr(lazy_training.Net, "outputs", wrong)
    said = words(lazy_training.LAB)
    assert said["tanh, J = 2, exponent of displacement"] == "differs"
    assert said["tanh, J = 2, exponent of relative displacement"] == "differs"
    assert said["relu, J = 2, displacement of W_1 over its limit"] == "differs"


def test_a_forgotten_layer_turns_lazy_training(monkeypatch):
    """Limits without the slopes of the layers above are no limits."""
    right = lazy_training.duals
    wrong = lambda rho, s: (right(rho, s)[0], 1.0)
    monkeypatch.setattr(lazy_training, "duals", wrong)
    said = words(lazy_training.LAB)
    for net in ("tanh, J = 2", "relu, J = 2"):
        assert said[f"{net}, displacement of W_2 over its limit"] == "differs"


def test_weights_that_grow_turn_lazy_training(monkeypatch):
    """Weights that end a tenth too large have moved as much at any width."""
    right = lazy_training.train
    wrong = lambda net, start, y: [1.1 * W for W in right(net, start, y)]
    monkeypatch.setattr(lazy_training, "train", wrong)
    said = words(lazy_training.LAB)
    assert said["tanh, J = 2, exponent of displacement"] == "differs"
    assert said["tanh, J = 2, exponent of Jacobian"] == "differs"
    assert said["tanh, 2 samples, exponent of kernel"] == "differs"


def test_a_wrong_linear_model_turns_lazy_training(monkeypatch):
    """A model that is trained to the end is no better for a wider network."""
    monkeypatch.setattr(lazy_training, "linearized", lambda K, f0, y: y)
    said = words(lazy_training.LAB)
    assert said["tanh, J = 2, exponent of gap to linearized"] == "differs"


def test_a_rate_of_the_wrong_power_turns_width_scaling(monkeypatch):
    """With η = η₀ the loss moves ever less at α = 1; at α = 1/2 that is the rate."""
    monkeypatch.setattr(width_scaling, "rate", lambda width, alpha: width_scaling.ETA0)
    said = words(width_scaling.LAB)
    assert said["|ΔF|/F'², α = 0.5, power of m"] != "differs"
    assert said["|ΔF|/F'², α = 1, power of m"] == "differs"
    assert said["u, α = 1, power of m"] == "differs"


def test_the_sign_of_the_source_turns_width_scaling(monkeypatch):
    """If β steps uphill, one of two terms of ∇_u changes its sign: 1 in place of √5."""
    right = width_scaling.step

    def wrong(weights, alpha):
        beta, A, u = right(weights, alpha)
        return [2.0 * weights[0] - beta, A, u]

    monkeypatch.setattr(width_scaling, "step", wrong)
    said = words(width_scaling.LAB)
    assert said["‖Δ∇_u Φ‖ √m/(η₀x²|F'|), α = 0.5"] == "differs"


def test_a_straight_loss_turns_width_scaling(monkeypatch):
    """For affine F the gradient of the loss is as lazy as the source says: α - 1."""
    monkeypatch.setattr(width_scaling, "loss", lambda phi: 3.0 - 2.0 * phi)
    said = words(width_scaling.LAB)
    assert said["Δ∇_u F over ∇_u F, α = 0.5, power of m"] == "differs"
    assert said["|F'(Φ)|, α = 0.25, power of m"] == "differs"


def test_weights_without_the_inner_power_turn_width_scaling(monkeypatch):
    """Without m^-1/2 in front of A all gradients are larger by √m."""
    right = width_scaling.output
    wrong = lambda weights, alpha: right(weights, alpha - 0.5)
    monkeypatch.setattr(width_scaling, "output", wrong)
    said = words(width_scaling.LAB)
    for group in ("β", "A", "u"):
        assert said[f"‖∇_{group} Φ‖, α = 1, power of m"] == "differs"


@pytest.fixture
def few_draws(monkeypatch):
    """Gaps of few draws, for errors that are not in these."""
    monkeypatch.setattr(mean_field, "DRAWS", 100)


@pytest.mark.parametrize("factor", [1.0, mean_field.T])
def test_noise_of_another_temperature_turns_mean_field(monkeypatch, few_draws, factor):
    """√η, as the source has it, is a temperature of 1/2; √(Tη) is half of the right."""
    monkeypatch.setattr(mean_field, "noise", lambda: np.sqrt(factor * mean_field.ETA))
    said = words(mean_field.LAB)
    assert said["mean θ² with noise, over Boltzmann's"] == "differs"
    assert said["W₁ to the continuity equation, power of N"] != "differs"


def test_a_rate_that_does_not_grow_turns_mean_field(monkeypatch, few_draws):
    """Without N/2 particles do not get anywhere: ever further from their limits."""
    monkeypatch.setattr(mean_field, "force", particles.gradient)
    said = words(mean_field.LAB)
    assert said["displacement at the rate εN/2, power of N"] == "differs"
    assert said["displacement at a plain rate, power of N"] != "differs"
    assert said["W₁ to the continuity equation, power of N"] == "differs"


def test_particles_that_end_aside_turn_mean_field(monkeypatch, few_draws):
    """Networks that miss by one are no better for being wide: the risk has a limit."""
    right = mean_field.trained
    aside = lambda theta, eps: right(theta, eps) + 1.0
    monkeypatch.setattr(mean_field, "trained", aside)
    said = words(mean_field.LAB)
    assert said["largest N (inf R_N - inf R)/κ"] == "differs"
    assert said["W₁ to the continuity equation, power of N"] == "differs"


def test_the_flow_of_the_whole_risk_turns_mean_field(monkeypatch, few_draws):
    """A density that moves at 2∇Ψ, as the source has it, is not where particles are."""
    right = finite_volumes.upwind
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finite_volumes, "upwind", lambda rho, v: 2.0 * right(rho, v))
        wrong = particles.carried.__wrapped__()
    monkeypatch.setattr(mean_field, "carried", lambda: wrong)
    said = words(mean_field.LAB)
    assert said["W₁ to the continuity equation, power of N"] == "differs"
    assert said["f_N − f_ρ, trained, power of N"] == "differs"


def test_steps_of_second_order_turn_mean_field(monkeypatch, few_draws):
    """Heun's steps are not Euler's: their error falls with the square."""

    def heun(theta, eps):
        for _ in range(round(mean_field.TIME / eps)):
            first = particles.force(theta)
            theta = theta - eps / 2 * (first + particles.force(theta - eps * first))
        return theta

    monkeypatch.setattr(mean_field, "trained", heun)
    assert words(mean_field.LAB)["order of Euler's steps"] == "differs"


def concluded() -> dict[str, str]:
    """What mean-field makes of the rows of the quick run."""
    rows = found("mean-field").rows
    _, verdicts = mean_field.LAB.conclude(rows, np.random.default_rng(0))
    return {v.claim: v.word for v in verdicts}


def test_kappa_for_the_gap_turns_mean_field(monkeypatch):
    """The bound is not the gap: a variance is less than a mean square."""
    right = mean_field.spread
    kappa = lambda name, centered=True: right(name, centered=False)
    monkeypatch.setattr(mean_field, "spread", kappa)
    said = concluded()
    assert said["gap of start, over theory"] == "differs"
    assert said["gap of best, over theory"] == "differs"


def whole_risk(rho):
    """R - TS."""
    off = particles.output(rho, particles.COARSE) - particles.Y
    return free_energy(rho) + np.mean(off**2) / 2


def other_sign(rho):
    """R/2 + TS."""
    dx = particles.COARSE[1] - particles.COARSE[0]
    return free_energy(rho) - 2 * particles.T * dx * rho @ np.log(rho)


def centered(rho, psi, T, dx):
    """Drift and diffusion each by itself: they balance only up to dx²."""
    middle = (rho[1:] + rho[:-1]) / 2
    return -(middle * np.diff(psi) + T * np.diff(rho)) / dx


@pytest.mark.parametrize(
    ("module", "name", "wrong", "claim"),
    [
        (particles, "free_energy", whole_risk, "its fall, over T KL + ∫∫U dq dq/2"),
        (particles, "free_energy", other_sign, "largest rise of the free energy"),
        (finite_volumes, "exponential", centered, "L₁ from Boltzmann's fixed point"),
    ],
)
def test_another_energy_or_flux_turns_mean_field(
    monkeypatch, module, name, wrong, claim
):
    """The equation is the flow of R/2 - TS, and of nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, wrong)
        cooled = particles.cooled.__wrapped__()
    monkeypatch.setattr(mean_field, "cooled", lambda: cooled)
    assert concluded()[claim] == "differs"


def of_digits(monkeypatch, **change):
    """The verdicts of a smaller `functional-dimension`, a second or two."""
    pytest.importorskip("sklearn", reason="needs the extra digits")
    small = functional_dimension.DIGITS_QUICK._replace(samples=60, width=8, **change)
    monkeypatch.setattr(functional_dimension, "DIGITS_QUICK", small)
    return words(functional_dimension.LAB)


def test_columns_in_their_own_units_turn_functional_dimension(monkeypatch):
    """Where a unit is rescaled by 10⁹, a rank of raw columns loses directions."""

    def raw(rows):
        J = np.concatenate(list(rows()))
        values = np.linalg.svd(J, compute_uv=False)
        tolerance = values[0] * max(J.shape) * np.finfo(float).eps
        return functional_dimension.Spectrum(values, tolerance)

    monkeypatch.setattr(functional_dimension, "spectrum", raw)
    said = of_digits(monkeypatch)
    assert said["rank of units permuted and rescaled, off"] == "differs"


def test_a_jacobian_in_single_precision_turns_functional_dimension(monkeypatch):
    """Rounded to 24 bits, directions appear that are none."""
    right = functional_dimension.jacobian
    single = lambda *args: (J.astype("f4").astype("f8") for J in right(*args))
    monkeypatch.setattr(functional_dimension, "jacobian", single)
    said = of_digits(monkeypatch)
    assert said["rank at 40 images, off the exact one"] == "differs"


def test_a_tolerance_of_choice_turns_functional_dimension(monkeypatch):
    """A thousandth of the largest singular value lies where there is no gap."""
    right = functional_dimension.spectrum

    def loose(rows):
        values = right(rows).values
        return functional_dimension.Spectrum(values, 1e-3 * values[0])

    monkeypatch.setattr(functional_dimension, "spectrum", loose)
    said = of_digits(monkeypatch)
    assert said["smallest gap σ_r/σ_{r+1}"] == "differs"
    assert said["rank at 40 images, off the exact one"] == "differs"


def test_a_wrong_pattern_turns_functional_dimension(monkeypatch):
    """Whole numbers with another pattern have another rank."""
    right = functional_dimension.patterns
    wrong = lambda params, X: [~gate for gate in right(params, X)]
    monkeypatch.setattr(functional_dimension, "patterns", wrong)
    said = of_digits(monkeypatch)
    assert said["rank at 40 images, off the exact one"] == "differs"


def test_a_bound_that_forgets_biases_turns_functional_dimension(monkeypatch):
    """A bound that counts weights alone, less hidden units twice, is exceeded."""
    weights = lambda params: sum(W.size for W in params[::2])
    hidden = lambda params: sum(len(b) for b in params[1:-2:2])
    wrong = lambda params, samples: weights(params) - 2 * hidden(params)
    monkeypatch.setattr(functional_dimension, "bound", wrong)
    said = of_digits(monkeypatch)
    assert said["largest rank over its bound"] == "differs"


def test_noise_that_falls_turns_functional_dimension(monkeypatch):
    """With less noise after more, the rank falls."""
    said = of_digits(monkeypatch, noises=(1.0, 0.1))
    assert said["smallest step of the rank with noise"] == "differs"


def test_images_that_are_random_turn_functional_dimension(monkeypatch):
    """Gaussian noise in place of images has the rank of random inputs."""
    images = functional_dimension.images.Images
    draw = np.random.default_rng(0).standard_normal
    random = lambda self, which: draw((len(which), self.pixels.shape[1]))
    monkeypatch.setattr(images, "inputs", random)
    said = of_digits(monkeypatch)
    assert said["rank at images over random inputs"] != "agrees"


# Reports ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", labs.NAMES)
def test_reports_tell_the_same(name):
    """Text, CSV and JSON have the table; JSON is JSON also where a value is nan."""
    result = found(name)
    text, table = report.to_text(result), report.to_csv(result).splitlines()
    said = json.loads(json.dumps(report.to_json(result), allow_nan=False))
    assert len(table) == 1 + len(result.table) == 1 + len(said["table"])
    assert all(v["text"] in text for v in said["verdicts"])
    assert said["agrees"] is True
    assert len(said["rows"]) == result.lab.size(quick=True)


@pytest.mark.parametrize("name", labs.NAMES)
def test_panels_draw_on_given_axes_and_give_their_data(name):
    """A figure has a title, labels and a legend or words; a panel gives arrays."""
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    result = found(name)
    for panel in result.lab.panels:
        ax = Figure().subplots()
        drawn = panel(result, ax=ax)
        assert ax.get_title()
        assert ax.get_xlabel()
        assert ax.get_ylabel()
        assert ax.lines
        assert all(np.all(np.isfinite(values)) for values in drawn.values())


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_figure_is_the_same_file_twice(ending):
    """No date, no random names."""
    pytest.importorskip("matplotlib")
    image = figure.image(found("gradient-profile"), ending)
    assert image.startswith(ENDINGS[ending])
    assert image == figure.image(found("gradient-profile"), ending)


def test_colors_differ_for_every_kind_of_color_vision():
    """They are those of Okabe and Ito, and each curve has a marker of its own."""
    okabe_ito = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"}
    assert set(figure.COLORS) == okabe_ito | {"#000000"}
    assert len(set(figure.MARKERS)) == len(figure.COLORS)
