"""Right answers to chapter 03 by other roads; the checks must let them all pass."""

from __future__ import annotations

import cmath
import heapq
import math
from itertools import count

import numpy as np

from minigrad.course import alternative


@alternative("central_difference")
def one_entry_moved_and_put_back(f, x, h):
    """A single copy of x, whose entries are moved in place and restored."""
    moved, grad = x.copy(), np.empty_like(x)
    for i, at in np.ndenumerate(x):
        moved[i] = at + h
        upper = f(moved)
        moved[i] = at - h
        grad[i] = (upper - f(moved)) / (2 * h)
        moved[i] = at
    return grad


@alternative("central_difference")
def rows_of_an_identity(f, x, h):
    """All steps as the rows of h I, each brought to the shape of x."""
    steps = (h * np.eye(x.size)).reshape(x.size, *x.shape)
    slopes = [(f(x + step) - f(x - step)) / 2 / h for step in steps]
    return np.array(slopes).reshape(x.shape)


@alternative("tape_backward")
def reader_by_reader(tape, seed):
    """Each line asks all lines below what they have for it: sums instead of +=."""
    readers = [[] for _ in tape]
    for line, (_, inputs, _) in enumerate(tape):
        for position, i in enumerate(inputs):
            readers[i].append((line, position))

    def partial(line, position):
        op, inputs, value = tape[line]
        if op == "mul":
            return tape[inputs[1 - position]][2]
        return {"add": 1.0, "exp": value, "sin": np.cos(tape[inputs[0]][2])}[op]

    adjoint = np.zeros(len(tape))
    adjoint[-1] = seed
    for i in range(len(tape) - 2, -1, -1):
        adjoint[i] = sum(adjoint[line] * partial(line, p) for line, p in readers[i])
    return adjoint


@alternative("tape_backward")
def by_solving_a_triangular_system(tape, seed):
    """adjoint = seed e + P' adjoint, with P the matrix of all local derivatives."""
    n = len(tape)
    P, e = np.zeros((n, n)), np.zeros(n)
    e[-1] = seed
    for line, (op, inputs, value) in enumerate(tape):
        x = [tape[i][2] for i in inputs]
        if op == "add":
            P[line, inputs[0]] += 1
            P[line, inputs[1]] += 1
        elif op == "mul":
            P[line, inputs[0]] += x[1]
            P[line, inputs[1]] += x[0]
        elif op in ("sin", "exp"):
            P[line, inputs[0]] = math.cos(x[0]) if op == "sin" else value
    return tuple(np.linalg.solve(np.eye(n) - P.T, e).tolist())


@alternative("backward_order")
def largest_number_first(parents):
    """Parents have smaller numbers: a heap always gives one whose readers are done."""
    heap, order = [1 - len(parents)], []
    while heap:
        node = -heapq.heappop(heap)
        if not order or order[-1] != node:
            order.append(node)
            for parent in parents[node]:
                heapq.heappush(heap, -parent)
    return order


@alternative("backward_order")
def postorder_turned_round(parents):
    """Depth first with a stack; a node is done when all its parents are."""
    last = len(parents) - 1
    done, seen, stack = [], {last}, [(last, iter(parents[last]))]
    while stack:
        node, rest = stack[-1]
        parent = next(rest, None)
        if parent is None:
            done.append(node)
            stack.pop()
        elif parent not in seen:
            seen.add(parent)
            stack.append((parent, iter(parents[parent])))
    return tuple(reversed(done))


@alternative("backward_order")
def one_pass_over_a_mark(parents):
    """From the last node to the first, marking what is needed."""
    needed = np.zeros(len(parents), dtype=bool)
    needed[-1] = True
    for node in range(len(parents) - 1, -1, -1):
        if needed[node] and parents[node]:
            needed[parents[node]] = True
    return np.flatnonzero(needed)[::-1]


@alternative("Var")
def var_with_closures(value):
    """Each result carries a function that hands its gradient on; sorted by a stack."""
    return Closing(value)


