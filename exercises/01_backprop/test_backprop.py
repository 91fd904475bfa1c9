"""The checks of chapter 01, in teaching order for each of the four functions.

x state, W weight matrix, J depth, g gradient, z any vector.  The random cases compare
with complex steps, f(x + ih) = f(x) + ih f'(x) + O(h²): these use no formula of the
chapter and lose no digits.  The last check of a task asks minigrad and differences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from itertools import pairwise
from typing import NamedTuple

import numpy as np

import minigrad as mg
from minigrad.course import expect, task

# (ρ, ρ') in plain NumPy, so that complex numbers and minigrad's tensors pass through;
# of one argument, because np.tanh itself also takes `out`, `where` and more.
IDENTITY = (lambda z: 1.0 * z, lambda z: np.ones_like(z))
SQUARE = (lambda z: z * z, lambda z: 2 * z)
TANH = (lambda z: np.tanh(z), lambda z: 1 - np.tanh(z) ** 2)
SOFTPLUS = (lambda z: np.log(1 + np.exp(z)), lambda z: 1 / (1 + np.exp(-z)))
SIN = (lambda z: np.sin(z), lambda z: np.cos(z))
COS = (lambda z: np.cos(z), lambda z: -np.sin(z))
SMOOTH = [TANH, SOFTPLUS, SIN]


def relu(at_zero):
    """(ρ, ρ') of ReLU, with this slope at the kink."""
    return lambda z: np.maximum(z, 0.0), lambda z: np.heaviside(z, at_zero)


def output(x, Ws, rho):
    """The network of the statement, x -> W_{J-1} ρ( ... W_0 ρ(x) ... )."""
    return reduce(lambda z, W: W @ rho(z), Ws, x)


def weights(rng, *sizes):
    """One matrix a layer between states of these sizes; signals keep their size."""
    return [rng.standard_normal((m, n)) * 1.5 / np.sqrt(n) for n, m in pairwise(sizes)]


def partials(f, at):
    """Every ∂f_a/∂at_b by complex steps, of shape f(at).shape + at.shape."""
    h = 1e-30
    directions = np.eye(at.size).reshape(-1, *at.shape)
    slopes = [np.imag(f(at + 1j * h * d)) / h for d in directions]
    return np.stack(slopes, axis=-1).reshape(*np.shape(slopes[0]), *at.shape)


class Layer(NamedTuple):
    x: np.ndarray
    W: np.ndarray
    rho: Callable
    drho: Callable

    def slopes(self):
        """(Jx, JW) by complex steps."""
        in_x = partials(lambda x: self.W @ self.rho(x), self.x)
        return in_x, partials(lambda W: W @ self.rho(self.x), self.W)


class Network(NamedTuple):
    x0: np.ndarray
    Ws: list[np.ndarray]
    rho: Callable
    drho: Callable
    grad_loss: Callable
    loss: Callable

    def state(self, j):
        return output(self.x0, self.Ws[:j], self.rho)

    def suffix(self, j):
        """ℓ_j as a function."""
        return lambda z: self.loss(output(z, self.Ws[j:], self.rho))

    def loss_of_weights(self, Ws):
        return self.loss(output(self.x0, Ws, self.rho))

    def state_slopes(self):
        """[∇ℓ_0(x_0), ..., ∇ℓ_J(x_J)] by complex steps."""
        cuts = range(len(self.Ws) + 1)
        return [partials(self.suffix(j), self.state(j)) for j in cuts]

    def weight_slopes(self):
        """[∇_{W_0} ℓ, ..., ∇_{W_{J-1}} ℓ] by complex steps."""

        def slope(j):
            swap = lambda W: [*self.Ws[:j], W, *self.Ws[j + 1 :]]
            return partials(lambda W: self.loss_of_weights(swap(W)), self.Ws[j])

        return [slope(j) for j in range(len(self.Ws))]


def random_layers(rng, n_in, n_out) -> Iterator[Layer]:
    """A layer of these sizes for each smooth ρ."""
    for rho, drho in SMOOTH:
        [W] = weights(rng, n_in, n_out)
        yield Layer(rng.standard_normal(n_in), W, rho, drho)


def random_network(rng, sizes, rho, drho) -> Network:
    """A network whose loss has another slope in every direction, at every point."""
    a, b = rng.standard_normal((2, sizes[-1]))
    loss, grad_loss = lambda z: np.sum(a * z + b * z * z / 2), lambda z: a + b * z
    x0, Ws = rng.standard_normal(sizes[0]), weights(rng, *sizes)
    return Network(x0, Ws, rho, drho, grad_loss, loss)


def random_networks(rng, *sizes) -> Iterator[Network]:
    """A network of these sizes for each smooth ρ."""
    for rho, drho in SMOOTH:
        yield random_network(rng, sizes, rho, drho)


def networks_of_depth_1_to_5(rng) -> Iterator[Network]:
    sizes = (5, 3, 7, 4, 4, 2)
    for J in range(1, 6):
        yield random_network(rng, sizes[: J + 1], *SMOOTH[J % 3])


def small_network():
    """2 -> 3 -> 2 with ρ(z) = z²: states (1, -2), (1, 4, -3), (10, -7)."""
    W0 = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])
    W1 = np.array([[1.0, 0.0, 1.0], [0.0, -1.0, 1.0]])
    return np.array([1.0, -2.0]), [W0, W1]


