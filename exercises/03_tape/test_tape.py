"""The checks of chapter 03, in teaching order for each of the nine tasks.

g adjoint of an output, z logits, a b c d Vars.  An expression is written once, with
Python's operators and the functions below, and runs on the student's Vars as on
minigrad's.  Of a Var nothing is used but what the statement names.
"""

from __future__ import annotations

import operator

import numpy as np

import minigrad as mg
from minigrad.course import Handle, expect, repeat, task

# Who writes reverse mode does not import it.
WITHOUT = (
    *("minigrad", "autograd", "jax", "micrograd", "mygrad", "tensorflow", "torch"),
    *("aesara", "algopy", "casadi", "chainer", "keras", "mxnet", "paddle", "pytensor"),
    *("sympy", "theano", "tinygrad", "uncertainties"),
)
FAR = 50_000  # operations in a chain


def as_list(result):
    """An array as a list: who kept the numbers in one is right too."""
    return result.tolist() if type(result) is np.ndarray else result


# --- central_difference ------------------------------------------------------------


def quadratic(H, c):
    """x'Hx + c'x."""
    return lambda x: x @ H @ x + c @ x


def weighted_cubes(R):
    """The sum of R x^3, entry by entry."""
    return lambda x: np.sum(R * x**3)


@task("central_difference", points=1, short="by hand")
def test_a_cubic_by_hand(student, rng):
    """For the sum of x^3 at (1, -2, 0), with h = 1/2, it is 3 x^2 + h^2."""
    x, by_hand = np.array([1.0, -2.0, 0.0]), np.array([3.25, 12.25, 0.25])
    expect(student.central_difference(weighted_cubes(1.0), x, 0.5)).close_to(by_hand)


@task("central_difference", points=1, short="quadratics")
def test_quadratics_are_exact(student, rng):
    """For x'Hx + c'x any step gives (H + H') x + c; h = 1 and 1/8."""
    for n, h in [(5, 1.0), (3, 0.125)]:
        H, (c, x) = rng.standard_normal((n, n)), rng.standard_normal((2, n))
        grad = student.central_difference(quadratic(H, c), x, h)
        expect(grad).close_to((H + H.T) @ x + c)


@task("central_difference", points=1, short="shapes")
def test_arrays_of_any_shape(student, rng):
    """The gradient in a matrix is a matrix; shapes (5, 3), (2, 3, 2) and (1,)."""
    for shape in [(5, 3), (2, 3, 2), (1,)]:
        R, x = rng.standard_normal((2, *shape))
        grad = student.central_difference(weighted_cubes(R), x, 0.25)
        expect(grad).close_to(R * (3 * x**2 + 0.25**2))


@task("central_difference", points=1, short="engine")
def test_differences_agree_with_the_engine(student, rng):
    """With h = 1e-5 the gradient of a smooth function is right to eight digits."""
    x, f = rng.standard_normal((3, 5)), lambda x: np.sum(np.sin(x) * np.exp(x[:, :1]))
    grad = student.central_difference(f, x, 1e-5)
    # The third derivative costs h^2 = 1e-10, rounding 1e-16 / h = 1e-11.
    expect(grad).gradient_of(f, x, rtol=1e-8)


# --- tape_backward -----------------------------------------------------------------

APPLY = {"add": operator.add, "mul": operator.mul, "sin": np.sin, "exp": np.exp}


def rerun(tape, shifts):
    """The last value of a tape when every line is shifted by an entry of ``shifts``.

    Its gradient at shifts of 0 holds the adjoints of all lines, by another road.
    """
    values = []
    for (op, inputs, value), shift in zip(tape, shifts, strict=True):
        arguments = [values[i] for i in inputs]
        values.append((value if op == "input" else APPLY[op](*arguments)) + shift)
    return values[-1]


