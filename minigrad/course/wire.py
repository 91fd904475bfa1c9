"""Plain values on a pipe: all that crosses between the grader and a student's process.

A frame is two lengths, a JSON head and the bytes of the arrays in it::

    !II    length of the head, length of the tail
    head   one value: scalars and lists as JSON has them, the rest as {"tag": ...}
    tail   the arrays' bytes, one after another, in the order the head names them

Only exact types cross: a subclass may answer ``==`` or ``len`` as it pleases.
Nothing that is read is believed before it was looked at, and nothing is evaluated.
The student's process loads this file by its path: standard library and NumPy only.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.random import PCG64, Generator  # else each fork of a nursery would import it

LENGTHS = struct.Struct("!II")
HEAD = 1 << 20  # JSON grows some twentyfold when it becomes Python objects
TAIL = 4 << 20  # of one value; the largest of the course has some thousand numbers
DEPTH = 32  # of lists in lists, and of the dimensions of an array
NODES = 1 << 14
DIGITS = 4300  # of an integer: reading them takes quadratic time

INTEGERS = ("|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8")
DTYPES = frozenset(["|b1", *INTEGERS, "<f2", "<f4", "<f8", "<c8", "<c16"])
NUMBERS: dict[str, type] = {"b": bool, "i": int, "u": int, "f": float, "c": complex}

# What stands for something that stays where it is: {"callable": make(place, name)}.
Makers = Mapping[str, Callable[[int, str], Any]]


class WireError(ValueError):
    """What arrived is no frame of ours."""


class Refused(WireError):  # noqa: N818 - it says what happened to the value
    """A value that may not cross; the message says what it is."""


def encode(
    value: Any,
    callables: list[Callable[..., Any]] | None = None,
    opaque: bool = False,
) -> bytes:
    """The frame of a plain value; Refused says what is not plain in it.

    Where functions may cross there is a list to collect them in, and they cross as
    their place in it; a random generator crosses there, too: as its state.  With
    ``opaque`` other objects cross too: as their type's name.

    >>> LENGTHS.unpack(encode({"x": [1, 2.5, None]})[:8])
    (29, 0)
    >>> encode({1, 2})
    Traceback (most recent call last):
    minigrad.course.wire.Refused: set
    """
    packer = _Packer(callables, opaque)
    try:
        head = _DUMPS(packer.pack(value, 0)).encode()
    except Refused:
        raise
    except ValueError:
        raise Refused(f"integer of more than {DIGITS} digits") from None
    if len(head) > HEAD:
        raise Refused(f"value of more than {HEAD >> 20} MiB")
    return b"".join([LENGTHS.pack(len(head), packer.size), head, *packer.tail])


def lengths(prefix: bytes) -> tuple[int, int]:
    """The lengths of head and tail that a frame announces, each within its cap."""
    head, tail = LENGTHS.unpack(prefix)
    if head > HEAD or tail > TAIL:
        raise WireError(f"a frame of {head} and {tail} bytes")
    return head, tail


def decode(head: bytes, tail: bytes = b"", makers: Makers | None = None) -> Any:
    """The value of a frame: the same exact types, fresh arrays, nothing shared.

    ``makers`` say which references may be in it, and what they become here.

    >>> frame = encode((1.5, {"W": np.eye(2)}))
    >>> decode(frame[8:-32], frame[-32:])
    (1.5, {'W': array([[1., 0.],
           [0., 1.]])})
    """
    unpacker = _Unpacker(tail, makers or {})
    try:
        tree = _LOADS(str(head, "utf-8"))
    except (ValueError, RecursionError):
        raise WireError("the head is not JSON") from None
    value = unpacker.unpack(tree, 0)
    if unpacker.offset != len(tail):
        raise WireError("the tail is longer than its arrays")
    return value


def read(receive: Callable[[int], bytes], makers: Makers | None = None) -> Any:
    """The next value from ``receive(n)``, which returns exactly n bytes."""
    head, tail = lengths(receive(LENGTHS.size))
    body = receive(head + tail)
    return decode(body[:head], body[head:], makers)


def generator(_: int, state: str) -> Generator:
    """Maker of a generator that goes on where the one that was encoded stood.

    >>> rng = np.random.default_rng(0)
    >>> frame = encode(rng, callables=[])
    >>> decode(frame[8:], makers={"generator": generator}).integers(100, size=3)
    array([85, 63, 51])
    >>> rng.integers(100, size=3)
    array([85, 63, 51])
    """
    bits = PCG64(0)
    bits.state = json.loads(state)
    return Generator(bits)


def printable(text: str) -> str:
    r"""Text that a terminal shows and does not obey: control characters are replaced.

    >>> printable("\x1b[31mred")
    '\ufffd[31mred'
    """
    if text.isprintable():  # nearly always
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)


def _integer(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError
    return int(text)


_DUMPS = json.JSONEncoder(separators=(",", ":")).encode
_LOADS = json.JSONDecoder(parse_int=_integer).decode


class _Packer:
    """A value as a tree for JSON, and its arrays' bytes beside it."""

    def __init__(
        self, callables: list[Callable[..., Any]] | None, opaque: bool
    ) -> None:
        self.callables = callables
        self.opaque = opaque
        self.tail: list[bytes] = []
        self.size = 0
        self.nodes = 0

    def pack(self, value: Any, depth: int) -> Any:
        self.nodes += 1
        if depth > DEPTH:
            raise Refused(f"value nested more than {DEPTH} deep")
        if self.nodes > NODES:
            raise Refused(f"collection of more than {NODES} values")
        kind = type(value)
        if kind is float or kind is int or kind is str or kind is bool or value is None:
            return value  # `in` would ask a metaclass of the student's whether it is
        if kind is list:
            return [self.pack(item, depth + 1) for item in value]
        if kind is tuple:
            return {"tuple": [self.pack(item, depth + 1) for item in value]}
        if kind is dict and all(map(_is_key, value)):
            pairs = [[key, self.pack(item, depth + 1)] for key, item in value.items()]
            return {"dict": pairs}
        return self.leaf(value, kind)

    def leaf(self, value: Any, kind: type) -> Any:
        if kind is complex:
            return {"complex": [value.real, value.imag]}
        if kind is np.ndarray and value.dtype.kind in NUMBERS:
            return {"array": self.array(value)}
        if issubclass(kind, np.generic) and value.dtype.kind in NUMBERS:
            return self.pack(NUMBERS[value.dtype.kind](value), 0)
        if kind is np.str_:
            return str(value)
        if self.callables is not None and _is_generator(value):
            return {"generator": [0, json.dumps(value.bit_generator.state)]}
        if self.callables is not None and callable(value):
            self.callables.append(value)
            name = getattr(value, "__name__", kind.__name__)
            return {"callable": [len(self.callables) - 1, name]}
        name = f"array of {value.dtype}" if kind is np.ndarray else kind.__name__
        if self.opaque:
            return {"opaque": [0, name]}
        raise Refused(name)

    def array(self, value: np.ndarray[Any, Any]) -> list[Any]:
        """Its dtype and shape; the bytes go to the tail."""
        if value.ndim > DEPTH:
            raise Refused(f"array of more than {DEPTH} dimensions")
        if self.size + value.nbytes > TAIL:  # before a broadcast view is written out
            raise Refused(f"array of more than {TAIL >> 20} MiB")
        dtype, name = _crossing(value.dtype)
        value = value.astype(dtype, copy=False)
        self.tail.append(value.tobytes())
        self.size += value.nbytes
        return [name, list(value.shape)]