def relu_network():
    """2 -> 3 -> 1 with hidden units alive, at the kink and dead: (1, 0, -1)."""
    W0 = np.array([[1.0, 1.0], [0.0, 5.0], [-1.0, 2.0]])
    return np.array([1.0, -1.0]), [W0, np.array([[2.0, 3.0, 4.0]])]


# layer_jacobians -------------------------------------------------------------------


@task("layer_jacobians", points=1, short="shapes")
def test_a_linear_layer_shows_the_shapes(student, rng):
    """With ρ(z) = z a 5 -> 3 layer has Jacobians of shapes (3, 5) and (3, 3, 5)."""
    [W] = weights(rng, 5, 3)
    layer = Layer(rng.standard_normal(5), W, *IDENTITY)
    expect(student.layer_jacobians(*layer)).close_to(layer.slopes())


@task("layer_jacobians", points=1, short="by hand")
def test_one_layer_by_hand(student, rng):
    """ρ(z) = z², x = (3, -1, 2): ρ(x) = (9, 1, 4) and ρ'(x) = (6, -2, 4)."""
    x, W = np.array([3.0, -1.0, 2.0]), np.array([[1.0, 0.0, 2.0], [3.0, 1.0, 0.0]])
    Jx = np.array([[6.0, 0.0, 8.0], [18.0, -2.0, 0.0]])
    JW = np.zeros((2, 2, 3))
    JW[0, 0] = JW[1, 1] = [9.0, 1.0, 4.0]
    expect(student.layer_jacobians(x, W, *SQUARE)).close_to((Jx, JW))


@task("layer_jacobians", points=2, short="random")
def test_random_layers(student, rng):
    """Layers 5 -> 3, 3 -> 7, 4 -> 1 and 1 -> 3 with tanh, softplus and sin."""
    for n_in, n_out in [(5, 3), (3, 7), (4, 1), (1, 3)]:
        for layer in random_layers(rng, n_in, n_out):
            expect(student.layer_jacobians(*layer)).close_to(layer.slopes())


@task("layer_jacobians", points=1, short="square")
def test_a_square_layer_tells_rows_from_columns(student, rng):
    """4 -> 4 layers, where axes in a wrong order raise no error."""
    for layer in random_layers(rng, 4, 4):
        expect(student.layer_jacobians(*layer)).close_to(layer.slopes())