def random_tape(rng, lines):
    """Two inputs, then operations on whatever stands above; no value runs away."""
    tape = [("input", (), float(v)) for v in rng.uniform(0.5, 2.0, size=2)]
    while len(tape) < lines:
        i, j = (int(k) for k in rng.integers(len(tape), size=2))
        op = str(rng.choice(list(APPLY)))
        if op in ("mul", "exp") and abs(tape[i][2]) + abs(tape[j][2]) > 3.0:
            op = "sin"
        inputs = (i, j) if op in ("add", "mul") else (i,)
        tape.append((op, inputs, float(APPLY[op](*(tape[k][2] for k in inputs)))))
    return tape


def engine_adjoints(tape, seed):
    """minigrad's derivatives of the last line in a shift of each line."""
    shifts = np.zeros(len(tape))
    return (seed * mg.grad(lambda s: rerun(tape, list(s)))(shifts)).tolist()


@task("tape_backward", points=1, short="by hand")
def test_a_product_and_a_sum_by_hand(student, rng):
    """x y + w at x = 3, y = 2, w = 5, seed 10: every line hands its own on."""
    tape = [("input", (), 3.0), ("input", (), 2.0), ("input", (), 5.0)]
    tape += [("mul", (0, 1), 6.0), ("add", (3, 2), 11.0)]
    adjoints = student.tape_backward(tape, 10.0)
    expect(as_list(adjoints)).close_to([20.0, 30.0, 10.0, 10.0, 10.0])


@task("tape_backward", points=1, short="functions")
def test_sine_and_exponential(student, rng):
    """exp(sin(x)) at a random x: the derivative is taken at what went in."""
    x = float(rng.uniform(0.5, 1.0))
    s, z = float(np.sin(x)), float(np.exp(np.sin(x)))
    tape = [("input", (), x), ("sin", (0,), s), ("exp", (1,), z)]
    adjoints = student.tape_backward(tape, -3.0)
    expect(as_list(adjoints)).close_to([-3.0 * z * np.cos(x), -3.0 * z, -3.0])


@task("tape_backward", points=1, short="twice")
def test_a_line_read_twice_collects_both(student, rng):
    """b = a + a, c = b b at a = 3: the adjoints are 8 a, 4 a and 1."""
    tape = [("input", (), 3.0), ("add", (0, 0), 6.0), ("mul", (1, 1), 36.0)]
    expect(as_list(student.tape_backward(tape, 1.0))).close_to([24.0, 12.0, 1.0])


@task("tape_backward", points=1, short="unread")
def test_a_line_that_nothing_reads_has_adjoint_zero(student, rng):
    """x^2, with two lines in between that lead nowhere."""
    tape = [("input", (), 4.0), ("input", (), 1.0), ("exp", (1,), float(np.e))]
    tape += [("sin", (0,), float(np.sin(4.0))), ("mul", (0, 0), 16.0)]
    adjoints = student.tape_backward(tape, 2.0)
    expect(as_list(adjoints)).close_to([16.0, 0.0, 0.0, 0.0, 2.0])


@task("tape_backward", points=1, short="long")
def test_a_tape_of_twelve_hundred_lines(student, rng):
    """x c c ... c, with c read on every line: the adjoint of c collects them all."""
    x, c, n = 2.0, 0.999, 1200
    tape = [("input", (), x), ("input", (), c)]
    tape += [("mul", (k if k > 1 else 0, 1), x * c**k) for k in range(1, n + 1)]
    adjoints = as_list(student.tape_backward(tape, 1.0))
    whole = type(adjoints) in (list, tuple) and len(adjoints) == n + 2
    expect(adjoints).is_true(whole, f"expected a list of {n + 2}")
    ends = [*adjoints[:4], *adjoints[-2:]]
    by_hand = [c**n, n * x * c ** (n - 1), c ** (n - 1), c ** (n - 2), c, 1.0]
    expect(ends).close_to(by_hand)


@task("tape_backward", points=2, short="engine")
def test_adjoints_agree_with_the_engine_and_differences(student, rng):
    """Random tapes of 3 to 12 lines: shift any line, and the result moves like this."""
    for lines in (3, 5, 7, 9, 12, 12):
        tape, seed = random_tape(rng, lines), float(rng.uniform(1.0, 2.0))
        adjoints = as_list(student.tape_backward(tape, seed))
        expect(adjoints).close_to(engine_adjoints(tape, seed))
        expect(np.array(adjoints, dtype=float)).gradient_of(
            lambda s, tape=tape, seed=seed: seed * rerun(tape, list(s)), np.zeros(lines)
        )


