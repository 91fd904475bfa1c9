"""The words of random programs: operations with arguments they are smooth at.

A *family* is a function that chooses operands among the values known so far and writes
one expression, in one of the spellings a user may choose; None if nothing fits.  An
expression may still be refused by NumPy, for its shapes; then it is no part of the
program.  The functions of ``plain`` say what each means.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from analytic import plain
from hypothesis import strategies as st

import minigrad as mg

Shape = tuple[int, ...]

GAP = 0.1  # distance from kinks: differences step less than half of that


class Known(NamedTuple):
    """A value of the program so far: its name and, as a complex step, what it is."""

    name: str
    z: np.ndarray

    @property
    def shape(self) -> Shape:
        return self.z.shape

    @property
    def ndim(self) -> int:
        return self.z.ndim


class Dice:
    """Hypothesis makes the choices, each turned by a salt and by all choices before.

    Most of its examples repeat parts of earlier ones.  Turned, what follows the first
    difference differs, so that few programs are the same.  Salt 0, which it shrinks to,
    turns nothing.
    """

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.salt = self.state = draw(st.integers(0, 2**16))

    def integer(self, low: int, high: int) -> int:
        """low and high included; simpler is closer to low."""
        n = high - low + 1
        choice = self.draw(st.integers(0, n - 1))
        turn = (self.state >> 33) % n if self.salt else 0
        self.state = (self.state + choice + 1) * 0x5851F42D4C957F2D % 2**64
        return low + (choice + turn) % n

    def one_of(self, options: Sequence[Any]) -> Any:
        return options[self.integer(0, len(options) - 1)]

    def flag(self) -> bool:
        return bool(self.integer(0, 1))

    def shuffled(self, items: Sequence[Any]) -> list[Any]:
        left = list(items)
        return [left.pop(self.integer(0, len(left) - 1)) for _ in items]


# ---------------------------------------------------------------- spelling


def pick(dice: Dice, env: Sequence[Known]) -> Known:
    """Any value, more often a late one."""
    return dice.one_of([*env, *env[-2:], *env[-1:]])


def spelled(dice: Dice, name: str) -> str:
    """NumPy's function or ours."""
    theirs = [f"np.{name}"] if hasattr(np, name) else []
    theirs += [f"np.linalg.{name}"] if not theirs and hasattr(np.linalg, name) else []
    ours = [f"mg.{name}"] if hasattr(mg, name) else []
    return dice.one_of(theirs + ours)


class Domain(NamedTuple):
    """Where an operation is smooth, and how to get there."""

    holds: Callable[[Any], Any]
    guard: str


DOMAINS = {
    "real": Domain(lambda x: abs(x) < 3, "2 * np.sin({})"),
    "unit": Domain(lambda x: abs(x) < 0.8, "0.7 * np.sin({})"),
    "positive": Domain(lambda x: x > 0.4, "1.5 + np.sin({})"),
    "nonzero": Domain(lambda x: abs(x) > 0.4, "1.5 + np.sin({})"),
    "above one": Domain(lambda x: x > 1.4, "2.5 + np.sin({})"),
}


def within(domain: str, known: Known) -> str:
    """The value, mapped into the domain if it lies outside."""
    holds, guard = DOMAINS[domain]
    return (
        known.name if np.all(holds(known.z.real)) else f"({guard.format(known.name)})"
    )


def axis_of(dice: Dice, known: Known) -> int:
    return dice.integer(-known.ndim, known.ndim - 1)


def axes_of(dice: Dice, known: Known) -> Any:
    """None, an axis, or several."""
    if known.ndim == 0 or dice.flag():
        return None
    several = dice.shuffled(range(known.ndim))[: dice.integer(1, 3)]
    chosen = tuple(k - known.ndim * dice.flag() for k in several)
    return chosen[0] if len(chosen) == 1 else chosen


# ---------------------------------------------------------------- families

UNARY = {
    **dict.fromkeys(
        ["sin", "cos", "tanh", "exp", "expm1", "exp2", "sinh", "cosh", "arctan"], "real"
    ),
    **dict.fromkeys(
        ["arcsinh", "sigmoid", "softplus", "gelu", "erf", "square", "neg"], "real"
    ),
    **dict.fromkeys(["deg2rad", "rad2deg", "sinc"], "real"),
    **dict.fromkeys(["log", "log2", "log10", "log1p", "sqrt", "cbrt"], "positive"),
    **dict.fromkeys(["tan", "arcsin", "arccos", "arctanh"], "unit"),
    **dict.fromkeys(["arccosh"], "above one"),
    **dict.fromkeys(["reciprocal"], "nonzero"),
}