@task("layer_jacobians", points=1, short="kink")
def test_the_slope_at_a_kink_is_the_one_given(student, rng):
    """ReLU at (-1, 0, 2), with ρ'(0) = 0 as by convention, and with ρ'(0) = 1/2."""
    x, W = np.array([-1.0, 0.0, 2.0]), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    JW = np.zeros((2, 2, 3))
    JW[0, 0, 2] = JW[1, 1, 2] = 2.0
    for slope in (0.0, 0.5):
        Jx = np.array([[0.0, 2 * slope, 3.0], [0.0, 5 * slope, 6.0]])
        expect(student.layer_jacobians(x, W, *relu(slope))).close_to((Jx, JW))


@task("layer_jacobians", points=2, short="engine")
def test_jacobians_agree_with_the_engine_and_differences(student, rng):
    """For a random g, minigrad's gradients of g·f(x, W) are g·Jx and g·JW."""

    def agree(layer, g):
        x, W, rho, _ = layer
        both = student.layer_jacobians(*layer)
        Jx, JW = expect(both).arrays([(3, 5), (3, 3, 5)])
        expect(g @ Jx).gradient_of(lambda x: np.sum(g * (W @ rho(x))), x)
        in_W = np.tensordot(g, JW, axes=1)
        expect(in_W).gradient_of(lambda W: np.sum(g * (W @ rho(x))), W)

    for layer in random_layers(rng, 5, 3):
        agree(layer, rng.standard_normal(3))


# suffix_loss -----------------------------------------------------------------------


@task("suffix_loss", points=1, short="by hand")
def test_a_small_network_by_hand(student, rng):
    """ρ(z) = z², 2 -> 3 -> 2, loss 2 z_0 + z_1: 13 from (1, -2), 11 from (2, 0, 1)."""
    (x0, Ws), x1 = small_network(), np.array([2.0, 0.0, 1.0])
    loss = lambda z: 2 * z[0] + z[1]
    expect(student.suffix_loss(x0, 0, Ws, SQUARE[0], loss)).close_to(13.0)
    expect(student.suffix_loss(x1, 1, Ws, SQUARE[0], loss)).close_to(11.0)


@task("suffix_loss", points=1, short="order")
def test_rho_acts_on_what_enters_a_layer(student, rng):
    """cos(0) = 1, so x_0 = 0 becomes the row sums (3, 7) of W_0; x_J stays as it is."""
    Ws = [np.array([[1.0, 2.0], [3.0, 4.0]])]
    loss = lambda z: z[0] - 10 * z[1]
    expect(student.suffix_loss(np.zeros(2), 0, Ws, COS[0], loss)).close_to(-67.0)


@task("suffix_loss", points=2, short="cuts")
def test_every_cut_sees_the_same_loss(student, rng):
    """On the states of one forward pass ℓ_0(x_0) = ℓ_1(x_1) = ... = ℓ(x_J)."""
    for sizes in [(5, 3, 7, 2), (5, 3, 1, 4, 4, 2)]:
        for net in random_networks(rng, *sizes):
            value = float(net.loss_of_weights(net.Ws))
            for j in range(len(net.Ws)):
                got = student.suffix_loss(net.state(j), j, net.Ws, net.rho, net.loss)
                expect(got).close_to(value)


@task("suffix_loss", points=1, short="square")
def test_square_layers_keep_their_order(student, rng):
    """Three 4 -> 4 layers, where a wrong choice of layers raises no error."""
    for net in random_networks(rng, 4, 4, 4, 4):
        for j in range(len(net.Ws)):
            xj = rng.standard_normal(4)
            got = student.suffix_loss(xj, j, net.Ws, net.rho, net.loss)
            expect(got).close_to(float(net.suffix(j)(xj)))


