"""What goes wrong in chapter 03, as code that runs: each slip with its sentence.

A submission whose results all agree with one of these is told that sentence.  Of a
class, what agrees is every value and every gradient that a check reads.
"""

from __future__ import annotations

import math
from itertools import count

import numpy as np

from minigrad.course import mistake


def unit_steps(x, h):
    """The places of an array, each with a step of h there and nowhere else."""
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        yield i, step


@mistake("central_difference", kind="one-sided")
def forward_difference(f, x, h):
    """You took (f(x + h) - f(x)) / h, whose error shrinks only like h. Step to both
    sides and divide by 2h: the error shrinks like h^2.
    """
    grad = np.zeros(x.shape)
    for i, step in unit_steps(x, h):
        grad[i] = (f(x + step) - f(x)) / h
    return grad


@mistake("central_difference", kind="one-sided")
def backward_difference(f, x, h):
    """You took (f(x) - f(x - h)) / h, whose error shrinks only like h. Step to both
    sides and divide by 2h: the error shrinks like h^2.
    """
    grad = np.zeros(x.shape)
    for i, step in unit_steps(x, h):
        grad[i] = (f(x) - f(x - step)) / h
    return grad


@mistake("central_difference", kind="factor")
def divided_by_h(f, x, h):
    """You divided by h, but from x - h to x + h it is 2h: your gradient is twice too
    large.
    """
    grad = np.zeros(x.shape)
    for i, step in unit_steps(x, h):
        grad[i] = (f(x + step) - f(x - step)) / h
    return grad


@mistake("central_difference", kind="precedence")
def divided_by_two_times_h(f, x, h):
    """Your `/ 2 * h` divides by 2 and multiplies by h: Python reads from left to right.
    Write / (2 * h).
    """
    grad = np.zeros(x.shape)
    for i, step in unit_steps(x, h):
        grad[i] = (f(x + step) - f(x - step)) / 2 * h
    return grad


@mistake("central_difference", kind="sign")
def lower_minus_upper(f, x, h):
    """Your sign is reversed: it is f(x + h) minus f(x - h)."""
    grad = np.zeros(x.shape)
    for i, step in unit_steps(x, h):
        grad[i] = (f(x - step) - f(x + step)) / (2 * h)
    return grad


@mistake("central_difference", kind="all-at-once")
def all_entries_at_once(f, x, h):
    """You moved all entries at once: that gives one number, the slope along (1, 1,
    ...). Move one entry at a time, and put the others back.
    """
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


@mistake("central_difference", kind="not-restored")
def entries_stay_moved(f, x, h):
    """You did not put an entry back before you moved the next one, so all later slopes
    are taken at another point. Start each time from a fresh copy of x.
    """
    grad, x = np.zeros(x.shape), x.copy()
    for i in np.ndindex(x.shape):
        x[i] += h
        upper = f(x)
        x[i] -= 2 * h
        grad[i] = (upper - f(x)) / (2 * h)
    return grad


@mistake("central_difference", kind="flattened")
def gradient_flattened(f, x, h):
    """Your gradient is flat. It has one entry for each entry of x, and the shape of x:
    loop over np.ndindex(x.shape), or reshape at the end.
    """
    steps = [step for _, step in unit_steps(x, h)]
    return np.array([(f(x + s) - f(x - s)) / (2 * h) for s in steps])


@mistake("central_difference", kind="second-derivative")
def second_difference(f, x, h):
    """You took f(x + h) - 2 f(x) + f(x - h) over h^2, the second derivative. For the
    first one the value in the middle is not needed.
    """
    grad = np.zeros(x.shape)
    for i, step in unit_steps(x, h):
        grad[i] = (f(x + step) - 2 * f(x) + f(x - step)) / h**2
    return grad


PARTIALS = {
    "input": lambda z: (),
    "add": lambda z, x, y: (1.0, 1.0),
    "mul": lambda z, x, y: (y, x),
    "sin": lambda z, x: (math.cos(x),),
    "exp": lambda z, x: (z,),
}


