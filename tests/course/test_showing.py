"""Packages that only show something: what uses them is graded, what they are is not."""

from __future__ import annotations

import pytest

from minigrad.course.isolation import Limits
from minigrad.course.process import Worker
from minigrad.course.showing import PACKAGES, Finder, Nothing


def loaded(source):
    """What came of loading a module of this source in a worker."""
    with Worker({"m.py": source.encode()}, Limits()) as worker:
        answer = worker.ask({"file": "m.py", "module": "m"}, 10.0)
        if answer["kind"] == "loaded":
            return worker.ask({"name": "f", "args": []}, 10.0)
        return answer


PLOTS = """
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
from mpl_toolkits.mplot3d import Axes3D
from IPython.display import display, Markdown
import seaborn as sns; sns.set_theme()

fig, axes = plt.subplots(2, 2, figsize=(8, 8))
axes[0, 1].plot([1, 2], [3, 4], label="loss")
plt.rcParams["font.size"] = 12
with plt.style.context("ggplot"):
    plt.hist([1, 2])
display(Markdown("**done**"))
fig.savefig("loss.png")
def f(): return 1.5
"""


def test_a_module_that_draws_is_loaded():
    """The usual ways to draw on import end well, and nothing is drawn."""
    assert loaded(PLOTS)["value"] == 1.5


def test_a_drawing_is_no_answer():
    """Whoever returns one gave no number: it crosses as the name of its type."""
    answer = loaded("import matplotlib.pyplot as plt\ndef f(): return plt.gca()\n")
    assert answer["value"].type_name == "Nothing"


@pytest.mark.parametrize("name", ["pandas", "minigrad", "matplotlibs"])
def test_no_other_package_is_made_up(name):
    """What computes something and is not here is missed."""
    assert loaded(f"import {name}\n")["type"] == "ModuleNotFoundError"
    assert Finder().find_spec(name) is None
    assert name not in PACKAGES


def test_nothing_has_no_protocol_that_python_asks_for():
    """It is no number, no array and no path."""
    nothing = Nothing("plot")
    for use in (float, int, len, memoryview):
        with pytest.raises(TypeError):
            use(nothing)
    assert not hasattr(nothing, "__array__")