# --- backward_order ----------------------------------------------------------------


def reachable(parents):
    """The last node and all that it depends on."""
    found = {len(parents) - 1}
    for node in range(len(parents) - 1, -1, -1):
        if node in found:
            found.update(parents[node])
    return found


def require_order(got, parents):
    """Claim that ``got`` holds what is reachable, once each, consumers first."""
    claim, order = expect(got), as_list(got)
    whole = type(order) in (list, tuple) and all(type(i) is int for i in order)
    claim.is_true(whole, "expected a list of ints")
    seen = set()
    for node in order:
        claim.is_true(node not in seen, f"has node {node} twice")
        seen.add(node)
    wanted = reachable(parents)
    for node in sorted(wanted - seen):
        claim.is_true(False, f"lacks node {node}, on which the last one depends")
    for node in sorted(seen - wanted):
        claim.is_true(False, f"has node {node}, on which the last one does not depend")
    place = {node: i for i, node in enumerate(order)}
    for node in order:
        for parent in parents[node]:
            before = place[node] < place[parent]
            claim.is_true(before, f"has {parent} before {node}, which reads it")


def random_graph(rng, nodes):
    """Each node reads up to three earlier ones; the last nodes are read by nobody."""
    parents = [[]]
    for n in range(1, nodes):
        reads = rng.integers(n, size=rng.integers(1, 4))
        parents.append([int(i) for i in reads])
    return parents


@task("backward_order", points=1, short="by hand")
def test_a_chain_with_a_shortcut(student, rng):
    """2 reads 0 and 1, and 1 reads 0: first 2, then 1, and 0 last."""
    require_order(student.backward_order([[], [0], [0, 1]]), [[], [0], [0, 1]])
    require_order(student.backward_order([[], [0], [1, 0]]), [[], [0], [1, 0]])


@task("backward_order", points=1, short="twice")
def test_a_node_read_twice_stands_there_once(student, rng):
    """b = a + a, c = b + b, d = c + a: one a, and after all who read it."""
    parents = [[], [0, 0], [1, 1], [2, 0]]
    require_order(student.backward_order(parents), parents)


@task("backward_order", points=1, short="unreached")
def test_what_the_last_node_does_not_need_is_left_out(student, rng):
    """Nodes 1 and 3 lead elsewhere; a single node is an order by itself."""
    parents = [[], [0], [0], [1, 2], [2, 0, 2]]
    require_order(student.backward_order(parents), parents)
    require_order(student.backward_order([[], [0], []]), [[], [0], []])


@task("backward_order", points=2, short="random")
def test_random_graphs(student, rng):
    """Thirty graphs of 4 to 12 nodes, among them some where a near way is a trap."""
    for k in range(30):
        parents = random_graph(rng, 4 + k % 9)
        require_order(student.backward_order(parents), parents)


@task("backward_order", points=1, short="long")
def test_a_chain_of_five_thousand(student, rng):
    """Every node reads the two before it: no recursion goes that deep."""
    parents = [[], [0], *([i, i + 1] for i in range(4998))]
    require_order(student.backward_order(parents), parents)


# --- Var ---------------------------------------------------------------------------


def send(x, name):
    """x.name(), where that is a method."""
    method = getattr(x, name)
    expect(method).is_true(callable(method), f"expected a method {name}()")
    return method()


def function(name, on_arrays):
    """A function that asks a Var for its method, and works on anything else too."""

    def apply(x):
        if type(x) is not Handle:
            return on_arrays(x)
        return expect(send(x, name)).an_object()

    return apply


exp, log = function("exp", np.exp), function("log", np.log)
tanh, relu = function("tanh", np.tanh), function("relu", mg.relu)


def new(student, *values):
    """Vars with these values."""
    return [expect(student.Var(float(v))).an_object() for v in values]


def swept(student, f, *values):
    """The value of f on Vars, and after backward() the gradients in all of them."""
    xs = new(student, *values)
    z = f(*xs)
    send(z, "backward")
    return [z.value, *(x.grad for x in xs)]