def unary(dice: Dice, env: list[Known]) -> str:
    name = dice.one_of(sorted(UNARY))
    return f"{spelled(dice, name)}({within(UNARY[name], pick(dice, env))})"


def powers(dice: Dice, env: list[Known]) -> str:
    x, y = pick(dice, env), pick(dice, env)
    name = spelled(dice, "power")
    forms = [
        f"{x.name} ** 2",
        f"{x.name} ** 3",
        f"{name}({within('positive', x)}, -1.5)",
        f"1.7 ** {within('real', y)}",
        f"{within('positive', x)} ** {within('unit', y)}",
        f"{name}({within('positive', x)}, {within('unit', y)})",
    ]
    return dice.one_of(forms)


def arithmetic(dice: Dice, env: list[Known]) -> str:
    x, y = pick(dice, env), pick(dice, env)
    symbol, *names = dice.one_of(
        [
            ("+", "np.add", "mg.add"),
            ("-", "np.subtract", "mg.sub"),
            ("*", "np.multiply", "mg.mul"),
            ("/", "np.true_divide", "mg.div"),
        ]
    )
    number = dice.one_of(["0.5", "3", "-1.25"])
    left = dice.one_of([x.name, x.name, x.name, number])
    right = within("nonzero", y) if symbol == "/" else y.name
    if left == x.name and dice.integer(0, 3) == 0:
        right = number
    name = dice.one_of(["", *names])
    return f"{name}({left}, {right})" if name else f"{left} {symbol} {right}"


def pairs(dice: Dice, env: list[Known]) -> str:
    x, y = pick(dice, env), pick(dice, env)
    a, b = within("real", x), within("real", y)
    forms = [
        f"{spelled(dice, 'arctan2')}({a}, {within('positive', y)})",
        f"{spelled(dice, 'hypot')}({within('positive', x)}, {b})",
        f"{spelled(dice, 'logaddexp')}({a}, {b})",
        f"{spelled(dice, 'logaddexp2')}({a}, {b})",
    ]
    return dice.one_of(forms)


def reductions(dice: Dice, env: list[Known]) -> str | None:
    x = pick(dice, env)
    names = ["sum", "prod", "mean", "var", "std", "logsumexp", "norm", "average", "sum"]
    name = dice.one_of(names if x.z.size else names[:2])
    axis, keepdims = axes_of(dice, x), dice.flag()
    if name == "norm" and not isinstance(axis, int):
        name = "vector_norm"
    how = f"axis={axis}, keepdims={keepdims}"
    inside = within("real", x) if name in ("prod", "logsumexp") else x.name
    if name in ("std", "norm", "vector_norm") and not _is_spread(name, x, axis):
        return None
    if name in ("var", "std") and dice.flag():
        how += ", ddof=0"
    if name == "average":
        how += f", weights={within('positive', x)}"
    if name in ("sum", "mean", "prod") and x.ndim and dice.flag():
        return f"{x.name}.{name}({how})"
    return f"{spelled(dice, name)}({inside}, {how})"


def _is_spread(name: str, x: Known, axis: Any) -> bool:
    """Away from the kink of a norm at zero."""
    z = (
        np.std(x.z.real, axis=axis)
        if name == "std"
        else plain.norm(x.z.real, axis=axis)
    )
    return bool(np.all(np.abs(z) > 0.4))


def along(dice: Dice, env: list[Known]) -> str | None:
    """Operations along one axis that keep it."""
    x = pick(dice, env)
    if x.ndim == 0:
        return None
    axis = axis_of(dice, x)
    names = ["cumsum", "cumprod", "diff", "trapezoid", "softmax", "softmax"]
    name = dice.one_of(names if x.shape[axis] else names[:2])
    return f"{spelled(dice, name)}({within('real', x)}, axis={axis})"


