"""Records `first-evening.md`: a student's first evening, as the terminal shows it.

    python docs/first_evening.py            # writes the page beside this file

Every command is run and what it prints is what stands in the page; what the student
writes is put into the student's file, nothing else is.  A test records the evening
again and compares.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).with_suffix("").with_name("first-evening.md")
SECONDS = re.compile(r"passed in [\d.]+s")
FILE = "01_backprop/backprop.py"

HEAD = """\
# A student's first evening

From `minigrad start` to a solved first chapter, with nothing but what the terminal says
and the statement that it points to. This page is recorded: `python
docs/first_evening.py` runs every command again.
"""


class Write(NamedTuple):
    """What the student puts into a function, in the place of what was there."""

    function: str
    code: str


SESSION: list[str | Write] = [
    "The exercises are copied to a folder of one's own. Alone, `minigrad` goes on from "
    "where one is.",
    "$ minigrad start my-course",
    "$ cd my-course",
    "$ minigrad",
    "The statement says what a layer is, x ↦ W ρ(x). Before writing anything, a hint:",
    "$ minigrad hint layer_jacobians",
    "A derivative by x and one by W. A first attempt in `01_backprop/backprop.py`, in "
    "the place of `raise NotImplementedError`:",
    Write(
        "layer_jacobians",
        """\
    Jx = W * drho(x)[:, None]
    JW = np.einsum("ik,l->ikl", np.eye(len(W)), rho(x))
    return Jx, JW
""",
    ),
    "$ minigrad check",
    "A slope for each *input*: it belongs to the columns.",
    Write(
        "layer_jacobians",
        """\
    Jx = W * drho(x)
    JW = np.einsum("ik,l->ikl", np.eye(len(W)), rho(x))
    return Jx, JW
""",
    ),
    "$ minigrad",
    "The next one is a loop. From which layer on, and what comes last?",
    Write(
        "suffix_loss",
        """\
    for W in Ws[j + 1 :]:
        xj = W @ rho(xj)
    return loss(xj)
""",
    ),
    "$ minigrad check suffix_loss",
    Write(
        "suffix_loss",
        """\
    for W in Ws[j:]:
        xj = W @ rho(xj)
    return loss(xj)
""",
    ),
    "$ minigrad",
    "Now backward: first a forward pass that keeps all states, then from the end to "
    "the beginning.",
    Write(
        "backprop_states",
        """\
    xs = [x0]
    for W in Ws:
        xs.append(W @ rho(xs[-1]))
    grads = [grad_loss(xs[-1])]
    for j in reversed(range(len(Ws))):
        grads.append(drho(xs[j]) * (Ws[j].T @ grads[-1]))
    return grads
""",
    ),
    "$ minigrad check",
    "So close.",
    Write(
        "backprop_states",
        """\
    xs = [x0]
    for W in Ws:
        xs.append(W @ rho(xs[-1]))
    grads = [grad_loss(xs[-1])]
    for j in reversed(range(len(Ws))):
        grads.append(drho(xs[j]) * (Ws[j].T @ grads[-1]))
    return grads[::-1]
""",
    ),
    "$ minigrad",
    "The last task. Its first hint, and an attempt:",
    "$ minigrad hint backprop_weights",
    Write(
        "backprop_weights",
        """\
    grads = backprop_states(x0, Ws, rho, drho, grad_loss)
    xs = [x0]
    for W in Ws:
        xs.append(W @ rho(xs[-1]))
    return [np.outer(rho(x), g) for x, g in zip(xs, grads[1:])]
""",
    ),
    "$ minigrad check backprop_weights",
    Write(
        "backprop_weights",
        """\
    grads = backprop_states(x0, Ws, rho, drho, grad_loss)
    xs = [x0]
    for W in Ws:
        xs.append(W @ rho(xs[-1]))
    return [np.outer(g, rho(x)) for x, g in zip(xs, grads[1:])]
""",
    ),
    "$ minigrad check 01",
    "And the whole course, as it stands:",
    "$ minigrad list",
    "The same checks run in any editor that knows pytest.",
    "$ python -m pytest -q 01_backprop",
]


class Evening:
    """A folder, a terminal of 80 columns, and the page that is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.page = [HEAD]

    def play(self) -> str:
        """The page."""
        for step in SESSION:
            if isinstance(step, Write):
                self.write(step)
            elif step.startswith("$ "):
                self.run(step.removeprefix("$ "))
            else:
                self.page.append(textwrap.fill(step, 88) + "\n")
        return "\n".join(self.page)

    def write(self, new: Write) -> None:
        """Put code into a function, below its docstring."""
        file = self.folder / FILE
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        body = ast.parse("".join(lines)).body
        (there,) = (node for node in body if getattr(node, "name", "") == new.function)
        assert isinstance(there, ast.FunctionDef)
        lines[there.body[0].end_lineno : there.end_lineno] = [new.code]
        file.write_text("".join(lines), encoding="utf-8")
        self.page.append(f"```python\n{new.code}```\n")

    def run(self, command: str) -> None:
        """Run a command as a terminal would, and put down what it prints."""
        words, said = command.split(), ""
        if words[0] == "cd":
            self.folder = self.folder / words[1]
        else:
            said = self.said(words)
        self.page.append(f"```text\n$ {command}\n{said}```\n")

    def said(self, words: list[str]) -> str:
        """What a command prints."""
        module = ["-m", "minigrad"] if words[0] == "minigrad" else []
        done = subprocess.run(
            [sys.executable, *module, *words[1:]],
            cwd=self.folder,
            env=dict(os.environ, COLUMNS="80", NO_COLOR="1", PYTHONUTF8="1"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
        return SECONDS.sub("passed", done.stdout + done.stderr)


def record() -> str:
    """The page, recorded anew."""
    with tempfile.TemporaryDirectory() as folder:
        return Evening(Path(folder)).play()


if __name__ == "__main__":
    PAGE.write_text(record(), encoding="utf-8")
