"""Honest work, handed in as people hand in, and the outcome that is fair.

Each entry says in its name what is messy about it.  `Messy.points` are those of the
first chapter, or of both, unless the work itself is at fault; `told` has the status of
tasks that do not get all and words of what is said; `notes` are words of the notes.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SOLUTIONS = Path(__file__).parents[2] / "solutions"
FIRST = (SOLUTIONS / "01_backprop" / "backprop.py").read_text(encoding="utf-8")
SECOND = (SOLUTIONS / "02_delta_recursion" / "delta_recursion.py").read_text("utf-8")
TASKS = (
    "01_backprop/layer_jacobians",
    "01_backprop/suffix_loss",
    "02_delta_recursion/softmax_ce_delta",
)
LAYER, SUFFIX, DELTA = 8.0, 8.0, 6.0
ONE, ALL = LAYER + SUFFIX, LAYER + SUFFIX + DELTA

Files = Mapping[str, str | bytes]
Told = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Messy:
    """What is handed in, and what comes of it."""

    files: Files
    points: float = ONE
    told: Told = field(default_factory=dict)  # task -> its status, and words of it
    notes: tuple[str, ...] = ()
    printed: str = ""
    packed: bool = False  # as a zip
    read: bool = True  # else the instructor has to look at it

    def build(self, path: Path) -> None:
        if self.packed:
            path.with_name(f"{path.name}.zip").write_bytes(zipped(self.files))
            return
        path.mkdir(parents=True)
        for name, content in self.files.items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            raw = content.encode() if isinstance(content, str) else content
            file.write_bytes(raw)


def zipped(files: Files) -> bytes:
    from io import BytesIO

    with zipfile.ZipFile(made := BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def changed(source: str, old: str, new: str) -> str:
    """The source with one piece of it exchanged, which must be there."""
    assert old in source, old
    return source.replace(old, new)


def both(first: str | bytes = FIRST, second: str | bytes = SECOND) -> Files:
    """Both chapters, flat."""
    return {"backprop.py": first, "delta_recursion.py": second}


def whole(files: Files, points: float = ALL, *how: Any, **more: Any) -> Messy:
    """Both chapters, expected to have all points."""
    return Messy(files, points, *how, **more)


def one(source: str | bytes = FIRST) -> Files:
    """The first chapter alone."""
    return {"backprop.py": source}


def broken(status: str, says: str) -> Told:
    """A first chapter that cannot be loaded: both of its tasks say why."""
    return {"layer_jacobians": (status, says), "suffix_loss": (status, says)}


def instead(result: str) -> str:
    """The first chapter with another result of the layer's Jacobians."""
    return changed(FIRST, "return Jx, JW", f"return {result}")


def wrong(result: str, status: str, says: str) -> Messy:
    told = {"layer_jacobians": (status, says)}
    return Messy(one(instead(result)), SUFFIX, told)


def with_head(line: str) -> str:
    """The first chapter with this line, or these, where the imports are."""
    return changed(FIRST, "import numpy as np\n", f"import numpy as np\n\n{line}\n")


NOTEBOOK = json.dumps({"cells": [{"cell_type": "code", "source": FIRST}]})
JUNK = {
    "README.md": "# My homework\n",
    "report.pdf": b"%PDF-1.7\n\xff",
    "figures/loss.png": b"\x89PNG",
    ".DS_Store": b"\0\0\0\1Bud1",
    "__pycache__/backprop.cpython-311.pyc": b"\0",
    ".ipynb_checkpoints/backprop-checkpoint.py": "raise SystemExit\n",
    "Thumbs.db": b"\0",
}
HELPERS = "def scaled(W, d):\n    return W * d\n"
USES_HELPERS = changed(
    with_head("from helpers import scaled"), "W * drho(x)", "scaled(W, drho(x))"
)
GLOBALS = changed(
    with_head("calls, states = 0, []"),
    "    return float(loss(xj))",
    "    global calls\n    calls += 1\n    states.append(xj)\n"
    "    return float(loss(xj))",
)
IN_PLACE = changed(
    FIRST,
    "    for W in Ws[j:]:\n        xj = W @ rho(xj)\n    return float(loss(xj))",
    "    for W in Ws[j:]:\n        W *= 1.0000001\n    return float(loss(xj))",
)
STALE = changed(
    with_head("memory = {}"),
    "    return float(loss(xj))",
    "    return memory.setdefault(j, float(loss(xj)))",
)