def swept(tape, seed, changes=(), lines=None):
    """The right sweep, with some of the rules changed, over some of the lines."""
    rules, adjoint = {**PARTIALS, **dict(changes)}, [0.0] * len(tape)
    adjoint[-1] = seed
    for line in reversed(range(len(tape))) if lines is None else lines:
        op, inputs, value = tape[line]
        partials = rules[op](value, *(tape[i][2] for i in inputs))
        for i, partial in zip(inputs, partials, strict=True):
            adjoint[i] += adjoint[line] * partial
    return adjoint


@mistake("tape_backward", kind="overwritten")
def adjoints_overwritten(tape, seed):
    """You overwrite an adjoint where you should add to it. A line that is read twice
    gets a contribution from each reading: adjoint[i] += ...
    """
    adjoint = [0.0] * len(tape)
    adjoint[-1] = seed
    for line in reversed(range(len(tape))):
        op, inputs, value = tape[line]
        partials = PARTIALS[op](value, *(tape[i][2] for i in inputs))
        for i, partial in zip(inputs, partials, strict=True):
            adjoint[i] = adjoint[line] * partial
    return adjoint


@mistake("tape_backward", kind="missing-upstream")
def local_derivatives_only(tape, seed):
    """You added up local derivatives without the adjoint of the line that reads. By the
    chain rule each contribution is adjoint[line] times the local derivative.
    """
    adjoint = [0.0] * len(tape)
    adjoint[-1] = seed
    for op, inputs, value in reversed(tape):
        partials = PARTIALS[op](value, *(tape[i][2] for i in inputs))
        for i, partial in zip(inputs, partials, strict=True):
            adjoint[i] += partial
    return adjoint


@mistake("tape_backward", kind="wrong-order")
def from_the_top_down(tape, seed):
    """You read the tape downward. The adjoint of a line is known only once all the
    lines that read it have given theirs: start from the last line and go up.
    """
    return swept(tape, seed, lines=range(len(tape)))


@mistake("tape_backward", kind="seed")
def seed_of_one(tape, seed):
    """You started from 1.0. The adjoint of the last line is the seed that you are
    given.
    """
    return swept(tape, 1.0)


@mistake("tape_backward", kind="swapped")
def own_factor(tape, seed):
    """In a product you gave each factor itself. The derivative of x y in x is y: each
    gets the other one.
    """
    return swept(tape, seed, {"mul": lambda z, x, y: (x, y)})


@mistake("tape_backward", kind="wrong-point")
def cosine_of_the_value(tape, seed):
    """You took the cosine at the value of the sine's line. The derivative of sin(x) is
    cos(x), at what went in: the value of the line that it reads.
    """
    return swept(tape, seed, {"sin": lambda z, x: (math.cos(z),)})


@mistake("tape_backward", kind="wrong-point")
def exponential_of_the_value(tape, seed):
    """You took exp of the line's value, which is an exp already. The derivative of
    exp(x) is exp(x), the value itself.
    """
    return swept(tape, seed, {"exp": lambda z, x: (math.exp(z),)})


@mistake("tape_backward", kind="sign")
def minus_cosine(tape, seed):
    """Your sine has the derivative -cos. The minus sign belongs to the derivative of
    the cosine.
    """
    return swept(tape, seed, {"sin": lambda z, x: (-math.cos(x),)})


@mistake("tape_backward", kind="inputs-only")
def adjoints_of_the_inputs(tape, seed):
    """You returned the adjoints of the inputs only. Every line has one: return a list
    as long as the tape.
    """
    adjoint = swept(tape, seed)
    return [g for g, line in zip(adjoint, tape, strict=True) if line[0] == "input"]


@mistake("tape_backward", kind="reversed")
def from_the_last_to_the_first(tape, seed):
    """Your list begins with the last line, in the order in which you went. Entry i
    belongs to line i: turn it round.
    """
    return swept(tape, seed)[::-1]


@mistake("tape_backward", kind="unread")
def none_for_unread_lines(tape, seed):
    """A line that nothing reads has the adjoint None in your list. It does not move the
    result: its adjoint is 0.0.
    """
    return [g or None for g in swept(tape, seed)]


def depth_first(parents, node, order, seen):
    """The preorder of a graph: a node, then for each of its parents the same."""
    if node not in seen:
        seen.add(node)
        order.append(node)
        for parent in parents[node]:
            depth_first(parents, parent, order, seen)


