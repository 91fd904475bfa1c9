"""Pairs of submissions that share unusual code: to be looked at, never a verdict.

Winnowing: Schleimer, Wilkerson, Aiken, "Winnowing: Local Algorithms for Document
Fingerprinting", SIGMOD 2003.  Every K symbols in a row have a hash; of every W hashes
in a row the least is a fingerprint, so that each passage of W + K - 1 equal symbols
shares one, wherever it stands.  What the course hands out has no fingerprints, and what
many have in common does not count.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from minigrad.course.lexing import symbols, text_of
from minigrad.course.submission import Submission

K, W = 16, 10  # symbols in a hash, hashes in a window
MOST = 200_000  # symbols of a submission; no honest one has a tenth
FEW, PART = 4, 0.1  # who may share what is unusual: so many, or this part of the class
# A pair shares so many fingerprints, and this part of the smaller one's; or so many in
# one passage.  Solutions of these chapters by different people: up to 16, 0.15, and 9.
LEAST, SHARE, DENSE = 6, 0.25, 14
BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that nothing is lost modulo 2^64

Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]


@dataclass(frozen=True)
class Place:
    """Some lines of a file, the last one included."""

    file: str
    first: int
    last: int


@dataclass(frozen=True)
class Passage:
    """The same symbols on both sides."""

    left: Place
    right: Place
    symbols: int
    shared: int  # unusual fingerprints in it


@dataclass(frozen=True)
class Pair:
    """Two submissions: how many unusual fingerprints they share, and where."""

    left: str
    right: str
    shared: int
    share: float  # of the fingerprints of the one that has fewer
    passages: tuple[Passage, ...]


class Text:
    """A submission's symbols in a row, and where each of them stands."""

    def __init__(self, id: str, files: Mapping[str, bytes]) -> None:
        codes: list[int] = []
        self.files: list[tuple[int, str, str, list[int]]] = []
        for name, source in sorted(files.items()):
            text = text_of(source)
            found = list(islice(symbols(text), max(0, MOST - len(codes))))
            self.files.append((len(codes), name, text, [start for _, start in found]))
            codes += [_code(symbol) for symbol, _ in found]
            codes.append(_code(f"end of {name} of {id}"))  # no passage goes beyond
        self.codes = np.array(codes, dtype=np.uint64)
        self.hashes = hashes(self.codes)

    def place(self, first: int, last: int) -> Place:
        """Where in the files these symbols stand."""
        number = bisect_right(self.files, first, key=lambda file: file[0]) - 1
        begin, name, text, starts = self.files[number]
        ends = (text.count("\n", 0, starts[i - begin]) + 1 for i in (first, last))
        return Place(name, *ends)

    def fingerprints(self, without: Hashes) -> dict[int, int]:
        """Where each fingerprint that is none of these first stands."""
        places = winnow(self.hashes)
        places = places[~np.isin(self.hashes[places], without)]
        found = zip(self.hashes[places].tolist(), places.tolist(), strict=True)
        return dict(reversed(list(found)))


@cache
def _code(symbol: str) -> int:
    return zlib.crc32(symbol.encode("utf-8", "surrogatepass"))


def hashes(codes: Hashes) -> Hashes:
    """The hash of every K symbols in a row: Σ_j codes_j BASE^(K-1-j), mixed."""
    if len(codes) < K:
        return np.zeros(0, np.uint64)
    summed = np.zeros(len(codes) - K + 1, np.uint64)
    for j in range(K):  # Horner's rule
        summed = summed * BASE + codes[j : j + len(summed)]
    return (summed ^ (summed >> np.uint64(29))) * BASE


def winnow(values: Hashes) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """The places of the least hash of every W in a row, the last of equal ones."""
    if len(values) == 0:
        return np.zeros(0, np.intp)
    width = min(W, len(values))
    backward = sliding_window_view(values, width)[:, ::-1]
    starts = np.arange(len(backward))
    return np.unique(starts + width - 1 - backward.argmin(axis=1))


def similar(
    submissions: Sequence[Submission], handed_out: Iterable[bytes] = ()
) -> list[Pair]:
    """The pairs to look at, those that share most first.

    ``handed_out`` is code that everybody was given: stubs and the like.
    """
    given = Text("", {str(i): source for i, source in enumerate(handed_out)}).hashes
    texts = {s.id: Text(s.id, s.files) for s in submissions}
    prints = _unusual({id: text.fingerprints(given) for id, text in texts.items()})
    found = []
    for (left, right), number in _shared(prints).items():
        share = number / min(len(prints[left]), len(prints[right]))
        if number >= DENSE or (number >= LEAST and share >= SHARE):
            both = prints[left].keys() & prints[right].keys()
            starts = [(prints[left][value], prints[right][value]) for value in both]
            where = passages(texts[left], texts[right], starts)
            if share >= SHARE or max(p.shared for p in where) >= DENSE:
                found.append(Pair(left, right, number, share, where))
    return sorted(found, key=lambda pair: (-pair.shared, pair.left, pair.right))


def _unusual(prints: Mapping[str, dict[int, int]]) -> dict[str, dict[int, int]]:
    """The fingerprints that few have."""
    owners = Counter(value for found in prints.values() for value in found)
    most = max(FEW, PART * len(prints))
    return {
        id: {value: place for value, place in found.items() if owners[value] <= most}
        for id, found in prints.items()
    }


def _shared(prints: Mapping[str, dict[int, int]]) -> Counter[tuple[str, str]]:
    """How many fingerprints each two have in common."""
    owners: dict[int, list[str]] = {}
    for id, found in prints.items():
        for value in found:
            owners.setdefault(value, []).append(id)
    return Counter(pair for ids in owners.values() for pair in combinations(ids, 2))


def passages(
    left: Text, right: Text, starts: Iterable[tuple[int, int]]
) -> tuple[Passage, ...]:
    """What the shared fingerprints grow to; those with most of them come first."""
    grown: dict[tuple[int, int, int], int] = {}
    for i, j in sorted(starts):
        same = (m for m in grown if i - m[0] == j - m[1] and m[0] <= i < m[0] + m[2])
        match = next(same, None) or _grow(left.codes, right.codes, i, j)
        grown[match] = grown.get(match, 0) + 1
    order = sorted(grown, key=lambda match: (-grown[match], -match[2], match))
    return tuple(
        Passage(left.place(i, i + n - 1), right.place(j, j + n - 1), n, grown[i, j, n])
        for i, j, n in order
    )


def _grow(left: Hashes, right: Hashes, i: int, j: int) -> tuple[int, int, int]:
    """Where equal symbols around these begin on both sides, and how many they are."""
    before = min(i, j)
    back = _equal(left[i - before : i][::-1], right[j - before : j][::-1])
    ahead = min(len(left) - i, len(right) - j)
    length = back + _equal(left[i : i + ahead], right[j : j + ahead])
    return i - back, j - back, length


def _equal(left: Hashes, right: Hashes) -> int:
    """How many symbols are the same, from the first on."""
    differ = np.flatnonzero(left != right)
    return int(differ[0]) if len(differ) else len(left)