class Closing:
    def __init__(self, value, parents=()):
        self.value, self.grad, self.parents = float(value), 0.0, parents
        self.hand_on = lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Closing) else Closing(other)
        out = Closing(self.value + other.value, (self, other))

        def hand_on():
            self.grad += out.grad
            other.grad += out.grad

        out.hand_on = hand_on
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Closing) else Closing(other)
        out = Closing(self.value * other.value, (self, other))

        def hand_on():
            self.grad += out.grad * other.value
            other.grad += out.grad * self.value

        out.hand_on = hand_on
        return out

    def through(self, value, slope):
        out = Closing(value, (self,))

        def hand_on():
            self.grad += out.grad * slope

        out.hand_on = hand_on
        return out

    def __pow__(self, n):
        return self.through(self.value**n, n * self.value ** (n - 1))

    def __neg__(self):
        return self.through(-self.value, -1.0)

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * (other**-1.0)

    def __rtruediv__(self, other):
        return self**-1.0 * other

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return self.through(math.exp(self.value), math.exp(self.value))

    def log(self):
        return self.through(math.log(self.value), 1.0 / self.value)

    def tanh(self):
        return self.through(math.tanh(self.value), 1.0 / math.cosh(self.value) ** 2)

    def relu(self):
        return self.through(max(self.value, 0.0), 1.0 if self.value > 0 else 0.0)

    def backward(self):
        order, seen, stack = [], set(), [self]
        while stack:
            node = stack[-1]
            fresh = [p for p in node.parents if id(p) not in seen]
            if id(node) not in seen and fresh:
                stack.extend(fresh)
                continue
            stack.pop()
            if id(node) not in seen:
                seen.add(id(node))
                order.append(node)
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            node.hand_on()


@alternative("Var")
def var_on_a_tape(value):
    """All Vars write on one list; backward reads it from here to the beginning."""
    return Listed(value)


LINES = []


class Listed:
    """A place on the list.  Local derivatives come from a complex step or by hand."""

    def __init__(self, value, links=()):
        self.value, self.links, self.grad = np.float64(value), links, np.float64(0)
        self.place = len(LINES)
        LINES.append(self)

    @staticmethod
    def analytic(f, x):
        """f(x) with f'(x) = Im f(x + ih) / h, exact to rounding for a tiny h."""
        return Listed(f(x.value).real, [(x, f(x.value + 1e-30j).imag / 1e-30)])

    def linear(self, value, other, mine, theirs):
        links = [(self, mine)]
        if isinstance(other, Listed):
            links.append((other, theirs))
        return Listed(value, links)

    def __add__(self, other):
        y = getattr(other, "value", other)
        return self.linear(self.value + y, other, 1.0, 1.0)

    def __mul__(self, other):
        y = getattr(other, "value", other)
        return self.linear(self.value * y, other, y, self.value)

    def __sub__(self, other):
        y = getattr(other, "value", other)
        return self.linear(self.value - y, other, 1.0, -1.0)

    def __truediv__(self, other):
        y = getattr(other, "value", other)
        return self.linear(self.value / y, other, 1 / y, -self.value / y**2)

    def __rsub__(self, other):
        return Listed(other) - self

    def __rtruediv__(self, other):
        return Listed(other) / self

    def __neg__(self):
        return 0.0 - self

    def __pow__(self, n):
        return Listed(self.value**n, [(self, n * self.value ** (n - 1))])

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Listed.analytic(cmath.exp, self)

    def log(self):
        return Listed.analytic(cmath.log, self)

    def tanh(self):
        return Listed.analytic(cmath.tanh, self)

    def relu(self):
        return self * (self.value > 0)

    def backward(self):
        adjoint, needed = {self.place: 1.0}, []
        for line in reversed(LINES[: self.place + 1]):
            if line.place in adjoint:
                needed.append(line)
                for parent, slope in line.links:
                    g = adjoint.get(parent.place, 0.0)
                    adjoint[parent.place] = g + adjoint[line.place] * slope
        for line in needed:
            line.grad = adjoint[line.place]


@alternative("Var")
def var_in_order_of_birth(value):
    """A heap of the Vars to visit, the youngest first."""
    return Born(value)


BIRTHS = count()