def engine(f, *values):
    """What minigrad says of the same: the value, then the gradients."""
    value, grads = mg.value_and_grad(f, argnums=tuple(range(len(values))))(*values)
    return [value, *grads]


@task("Var", points=1, short="values")
def test_operators_give_values(student, rng):
    """At a = 6, b = 4: sums, differences, products, quotients, a power; grad is 0.0."""
    a, b = new(student, 6.0, 4.0)
    values = [(a + b).value, (a - b).value, (a * b).value, (a / b).value, (a**2).value]
    expect(values).close_to([10.0, 2.0, 24.0, 1.5, 36.0])
    mixed = [(a + 1).value, (1 - a).value, (a - 1).value, (2 * a).value, (-a).value]
    expect(mixed).close_to([7.0, -5.0, 5.0, 12.0, -6.0])
    expect([(3 / a).value, (a / 3).value, (1 + a).value]).close_to([0.5, 2.0, 7.0])
    expect([a.value, a.grad, (a * b).grad]).close_to([6.0, 0.0, 0.0])


@task("Var", points=1, short="by hand")
def test_a_product_plus_a_number_by_hand(student, rng):
    """d = a b + c at 3, 2, 5: the product, which lies in between, has a grad too."""
    a, b, c = new(student, 3.0, 2.0, 5.0)
    product = a * b
    d = product + c
    send(d, "backward")
    grads = [d.grad, product.grad, a.grad, b.grad, c.grad]
    expect(grads).close_to([1.0, 1.0, 2.0, 3.0, 1.0])


@task("Var", points=1, short="twice")
def test_a_value_used_twice_collects_both(student, rng):
    """b = a + a, c = b + b: the gradients are 4 and 2; and a a a has 3 a^2."""
    (a,) = new(student, 3.0)
    b = a + a
    c = b + b
    send(c, "backward")
    expect([c.value, a.grad, b.grad]).close_to([12.0, 4.0, 2.0])
    expect(swept(student, lambda a: a * a * a, 5.0)).close_to([125.0, 75.0])


OPERATIONS = (
    lambda a, b: 3 * (a + b) + (2 + a),
    lambda a, b: 3 * (a - b) + (2 - a) - (b - 4),
    lambda a, b: a * b * 5,
    lambda a, b: -(a / b) + 3 / a + b / 2,
    lambda a, b: a**3 + b**0.5 + 2 * a**-1.5 + b**1,
    lambda a, b: (a + 1) / (b * b) - (2 / b) ** 2,
)


@task("Var", points=2, short="operators")
def test_every_operator_has_its_slope(student, rng):
    """+ - * / ** with Vars and numbers on both sides, and the minus sign."""
    for f in OPERATIONS:
        a, b = rng.uniform(0.5, 3.0, size=2)
        expect(swept(student, f, a, b)).close_to(engine(f, float(a), float(b)))


FUNCTIONS = (
    lambda a, b: 2 * exp(a * b),
    lambda a, b: 3 * log(a) * log(b + 1),
    lambda a, b: tanh(2 * a) * tanh(-b),
    lambda a, b: 4 * relu(a) - relu(-3 * b) + relu(a - 5) + b,
)


@task("Var", points=2, short="functions")
def test_every_function_has_its_slope(student, rng):
    """exp, log, tanh and relu, each with something before and behind it."""
    for f in FUNCTIONS:
        a, b = rng.uniform(0.2, 1.5, size=2)
        expect(swept(student, f, a, b)).close_to(engine(f, float(a), float(b)))


@task("Var", points=1, short="kink")
def test_relu_has_slope_zero_at_zero(student, rng):
    """On, at the kink, and off: 3 relu(x) + x has the slopes 4, 1 and 1."""
    f = lambda x: 3 * relu(x) + x
    found = [swept(student, f, x) for x in (2.0, 0.0, -2.0)]
    expect(found).close_to([[8.0, 4.0], [0.0, 1.0], [-2.0, 1.0]])