OWN = changed(changed(FIRST, "    j: int,", "    cut: int,"), "Ws[j:]", "Ws[cut:]")

LAYOUTS: dict[str, Messy] = {
    "flat": whole(both()),
    "folders of the chapters": whole(
        {
            "01_backprop/backprop.py": FIRST,
            "02_delta_recursion/delta_recursion.py": SECOND,
        }
    ),
    "a folder around the folders": whole(
        {
            "hw 1/01_backprop/backprop.py": FIRST,
            "hw 1/02_delta_recursion/delta_recursion.py": SECOND,
        }
    ),
    "the whole course, tests and all": whole(
        {
            "01_backprop/backprop.py": FIRST,
            "01_backprop/test_backprop.py": "raise SystemExit\n",
            "01_backprop/mistakes.py": "raise SystemExit\n",
            "02_delta_recursion/delta_recursion.py": SECOND,
            "conftest.py": "raise SystemExit\n",
            "venv/lib/numpy/backprop.py": "raise SystemExit\n",
        }
    ),
    "beside reports, pictures and the machine's files": whole({**both(), **JUNK}),
    "a zip": whole(both(), packed=True),
    "a zip of a folder, from a Mac": whole(
        {
            "homework/backprop.py": FIRST,
            "homework/delta_recursion.py": SECOND,
            "homework/.DS_Store": b"\0\0\0\1Bud1",
            "__MACOSX/homework/._backprop.py": b"\0\5\26\7",
        },
        packed=True,
    ),
    "a zip with Windows' slashes": whole(
        {"hw\\backprop.py": FIRST, "hw\\delta_recursion.py": SECOND}, packed=True
    ),
    "a folder with a zip in it": whole(
        {"homework.zip": zipped(both()), "report.pdf": b"%PDF"},
        notes=("read homework.zip",),
    ),
    "a zip in a zip": whole(
        {"hw/homework.zip": zipped(both())},
        packed=True,
        notes=("read hw/homework.zip",),
    ),
    "copies of a browser": whole(
        {"backprop (1).py": FIRST, "delta_recursion(2).py": SECOND},
        notes=("read `backprop (1).py` as backprop.py",),
    ),
    "an older copy beside": whole(
        {**both(), "backprop (1).py": "def suffix_loss(): pass\n"},
        notes=("read `backprop.py` as backprop.py, not `backprop (1).py`",),
    ),
    "an old folder beside": whole(
        {**both(), "old/backprop.py": "raise SystemExit\n"},
        notes=("read `backprop.py` as backprop.py, not `old/backprop.py`",),
    ),
    "file names in capitals": whole(
        {"Backprop.PY": FIRST, "DELTA_RECURSION.py": SECOND}
    ),
    "file names of their own": whole(
        {"Chapter 1/mine.py": FIRST, "Chapter 2/smith_final_v2.py": SECOND},
        notes=("read `Chapter 1/mine.py` as backprop.py", "smith_final_v2.py"),
    ),
    "both chapters in one file": whole(
        {"homework.py": FIRST + SECOND.replace("from __future__", "# from __future__")},
        notes=("as backprop.py", "as delta_recursion.py"),
    ),
    "a package instead of a module": whole(
        {"backprop/__init__.py": FIRST, "delta_recursion.py": SECOND},
        notes=("read `backprop/__init__.py` as backprop.py",),
    ),
    "one chapter of two": whole(
        {"backprop.py": FIRST},
        ONE,
        {"softmax_ce_delta": ("missing", "no file of the submission is delta")},
    ),
    "an empty folder": whole(
        {".gitkeep": ""},
        0,
        broken("missing", "no file"),
        ("no Python file",),
        read=False,
    ),
    "a notebook": whole(
        {"homework.ipynb": NOTEBOOK},
        0,
        broken("missing", "no file"),
        ("it holds homework.ipynb",),
        read=False,
    ),
    "an archive of another kind": whole(
        {"homework.7z": b"7z\xbc\xaf"},
        0,
        broken("missing", "no file"),
        ("it holds homework.7z",),
        read=False,
    ),
}

