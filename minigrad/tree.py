"""Containers of arrays: dicts, lists and tuples, nested as parameters come.

A *tree* is an array (a leaf), or a dict, list, tuple or named tuple of trees.

>>> leaves, rebuild = flatten({"W": 1.0, "layers": [2.0, (3.0,)]})
>>> leaves
[1.0, 2.0, 3.0]
>>> rebuild([10.0, 20.0, 30.0])
{'W': 10.0, 'layers': [20.0, (30.0,)]}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Rebuild = Callable[[list[Any]], Any]


def flatten(tree: Any) -> tuple[list[Any], Rebuild]:
    """The leaves in order, and a function that puts new leaves in their places."""
    leaves = [leaf for _, leaf in items(tree)]
    return leaves, lambda new: _rebuild(tree, iter(new))


def items(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each leaf with its path: ``[0].W`` names ``tree[0]["W"]``.

    >>> [path for path, _ in items([{"W": 1.0, "b": 2.0}])]
    ['[0].W', '[0].b']
    """
    if isinstance(tree, dict):
        for key, child in tree.items():
            yield from items(child, f"{path}.{key}" if path else str(key))
    elif isinstance(tree, (list, tuple)):
        for k, child in enumerate(tree):
            yield from items(child, f"{path}[{k}]")
    else:
        yield path, tree


def map(f: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply f leaf by leaf, to trees of the same structure."""
    leaves, rebuild = flatten(tree)
    columns = [flatten(other)[0] for other in others]
    for k, column in enumerate(columns):
        if len(column) != len(leaves):
            raise ValueError(
                f"tree {k + 1} has {len(column)} leaves, the first has {len(leaves)}"
            )
    return rebuild([f(*row) for row in zip(leaves, *columns, strict=True)])


def _rebuild(tree: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(tree, dict):
        return {key: _rebuild(child, leaves) for key, child in tree.items()}
    if isinstance(tree, (list, tuple)):
        children = [_rebuild(child, leaves) for child in tree]
        if hasattr(tree, "_fields"):
            return type(tree)(*children)
        return type(tree)(children)
    return next(leaves)