def crossed(a, b):
    """Values that are read early and late, by near and by far."""
    c = a * b
    d = c + a
    e = d * c + b
    return (c - e * d) * (a + e) / (1 + c * c)


@task("Var", points=2, short="order")
def test_a_value_waits_for_all_its_readers(student, rng):
    """c, d and e are read again far below: nobody may hand on before all have given."""
    for f in (crossed, lambda a, b: crossed(b, a) * a, lambda a, b: a * crossed(a, b)):
        a, b = rng.uniform(0.5, 1.5, size=2)
        expect(swept(student, f, a, b)).close_to(engine(f, float(a), float(b)))


@task("Var", points=2, short="again")
def test_a_second_backward_changes_nothing(student, rng):
    """Twice is like once; and from another result the gradients start afresh."""
    a, b = new(student, 3.0, 2.0)
    c = a * b
    d = c * c
    for _ in range(2):
        send(d, "backward")
        expect([a.grad, b.grad, c.grad, d.grad]).close_to([24.0, 36.0, 12.0, 1.0])
    send(c, "backward")
    expect([a.grad, b.grad, c.grad]).close_to([2.0, 3.0, 1.0])
    e = c + a
    send(e, "backward")
    expect([a.grad, b.grad, c.grad, e.grad]).close_to([3.0, 3.0, 1.0, 1.0])


@task("Var", points=2, short="long")
def test_a_chain_of_fifty_thousand(student, rng):
    """3 x + x + ... + x: no recursion goes that deep, and x collects from all."""
    (x,) = new(student, 0.5)
    z = repeat("+", 3 * x, x, times=FAR)
    send(z, "backward")
    expect([z.value, x.grad]).close_to([0.5 * (FAR + 3), float(FAR + 3)])


@task("Var", points=1, short="doubled")
def test_twelve_doublings(student, rng):
    """b = a + a, c = b + b, and so on: 4096 ways lead to a, and 13 Vars to visit."""
    (a,) = new(student, 3.0)
    z = a
    for _ in range(12):
        z = z + z
    send(z, "backward")
    expect([z.value, a.grad]).close_to([3.0 * 4096, 4096.0])


@task("Var", points=1, short="engine")
def test_gradients_agree_with_the_engine_and_differences(student, rng):
    """A formula with everything in it, at three random points."""

    def f(p):
        a, b, c = p[0], p[1], p[2]
        s = tanh(a * b - c) + exp(-(c**2))
        return log(1 + s * s) * relu(a + 3) / (b**2 + 1) - (s - a) ** 3 * c

    for _ in range(3):
        x = rng.standard_normal(3)
        found = swept(student, lambda *p: f(p), *x)
        expect(found[0]).close_to(float(f(x)))
        grad = np.array([expect(g).number() for g in found[1:]])
        expect(grad).gradient_of(f, x)


# A network 2 -> 3 -> 1 learns the exclusive or.
CORNERS = [(0.0, 0.0, 0.0), (0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, 0.0)]


def xor_loss(*p):
    """The squared error of a network of three tanh units over the four corners."""
    total = 0.0
    for x, y, target in CORNERS:
        out = p[12]
        for u in range(3):
            out = out + p[9 + u] * tanh(p[3 * u] * x + p[3 * u + 1] * y + p[3 * u + 2])
        total = total + (out - target) ** 2
    return total


@task("Var", points=2, short="network")
def test_a_network_learns_as_it_does_on_the_engine(student, rng):
    """Three steps of gradient descent on 13 weights: minigrad's, digit by digit."""
    weights = rng.standard_normal(13)
    theirs = [float(w) for w in weights]
    for _ in range(3):
        loss, *grads = swept(student, xor_loss, *weights)
        value, *slopes = engine(xor_loss, *theirs)
        expect(loss).close_to(value)
        weights = [
            w - 0.05 * expect(g).number() for w, g in zip(weights, grads, strict=True)
        ]
        theirs = [w - 0.05 * g for w, g in zip(theirs, slopes, strict=True)]
        expect(np.array(weights)).close_to(np.array(theirs))


# --- unbroadcast -------------------------------------------------------------------


