"""The lab `functional-dimension` on MNIST's files, small ones made here."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest

from minigrad import labs
from minigrad.labs import functional_dimension as lab
from minigrad.labs import images, report
from minigrad.labs.replication import Experiment, compared


def write_mnist(folder, n):
    """Four files of blurred random images, each digit a place of its own."""
    rng = np.random.default_rng(0)
    for part in images.PARTS:
        labels = rng.integers(0, 10, n)
        pixels = rng.integers(0, 60, (n, 28, 28))
        pixels[np.arange(n), 2 * labels] += 190
        for name, array in (("images-idx3", pixels), ("labels-idx1", labels)):
            head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            data = gzip.compress(head + array.astype(np.uint8).tobytes())
            (folder / f"{part}-{name}-ubyte.gz").write_bytes(data)


def small(monkeypatch):
    sizes = lab.MNIST_QUICK._replace(samples=60, width=5, widths=(3,), extras=(10,))
    monkeypatch.setattr(lab, "MNIST_QUICK", sizes)


def test_the_lab_runs_on_files_of_mnist(tmp_path, monkeypatch):
    """What is theory agrees; what it was told stands in the reports."""
    write_mnist(tmp_path, 80)
    small(monkeypatch)
    found = labs.run("functional-dimension", quick=True, mnist=str(tmp_path))
    said = {v.claim: v.word for v in found.verdicts}
    assert said["largest rank over its bound"] == "agrees"
    assert said["rank at 40 images, off the exact one"] == "agrees"
    assert said["rank of units permuted and rescaled, off"] == "agrees"
    assert f"seed 0, quick, mnist {tmp_path}" in report.to_text(found)
    assert report.to_json(found)["options"] == {"mnist": str(tmp_path)}


def test_images_of_another_size_are_refused(tmp_path, monkeypatch):
    """Seven by seven pixels are one input of a quick run: 28 x 28 part into these."""
    write_mnist(tmp_path, 80)
    small(monkeypatch)
    monkeypatch.setattr(lab, "MNIST_QUICK", lab.MNIST_QUICK._replace(block=5))
    with pytest.raises(images.NoDataError, match="28 x 28 pixels, which do not part"):
        lab.points(True, str(tmp_path))


def test_too_few_images_are_refused(tmp_path, monkeypatch):
    """Before anything is measured, with both numbers."""
    write_mnist(tmp_path, 60)
    small(monkeypatch)
    with pytest.raises(labs.NoDataError, match="has 120 images; the lab needs 130"):
        lab.points(True, str(tmp_path))


@pytest.mark.parametrize(
    ("steps", "source", "here", "verdict"),
    [
        ([40, 50, 60], "grows", "grows", "reproduced"),
        ([40, 50, 60], "falls", "grows", "not reproduced"),
        ([40, 50, 60], "stays", "grows", "not reproduced"),
        ([-40, -50, -60], "falls", "falls", "reproduced"),
        ([-60, 50, 20], "falls", "cannot tell", "cannot tell"),
        ([1, -1, 2], "stays", "stays", "reproduced"),
        ([1, -1, 2], "grows", "stays", "not reproduced"),
    ],
)
def test_a_word_beside_the_source_needs_the_whole_interval(
    steps, source, here, verdict
):
    """Of three repeats; the bound grows by 100, so that what stays is within 10."""
    ranks = {"train": np.array([[300.0, 300.0 + step] for step in steps])}
    found = Experiment("width", "width", [0, 1], ranks, [500, 600], [source])
    said = compared(found, 1)
    assert (said["here"], said["verdict"]) == (here, verdict)


def test_the_network_of_the_source_has_the_parameters_it_says():
    """784-30-30-30-10: p = 25720, the bound 25630, 8.2 GB at 4000 inputs."""
    size = lab.MNIST
    widths = [784, *[size.width] * lab.HIDDEN, lab.CLASSES]
    params = lab.glorot(np.random.default_rng(0), widths)
    p = sum(A.size for A in params)
    assert (p, lab.bound(params, size.samples)) == (25720, 25630)
    assert size.samples * lab.CLASSES * p * 8 == pytest.approx(8.2e9, rel=0.01)