@mistake("backward_order", kind="preorder")
def as_they_are_met(parents):
    """You write a node down when you first meet it. Somebody else may still be going to
    read it: write it down when all its readers are there, or reverse a postorder.
    """
    order = []
    depth_first(parents, len(parents) - 1, order, set())
    return order


@mistake("backward_order", kind="preorder")
def as_they_are_met_with_a_stack(parents):
    """You write a node down when it comes off the stack for the first time. Somebody
    else may still be going to read it: it has to wait for all its readers.
    """
    order, stack, seen = [], [len(parents) - 1], set()
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            stack += parents[node]
    return order


@mistake("backward_order", kind="breadth-first")
def by_distance(parents):
    """You go level by level. A node may be near to the last one by one way and far by
    another, and those on the far way have not been seen yet: it has to wait for them.
    """
    order, seen = [len(parents) - 1], {len(parents) - 1}
    for node in order:
        for parent in parents[node]:
            if parent not in seen:
                seen.add(parent)
                order.append(parent)
    return order


@mistake("backward_order", kind="forward-order")
def parents_first(parents):
    """Your order is the one for going forward: every node comes after its parents. For
    the way back turn it round.
    """
    return backward(parents)[::-1]


def backward(parents):
    """A right order: what is reachable, the largest number first."""
    found = {len(parents) - 1}
    for node in reversed(range(len(parents))):
        if node in found:
            found.update(parents[node])
    return sorted(found, reverse=True)


@mistake("backward_order", kind="unreached")
def every_node(parents):
    """You list every node there is. Those that the last one does not depend on get
    nothing from it and are left out.
    """
    return list(reversed(range(len(parents))))


@mistake("backward_order", kind="last-forgotten")
def without_the_last_node(parents):
    """You left out the last node. The sweep starts from it: it is the first of the
    list.
    """
    return backward(parents)[1:]


@mistake("backward_order", kind="repeated")
def once_for_every_reading(parents):
    """You list a node once for every reading. It hands its adjoint on once, when that
    is complete: list each node once.
    """
    order = backward(parents)
    reads = [parent for node in order for parent in parents[node]]
    return sorted([order[0], *reads], reverse=True)


@mistake("backward_order", kind="recursion")
def postorder_by_recursion(parents):
    """Your order is right, but it is found by recursion, and Python stops at a depth of
    1000. Keep the nodes that are still to do in a list of your own.
    """
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in parents[node]:
                visit(parent)
            order.append(node)

    visit(len(parents) - 1)
    return order[::-1]


BIRTHS = count()


class Right:
    """A right Var; the mistakes below change a part of it each."""

    def __init__(self, value, links=()):
        self.value, self.grad = value, 0.0
        self.birth = next(BIRTHS)
        self.links = links  # pairs of a parent and the local derivative

    def var(self, x):
        return x if isinstance(x, Right) else type(self)(x)

    def made(self, value, *links):
        return type(self)(value, links)

    def __add__(self, other):
        b = self.var(other)
        return self.made(self.value + b.value, (self, 1.0), (b, 1.0))

    def __sub__(self, other):
        b = self.var(other)
        return self.made(self.value - b.value, (self, 1.0), (b, -1.0))

    def __rsub__(self, other):
        return self.var(other) - self

    def __mul__(self, other):
        b = self.var(other)
        return self.made(self.value * b.value, (self, b.value), (b, self.value))

    def __truediv__(self, other):
        b = self.var(other)
        z = self.value / b.value
        return self.made(z, (self, 1 / b.value), (b, -z / b.value))

    def __rtruediv__(self, other):
        return self.var(other) / self

    def __pow__(self, n):
        return self.made(self.value**n, (self, n * self.value ** (n - 1)))

    def __neg__(self):
        return self.made(-self.value, (self, -1.0))

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        z = math.exp(self.value)
        return self.made(z, (self, z))

    def log(self):
        return self.made(math.log(self.value), (self, 1 / self.value))

    def tanh(self):
        z = math.tanh(self.value)
        return self.made(z, (self, 1 - z**2))

    def relu(self):
        return self.made(max(self.value, 0.0), (self, float(self.value > 0)))

    def order(self):
        """All that this one was made of, parents first."""
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack += [(node, True), *((parent, False) for parent, _ in node.links)]
        return order

    def start(self, order):
        for node in order:
            node.grad = 0.0
        self.grad = 1.0

    def give(self):
        for parent, slope in self.links:
            parent.grad += self.grad * slope

    def backward(self):
        order = self.order()
        self.start(order)
        for node in reversed(order):
            node.give()