def engine_unbroadcast(g, shape):
    """minigrad's adjoint of an array of this shape that was broadcast to g's."""
    return mg.grad(lambda x: np.sum(g * x))(np.zeros(shape))


@task("unbroadcast", points=1, short="by hand")
def test_rows_and_columns_by_hand(student, rng):
    """A row, a column and a corner of [[1, 2, 3], [4, 5, 6]]."""
    g = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    expect(student.unbroadcast(g, (3,))).close_to(np.array([5.0, 7.0, 9.0]))
    expect(student.unbroadcast(g, (2, 1))).close_to(np.array([[6.0], [15.0]]))
    expect(student.unbroadcast(g, (1, 1))).close_to(np.array([[21.0]]))


@task("unbroadcast", points=2, short="random")
def test_random_shapes(student, rng):
    """In front, in the middle, at the end, and several of these at a time."""
    for whole, shape in [
        ((5, 3), (1, 3)),
        ((5, 3, 7), (3, 7)),
        ((5, 3, 7), (7,)),
        ((5, 3, 7), (5, 1, 7)),
        ((5, 3, 7), (3, 1)),
        ((2, 5, 3, 7), (5, 1, 1)),
        ((4, 4, 4), (4, 1)),
        ((4, 4), (4,)),
    ]:
        g = rng.standard_normal(whole)
        expect(student.unbroadcast(g, shape)).close_to(engine_unbroadcast(g, shape))


@task("unbroadcast", points=1, short="scalar")
def test_a_scalar_collects_everything(student, rng):
    """Back to () from (5, 3) and from (7,)."""
    for shape in [(5, 3), (7,)]:
        g = rng.standard_normal(shape)
        expect(student.unbroadcast(g, ())).close_to(float(np.sum(g)))


@task("unbroadcast", points=1, short="ones")
def test_an_axis_that_was_one_already_stays(student, rng):
    """(5, 1, 3) to (1, 3), (5, 1) and (5, 1, 3): an axis of length 1 loses nothing."""
    g = rng.standard_normal((5, 1, 3))
    for shape in [(1, 3), (1, 1, 3), (5, 1, 1), (5, 1, 3)]:
        expect(student.unbroadcast(g, shape)).close_to(engine_unbroadcast(g, shape))


@task("unbroadcast", points=1, short="engine")
def test_broadcasting_agrees_with_the_engine_and_differences(student, rng):
    """The gradient of sum(R (x + y)^2) in the smaller one, by two other ways."""
    y, R = rng.standard_normal((2, 5, 3, 7))
    for shape in [(3, 1), (5, 1, 7), (1,)]:
        x = rng.standard_normal(shape)
        grad = student.unbroadcast(2 * R * (x + y), shape)
        expect(grad).gradient_of(lambda x: np.sum(R * (x + y) ** 2), x)


# --- matmul_vjp --------------------------------------------------------------------


@task("matmul_vjp", points=1, short="by hand")
def test_a_row_times_a_matrix_by_hand(student, rng):
    """A (1, 2), B (2, 3): dA takes inner products, dB is an outer one."""
    A, B = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]])
    g = np.array([[1.0, -1.0, 2.0]])
    dA, dB = np.array([[5.0, -1.0]]), np.array([[1.0, -1.0, 2.0], [2.0, -2.0, 4.0]])
    expect(student.matmul_vjp(g, A, B)).close_to((dA, dB))


def engine_matmul(g, A, B):
    """minigrad's adjoints of both factors."""
    return mg.vjp(np.matmul, A, B)[1](g)


@task("matmul_vjp", points=1, short="shapes")
def test_random_factors(student, rng):
    """Shapes (5, 3) (3, 7), and with ones in them."""
    for m, k, n in [(5, 3, 7), (7, 5, 3), (1, 4, 3), (4, 1, 3), (4, 3, 1)]:
        A, B = rng.standard_normal((m, k)), rng.standard_normal((k, n))
        g = rng.standard_normal((m, n))
        expect(student.matmul_vjp(g, A, B)).close_to(engine_matmul(g, A, B))