TEXTS: dict[str, Messy] = {
    "a byte order mark": Messy(one(FIRST.encode("utf-8-sig"))),
    "UTF-16": Messy(
        both(FIRST.encode("utf-16"), b"\xfe\xff" + SECOND.encode("utf-16-be")),
        ALL,
        notes=("read backprop.py as UTF-16", "read delta_recursion.py as UTF-16"),
    ),
    "latin-1, declared": Messy(
        one(b"# coding: latin-1\n# Universit\xe4t\n" + FIRST.encode("ascii", "replace"))
    ),
    "latin-1, not declared": Messy(
        one(FIRST.encode("ascii", "replace") + b"where = 'Universit\xe4t'\n"),
        0,
        broken("syntax-error", "codec can't decode"),
    ),
    "line ends of Windows": Messy(one(FIRST.replace("\n", "\r\n"))),
    "line ends of old Macs": Messy(one(FIRST.replace("\n", "\r"))),
    "tabs": Messy(one(FIRST.replace("    ", "\t"))),
    "tabs and spaces": Messy(
        one(FIRST + "def f():\n        x = 1\n\treturn x\n"),
        0,
        broken("syntax-error", "inconsistent use of tabs"),
    ),
    "quotes of a word processor": Messy(
        one(FIRST + "print(\u201cdone\u201d)\n"),
        0,
        broken("syntax-error", "invalid character"),
    ),
    "a merge that went wrong": Messy(
        one(FIRST + "<<<<<<< HEAD\n"),
        0,
        broken("syntax-error", "`<<<<<<< HEAD`"),
    ),
    "a missing colon in one file": Messy(
        one(changed(FIRST, "for W in Ws:", "for W in Ws")),
        0,
        broken("syntax-error", "expected ':'"),
    ),
    "magics of a notebook": Messy(
        one(FIRST + "%matplotlib inline\n"),
        0,
        broken("syntax-error", "`%matplotlib inline`"),
    ),
    "magics, exported": Messy(
        one(FIRST + "get_ipython().run_line_magic('matplotlib', 'inline')\n"),
        0,
        broken("import-error", "name 'get_ipython' is not defined at backprop.py line"),
    ),
}

IMPORTS: dict[str, Messy] = {
    "prints": Messy(
        one(FIRST + "print('it works', layer_jacobians)\n"), printed="it works"
    ),
    "plots": Messy(
        one(
            with_head("import matplotlib\nimport matplotlib.pyplot as plt")
            + "matplotlib.use('TkAgg')\nfigure, (left, right) = plt.subplots(1, 2)\n"
            + "left.plot([1, 2], label='loss')\nplt.legend()\nplt.show()\n"
        )
    ),
    "input": Messy(
        one(FIRST + "n = int(input('How many layers? '))\n"),
        0,
        broken("import-error", "EOFError: EOF when reading a line at backprop.py line"),
    ),
    "a main block": Messy(
        one(FIRST + "if __name__ == '__main__':\n    import nothing_of_this_name\n")
    ),
    "a slow start": Messy(one(FIRST + "import time\ntime.sleep(0.5)\n")),
    "a start that takes too long": Messy(
        one(FIRST + "import time\ntime.sleep(60)\n"),
        0,
        broken("timeout", "backprop.py ran for more than 2 s while it was imported"),
    ),
    "exit() at the end": Messy(
        one(FIRST + "exit()\n"), 0, broken("import-error or exited", "exit")
    ),
    "a test of its own that fails": Messy(
        one(FIRST + "assert 1 + 1 == 3, 'hm'\n"),
        0,
        broken("import-error", "AssertionError: hm at backprop.py line"),
    ),
    "a file of data": Messy(
        {**one(FIRST + "X = np.load('data.npy')\n"), "data.npy": b"\x93NUMPY"},
        0,
        broken("import-error", "FileNotFoundError"),
    ),
    "a package that is not here": Messy(
        one(with_head("import pandas as pd")),
        0,
        broken("import-error", "No module named 'pandas'"),
    ),
    "helper files": Messy({**one(USES_HELPERS), "helpers.py": HELPERS}),
    "helper files in a package": Messy(
        {
            **one(USES_HELPERS.replace("from helpers", "from lib.helpers")),
            "lib/__init__.py": "",
            "lib/helpers.py": "from .more import scaled\n",
            "lib/more.py": HELPERS,
        }
    ),
    "helper files beside the folders": whole(
        {
            "01_backprop/backprop.py": USES_HELPERS,
            "02_delta_recursion/delta_recursion.py": SECOND,
            "helpers.py": HELPERS,
        }
    ),
    "helper files of the standard library's names": Messy(
        {**one(), "random.py": "raise SystemExit\n", "numbers.py": "x =\n"}
    ),
    "a relative import": Messy(
        {**one(USES_HELPERS.replace("helpers", ".helpers")), "helpers.py": HELPERS},
        0,
        broken("import-error", "attempted relative import with no known parent"),
    ),
    "everything imported from a helper": Messy(
        {**one("from mine import *\n"), "mine.py": FIRST}
    ),
}

