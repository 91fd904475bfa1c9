"""Arguments from words: ``x=5,3`` a random array of that shape, ``rate=0.1`` a number.

    shape   whole numbers between commas; standard normal values from a seed
    number  anything else that Python reads as a float: ``0.1``, ``3.0``, ``1e-2``

The values of a name depend on the seed and the name alone, not on what else is given.
"""

from __future__ import annotations

import difflib
import inspect
import math
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from minigrad.drawing.errors import TargetError

MOST_ENTRIES = 1_000_000  # of an array; a drawing shows none of so many
HOW = "write --arg x=5,3 for random values of that shape, or --arg x=3.0 for a number"


def made_up(words: Iterable[str], seed: int = 0) -> dict[str, Any]:
    """The arguments that the words describe, by name; TargetError for bad words.

    >>> made_up(["rate=0.1", "W=2,3"])["W"].shape
    (2, 3)
    """
    found: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name.isidentifier():
            raise TargetError(f"--arg {word} is not NAME=SHAPE; {HOW}")
        if name in found:
            raise TargetError(f"--arg {name} is given twice")
        found[name] = _value(name, text.strip(), seed)
    return found


def _value(name: str, text: str, seed: int) -> Any:
    try:
        shape = tuple(int(size) for size in text.strip("()").rstrip(",").split(","))
    except ValueError:
        return _number(name, text)
    if min(shape) < 1 or math.prod(shape) > MOST_ENTRIES:
        raise TargetError(
            f"--arg {name}={text} is no shape: sizes are at least 1, and there are at "
            f"most {MOST_ENTRIES:,} entries"
        )
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return rng.standard_normal(shape)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise TargetError(
            f"--arg {name}={text} is no shape and no number; {HOW}"
        ) from None


def in_order(
    function: Callable[..., Any], name: str, given: Mapping[str, Any]
) -> tuple[Any, ...]:
    """The given arguments as the function takes them; the others have defaults."""
    kinds = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    parameters = {
        key: p
        for key, p in inspect.signature(function).parameters.items()
        if p.kind in kinds
    }
    for key in given.keys() - parameters.keys():
        close = difflib.get_close_matches(key, parameters, 1)
        has = f"its parameters are {', '.join(parameters) or 'none'}"
        hint = f"did you mean {close[0]}?" if close else has
        raise TargetError(f"{name} has no parameter {key} to give with --arg; {hint}")
    values = {key: given.get(key, p.default) for key, p in parameters.items()}
    missing = [key for key, v in values.items() if v is inspect.Parameter.empty]
    if missing:
        raise TargetError(
            f"{name} needs {', '.join(missing)} as well; give --arg {missing[0]}=SHAPE"
        )
    return tuple(values.values())