@task("matmul_vjp", points=1, short="square")
def test_square_factors_tell_the_orders_apart(student, rng):
    """4 by 4: a missing transpose or a wrong order raises no error."""
    for _ in range(2):
        g, A, B = rng.standard_normal((3, 4, 4))
        expect(student.matmul_vjp(g, A, B)).close_to(engine_matmul(g, A, B))


@task("matmul_vjp", points=1, short="engine")
def test_products_agree_with_the_engine_and_differences(student, rng):
    """Both gradients of sum(R (A B)^2), by two other ways."""
    A, B, R = (rng.standard_normal(s) for s in [(5, 3), (3, 4), (5, 4)])
    pair = student.matmul_vjp(2 * R * (A @ B), A, B)
    expect(pair).gradient_of(lambda p: np.sum(R * (p[0] @ p[1]) ** 2), [A, B])


# --- softmax_vjp -------------------------------------------------------------------


@task("softmax_vjp", points=1, short="by hand")
def test_three_logits_by_hand(student, rng):
    """Logs of 1 : 1 : 2 have p = (1/4, 1/4, 1/2); the adjoint is (4, 0, 2)."""
    z, g = np.log([1.0, 1.0, 2.0]), np.array([4.0, 0.0, 2.0])
    expect(student.softmax_vjp(g, z)).close_to(np.array([0.5, -0.5, 0.0]))


def engine_softmax(g, z):
    """minigrad's adjoint of the argument of softmax."""
    return mg.vjp(lambda z: mg.softmax(z, axis=-1), z)[1](g)[0]


@task("softmax_vjp", points=2, short="random")
def test_random_logits(student, rng):
    """Shapes (5,), (5, 3), (4, 4) and (2, 3, 5): each row is a softmax of its own."""
    for shape in [(5,), (5, 3), (4, 4), (3, 7), (2, 3, 5)]:
        g, z = rng.standard_normal((2, *shape))
        expect(student.softmax_vjp(g, 2 * z)).close_to(engine_softmax(g, 2 * z))


@task("softmax_vjp", points=1, short="large logits")
def test_logits_of_a_thousand(student, rng):
    """Rows at 1000 and at -1000, one beside the other, with p = (1/4, 1/4, 1/2)."""
    row = np.log([1.0, 1.0, 2.0])
    z, g = np.array([row + 1000, row - 1000]), rng.standard_normal((2, 3))
    p = np.array([0.25, 0.25, 0.5])
    expected = np.array([(np.diag(p) - np.outer(p, p)) @ row for row in g])
    expect(student.softmax_vjp(g, z)).close_to(expected, rtol=1e-8)  # 1000 + log 2


@task("softmax_vjp", points=1, short="engine")
def test_softmax_agrees_with_the_engine_and_differences(student, rng):
    """The gradient of sum(R p^2), by two other ways."""
    z, R = rng.standard_normal((2, 3, 5))
    p = np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True)
    grad = student.softmax_vjp(2 * R * p, z)
    expect(grad).gradient_of(lambda z: np.sum(R * mg.softmax(z, axis=-1) ** 2), z)


# --- logsumexp_vjp -----------------------------------------------------------------


@task("logsumexp_vjp", points=1, short="by hand")
def test_two_rows_by_hand(student, rng):
    """Logs of 1 : 1 : 2 and 3 : 1 : 4, adjoints 4 and 8; a single row has a number."""
    z = np.log([[1.0, 1.0, 2.0], [3.0, 1.0, 4.0]])
    by_hand = np.array([[1.0, 1.0, 2.0], [3.0, 1.0, 4.0]])
    expect(student.logsumexp_vjp(np.array([4.0, 8.0]), z)).close_to(by_hand)
    expect(student.logsumexp_vjp(np.array(8.0), z[1])).close_to(by_hand[1])


def sum_of_logs(z, g):
    """sum(g logsumexp(z)); for modest entries."""
    return np.sum(g * np.log(np.sum(np.exp(z), axis=-1)))


