"""How long it takes to grade a class, and what isolation costs.

    python benchmarks/grading.py                    # 200 submissions, some minutes
    python benchmarks/grading.py --size 20 --jobs 1

The class is made of worked solutions and catalogued mistakes (`cohort`).  First some
submissions are graded in this very process and at each level of isolation, in turn: the
difference, by the number of tasks, is what a task's isolation costs.  Then the whole
class is graded as `minigrad grade` does it, at the highest level that is there, and
once more from the start, which must give the same bytes.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import click
import cohort

from minigrad.course import ladder
from minigrad.course.classrun import ClassRun
from minigrad.course.finding import discover
from minigrad.course.grading import Part, course, grade_submission
from minigrad.course.isolation import LEVELS, Limits
from minigrad.course.mistakes import diagnosed
from minigrad.course.results import RESULTS
from minigrad.course.running import run_task
from minigrad.course.spawning import Nurseries
from minigrad.course.student import open_student
from minigrad.course.submission import Source, collect

SEED = 0


@click.command()
@click.option("--size", default=200, help="Submissions in the class.")
@click.option("--sample", default=20, help="Of them, how many are timed at each level.")
@click.option("--jobs", default=2, help="Submissions at a time.")
def main(size: int, sample: int, jobs: int) -> None:
    """Print what a task costs at each level, and how fast a class is graded."""
    with tempfile.TemporaryDirectory() as place:
        folder = cohort.make_class(Path(place, "class"), size, SEED)
        sources = discover([folder])
        parts = course()
        costs(sources[:sample], parts)
        whole_class(sources, parts, Path(place), jobs)


def costs(sources: Sequence[Source], parts: Sequence[Part]) -> None:
    """What isolation adds to each task, in the median over the submissions."""
    levels = [level for level in LEVELS if not ladder.trouble(level)]
    tasks = sum(len(part.tasks) for part in parts)
    plain, at = list[float](), {level: list[float]() for level in levels}
    with Nurseries() as nurseries:
        for source in (sources[0], *sources):  # the first one loads all there is
            submission = collect(source.path)
            plain.append(timed(in_process, source.path, parts))
            for level in levels:
                how = (SEED, Limits(level=level), None, nurseries)
                at[level].append(timed(grade_submission, submission, parts, *how))
    click.echo(f"{tasks} tasks in {len(parts)} chapters, {len(sources)} submissions")
    click.echo(
        f"in-process  {1e3 * statistics.median(plain[1:]) / tasks:5.1f} ms a task"
    )
    for level in levels:
        pairs = zip(at[level][1:], plain[1:], strict=True)
        more = sorted(1e3 * (t - t0) / tasks for t, t0 in pairs)
        low, middle, high = statistics.quantiles(more)
        click.echo(f"{level:11} {middle:+5.1f} ms a task ({low:.1f} to {high:.1f})")


def in_process(folder: Path, parts: Sequence[Part]) -> None:
    """The checks without any isolation, and the slip that is named."""
    for part in parts:
        file = folder / part.chapter.name / f"{part.chapter.module}.py"
        student = open_student(file, part.parameters)
        for task in part.tasks:
            diagnosed(run_task(task, student, SEED), task, SEED, part.mistakes)


def timed(run: Callable[..., object], *args: object) -> float:
    start = perf_counter()
    run(*args)
    return perf_counter() - start


def whole_class(
    sources: Sequence[Source], parts: Sequence[Part], place: Path, jobs: int
) -> None:
    """Grade the class twice: how fast, and whether to the same bytes."""
    level, _ = ladder.choose()
    found = []
    for name in ("first", "again"):
        run = ClassRun(
            place / name, sources, parts, seed=SEED, jobs=jobs, isolation=level
        )
        seconds = timed(run.run)
        rate = 60 * len(sources) / seconds
        click.echo(
            f"{len(sources)} submissions at level {level}, {jobs} at a time: "
            f"{seconds:.1f} s, {rate:.0f} a minute"
        )
        found.append((place / name / RESULTS).read_bytes())
    click.echo(f"the same bytes both times: {'yes' if found[0] == found[1] else 'NO'}")


if __name__ == "__main__":
    main()
