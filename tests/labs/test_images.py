"""MNIST's files are read, plain or zipped, and a bad one is named with what to do."""

from __future__ import annotations

import gzip
import struct
import sys

import numpy as np
import pytest

from minigrad.labs import images
from minigrad.labs.images import NoDataError, mnist, read_idx


def idx(array):
    """The bytes of an IDX file."""
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return head + array.astype(np.uint8).tobytes()


def write_mnist(folder, counts=(7, 3), side=4, zipped=False):
    """Four small files of random images; gives all pixels and labels."""
    rng, kept = np.random.default_rng(0), []
    for part, n in zip(images.PARTS, counts, strict=True):
        pixels = rng.integers(0, 256, (n, side, side))
        labels = rng.integers(0, 10, n)
        kept.append((pixels.reshape(n, -1), labels))
        for name, array in (
            (f"{part}-images-idx3", pixels),
            (f"{part}-labels-idx1", labels),
        ):
            data = gzip.compress(idx(array)) if zipped else idx(array)
            (folder / f"{name}-ubyte{'.gz' if zipped else ''}").write_bytes(data)
    return [np.concatenate(parts) for parts in zip(*kept, strict=True)]


@pytest.mark.parametrize("zipped", [False, True])
def test_four_files_are_one_set_of_images(tmp_path, zipped):
    """Training images first, pixels as rows, 255 is 1."""
    pixels, labels = write_mnist(tmp_path, zipped=zipped)
    found = mnist(tmp_path)
    assert np.array_equal(found.pixels, pixels)
    assert np.array_equal(found.labels, labels)
    assert np.array_equal(found.inputs(np.array([8, 2])), pixels[[8, 2]] / 255)


def test_names_with_a_dot_are_known(tmp_path):
    """train-images.idx3-ubyte, as some have it; and zipped under a plain name."""
    write_mnist(tmp_path)
    first = tmp_path / "train-images-idx3-ubyte"
    first.rename(tmp_path / "train-images.idx3-ubyte")
    names = tmp_path / "t10k-labels-idx1-ubyte"
    names.write_bytes(gzip.compress(names.read_bytes()))
    assert len(mnist(tmp_path)) == 10


def spoiled(folder):
    """Each way to spoil a file: its name, new bytes of the file, what is said."""
    pixels = (folder / "train-images-idx3-ubyte").read_bytes()
    labels = (folder / "train-labels-idx1-ubyte").read_bytes()
    huge = struct.pack(">BBBB3I", 0, 0, 8, 3, 60000, 2**16, 2**16)
    yield "images-idx3", pixels[:-1], "should hold 112 bytes and ends after 111"
    yield "images-idx3", pixels + b"x", "should hold 112 bytes and goes on"
    yield "images-idx3", pixels[:9], "ends within its head"
    yield "images-idx3", b"", "it begins with nothing, not 00 00 08 03"
    yield "images-idx3", b"<html>", "it begins with 3c 68 74 6d, not 00 00 08 03"
    yield "images-idx3", labels, "it begins with 00 00 08 01, not 00 00 08 03"
    yield "images-idx3", huge, "claims to hold 257698037760000 bytes"
    yield "images-idx3", idx(np.zeros((7, 2**20, 0))), "claims to hold 0 bytes"
    yield "images-idx3", idx(np.zeros((7, 4, 3))), "has images of (4, 3); MNIST's are"
    yield "images-idx3", gzip.compress(pixels)[:-9], "cannot be read ("
    yield "images-idx3", gzip.compress(pixels)[:20] + b"xxxx", "cannot be read ("
    yield "labels-idx1", idx(np.zeros(6)), "holds 7 images"
    yield "labels-idx1", idx(np.full(7, 10)), "has a label 10; digits are 0 to 9"
    yield "images-idx3", idx(np.zeros((7, 2, 2))), "has images of (4, 4), others (2, 2)"


@pytest.mark.parametrize("which", range(14))
def test_a_bad_file_is_named(tmp_path, which):
    """Cut off, too long, something else, other labels: a sentence with the path."""
    write_mnist(tmp_path)
    name, data, says = list(spoiled(tmp_path))[which]
    path = tmp_path / f"train-{name}-ubyte"
    path.write_bytes(data)
    with pytest.raises(NoDataError) as caught:
        mnist(tmp_path)
    assert says in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_what_is_not_there_is_said_with_the_names_looked_for(tmp_path):
    """No folder, and no file."""
    with pytest.raises(NoDataError, match=r"there is no folder .*nowhere"):
        mnist(tmp_path / "nowhere")
    with pytest.raises(NoDataError, match=r"cannot be read: File name too long"):
        mnist(tmp_path / ("a" * 5000))
    with pytest.raises(NoDataError, match=r"no train-images-idx3-ubyte in .*ubyte.gz"):
        mnist(tmp_path)


def test_a_folder_in_place_of_a_file_cannot_be_read(tmp_path):
    """Asked for by its path: no traceback of the system's."""
    with pytest.raises(NoDataError, match="cannot be read"):
        read_idx(tmp_path, 3)


def test_the_digits_are_eight_by_eight():
    """1797 of them, whole numbers from 0 to 16, each digit some 180 times."""
    pytest.importorskip("sklearn", reason="needs the extra digits")
    found = images.digits()
    assert found.pixels.shape == (1797, 64)
    assert (found.pixels.min(), found.pixels.max()) == (0, 16)
    assert np.bincount(found.labels).min() > 170
    assert found.inputs(np.arange(9)).max() <= 1.0


def test_without_scikit_learn_the_way_to_get_it_is_told(monkeypatch):
    """And the way around it."""
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(NoDataError, match=r'"minigrad\[digits\]".*--mnist DIR'):
        images.digits()
