"""Handwritten digits: scikit-learn's, or MNIST from files of the user.

MNIST comes as four IDX files, plain or gzip: two zeros, the type (8 for bytes), the
number of axes, the length of each as four bytes, and the bytes themselves.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

PARTS = ("train", "t10k")
LARGEST = 2**30  # bytes; MNIST's largest file has 47 million


class NoDataError(RuntimeError):
    """The images are not there, or not readable; the message says what to do."""


@dataclass(frozen=True)
class Images:
    """Images as rows of pixels, 0 to ``white``, and which digit each of them is."""

    pixels: np.ndarray  # (n, d), whole numbers
    labels: np.ndarray  # (n,), 0 to 9
    white: int

    def __len__(self) -> int:
        return len(self.labels)

    def inputs(self, which: np.ndarray) -> np.ndarray:
        """These images as numbers from 0 to 1."""
        return np.asarray(self.pixels[which] / self.white)

    @property
    def side(self) -> int:
        """So many pixels a row of a square image."""
        return math.isqrt(self.pixels.shape[1])

    def shrunk(self, block: int) -> Images:
        """The same with ``block`` x ``block`` pixels of a square image added to one.

        >>> rows = np.array([[1, 0, 2, 0], [0, 0, 0, 0], [0, 3, 0, 0], [0, 0, 0, 4]])
        >>> small = Images(rows.reshape(1, 16), np.array([7]), white=16).shrunk(2)
        >>> small.pixels, small.white
        (array([[1, 2, 3, 4]]), 64)
        """
        n, side = len(self), self.side // block
        blocks = self.pixels.reshape(n, side, block, side, block).sum(axis=(2, 4))
        return Images(blocks.reshape(n, -1), self.labels, self.white * block**2)


@lru_cache(maxsize=1)
def load(folder: str | None) -> Images:
    """All images of MNIST in a folder, or of scikit-learn for None.

    Raises NoDataError.
    """
    return digits() if folder is None else mnist(Path(folder))


def digits() -> Images:
    """The 1797 digits of 8 x 8 pixels that come with scikit-learn."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise NoDataError(
            "the digits come with scikit-learn, which is not installed; get it with: "
            'python -m pip install "minigrad[digits]", or name a folder with MNIST\'s '
            "files: --mnist DIR"
        ) from error
    pixels, labels = load_digits(return_X_y=True)
    return Images(pixels.astype(np.int64), labels.astype(np.int64), white=16)


def mnist(folder: Path) -> Images:
    """The images of both pairs of files in a folder, those for training first.

    Raises NoDataError, which names the file.
    """
    pixels, labels = [], []
    for part in PARTS:
        images, names = _files(folder, part)
        pixels.append(read_idx(images, 3))
        labels.append(read_idx(names, 1))
        _fit(images, pixels[-1], names, labels[-1], pixels[0].shape[1:])
    shown = np.concatenate(pixels)
    return Images(shown.reshape(len(shown), -1), np.concatenate(labels), white=255)


def read_idx(path: Path, axes: int) -> np.ndarray:
    """The bytes of an IDX file with so many axes, plain or gzip.

    Raises NoDataError where it is something else, ends early or goes on.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            return _parsed(file, path, axes)
    except (OSError, EOFError, zlib.error) as error:
        raise NoDataError(f"{path} cannot be read ({error}); get it again") from error


def _parsed(file: BinaryIO | gzip.GzipFile, path: Path, axes: int) -> np.ndarray:
    head = file.read(4)
    if head != bytes([0, 0, 8, axes]):
        begins = head.hex(" ") or "nothing"
        raise NoDataError(
            f"{path} is no IDX file of bytes with {axes} axes: it begins with "
            f"{begins}, not 00 00 08 0{axes}"
        )
    lengths = file.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise NoDataError(f"{path} ends within its head; get it again")
    shape = struct.unpack(f">{axes}I", lengths)
    size = math.prod(shape)
    if size > LARGEST or not size:
        raise NoDataError(f"{path} claims to hold {size} bytes: that is not MNIST")
    data = file.read(size + 1)
    if len(data) != size:
        ends = f"ends after {len(data)}" if len(data) < size else "goes on"
        raise NoDataError(f"{path} should hold {size} bytes and {ends}; get it again")
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)


def _files(folder: Path, part: str) -> tuple[Path, Path]:
    """Where the images of a part are, and their labels."""
    try:
        if not folder.is_dir():
            raise NoDataError(f"there is no folder {folder} with MNIST's files")
        return _found(folder, f"{part}-images", 3), _found(folder, f"{part}-labels", 1)
    except OSError as error:  # closed to us, or a name too long
        raise NoDataError(f"{folder} cannot be read: {error.strerror}") from error


def _found(folder: Path, name: str, axes: int) -> Path:
    """A file of MNIST under the names it goes by."""
    names = [
        f"{name}{dot}idx{axes}-ubyte{zipped}" for zipped in ("", ".gz") for dot in "-."
    ]
    for path in (folder / name for name in names):
        if path.is_file():
            return path
    raise NoDataError(
        f"there is no {names[0]} in {folder}, nor {names[2]}; MNIST is four files, "
        "images and labels of train and of t10k"
    )


def _fit(
    images: Path,
    pixels: np.ndarray,
    names: Path,
    labels: np.ndarray,
    size: tuple[int, ...],
) -> None:
    """One label an image, one of ten, and all images square and of one size."""
    if len(labels) != len(pixels):
        raise NoDataError(
            f"{images} holds {len(pixels)} images, {names} {len(labels)} labels; "
            "take both from the same place"
        )
    if size[0] != size[1]:
        raise NoDataError(f"{images} has images of {size}; MNIST's are square")
    if pixels.shape[1:] != size:
        raise NoDataError(f"{images} has images of {pixels.shape[1:]}, others {size}")
    if labels.max() > 9:
        raise NoDataError(f"{names} has a label {labels.max()}; digits are 0 to 9")