class Born(Closing):
    """As above, but every Var knows when it was made."""

    def __init__(self, value, parents=()):
        super().__init__(value, parents)
        self.birth = next(BIRTHS)

    def through(self, value, slope):
        out = Born(value, (self,))
        out.links = ((self, slope),)
        return out

    def both(self, other, value, mine, theirs):
        out = Born(value, (self, other))
        out.links = ((self, mine), (other, theirs))
        return out

    links = ()

    def __add__(self, other):
        other = other if isinstance(other, Born) else Born(other)
        return self.both(other, self.value + other.value, 1.0, 1.0)

    def __mul__(self, other):
        other = other if isinstance(other, Born) else Born(other)
        return self.both(other, self.value * other.value, other.value, self.value)

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        heap, met = [(-self.birth, self)], {self: 1.0}
        while heap:
            _, node = heapq.heappop(heap)
            node.grad = met[node]
            for parent, slope in node.links:
                if parent not in met:
                    met[parent] = 0.0
                    heapq.heappush(heap, (-parent.birth, parent))
                met[parent] += node.grad * slope


@alternative("unbroadcast")
def front_axes_one_by_one(g, shape):
    """While there are too many axes, sum the first; then those of length 1."""
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


@alternative("unbroadcast")
def by_counting_copies(g, shape):
    """Every entry of g goes to the place that it was copied from."""
    places = np.broadcast_to(np.arange(math.prod(shape)).reshape(shape), g.shape)
    sums = np.bincount(places.ravel(), weights=g.ravel(), minlength=math.prod(shape))
    return sums.reshape(shape)


@alternative("matmul_vjp")
def by_einstein_summation(g, A, B):
    """dA_ik = sum_j g_ij B_kj, and dB_kj = sum_i A_ik g_ij."""
    return [np.einsum("ij,kj->ik", g, B), np.einsum("ik,ij->kj", A, g)]


@alternative("matmul_vjp")
def as_sums_of_outer_products(g, A, B):
    """One column of g at a time, and one row of it."""
    dA = sum(np.outer(g[:, j], B[:, j]) for j in range(B.shape[1]))
    dB = sum(np.outer(A[i], g[i]) for i in range(A.shape[0]))
    return dA, dB


@alternative("softmax_vjp")
def by_the_jacobian_of_a_row(g, z):
    """(diag(p) - p p') g, one row after another."""
    rows = []
    for gi, zi in zip(
        g.reshape(-1, g.shape[-1]), z.reshape(g.size // g.shape[-1], -1), strict=True
    ):
        p = np.exp(zi - zi.max())
        p /= p.sum()
        rows.append((np.diag(p) - np.outer(p, p)) @ gi)
    return np.array(rows).reshape(z.shape)


@alternative("softmax_vjp")
def through_the_centered_adjoint(g, z):
    """With differences of logits, 1 / sum(exp(z_j - z_i)), no maximum is needed."""
    with np.errstate(over="ignore"):
        p = 1.0 / np.exp(z[..., None, :] - z[..., :, None]).sum(axis=-1)
    return (
        np.einsum("...i,...i->...i", p, g)
        - p * np.einsum("...j,...j->...", p, g)[..., None]
    )


@alternative("logsumexp_vjp")
def from_the_value(g, z):
    """exp(z - logsumexp(z)), and logaddexp is safe by itself."""
    value = np.logaddexp.reduce(z, axis=-1, keepdims=True)
    return np.exp(z - value) * np.asarray(g)[..., np.newaxis]


@alternative("logsumexp_vjp")
def one_row_at_a_time(g, z):
    """Loops, math.exp and math.fsum."""
    dz = np.empty(z.shape)
    for i in np.ndindex(z.shape[:-1]):
        top = max(z[i])
        e = [math.exp(v - top) for v in z[i]]
        dz[i] = [float(g[i]) * v / math.fsum(e) for v in e]
    return dz


@alternative("take_vjp")
def by_a_matrix_of_readings(g, x_shape, index):
    """One-hot rows say what was read; their transpose brings it back."""
    onehot = np.eye(x_shape[0])[index.ravel()]
    back = onehot.T @ g.reshape(index.size, math.prod(x_shape[1:]))
    return back.reshape(x_shape)


@alternative("take_vjp")
def one_reading_at_a_time(g, x_shape, index):
    """A plain loop over the index."""
    dx = np.zeros(x_shape)
    for place in np.ndindex(index.shape):
        dx[index[place]] += g[place]
    return dx
