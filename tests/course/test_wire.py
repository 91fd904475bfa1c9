"""What crosses between the grader and a student's process, and what does not."""

from __future__ import annotations

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.course import wire


def crossed(value, **how):
    """The value after it went through a frame."""
    frame = wire.encode(value, **how)
    head, tail = wire.lengths(frame[:8])
    assert len(frame) == 8 + head + tail
    return wire.decode(frame[8 : 8 + head], frame[8 + head :])


def same(a, b):
    """Equal in type and value; NaN equals NaN and -0.0 is not 0.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(same, a.values(), b.values()))
    return repr(a) == repr(b)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
arrays = hnp.arrays(
    st.sampled_from(["?", "i1", "u2", "<i4", "i8", "f2", "f4", "f8", "c8", "c16"]),
    hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
)
keys = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.none()
plain = st.recursive(
    scalars | st.complex_numbers() | arrays,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text() | keys, inner, max_size=3)
    ),
    max_leaves=8,
)


@given(plain)
def test_a_plain_value_comes_back_as_it_was(value):
    """Types, bits, order of keys, NaN and the sign of zero survive the crossing."""
    assert same(crossed(value), value)


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (np.float64(2.5), 2.5),
        (np.int32(7), 7),
        (np.bool_(True), True),
        (np.str_("strict"), "strict"),
        (np.float32(0.5), 0.5),
        (np.longdouble(1.5), 1.5),
        (np.complex64(1 + 2j), 1 + 2j),
    ],
)
def test_a_numpy_number_becomes_a_python_number(value, arrives):
    """The checks need not know which of the two a student returned."""
    assert same(crossed(value), arrives)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3).T,
        np.arange(12.0)[::-2],
        np.arange(3, dtype=">f8"),
        np.broadcast_to(1.0, (3, 2)),
        np.asfortranarray(np.ones((2, 3))),
    ],
    ids=["transposed", "strided", "big-endian", "broadcast", "fortran"],
)
def test_a_view_arrives_as_an_array_of_its_own(array):
    """Strides and byte order stay behind; the array that arrives can be written."""
    arrived = crossed(array)
    assert np.array_equal(arrived, array)
    assert arrived.flags.owndata
    assert arrived.flags.writeable


def test_a_long_double_array_crosses_as_float64():
    """No two machines agree on a long double."""
    assert crossed(np.ones(2, np.longdouble)).dtype == np.float64


class Sly(float):
    """A number that equals everything."""

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


def deep(n):
    value = []
    for _ in range(n):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (Sly(1.0), "Sly"),
        ({1, 2}, "set"),
        (object(), "object"),
        (len, "builtin_function_or_method"),
        (np.ma.masked_array([1.0]), "MaskedArray"),
        (np.array([None]), "array of object"),
        (np.array(["a"]), "array of <U1"),
        (np.datetime64("2020"), "datetime64"),
        ({(1, 2): 3}, "dict"),
        (np.broadcast_to(0.0, (10**5, 10**5)), "array of more than 4 MiB"),
        (10**5000, "integer of more than 4300 digits"),
        ("x" * (2 << 20), "value of more than 1 MiB"),
        (np.zeros((1,) * 40), "array of more than 32 dimensions"),
        (deep(40), "value nested more than 32 deep"),
        ([0] * 300_000, "collection of more than 16384 values"),
        ([1.0, [Sly(2.0)]], "Sly"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_anything_else_is_refused_by_name(value, what):
    """What is not plain does not cross, and the refusal says what it was."""
    with pytest.raises(wire.Refused, match=f"^{what}$"):
        wire.encode(value)


def test_an_opaque_object_crosses_as_the_name_of_its_type():
    """Where a result may hold anything, what is not plain arrives as a name."""
    frame = wire.encode([1.0, (Sly(2.0), {1}), np.array([None])], opaque=True)
    value = wire.decode(frame[8:], makers={"opaque": lambda _, name: name})
    assert value == [1.0, ("Sly", "set"), "array of object"]


def test_a_list_inside_itself_is_refused():
    """A cycle is only something very deep."""
    knot: list[object] = []
    knot.append(knot)
    with pytest.raises(wire.Refused, match="nested"):
        wire.encode(knot)


def test_a_function_crosses_as_a_place_in_a_list():
    """Where functions may cross, the other side gets what its stub makes of them."""
    functions: list[object] = []
    frame = wire.encode([1.0, np.tanh, [abs]], functions)
    assert functions == [np.tanh, abs]
    head, _ = wire.lengths(frame[:8])
    makers = {"callable": lambda place, name: (place, name)}
    value = wire.decode(frame[8 : 8 + head], makers=makers)
    assert value == [1.0, (0, "tanh"), [(1, "abs")]]


def test_a_generator_crosses_as_a_copy():
    """The other side draws what this one would have, which goes on as if it had not."""
    rng = np.random.default_rng(5)
    rng.integers(10, dtype=np.int32)  # the other half of 64 bits is kept for later
    frame = wire.encode([rng], callables=[])
    [there] = wire.decode(frame[8:], makers={"generator": wire.generator})
    drawn = [(g.integers(10**9, dtype=np.int32), g.normal()) for g in (there, rng)]
    assert drawn[0] == drawn[1]


def test_a_generator_does_not_come_back():
    """A student's is an unknown object, as any other; and so is one of another kind."""
    with pytest.raises(wire.Refused, match="Generator"):
        wire.encode(np.random.default_rng(0))
    with pytest.raises(wire.Refused, match="Generator"):
        wire.encode(np.random.Generator(np.random.MT19937(0)), callables=[])