def arrangements(dice: Dice, env: list[Known]) -> str | None:
    x = pick(dice, env)
    n, size = x.ndim, x.z.size
    forms = [
        f"{spelled(dice, 'ravel')}({x.name})",
        f"{spelled(dice, 'expand_dims')}({x.name}, {dice.integer(-n - 1, n)})",
        f"{spelled(dice, 'broadcast_to')}({x.name}, {(2, *x.shape)})",
        f"{spelled(dice, 'squeeze')}({x.name})",
        f"{spelled(dice, 'atleast_1d')}({x.name})",
        f"{spelled(dice, 'atleast_2d')}({x.name})",
        f"{spelled(dice, 'resize')}({x.name}, (2, 3))" if size else x.name + ".T",
        f"{spelled(dice, 'diagflat')}({x.name})",
        f"{spelled(dice, 'atleast_3d')}({x.name})",
        f"{spelled(dice, 'reshape')}({x.name}, (1, {size}))",
    ]
    if n:
        k, j = axis_of(dice, x), axis_of(dice, x)
        order = tuple(dice.shuffled(range(n)))
        shift = dice.integer(-3, 3)
        stretched = tuple(4 if m == 1 else m for m in x.shape)
        halves = [m for m in range(1, size + 1) if size % m == 0] or [1]
        rows = dice.one_of(halves)
        width = dice.one_of(["1", "(0, 2)", "2"])
        forms += [
            f"{x.name}.T",
            f"{x.name}.reshape({rows}, -1)" if size else f"{x.name}.T",
            f"{spelled(dice, 'transpose')}({x.name}, {order})",
            f"{spelled(dice, 'moveaxis')}({x.name}, {k}, {j})",
            f"{spelled(dice, 'swapaxes')}({x.name}, {k}, {j})",
            f"{spelled(dice, 'flip')}({x.name}, {dice.one_of([None, k])})",
            f"{spelled(dice, 'roll')}({x.name}, {shift}, {dice.one_of([None, k])})",
            f"{spelled(dice, 'broadcast_to')}({x.name}, {stretched})",
            f"{spelled(dice, 'repeat')}({x.name}, 2, axis={k})",
            f"{spelled(dice, 'tile')}({x.name}, {dice.one_of([2, (2, 1)])})",
            f"{spelled(dice, 'pad')}({x.name}, {width})",
            f"{spelled(dice, 'triu')}({x.name}, {shift})",
            f"{spelled(dice, 'tril')}({x.name}, {shift})",
            f"{spelled(dice, 'rollaxis')}({x.name}, {k})",
            f"{spelled(dice, 'delete')}({x.name}, 0, axis={k})" if size else "",
            f"{spelled(dice, 'compress')}([True], {x.name}, axis={k})" if size else "",
            f"{spelled(dice, 'unstack')}({x.name})[0]" if x.shape[0] else "",
            f"{spelled(dice, 'flipud')}({x.name})",
        ]
    if n in (1, 2):
        forms.append(f"{spelled(dice, 'diag')}({x.name}, {dice.integer(-2, 2)})")
    if n >= 2:
        off, turn = dice.integer(-1, 1), dice.one_of(["0, 1", "-1, 0"])
        forms += [
            f"{x.name}.mT",
            f"{spelled(dice, 'diagonal')}({x.name}, {off}, {turn})",
            f"{spelled(dice, 'trace')}({x.name}, {off}, {turn})",
            f"{spelled(dice, 'fliplr')}({x.name})",
            f"{spelled(dice, 'rot90')}({x.name}, {dice.integer(-1, 2)})",
            f"{spelled(dice, 'matrix_transpose')}({x.name})",
        ]
    return dice.one_of([form for form in forms if form])


def indexing(dice: Dice, env: list[Known]) -> str | None:
    """Basic and advanced, negative and repeated, with new axes and ellipses."""
    x = pick(dice, env)
    if x.ndim == 0:
        return f"{x.name}[{dice.one_of(['None', '...', '()'])}]"
    if x.z.size and dice.integer(0, 3) == 0:
        n = x.shape[-1]
        places = [dice.integer(-n, n - 1) for _ in range(dice.integer(1, 4))]
        order = 3 * np.arange(x.z.size).reshape(x.shape) // 2 % n
        order = f"np.array({order.tolist()})"
        forms = [
            f"{spelled(dice, 'take')}({x.name}, {places}, axis=-1)",
            f"{spelled(dice, 'take')}({x.name}, {[places, places[::-1]]})",
            f"{spelled(dice, 'take_along_axis')}({x.name}, {order}, -1)",
            f"{x.name}[{mask(dice, x.shape[:1])}]",
            f"{x.name}[{mask(dice, x.shape)}]",
        ]
        return dice.one_of(forms)
    length = dice.integer(1, 3)
    parts = [_part(dice, n, length) for n in x.shape[: dice.integer(1, x.ndim)]]
    if dice.integer(0, 3) == 0:
        parts.insert(dice.integer(0, len(parts)), "None")
    if dice.integer(0, 3) == 0:
        parts.insert(dice.integer(0, len(parts)), "...")
    return f"{x.name}[{', '.join(parts)}]"


def _part(dice: Dice, n: int, length: int) -> str:
    """What may stand at one axis of n entries in an index."""
    slices = [":", "1:", ":-1", "::-1", "::2", "1:3", "-2::-1"]
    if n == 0:
        return dice.one_of(slices)
    numbers = [dice.integer(-n, n - 1) for _ in range(length)]
    return dice.one_of([*slices, str(numbers[0]), str(numbers), str(numbers)])


