"""Grade a class as `minigrad grade` does, with deadlines that tests can wait for.

    python grade_class.py OUT LEVEL TASK,TASK... CLASS...

A process of its own: what a submission breaks or leaves behind is seen from outside.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path

from minigrad.course import grading, report
from minigrad.course.classrun import ClassRun
from minigrad.course.finding import discover
from minigrad.course.isolation import Limits, hide
from minigrad.course.model import SubmissionResult
from minigrad.course.orphans import adopting
from minigrad.course.results import load
from minigrad.course.signals import ended_like_ctrl_c

# Seconds: of a call so few that loops can be waited for, of a task so many that honest
# work passes also where many others use the machine.
QUICK = Limits(load=2.0, call=1.5, task=20.0, memory=1 << 30)


def grade_class(
    level: str, tasks: Iterable[str], classes: Iterable[Path], out: Path, scratch: Path
) -> dict[str, SubmissionResult]:
    """The results by id; the grader has nothing to say and ends well.

    ``scratch`` is where the grader makes its temporary folders.
    """
    ended = subprocess.run(
        [sys.executable, __file__, out, level, ",".join(tasks), *classes],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stdout.decode()
    return {result.id: result for result in load(out).submissions}


def main() -> None:
    out, level, tasks, *classes = sys.argv[1:]
    hide()
    warnings.simplefilter("ignore")
    sources, parts = discover(classes), grading.course(tasks.split(","))
    with ended_like_ctrl_c(), adopting():
        run = ClassRun(
            Path(out), sources, parts, seed=7, jobs=2, isolation=level, limits=QUICK
        )
        found = run.run()
    Path(out, "scores.csv").write_text(report.to_csv(found), encoding="utf-8")
    Path(out, "report.html").write_text(report.to_html(found), encoding="utf-8")


if __name__ == "__main__":
    main()