@mistake("Var", kind="overwritten")
def gradients_overwritten(value):
    """You overwrite a gradient where you should add to it. A Var that is used twice has
    two contributions: write grad += ..., and set all to 0 before the sweep.
    """

    class Var(Right):
        def give(self):
            for parent, slope in self.links:
                parent.grad = self.grad * slope

    return Var(value)


@mistake("Var", kind="overwritten")
def gradients_overwritten_from_young_to_old(value):
    """You overwrite a gradient where you should add to it. A Var that is used twice has
    two contributions: write grad += ..., and set all to 0 before the sweep.
    """

    class Var(Right):
        def order(self):
            return sorted(super().order(), key=lambda node: node.birth)

        def give(self):
            for parent, slope in self.links:
                parent.grad = self.grad * slope

    return Var(value)


@mistake("Var", kind="naive-recursion")
def recursion_that_hands_on_the_sum(value):
    """Each Var hands on all it has whenever it is visited, so a second visit hands the
    first part on again. A Var may hand on once, after all who read it have given.
    """

    class Var(Right):
        def backward(self):
            self.start(self.order())
            self.pull()

        def pull(self):
            for parent, slope in self.links:
                parent.grad += self.grad * slope
                parent.pull()

    return Var(value)


@mistake("Var", kind="recursion")
def sorted_by_recursion(value):
    """Your order is right, but it is found by recursion, and Python stops at a depth of
    1000. Keep the Vars that are still to do in a list of your own.
    """

    class Var(Right):
        def order(self):
            order, seen = [], set()

            def visit(node):
                if node not in seen:
                    seen.add(node)
                    for parent, _ in node.links:
                        visit(parent)
                    order.append(node)

            visit(self)
            return order

    return Var(value)


@mistake("Var", kind="wrong-order")
def level_by_level(value):
    """You visit Vars in the order in which you meet them. One that is read again
    farther down hands on before it has everything: a Var has to wait for all its
    readers.
    """

    class Var(Right):
        def order(self):
            order, seen = [self], {self}
            for node in order:
                for parent, _ in node.links:
                    if parent not in seen:
                        seen.add(parent)
                        order.append(parent)
            return order[::-1]

    return Var(value)


@mistake("Var", kind="stale")
def gradients_of_earlier_sweeps(value):
    """Your second backward() adds to what the first one left. Set the gradients of all
    ancestors to 0 before each sweep, the last one's to 1.
    """

    class Var(Right):
        def start(self, order):
            self.grad = 1.0

    return Var(value)


@mistake("Var", kind="leaves-only")
def gradients_of_the_leaves(value):
    """Only Vars that were given a value have a gradient afterwards. Those in between,
    and the last one with 1.0, keep theirs too.
    """

    class Var(Right):
        def backward(self):
            super().backward()
            for node in self.order():
                node.grad = 0.0 if node.links else node.grad

    return Var(value)


@mistake("Var", kind="seed")
def last_one_left_at_zero(value):
    """All your gradients are 0: the sweep starts from the Var on which backward() is
    called, and its own gradient has to be 1.0 first.
    """

    class Var(Right):
        def start(self, order):
            for node in order:
                node.grad = 0.0

    return Var(value)


@mistake("Var", kind="missing-upstream")
def local_slopes_only(value):
    """You added up local derivatives without the gradient of the Var that reads. Each
    contribution is a product: the reader's grad times the local derivative.
    """

    class Var(Right):
        def give(self):
            for parent, slope in self.links:
                parent.grad += slope

    return Var(value)


@mistake("Var", kind="minus-sign")
def slope_of_a_difference(value):
    """In a - b the derivative in b is -1. Yours is 1."""

    class Var(Right):
        def __sub__(self, other):
            b = self.var(other)
            return self.made(self.value - b.value, (self, 1.0), (b, 1.0))

    return Var(value)


@mistake("Var", kind="reflected")
def difference_the_wrong_way_round(value):
    """For `1 - a` Python calls a.__rsub__(1), and yours returns a - 1. The number is
    what stands on the left.
    """

    class Var(Right):
        def __rsub__(self, other):
            return self - other

    return Var(value)