def mask(dice: Dice, shape: Shape) -> str:
    bits = [dice.flag() for _ in range(int(np.prod(shape)))]
    return f"np.array({np.reshape(bits, shape).tolist()}, bool)"


def joining(dice: Dice, env: list[Known]) -> str:
    x, y = pick(dice, env), pick(dice, env)
    axis = axis_of(dice, x) if x.ndim else 0
    forms = [
        f"{spelled(dice, 'concatenate')}([{x.name}, {y.name}, {x.name}], axis={axis})",
        f"{spelled(dice, 'concatenate')}([{x.name}, {x.name}], axis={axis})",
        f"{spelled(dice, 'concatenate')}([{x.name}, {y.name}], axis=None)",
        f"{spelled(dice, 'stack')}([{x.name}, {y.name}], axis={axis})",
        f"{spelled(dice, 'stack')}([{x.name}, {x.name}], axis={axis})",
        f"{spelled(dice, 'hstack')}([{x.name}, {y.name}])",
        f"{spelled(dice, 'vstack')}([{x.name}, {y.name}])",
        f"{spelled(dice, 'dstack')}([{x.name}, {x.name}])",
        f"{spelled(dice, 'column_stack')}([{x.name}, {x.name}])",
        f"{spelled(dice, 'append')}({x.name}, {y.name})",
        f"{spelled(dice, 'block')}([{x.name}, {x.name}])",
        f"{spelled(dice, 'broadcast_arrays')}({x.name}, {y.name})[0]",
        f"{spelled(dice, 'meshgrid')}(np.ravel({x.name}), np.ravel({y.name}))[1]",
        f"{spelled(dice, 'vsplit')}({x.name}, [1])[0]" if x.ndim > 1 else x.name,
        f"{spelled(dice, 'hsplit')}({x.name}, [1])[0]" if x.ndim else x.name,
        f"{spelled(dice, 'dsplit')}({x.name}, [1])[0]" if x.ndim > 2 else x.name,
        f"{spelled(dice, 'array_split')}({x.name}, 2, axis={axis})[1]",
        f"{spelled(dice, 'split')}({x.name}, [1, 2], axis={axis})[1]",
    ]
    return dice.one_of(forms)


def choices(dice: Dice, env: list[Known]) -> str:
    x, y = pick(dice, env), pick(dice, env)
    some = mask(dice, x.shape)
    forms = [
        f"{spelled(dice, 'where')}({some}, {x.name}, {y.name})",
        f"{spelled(dice, 'where')}({some}, 0.5, {x.name})",
        f"{spelled(dice, 'select')}([{some}], [{x.name}], -0.5)",
        f"mg.select([{some}], [{x.name}], {y.name})",
    ]
    return dice.one_of(forms)


def contractions(dice: Dice, env: list[Known]) -> str | None:
    x, y = pick(dice, env), pick(dice, env)
    partners = [k for k in env if x.ndim and k.ndim and _meet(x.shape, k.shape)]
    if partners and dice.flag():
        y = dice.one_of(partners)
        times = [
            f"{x.name} @ {y.name}",
            f"{spelled(dice, 'matmul')}({x.name}, {y.name})",
        ]
        return dice.one_of(times)
    forms = [
        f"{spelled(dice, 'dot')}({x.name}, {y.name})",
        f"{spelled(dice, 'inner')}({x.name}, {y.name})",
        f"{spelled(dice, 'outer')}({x.name}, {y.name})",
        f"{spelled(dice, 'kron')}({x.name}, {y.name})",
        f"{spelled(dice, 'vdot')}({x.name}, {x.name})",
        f"{spelled(dice, 'convolve')}(np.ravel({x.name}), np.ravel({y.name}))"
        if x.z.size and y.z.size
        else x.name,
        f"{spelled(dice, 'polyval')}(np.ravel({x.name})[:3], {within('unit', y)})"
        if x.z.size
        else x.name,
        f"mg.vander(np.ravel({within('unit', x)}), 3)",
        f"{spelled(dice, 'tensordot')}({x.name}, {y.name}, 1)",
        f"{spelled(dice, 'tensordot')}({x.name}, {y.name}, 0)",
    ]
    if x.ndim >= 2:
        forms += [f"{x.name} @ {x.name}.mT", f"{x.name}.mT @ {x.name}"]
    return dice.one_of(forms)


def _meet(x: Shape, y: Shape) -> bool:
    return x[-1] == (y[-2] if len(y) > 1 else y[0])