VALUES: dict[str, Messy] = {
    "lists": wrong(
        "Jx.tolist(), JW.tolist()", "wrong-type", "wrap it in np.array(...)"
    ),
    "a list for the pair": Messy(one(instead("[Jx, JW]"))),
    "float32": Messy(
        one(instead("Jx.astype('f4'), JW.astype('f4')")),
        SUFFIX + 2,  # small whole numbers are exact
        {"layer_jacobians": ("failed", "largest difference")},
    ),
    "an array without axes": Messy(
        one(changed(FIRST, "return float(loss(xj))", "return np.array(loss(xj))"))
    ),
    "a NumPy number": Messy(
        one(changed(FIRST, "return float(loss(xj))", "return np.float64(loss(xj))"))
    ),
    "an axis too many": wrong(
        "Jx[None], JW", "wrong-shape", "an array of shape (1, 3, 5)"
    ),
    "transposed": wrong("Jx.T, JW", "wrong-shape", "(transposed?)"),
    "in the other order": wrong("JW, Jx", "wrong-shape", "shape (3, 3, 5)"),
    "a forgotten return": wrong("None", "wrong-type", "returned None"),
    "printed, not returned": wrong("print(Jx, JW)", "wrong-type", "returned None"),
    "an argument changed in place": Messy(
        one(IN_PLACE),
        LAYER,
        {"suffix_loss": ("failed", "")},
    ),
    "another name": Messy(
        one(changed(FIRST, "def suffix_loss", "def suffixLoss")),
        LAYER,
        {"suffix_loss": ("missing", "there is no function `suffix_loss`")},
    ),
    "not started": Messy(
        one(changed(FIRST, "return float(loss(xj))", "raise NotImplementedError")),
        LAYER,
        {"suffix_loss": ("not-run", "not started")},
    ),
    "type hints of their own": Messy(
        one(changed(FIRST, "Ws: list[np.ndarray]", "Ws: 'list[Matrix] | None'"))
    ),
    "names of arguments of their own": Messy(one(OWN)),
    "functions and classes of their own": Messy(
        one(
            FIRST
            + "class Net:\n    @staticmethod\n    def loss(*args):\n"
            + "        return right(*args)\n"
            + "right, suffix_loss = suffix_loss, Net.loss\n"
        )
    ),
    "a decorator": Messy(
        one(
            changed(
                with_head(
                    "import functools, time\ndef timed(f): return functools.wraps(f)"
                    "(lambda *a: (time.time(), f(*a))[1])"
                ),
                "def suffix_loss",
                "@timed\ndef suffix_loss",
            )
        )
    ),
    "global state": Messy(one(GLOBALS)),
    "global state that is stale": Messy(
        one(STALE), LAYER + 1, {"suffix_loss": ("failed", "largest difference")}
    ),
    "a loop without end in one function": Messy(
        one(changed(FIRST, "return float(loss(xj))", "while True: pass")),
        LAYER,
        {"suffix_loss": ("timeout", "ran for more than 1.5 s")},
    ),
    "warnings as errors": Messy(
        one(with_head("import warnings\nwarnings.simplefilter('error')"))
    ),
}

MESSY = {**LAYOUTS, **TEXTS, **IMPORTS, **VALUES}