class _Unpacker:
    """The way back, every step of it checked."""

    def __init__(self, tail: bytes, makers: Makers) -> None:
        self.tail = tail
        self.makers = makers
        self.offset = 0
        self.nodes = 0

    def unpack(self, tree: Any, depth: int) -> Any:
        self.nodes += 1
        if depth > DEPTH or self.nodes > NODES:
            raise WireError("too deep or too many values")
        if type(tree) is list:
            return [self.unpack(item, depth + 1) for item in tree]
        if type(tree) is not dict:
            return tree
        if len(tree) != 1:
            raise WireError("an object of several keys")
        ((tag, body),) = tree.items()
        if type(body) is not list:
            raise WireError("a tag without its list")
        return self.tagged(tag, body, depth + 1)

    def tagged(self, tag: str, body: list[Any], depth: int) -> Any:
        if tag == "tuple":
            return tuple([self.unpack(item, depth) for item in body])
        if tag == "dict":
            return self.mapping(body, depth)
        if tag == "array":
            return self.array(*_pair(body))
        if tag == "complex":
            return _complex(*_pair(body))
        if tag in self.makers:
            return self.makers[tag](*_reference(*_pair(body)))
        raise WireError("a tag that may not be here")

    def mapping(self, body: list[Any], depth: int) -> dict[Any, Any]:
        pairs = [_pair(pair) for pair in body]
        if not all(_is_key(key) for key, _ in pairs):
            raise WireError("a dict with a key that is none of ours")
        return {key: self.unpack(value, depth) for key, value in pairs}

    def array(self, dtype: Any, shape: Any) -> np.ndarray[Any, Any]:
        if type(dtype) is not str or dtype not in DTYPES or not _is_shape(shape):
            raise WireError("an array of no dtype or shape of ours")
        count = math.prod(shape)
        end = self.offset + count * np.dtype(dtype).itemsize
        if end > len(self.tail):
            raise WireError("an array longer than its bytes")
        flat = np.frombuffer(self.tail[self.offset : end], dtype)
        self.offset = end
        return _own(flat.reshape(shape))


def _is_generator(value: Any) -> bool:
    """One of ``default_rng``: others have states that are no JSON."""
    return type(value) is Generator and type(value.bit_generator) is PCG64


def _complex(real: Any, imag: Any) -> complex:
    if type(real) is not float or type(imag) is not float:
        raise WireError("a complex number that is not two floats")
    return complex(real, imag)


def _reference(place: Any, name: Any) -> tuple[int, str]:
    if type(place) is not int or type(name) is not str:
        raise WireError("a reference that is no place and name")
    return place, name


def _pair(body: Any) -> tuple[Any, Any]:
    if type(body) is not list or len(body) != 2:
        raise WireError("not a pair")
    return body[0], body[1]


def _is_key(key: Any) -> bool:
    """A scalar, no integer above 64 bits: those could all be made to hash alike."""
    if type(key) is int:
        return -(1 << 63) <= key < 1 << 64
    return key is None or type(key) in (bool, float, str)


def _is_shape(shape: Any) -> bool:
    """At most 32 extents; no product of their nonzero parts that NumPy cannot hold."""
    if type(shape) is not list or len(shape) > DEPTH:
        return False
    if not all(type(n) is int and n >= 0 for n in shape):
        return False
    return bool(math.prod(n for n in shape if n) <= TAIL)


def _own(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A writable copy; a bool is 0 or 1, whatever its byte was."""
    own = array.copy()
    if own.dtype.kind == "b":
        own &= np.True_
    return own


@lru_cache(maxsize=64)
def _crossing(dtype: np.dtype[Any]) -> tuple[np.dtype[Any], str]:
    """The nearest dtype that is the same on every machine, and its name."""
    short = {"f": "<f8", "c": "<c16"}.get(dtype.kind)
    name = dtype.newbyteorder("<").str
    name = name if name in DTYPES or short is None else short
    return np.dtype(name), name
