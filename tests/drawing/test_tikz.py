"""What is written for LaTeX compiles with plain LaTeX and tikz."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest

from minigrad.drawing import draw

LATEX = shutil.which("pdflatex")
needs_latex = pytest.mark.skipif(not LATEX, reason="no pdflatex on PATH")


def compiled(drawing, folder):
    """The number of pages, and the log."""
    path = drawing.save(folder / "drawing.tex")
    command = [LATEX, "-interaction=nonstopmode", "-halt-on-error", path.name]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120)
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, "\n".join(re.findall(r"^!.*", log, re.MULTILINE))
    return int(re.search(r"\((\d+) page", log)[1]), log


def test_it_needs_nothing_but_tikz():
    """One package, the class that every LaTeX has."""
    text = draw("two-layer").tex()
    assert re.findall(r"\\usepackage{(\w+)}", text) == ["tikz"]
    assert r"\documentclass{article}" in text


@needs_latex
@pytest.mark.parametrize("name", ["two-layer", "used-twice", "rnn"])
def test_it_compiles_to_one_page(name, tmp_path):
    """Bands, links that pass cards, marks, repeats; and nothing sticks out."""
    pages, log = compiled(draw(name), tmp_path)
    assert pages == 1
    assert "Overfull" not in log


@needs_latex
@pytest.mark.filterwarnings("ignore:invalid value")
def test_anything_may_be_in_a_name(tmp_path):
    """What means something to TeX, and letters that it has not."""
    params = {r"50% & $x_1$ \n{}~^#<π→>": np.array([-1.0, 2.0])}
    f = lambda params: np.sum(np.log(next(iter(params.values()))) * 2.0)
    assert compiled(draw(f, params), tmp_path)[0] == 1