def einsums(dice: Dice, env: list[Known]) -> str | None:
    """Letters by lengths: shared ones, repeated ones, any of them in the result."""
    operands = [pick(dice, env) for _ in range(dice.integer(1, 3))]
    sizes: dict[str, int] = {}
    inputs = []
    for x in operands:
        letters = ""
        for n in x.shape:
            fitting = [k for k, m in sizes.items() if m == n]
            new = string.ascii_lowercase[len(sizes)]
            letter = dice.one_of([*fitting, new])
            sizes[letter] = n
            letters += letter
        inputs.append(letters)
    shuffled = dice.shuffled(sorted(sizes))
    result = "".join(shuffled[: dice.integer(0, min(3, len(shuffled)))])
    names = ", ".join(x.name for x in operands)
    return f"{spelled(dice, 'einsum')}('{','.join(inputs)}->{result}', {names})"


def linear_algebra(dice: Dice, env: list[Known]) -> str | None:
    matrices = [k for k in env if k.ndim >= 2 and min(k.shape[-2:]) > 0]
    if not matrices:
        return None
    x, y = dice.one_of(matrices), pick(dice, env)
    n = min(x.shape[-2:])
    square = f"{x.name}[..., :{n}, :{n}]"
    regular = f"3 * np.eye({n}) + 0.4 * np.sin({square})"
    definite = f"np.eye({n}) + 0.2 * {square} @ {square}.mT"
    forms = [
        f"{spelled(dice, 'inv')}({regular})",
        f"{spelled(dice, 'solve')}({regular}, {y.name})",
        f"{spelled(dice, 'solve')}({regular}, {x.name}[..., :{n}, :])",
        f"{spelled(dice, 'det')}({regular}) / 9",
        f"{spelled(dice, 'slogdet')}({regular})[1]",
        f"{spelled(dice, 'matrix_power')}({square} / 3, 3)",
        f"{spelled(dice, 'pinv')}(np.eye(*{x.shape[-2:]}) + 0.1 * np.sin({x.name}))",
        f"{spelled(dice, 'cholesky')}({definite})",
    ]
    return dice.one_of(forms)


SMOOTH = [
    *[unary, arithmetic, arrangements] * 3,
    *[reductions, indexing, contractions, joining] * 2,
    *[powers, pairs, along, choices, einsums, linear_algebra],
]

# ---------------------------------------------------------------- kinks, from afar


def _apart(x: Any, y: Any) -> bool:
    try:
        return bool(np.all(np.abs(np.subtract(x, y)) > GAP))
    except ValueError:
        return False


def kinked(dice: Dice, env: list[Known]) -> str | None:
    """Entry by entry: |x|, relu, the larger one, comparisons, clipping."""
    x, y = pick(dice, env), pick(dice, env)
    level = dice.one_of([0, 0.5, -0.5])
    forms = []
    if _apart(x.z.real, level):
        forms += [
            f"np.where({x.name} > {level}, {y.name}, {x.name})",
            f"mg.where({x.name} <= {level}, {x.name}, 2.0)",
            f"{spelled(dice, 'maximum')}({x.name}, {level})",
            f"{spelled(dice, 'clip')}({x.name}, {level}, 20.0)",
            f"{x.name}[{x.name} > {level}]",
        ]
    if _apart(x.z.real, 0):
        forms += [
            f"{spelled(dice, 'abs')}({x.name})",
            f"abs({x.name})" if x.ndim == 0 else f"np.abs({x.name})",
            f"mg.relu({x.name})",
            f"{spelled(dice, 'norm')}({x.name}, 1)" if x.ndim == 1 else "",
        ]
    if _apart(x.z.real, y.z.real):
        forms += [
            f"{spelled(dice, 'maximum')}({x.name}, {y.name})",
            f"{spelled(dice, 'minimum')}({x.name}, {y.name})",
        ]
    return dice.one_of(forms) or None if forms else None


def ordered(dice: Dice, env: list[Known]) -> str | None:
    """Extrema and sorting along an axis."""
    x = pick(dice, env)
    if x.ndim == 0 or x.z.size == 0:
        return None
    axis = axis_of(dice, x)
    if not np.all(np.diff(np.sort(x.z.real, axis=axis), axis=axis) > GAP):
        return None
    how = f"axis={axis}, keepdims={dice.flag()}"
    forms = [
        f"{spelled(dice, 'max')}({x.name}, {how})",
        f"{spelled(dice, 'min')}({x.name}, {how})",
        f"{x.name}.max({how})",
        f"{spelled(dice, 'sort')}({x.name}, axis={axis})",
    ]
    return dice.one_of(forms)


KINKED = [kinked, ordered] * 4