@mistake("Var", kind="reflected")
def no_number_on_the_left(value):
    """`a + 1` works and `1 + a` does not. Python asks the right-hand side by other
    names: __radd__, __rsub__, __rmul__, __rtruediv__.
    """

    class Var(Right):
        __radd__ = __rmul__ = __rsub__ = __rtruediv__ = None

    return Var(value)


@mistake("Var", kind="quotient")
def slope_of_a_denominator(value):
    """In a / b the derivative in b is -a / b^2. The minus sign is missing in yours."""

    class Var(Right):
        def __truediv__(self, other):
            b = self.var(other)
            z = self.value / b.value
            return self.made(z, (self, 1 / b.value), (b, z / b.value))

    return Var(value)


@mistake("Var", kind="power")
def slope_of_a_power(value):
    """The derivative of a^n is n a^(n - 1). The factor n is missing in yours."""

    class Var(Right):
        def __pow__(self, n):
            return self.made(self.value**n, (self, self.value ** (n - 1)))

    return Var(value)


@mistake("Var", kind="wrong-point")
def tanh_of_the_input(value):
    """You took 1 - x^2 for the slope of tanh(x). It is 1 - z^2, with z = tanh(x) the
    value that came out.
    """

    class Var(Right):
        def tanh(self):
            return self.made(math.tanh(self.value), (self, 1 - self.value**2))

    return Var(value)


@mistake("Var", kind="kink")
def relu_with_slope_one_at_zero(value):
    """Your relu has the derivative 1 at exactly 0; the convention of this course is 0
    there. Ask value > 0, not >= 0.
    """

    class Var(Right):
        def relu(self):
            return self.made(max(self.value, 0.0), (self, float(self.value >= 0)))

    return Var(value)


@mistake("unbroadcast", kind="mean")
def averaged(g, shape):
    """You took means. Every copy contributes all it has: the copies are summed, not
    averaged.
    """
    return reduced(g, shape, np.mean)


def reduced(g, shape, reduce):
    """g brought back to a shape by reducing what was new or stretched."""
    new = g.ndim - len(shape)
    axes = (*range(new), *(new + i for i, n in enumerate(shape) if n == 1))
    return reduce(g, axis=axes, keepdims=True).reshape(shape)


@mistake("unbroadcast", kind="first-copy")
def first_copy_only(g, shape):
    """You kept the first of the copies. Each of them reached the result, so their
    adjoints are added up.
    """
    return reduced(
        g,
        shape,
        lambda g, axis, keepdims: g[
            tuple(slice(0, 1) if i in axis else slice(None) for i in range(g.ndim))
        ],
    )


@mistake("unbroadcast", kind="in-front-only")
def new_axes_only(g, shape):
    """You summed the axes that broadcasting put in front, but not those that it
    stretched from length 1. Sum these too, with keepdims=True.
    """
    return g.sum(axis=tuple(range(g.ndim - len(shape))))


@mistake("unbroadcast", kind="stretched-only")
def stretched_axes_only(g, shape):
    """You summed the axes that were stretched from length 1, but not those that
    broadcasting put in front. As long as g has too many axes, sum the first one.
    """
    if g.ndim > len(shape):
        return g
    return reduced(g, shape, np.sum)


@mistake("unbroadcast", kind="axes-dropped")
def stretched_axes_dropped(g, shape):
    """You lost the axes of length 1. The adjoint has the shape of what it belongs to:
    sum with keepdims=True, or reshape at the end.
    """
    new = g.ndim - len(shape)
    axes = (*range(new), *(new + i for i, n in enumerate(shape) if n == 1))
    return g.sum(axis=axes)


@mistake("unbroadcast", kind="not-undone")
def left_as_it_is(g, shape):
    """You returned g as it is. What was broadcast is smaller than that: sum over the
    axes along which it was copied.
    """
    return g.copy()


@mistake("unbroadcast", kind="from-the-left")
def aligned_from_the_left(g, shape):
    """You compared the shapes from the left. Broadcasting lines them up from the right,
    and the axes that are missing are the first ones.
    """
    shape = tuple(shape)
    padded = shape + (1,) * (g.ndim - len(shape))
    axes = tuple(i for i, n in enumerate(padded) if n != g.shape[i])
    return (
        g.sum(axis=axes, keepdims=True).reshape(-1)[: math.prod(shape)].reshape(shape)
    )


