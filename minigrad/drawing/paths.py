"""What the name of an input tells a drawing: its kind, its layer, its short form.

An input is named by the path that reaches it, as code would: ``x``, ``W1``,
``params.layer1.W``, ``params[0].b``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

# Data are data wherever they stand; other leaves of a container are its parameters.
DATA = re.compile(
    r"([xytXYT](_\w+|\d*)|inputs?|targets?|labels?|data|batch|masks?|rng)"
)
WEIGHT = re.compile(
    r"([WUVwb][xhyzifo]{0,2}\d*|[WUVwb]_\w+"
    r"|(theta|θ|gamma|γ|beta|β|weights?|bias(es)?|kernel|scale|shift|params?)(_?\d+)?)"
)


def parts(path: str) -> list[str]:
    """The steps of a path: ``params[0].W`` -> ``["params", "[0]", "W"]``."""
    return re.findall(r"\[[^\]]*\]|[^.\[]+", path) or [path]


def kind(path: str) -> str:
    """``parameter`` or ``input``, by the words of the path.

    >>> [kind(path) for path in ("params.layer1.W", "W1", "x", "batch[0]")]
    ['parameter', 'parameter', 'input', 'input']
    """
    steps = parts(path)
    if DATA.fullmatch(steps[0]) or DATA.fullmatch(steps[-1]):
        return "input"
    inside = len(steps) > 1
    return "parameter" if inside or WEIGHT.fullmatch(steps[-1]) else "input"


def layer(path: str) -> str | None:
    """The layer a parameter belongs to by its path, if the path says.

    >>> [layer(path) for path in ("params.layer1.W", "params[0].b", "params.W2", "W")]
    ['layer1', 'params[0]', 'layer 2', None]
    """
    steps = parts(path)
    if kind(path) != "parameter":
        return None
    if len(steps) > 2:
        inner = steps[1:-1] if steps[1][0] != "[" else steps[:-1]
        return ".".join(inner).replace(".[", "[")
    digits = re.search(r"[^\d\]](\d+)$", steps[-1])
    return f"layer {digits[1]}" if digits else None


def layers(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    """The layer of each path that has one; a lone ``w1`` of a sum is no layer.

    >>> layers({"W1": (4, 3), "b1": (4,), "w2": (), "x": (3,)})
    {'W1': 'layer 1', 'b1': 'layer 1'}
    """
    found = {path: title for path in shapes if (title := layer(path))}
    members = Counter(found.values())
    matrices = {title for path, title in found.items() if len(shapes[path]) > 1}
    return {
        path: title
        for path, title in found.items()
        if members[title] > 1 or title in matrices
    }


def short_names(paths: Iterable[str], layer_of: Mapping[str, str]) -> dict[str, str]:
    """The last word of each path, where it tells the path from others of its layer.

    >>> short_names(["p.a.W", "p.b.W"], {"p.a.W": "a", "p.b.W": "b"})
    {'p.a.W': 'W', 'p.b.W': 'W'}
    """
    names = {path: parts(path)[-1] for path in paths}
    names = {path: path if name[0] == "[" else name for path, name in names.items()}
    seen = Counter((name, layer_of.get(path)) for path, name in names.items())
    return {
        path: path if seen[name, layer_of.get(path)] > 1 else name
        for path, name in names.items()
    }
