"""The zip that Gradescope makes an autograder of: the course, and how to run it.

Gradescope unpacks it to ``/autograder/source``, runs ``setup.sh`` once, and then for
each submission ``run_autograder``, which has to write ``results/results.json``.
"""

from __future__ import annotations

import io
import shlex
import zipfile
from collections.abc import Iterator, Sequence
from importlib.metadata import requires
from pathlib import Path

import minigrad
from minigrad.course.chapters import exercises_root

NEVER = (1980, 1, 1, 0, 0, 0)  # the same course is the same zip
KEPT = {".py", ".md", ".typed"}

SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"

enough='import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'
for python in python3 python3.13 python3.12 python3.11 none; do
    "$python" -c "$enough" 2>/dev/null && break
done
if [ "$python" = none ]; then
    apt-get update && apt-get install --yes python3.11 python3.11-venv
    python=python3.11
fi
"$python" -m venv "$root/venv"
"$root/venv/bin/python" -m pip install --quiet PACKAGES
"""

RUN = """\
#!/usr/bin/env bash
# Gradescope runs this for each submission.  What is printed is for the instructor; if
# no results are written, Gradescope says so, and nobody gets a zero for it.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
python="${AUTOGRADER_PYTHON:-$root/venv/bin/python}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export PYTHONPATH="$root/source" PYTHONDONTWRITEBYTECODE=1

mkdir -p "$root/results"
rm -f "$root/results/results.json"
# -P: a numpy.py of the student's, where this is run, is not numpy.
"$python" -P -m minigrad grade "$root/submission" --out "$work" ONLY || [ $? -eq 1 ]
"$python" -P -m minigrad report "$work" --format gradescope \\
    -o "$root/results/results.json"
"""


def autograder(only: Sequence[str] = ()) -> bytes:
    """The zip for the whole course, or for these chapters and tasks of it."""
    packages = [name for name in requires("minigrad") or () if "extra ==" not in name]
    wanted = shlex.join(part for name in only for part in ("--only", name))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(
            archive, "setup.sh", SETUP.replace("PACKAGES", shlex.join(packages)), 0o755
        )
        _add(
            archive,
            "run_autograder",
            RUN.replace(" ONLY", f" {wanted}".rstrip()),
            0o755,
        )
        for name, path in _course():
            _add(archive, name, path.read_text(encoding="utf-8"), 0o644)
    return out.getvalue()


def _course() -> Iterator[tuple[str, Path]]:
    """The package, and in it the exercises, as a wheel has them: no solutions."""
    package, exercises = Path(minigrad.__path__[0]), exercises_root()
    for root, name in ((package, "minigrad"), (exercises, "minigrad/exercises")):
        for path in sorted(root.rglob("*")):
            inside = root == package and path.is_relative_to(package / "exercises")
            if path.suffix in KEPT and path.is_file() and not inside:
                yield f"{name}/{path.relative_to(root).as_posix()}", path


def _add(archive: zipfile.ZipFile, name: str, text: str, mode: int) -> None:
    entry = zipfile.ZipInfo(name, NEVER)
    entry.external_attr = (0o100000 | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, text)