@task("suffix_loss", points=1, short="last two")
def test_the_last_two_suffixes_are_one_layer_and_none(student, rng):
    """ℓ_{J-1} has one layer; ℓ_J has none and is the loss itself, for J = 0 as well."""
    net, z = random_network(rng, (5, 3, 3), *TANH), rng.standard_normal(3)
    one, none = float(net.suffix(1)(z)), float(net.loss(z))
    expect(student.suffix_loss(z, 1, net.Ws, net.rho, net.loss)).close_to(one)
    expect(student.suffix_loss(z, 2, net.Ws, net.rho, net.loss)).close_to(none)
    expect(student.suffix_loss(z, 0, [], net.rho, net.loss)).close_to(none)


@task("suffix_loss", points=2, short="engine")
def test_its_slopes_are_the_gradients_of_the_engine(student, rng):
    """Central differences of your ℓ_j agree to 1e-6 with minigrad's gradient."""

    def agree(net, j, xj):
        def yours(z):
            value = student.suffix_loss(z, j, net.Ws, net.rho, net.loss)
            return expect(value).number()

        expect(mg.numerical_grad(yours, xj)).gradient_of(net.suffix(j), xj, rtol=1e-6)

    for net in random_networks(rng, 5, 3, 4):
        agree(net, 0, net.x0)
        agree(net, 1, rng.standard_normal(3))


# backprop_states -------------------------------------------------------------------


def check_states(student, net: Network) -> None:
    expect(student.backprop_states(*net[:5])).close_to(net.state_slopes())


@task("backprop_states", points=1, short="shapes")
def test_a_linear_network_has_a_gradient_for_every_state(student, rng):
    """With ρ(z) = z, 5 -> 3 -> 7 has three gradients of shapes (5,), (3,) and (7,)."""
    check_states(student, random_network(rng, (5, 3, 7), *IDENTITY))


@task("backprop_states", points=1, short="by hand")
def test_state_gradients_by_hand(student, rng):
    """ρ(z) = z², states (1, -2), (1, 4, -3), (10, -7), loss 2 z_0 + z_1."""
    x0, Ws = small_network()
    by_hand = [[-28.0, -40.0], [4.0, -8.0, -18.0], [2.0, 1.0]]
    grad_loss = lambda z: np.array([2.0, 1.0])
    grads = student.backprop_states(x0, Ws, *SQUARE, grad_loss)
    expect(grads).close_to([np.array(g) for g in by_hand])


@task("backprop_states", points=2, short="random")
def test_state_gradients_of_random_networks(student, rng):
    """5 -> 3 -> 7 -> 2 and 1 -> 4 -> 1 -> 3 with tanh, softplus and sin."""
    for sizes in [(5, 3, 7, 2), (1, 4, 1, 3)]:
        for net in random_networks(rng, *sizes):
            check_states(student, net)


@task("backprop_states", points=1, short="square")
def test_state_gradients_of_square_networks(student, rng):
    """Three 4 -> 4 layers, where a forgotten transpose raises no error."""
    for net in random_networks(rng, 4, 4, 4, 4):
        check_states(student, net)


@task("backprop_states", points=1, short="dead")
def test_no_gradient_passes_a_dead_unit(student, rng):
    """ReLU, hidden units 1, 0, -1 (alive, at the kink, dead), x_2 = 2, loss z²/2;
    ρ'(0) = 0 as by convention, and ρ'(0) = 1/2.
    """
    for slope in (0.0, 0.5):
        by_hand = [[4.0, 0.0], [4.0, 6 * slope, 0.0], [2.0]]
        grads = student.backprop_states(*relu_network(), *relu(slope), IDENTITY[0])
        expect(grads).close_to([np.array(g) for g in by_hand])


@task("backprop_states", points=1, short="J < 2")
def test_state_gradients_of_one_layer_and_of_none(student, rng):
    """J = 1 gives two gradients; J = 0 gives one, the loss gradient at x_0."""
    check_states(student, random_network(rng, (5, 3), *SOFTPLUS))
    check_states(student, random_network(rng, (3,), *SOFTPLUS))