@task("logsumexp_vjp", points=2, short="random")
def test_random_entries(student, rng):
    """Shapes (5, 3), (4, 4), (3, 7) and (2, 3, 5): g has one axis less."""
    for shape in [(5, 3), (4, 4), (3, 7), (2, 3, 5)]:
        z, g = 2 * rng.standard_normal(shape), rng.standard_normal(shape[:-1])
        expect(student.logsumexp_vjp(g, z)).close_to(
            mg.grad(lambda z, g=g: sum_of_logs(z, g))(z)
        )


@task("logsumexp_vjp", points=1, short="large entries")
def test_entries_of_a_thousand(student, rng):
    """Rows at 1000 and at -1000, one beside the other."""
    row, g = np.log([1.0, 1.0, 2.0]), np.array([3.0, -2.0])
    p = np.array([0.25, 0.25, 0.5])
    grad = student.logsumexp_vjp(g, np.array([row + 1000, row - 1000]))
    expect(grad).close_to(np.outer(g, p), rtol=1e-8)  # 1000 + log 2 is rounded


@task("logsumexp_vjp", points=1, short="engine")
def test_logsumexp_agrees_with_the_engine_and_differences(student, rng):
    """The gradient of sum(R logsumexp(z)^2), by two other ways."""
    z, R = rng.standard_normal((5, 3)), rng.standard_normal(5)
    f = lambda z: np.sum(R * np.log(np.sum(np.exp(z), axis=-1)) ** 2)
    g = 2 * R * np.log(np.sum(np.exp(z), axis=-1))
    expect(student.logsumexp_vjp(g, z)).gradient_of(f, z)


# --- take_vjp ----------------------------------------------------------------------


@task("take_vjp", points=1, short="by hand")
def test_repeated_readings_by_hand(student, rng):
    """x has four entries; 1 was read three times, 3 once, the others never."""
    g, index = np.array([1.0, 10.0, 100.0, 1000.0]), np.array([1, 3, 1, 1])
    by_hand = np.array([0.0, 1101.0, 0.0, 10.0])
    expect(student.take_vjp(g, (4,), index)).close_to(by_hand)


def engine_take(g, x_shape, index):
    """minigrad's adjoint of x in x[index]."""
    return mg.grad(lambda x: np.sum(g * x[index]))(np.zeros(x_shape))


def reading(rng, x_shape, index_shape):
    """A random index that repeats, and an adjoint of what it reads."""
    index = rng.integers(max(2, x_shape[0] - 2), size=index_shape)
    return rng.standard_normal((*index_shape, *x_shape[1:])), x_shape, index


@task("take_vjp", points=1, short="rows")
def test_rows_of_arrays(student, rng):
    """Rows of (5, 3) and of (4, 3, 2), an index of seven and one of four."""
    for x_shape, n in [((5, 3), 7), ((4, 3, 2), 7), ((4, 4), 4)]:
        args = reading(rng, x_shape, (n,))
        expect(student.take_vjp(*args)).close_to(engine_take(*args))


@task("take_vjp", points=1, short="matrix")
def test_an_index_of_any_shape(student, rng):
    """An index (2, 4), as for two sentences of four words; and an index of one."""
    for x_shape, index_shape in [((5, 3), (2, 4)), ((6,), (3, 3)), ((4, 2), (1,))]:
        args = reading(rng, x_shape, index_shape)
        expect(student.take_vjp(*args)).close_to(engine_take(*args))


@task("take_vjp", points=1, short="negative")
def test_negative_positions_count_from_the_end(student, rng):
    """-1 and 4 are the same row of five, and it was read by both names."""
    g, index = rng.standard_normal((4, 3)), np.array([-1, 4, 0, -5])
    expect(student.take_vjp(g, (5, 3), index)).close_to(engine_take(g, (5, 3), index))


@task("take_vjp", points=1, short="engine")
def test_indexing_agrees_with_the_engine_and_differences(student, rng):
    """The gradient of sum(R x[index]^2), by two other ways."""
    R, _, index = reading(rng, (5, 3), (2, 4))
    x = rng.standard_normal((5, 3))
    grad = student.take_vjp(2 * R * x[index], (5, 3), index)
    expect(grad).gradient_of(lambda x: np.sum(R * x[index] ** 2), x)