HOSTILE = {
    "not JSON": b"nonsense",
    "not UTF-8": b'"\xff"',
    "half of it": b"[1,",
    "brackets without end": b"[" * 100_000,
    "a digit flood": b"1" * 10_000,
    "two tags": b'{"tuple":[],"dict":[]}',
    "no tag": b"{}",
    "an unknown tag": b'{"pickle":"gASV"}',
    "a method as a tag": b'{"unpack":[]}',
    "a tuple of no list": b'{"tuple":7}',
    "a dict of no pairs": b'{"dict":[[1,2,3]]}',
    "a list as a key": b'{"dict":[[[],1]]}',
    "a key that collides": b'{"dict":[[23058430092136939510,1]]}',
    "a complex of strings": b'{"complex":["1","2"]}',
    "an array of objects": b'{"array":["|O",[1]]}',
    "an array of structures": b'{"array":["<f8,<f8",[1]]}',
    "a list as a dtype": b'{"array":[["<f8"],[1]]}',
    "a negative extent": b'{"array":["<f8",[-1]]}',
    "a bool as an extent": b'{"array":["<f8",[true]]}',
    "a float as an extent": b'{"array":["<f8",[1.0]]}',
    "a shape of no list": b'{"array":["<f8","1"]}',
    "more extents than NumPy has": b'{"array":["<f8",[' + b"1," * 70 + b"1]]}",
    "an endless empty shape": b'{"array":["<f8",[0,9999999999,9999999999]]}',
    "bytes that are not there": b'{"array":["<f8",[2]]}',
    "an opaque object": b'{"opaque":[0,"Sly"]}',
    "a function": b'{"callable":[0,"exec"]}',
    "a generator": b'{"generator":[0,"{}"]}',
    "too deep": b"[" * 40 + b"]" * 40,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_head_is_a_wire_error(name):
    """Whatever a forger writes, reading it ends in a WireError and in nothing else."""
    with pytest.raises(wire.WireError):
        wire.decode(HOSTILE[name])


def test_a_tail_must_be_used_up():
    """Bytes that belong to no array are not passed over."""
    with pytest.raises(wire.WireError, match="tail"):
        wire.decode(b"[1]", b"extra")


def test_a_bool_array_holds_only_zeros_and_ones():
    """A byte of 7 would be a truth value that is neither True nor False."""
    array = wire.decode(b'{"array":["|b1",[3]]}', bytes([0, 1, 7]))
    assert array.view(np.uint8).tolist() == [0, 1, 1]


def test_a_frame_above_the_cap_is_refused_before_it_is_read():
    """The lengths are looked at first: nobody allocates what a forger announces."""
    asked = []

    def receive(n):
        asked.append(n)
        return wire.LENGTHS.pack(10, wire.TAIL + 1)

    with pytest.raises(wire.WireError, match="a frame of"):
        wire.read(receive)
    assert asked == [8]


def flip(frame, place, bit):
    return frame[:place] + bytes([frame[place] ^ (1 << bit)]) + frame[place + 1 :]


@given(st.integers(8, 10**6), st.integers(0, 7))
def test_a_flipped_bit_is_read_or_refused_but_never_worse(place, bit):
    """No single flipped bit makes the reader raise anything but a WireError."""
    frame = wire.encode({"value": [np.eye(2), (1, 2.5)], "kind": "value", "n": 1j})
    frame = flip(frame, 8 + place % (len(frame) - 8), bit)
    head, _ = wire.lengths(frame[:8])
    with contextlib.suppress(wire.WireError):
        wire.decode(frame[8 : 8 + head], frame[8 + head :])


def test_the_head_is_plain_json():
    """Anybody can look at a frame."""
    frame = wire.encode({"W": np.zeros((2, 3)), "t": (1,)})
    head, _ = wire.lengths(frame[:8])
    assert json.loads(frame[8 : 8 + head]) == {
        "dict": [["W", {"array": ["<f8", [2, 3]]}], ["t", {"tuple": [1]}]]
    }