@task("backprop_states", points=2, short="engine")
def test_state_gradients_agree_with_the_engine_and_differences(student, rng):
    """Depth 1 to 5: entry j is the gradient of ℓ_j by minigrad and by differences."""
    for net in networks_of_depth_1_to_5(rng):
        states = [net.state(j) for j in range(len(net.Ws) + 1)]
        grads = student.backprop_states(*net[:5])
        for j, g in enumerate(expect(grads).arrays([x.shape for x in states])):
            expect(g).gradient_of(net.suffix(j), states[j])


# backprop_weights ------------------------------------------------------------------


def check_weights(student, net: Network) -> None:
    expect(student.backprop_weights(*net[:5])).close_to(net.weight_slopes())


@task("backprop_weights", points=1, short="shapes")
def test_a_linear_network_has_a_gradient_for_every_matrix(student, rng):
    """With ρ(z) = z, 5 -> 3 -> 7 has two gradients of shapes (3, 5) and (7, 3)."""
    check_weights(student, random_network(rng, (5, 3, 7), *IDENTITY))


@task("backprop_weights", points=1, short="by hand")
def test_weight_gradients_by_hand(student, rng):
    """ρ(z) = z², states (1, -2), (1, 4, -3), (10, -7), loss 2 z_0 + z_1."""
    x0, Ws = small_network()
    by_hand = [
        [[4.0, 16.0], [-8.0, -32.0], [-18.0, -72.0]],
        [[2.0, 32.0, 18.0], [1.0, 16.0, 9.0]],
    ]
    grad_loss = lambda z: np.array([2.0, 1.0])
    grads = student.backprop_weights(x0, Ws, *SQUARE, grad_loss)
    expect(grads).close_to([np.array(G) for G in by_hand])


@task("backprop_weights", points=2, short="random")
def test_weight_gradients_of_random_networks(student, rng):
    """5 -> 3 -> 7 -> 2 and 1 -> 4 -> 1 -> 3 with tanh, softplus and sin."""
    for sizes in [(5, 3, 7, 2), (1, 4, 1, 3)]:
        for net in random_networks(rng, *sizes):
            check_weights(student, net)


@task("backprop_weights", points=1, short="square")
def test_weight_gradients_of_square_networks(student, rng):
    """Three 4 -> 4 layers, where a wrong layer or order raises no error."""
    for net in random_networks(rng, 4, 4, 4, 4):
        check_weights(student, net)


@task("backprop_weights", points=1, short="dead")
def test_dead_units_learn_nothing(student, rng):
    """ReLU, hidden units 1, 0, -1 (alive, at the kink, dead), x_2 = 2, loss z²/2;
    ρ'(0) = 0 as by convention, and ρ'(0) = 1/2.
    """
    for slope in (0.0, 0.5):
        by_hand = [[[4.0, 0.0], [6 * slope, 0.0], [0.0, 0.0]], [[2.0, 0.0, 0.0]]]
        grads = student.backprop_weights(*relu_network(), *relu(slope), IDENTITY[0])
        expect(grads).close_to([np.array(G) for G in by_hand])


@task("backprop_weights", points=1, short="J < 2")
def test_weight_gradients_of_one_layer_and_of_none(student, rng):
    """J = 1: x_0 = 0 and ρ = cos let W_0 learn, for ρ(0) = 1; J = 0 gives []."""
    net = random_network(rng, (5, 3), *COS)
    check_weights(student, net._replace(x0=np.zeros(5)))
    check_weights(student, random_network(rng, (3,), *SOFTPLUS))


@task("backprop_weights", points=2, short="engine")
def test_weight_gradients_agree_with_the_engine_and_differences(student, rng):
    """Depth 1 to 5: the list is minigrad's gradient of the loss in all matrices."""
    for net in networks_of_depth_1_to_5(rng):
        grads = student.backprop_weights(*net[:5])
        expect(grads).gradient_of(net.loss_of_weights, net.Ws)