@mistake("matmul_vjp", kind="swapped")
def in_the_other_order(g, A, B):
    """Your pair is the wrong way round: first the adjoint of A, then the one of B."""
    return A.T @ g, g @ B.T


@mistake("matmul_vjp", kind="transpose")
def not_transposed(g, A, B):
    """You multiplied by B and A as they are. On the way back both are transposed: write
    the shapes next to each other, and only one product fits.
    """
    return g @ B, A @ g


@mistake("matmul_vjp", kind="transposed-result")
def results_transposed(g, A, B):
    """Both adjoints are transposed. An adjoint has the shape of what it belongs to: dA
    that of A, (m, k), and dB that of B, (k, n).
    """
    return B @ g.T, g.T @ A


@mistake("matmul_vjp", kind="wrong-side")
def from_the_wrong_side(g, A, B):
    """You multiplied by the other factor from the wrong side. A stands on the left, so
    g comes from the left in dA: g times B transposed, and A transposed times g.
    """
    return B.T @ g, g @ A.T


@mistake("matmul_vjp", kind="own-factor")
def own_factor_of_a_product(g, A, B):
    """You gave each factor itself. As for numbers, the adjoint of A is made with B, and
    the one of B with A.
    """
    return g @ A.T, B.T @ g


@mistake("matmul_vjp", kind="missing-upstream")
def without_the_adjoint(g, A, B):
    """Your adjoints do not depend on g, as if every entry of it were 1. The chain rule
    multiplies by the adjoint of the product.
    """
    ones = np.ones_like(g)
    return ones @ B.T, A.T @ ones


def softmax(z, axis=-1):
    """Probabilities over an axis."""
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@mistake("softmax_vjp", kind="diagonal")
def diagonal_only(g, z):
    """You multiplied by p (1 - p), the diagonal of the Jacobian. Every probability
    depends on every logit of its row: subtract the row's sum of p g from g, times p.
    """
    p = softmax(z)
    return g * p * (1 - p)


@mistake("softmax_vjp", kind="axis")
def over_the_first_axis(g, z):
    """You took the softmax over the first axis. Here it runs over the last one."""
    p = softmax(z, axis=0)
    return p * (g - (p * g).sum(axis=0, keepdims=True))


@mistake("softmax_vjp", kind="all-rows")
def sum_over_all_rows(g, z):
    """You subtracted one sum for all rows. Each row is a softmax of its own: sum p g
    over the last axis, with keepdims=True.
    """
    p = softmax(z)
    return p * (g - (p * g).sum())


@mistake("softmax_vjp", kind="missing-factor")
def sum_without_probabilities(g, z):
    """You subtracted the sum of g. It is the sum of p g that is subtracted: g averaged
    with the probabilities.
    """
    return softmax(z) * (g - g.sum(axis=-1, keepdims=True))


@mistake("softmax_vjp", kind="not-subtracted")
def first_term_only(g, z):
    """You stopped at p g, as if the denominator of the softmax were a constant. It
    depends on every logit, and brings in minus p times the sum of p g.
    """
    return softmax(z) * g


@mistake("softmax_vjp", kind="cross-entropy")
def rule_for_cross_entropy(g, z):
    """You returned p - g. That is softmax together with a cross-entropy, where g are
    the targets; here g is any adjoint of the probabilities.
    """
    return softmax(z) - g


@mistake("softmax_vjp", kind="overflow")
def exp_of_large_logits(g, z):
    """Your exp overflows at logits of 1000 and underflows at -1000. Subtract the
    largest logit of each row first; the probabilities stay the same.
    """
    with np.errstate(all="ignore"):
        p = np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    return p * (g - (p * g).sum(axis=-1, keepdims=True))


@mistake("softmax_vjp", kind="wrong-point")
def softmax_taken_twice(g, z):
    """You took the softmax of the softmax: z are the logits, and the rule needs p =
    softmax(z), once.
    """
    p = softmax(softmax(z))
    return p * (g - (p * g).sum(axis=-1, keepdims=True))


