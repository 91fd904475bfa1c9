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
    leaves: list[Any] = []
    map(leaves.append, tree)

    def rebuild(new: list[Any]) -> Any:
        following = iter(new)
        return map(lambda _: next(following), tree)

    return leaves, rebuild


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


def leaves_like(tree: Any, other: Any) -> list[Any]:
    """The leaves of ``other`` in the order of ``tree``, which it must be built like.

    >>> leaves_like({"a": 1, "b": 2}, {"b": 20, "a": 10})
    [10, 20]
    """
    return list(_along(tree, other, ""))


def map(f: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply f leaf by leaf, to trees of the same structure.

    >>> map(lambda x, y: x + y, {"a": [1, 2]}, {"a": [10, 20]})
    {'a': [11, 22]}
    """
    if not others:
        return _mapped(f, tree)
    leaves, rebuild = flatten(tree)
    columns = [leaves_like(tree, other) for other in others]
    return rebuild([f(*row) for row in zip(leaves, *columns, strict=True)])


class _Leaves(dict[type, bool]):
    """Whether a value of this type is a leaf; asked once for each type."""

    def __missing__(self, kind: type) -> bool:
        self[kind] = not issubclass(kind, (dict, list, tuple))
        return self[kind]


_is_leaf = _Leaves()


def _mapped(f: Callable[[Any], Any], tree: Any) -> Any:
    """In one pass, without a list of leaves: each gradient comes through here."""
    kind = type(tree)
    if _is_leaf[kind]:
        return f(tree)
    if isinstance(tree, dict):
        return {key: _mapped(f, child) for key, child in tree.items()}
    children = [f(x) if _is_leaf[type(x)] else _mapped(f, x) for x in tree]
    if kind is tuple:
        return tuple(children)
    return children if kind is list else _like(tree, children)


def _along(tree: Any, other: Any, path: str) -> Iterator[Any]:
    if isinstance(tree, dict):
        if not isinstance(other, dict) or tree.keys() != other.keys():
            raise ValueError(_unlike(f"the keys {list(tree)}", other, path))
        for key, child in tree.items():
            yield from _along(child, other[key], f"{path}.{key}" if path else str(key))
    elif isinstance(tree, (list, tuple)):
        if not isinstance(other, (list, tuple)) or len(tree) != len(other):
            raise ValueError(_unlike(f"{len(tree)} items", other, path))
        for k, child in enumerate(tree):
            yield from _along(child, other[k], f"{path}[{k}]")
    elif isinstance(other, (dict, list, tuple)):
        raise ValueError(_unlike("an array", other, path))
    else:
        yield other


def _unlike(expected: str, other: Any, path: str) -> str:
    place = f" at {path}" if path else ""
    if isinstance(other, dict):
        return f"expected {expected}{place}, but got the keys {list(other)}"
    if isinstance(other, (list, tuple)):
        return f"expected {expected}{place}, but got {len(other)} items"
    return f"expected {expected}{place}, but got a {type(other).__name__}"


def _like(tree: Any, children: list[Any]) -> Any:
    """The children in a list, tuple or named tuple of the same kind."""
    return type(tree)(*children) if hasattr(tree, "_fields") else type(tree)(children)