@mistake("logsumexp_vjp", kind="overflow")
def exp_of_large_entries(g, z):
    """Your exp overflows at 1000 and underflows at -1000. Subtract the largest entry of
    each row first; the quotient stays the same.
    """
    with np.errstate(all="ignore"):
        p = np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    return g[..., None] * p


@mistake("logsumexp_vjp", kind="global-shift")
def one_maximum_for_all(g, z):
    """You subtracted the largest entry of the whole array. A row far below it
    underflows to 0/0: subtract each row's own maximum.
    """
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max())
        return g[..., None] * (e / e.sum(axis=-1, keepdims=True))


@mistake("logsumexp_vjp", kind="missing-upstream")
def softmax_alone(g, z):
    """You returned the softmax of z, the derivative itself. The chain rule multiplies
    each row by its adjoint g.
    """
    return softmax(z)


@mistake("logsumexp_vjp", kind="missing-axis")
def adjoint_not_lined_up(g, z):
    """You multiplied by g as it is. It has one axis less than z, and NumPy lines up
    from the right: give it a last axis of length 1, g[..., None].
    """
    return g * softmax(z)


@mistake("logsumexp_vjp", kind="not-normalized")
def exponentials_not_divided(g, z):
    """You multiplied by exp(z). The logarithm outside brings in one over the sum of the
    exponentials, which makes a softmax of them.
    """
    with np.errstate(all="ignore"):
        return g[..., None] * np.exp(z)


@mistake("logsumexp_vjp", kind="hard-maximum")
def maximum_takes_all(g, z):
    """You gave everything to the largest entry, as for a maximum. Log-sum-exp is a
    smooth one: each entry gets its share, softmax(z).
    """
    return g[..., None] * (z == z.max(axis=-1, keepdims=True))


@mistake("logsumexp_vjp", kind="axis")
def shares_over_the_first_axis(g, z):
    """You took the shares over the first axis. The reduction runs over the last one,
    axis=-1.
    """
    return g[..., None] * softmax(z, axis=0)


@mistake("take_vjp", kind="buffered")
def last_reading_only(g, x_shape, index):
    """You wrote dx[index] += g. NumPy does that once a position, so of repeated
    readings only the last one counts. Add them one by one: np.add.at.
    """
    dx = np.zeros(x_shape)
    dx[index] += g
    return dx


@mistake("take_vjp", kind="mean")
def readings_averaged(g, x_shape, index):
    """You took the mean over the readings of an entry. Each one reached the result, so
    their adjoints are added up.
    """
    dx, counts = np.zeros(x_shape), np.zeros(x_shape)
    np.add.at(dx, index, g)
    np.add.at(counts, index, 1.0)
    return dx / np.maximum(counts, 1.0)


@mistake("take_vjp", kind="counts")
def readings_counted(g, x_shape, index):
    """You counted how often an entry was read. Each reading brings its adjoint, the
    entry of g at its place, not a 1.
    """
    dx = np.zeros(x_shape)
    np.add.at(dx, index, 1.0)
    return dx


@mistake("take_vjp", kind="gathered")
def read_once_more(g, x_shape, index):
    """You read g at the index. The way back is the other direction: what was read from
    x[index[i]] is added there, dx[index[i]] += g[i].
    """
    return g[index]


@mistake("take_vjp", kind="not-scattered")
def left_in_place(g, x_shape, index):
    """You returned g as it is. It lies in the order of reading; dx has the shape of x,
    and zeros where nothing was read.
    """
    return g.copy()


@mistake("take_vjp", kind="first-reading")
def first_reading_only(g, x_shape, index):
    """Of repeated readings you kept the first. Each one reached the result, so all of
    their adjoints are added up.
    """
    dx = np.zeros(x_shape)
    flat = g.reshape(-1, *x_shape[1:])
    for i, row in reversed(list(zip(index.ravel(), flat, strict=True))):
        dx[i] = row
    return dx


@mistake("take_vjp", kind="negative")
def negative_positions_left_out(g, x_shape, index):
    """You skipped negative positions. As in NumPy, -1 is the last entry: x[-1] was
    read, and its adjoint belongs there.
    """
    dx = np.zeros(x_shape)
    flat = g.reshape(-1, *x_shape[1:])
    for i, row in zip(index.ravel(), flat, strict=True):
        if i >= 0:
            dx[i] += row
    return dx
