"""The instructor's verbs: grade, report, similar, autograder, verify."""

from __future__ import annotations

import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from minigrad import executors
from minigrad.cli.terminal import (
    FAILED,
    MISSING,
    PATH,
    as_json_option,
    bar,
    executor_option,
    json_text,
    processors,
    say,
    stop,
)
from minigrad.course import (
    alike,
    chapters,
    completing,
    grading,
    report,
    reports,
    results,
    similarity,
    tally,
)
from minigrad.course import verify as verification
from minigrad.course.adjusting import Adjusting
from minigrad.course.classrun import ClassRun
from minigrad.course.finding import discover
from minigrad.course.isolation import LEVELS, PROCESS, hide
from minigrad.course.journal import replace_file, writing
from minigrad.course.ladder import choose
from minigrad.course.live import Live
from minigrad.course.model import GRADED
from minigrad.course.orphans import adopting
from minigrad.course.reports.autograder import autograder
from minigrad.course.settings import NAME, Settings, find_settings, read
from minigrad.course.signals import ended_like_ctrl_c
from minigrad.course.submission import collect
from minigrad.course.wire import printable

REPORTS = {"csv": report.to_csv, "html": report.to_html}


@contextmanager
def _crew(address: str, jobs: int | None) -> Iterator[dict[str, Any]]:
    """Who grades, and how many submissions at a time: as many as there is room for."""
    if not address:
        yield {"jobs": jobs or processors()}
        return
    with executors.cluster(address) as crew:
        yield {"executor": crew.executor, "jobs": jobs or crew.size}


@click.command()
@click.argument("path", nargs=-1, required=True)
@click.option("--out", default="graded", show_default=True, type=PATH)
@click.option(
    "--only",
    multiple=True,
    metavar="TASK",
    help="A chapter or a task.",
    shell_complete=completing.target_items,
)
@click.option(
    "--jobs",
    show_default="processors",
    type=click.IntRange(1, 64),
    help="Submissions at a time.",
)
@executor_option
@click.option("--seed", type=click.IntRange(0), help="Of the random inputs.")
@click.option(
    "--config",
    type=PATH,
    help=f"Weights, optional tasks, seed, late policy; else {NAME} beside OUT.",
)
@click.option("--fresh", is_flag=True, help="Forget what OUT knows; grade all again.")
@click.option("--isolation", default="auto", type=click.Choice(["auto", *LEVELS]))
@click.option("--require-isolation", default=PROCESS, type=click.Choice(LEVELS))
@as_json_option
@click.pass_context
def grade(
    ctx: click.Context,
    /,
    path: tuple[str, ...],
    out: Path,
    only: tuple[str, ...],
    isolation: str,
    require_isolation: str,
    cluster: str,
    jobs: int | None,
    as_json: bool,
    config: Path | None,
    seed: int | None,
    **options: Any,
) -> None:
    """Grade submissions, or folders of them: folders, .py files, zips.

    Each PATH is a submission or a folder of submissions. Results go to OUT; the same
    command, given again, goes on where it was stopped.
    """
    level, note = choose(isolation, require_isolation)
    if note:
        say(f"minigrad: {note}; see docs/isolation.md", err=True)
    hide()
    warnings.simplefilter("ignore")  # a student's values overflow; that is judged
    sources, parts = discover(path, apart=out), grading.course(only)
    file = find_settings(config, out, map(Path, path))
    wanted = read(file) if file else Settings()
    adjust = Adjusting.of(wanted, [source.id for source in sources])
    options |= {"seed": wanted.chosen(seed), "adjust": adjust}
    with (
        _crew(cluster, jobs) as crew,
        ended_like_ctrl_c(),
        adopting(),
        _live(len(sources)) as heard,
    ):
        options |= {"isolation": level, **crew, **heard}
        found = ClassRun(out, sources, parts, **options).run()
    _write_reports(out, found)
    say(_results_json(found) if as_json else _class_table(found, out, file))
    for worry in adjust.worries:
        say(f"minigrad: {printable(worry)}", err=True)
    if found.warning:
        stop(ctx, found.warning, MISSING)
    fine = all(s.status == GRADED for s in found.submissions) and not adjust.worries
    ctx.exit(0 if fine else FAILED)


@click.command(name="report")
@click.argument("folder", type=PATH)
@click.option(
    "--format", "format", required=True, metavar="FORMAT", help=reports.FORMATS_HELP
)
@click.option(
    "-o", "--output", type=PATH, help="A file, or a folder for several; else stdout."
)
@click.option("--submission", metavar="ID", help="About this submission alone.")
@click.option("--column", metavar="NAME", help="Where the points go in TEMPLATE.")
@click.option("--scale", is_flag=True, help="Convert them to the column's maximum.")
@click.option("--feedback", is_flag=True, help="Fill in the column of comments, too.")
@click.pass_context
def write_report(
    ctx: click.Context,
    /,
    folder: Path,
    format: str,
    output: Path | None,
    **options: Any,
) -> None:
    """Write the results in FOLDER in another format.

    TEMPLATE is the file that Canvas or Moodle exported; nothing in it changes but the
    cells that get points.
    """
    made = reports.make(results.load(folder), format, **options)
    _write_files(made.files, output)
    for remark in (*made.remarks, *made.worries):
        say(f"minigrad: {printable(remark)}", err=True)
    ctx.exit(FAILED if made.worries else 0)


def _write_files(files: bytes | Mapping[str, bytes], output: Path | None) -> None:
    """To a file or to standard output, byte for byte; several to a folder."""
    if isinstance(files, bytes) and output:
        replace_file(output, files)
    elif isinstance(files, bytes):
        return _print_bytes(files)
    elif output is None or output.suffix or output.is_file():
        raise reports.ReportError(
            f"there are {len(files)} files; name a folder with -o, or one --submission"
        )
    else:
        for name, data in files.items():
            with writing(output):
                (output / name).parent.mkdir(parents=True, exist_ok=True)
            replace_file(output / name, data)
    return say(f"wrote {output}")


def _print_bytes(data: bytes) -> None:
    """As they are to a file or a pipe; a terminal gets what it can show."""
    if sys.stdout.isatty():
        return say(data.decode("utf-8", "replace"), nl=False)
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
    return None


@click.command(name="autograder")
@click.option("--only", multiple=True, metavar="TASK", help="A chapter or a task.")
@click.option("-o", "--output", required=True, type=PATH, help="The zip to write.")
def write_autograder(only: tuple[str, ...], output: Path) -> None:
    """Write the zip that Gradescope makes an autograder of."""
    grading.course(only)  # or a name that is not known is a sentence
    replace_file(output, autograder(only))
    say(f"wrote {output}")


def _write_reports(out: Path, found: results.ClassResult) -> None:
    for format, name in (("csv", "grades.csv"), ("html", "report.html")):
        text = REPORTS[format](found)
        replace_file(out / name, text.encode("utf-8", "backslashreplace"))


@contextmanager
def _live(total: int) -> Iterator[dict[str, Any]]:
    """What a run tells while it goes on: to a terminal, and gone when it ends."""
    if not sys.stderr.isatty():
        yield {}
        return
    width = shutil.get_terminal_size((100, 24)).columns
    live = Live(total, width, lambda text: say(text, err=True, nl=False))
    try:
        yield {"progress": live.progress, "watch": live.watch}
    finally:
        live.close()


def _results_json(found: results.ClassResult) -> str:
    return json_text({**results.to_json(found), "summary": tally.to_json(found)})


def _class_table(found: results.ClassResult, out: Path, settings: Path | None) -> str:
    width = shutil.get_terminal_size((100, 24)).columns
    color = click.get_current_context().color
    colored = sys.stdout.isatty() if color is None else color
    table = report.to_text(found, width, colored)
    used = f"settings: {settings.name}; " if settings else ""
    below = f"isolation: {found.isolation}; {used}more in {out / 'report.html'}"
    return f"{table}\n{tally.told(found)}{below}"


@click.command()
@click.argument("path", nargs=-1, required=True)
@click.option("--out", type=PATH, help="A page with the two sides of each pair.")
@as_json_option
def similar(path: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Find pairs of submissions that share unusual code. It is no verdict.

    Each PATH is a submission or a folder of submissions. Nothing of them is run.
    """
    found = [collect(source.path, source.id) for source in discover(path)]
    pairs = similarity.similar(found, chapters.stubs())
    if out:
        page = alike.to_html(pairs, {s.id: s for s in found})
        replace_file(out, page.encode("utf-8", "backslashreplace"))
    count = len(found)
    text = json_text(alike.to_json(pairs, count)) if as_json else ""
    say(text or alike.to_text(pairs, count))
    if out and not as_json:
        say(f"wrote {out}")


@click.command()
@click.argument("chapter", nargs=-1)
@click.option(
    "--jobs",
    show_default="processors",
    type=click.IntRange(1, 64),
    help="Chapters at a time.",
)
@as_json_option
@click.pass_context
def verify(
    ctx: click.Context, /, chapter: tuple[str, ...], jobs: int | None, as_json: bool
) -> None:
    """Let the course check itself: stubs, solutions, mistakes, alternatives."""
    names = chapter or chapters.chapter_names()
    wanted = [chapters.find(name).chapter for name in names]
    total = len(wanted) * len(verification.SEEDS)
    size = min(jobs or processors(), total)
    shown = click.progressbar(length=total, label="verifying", **bar())
    with ended_like_ctrl_c(), executors.processes(size) as executor, shown:
        found = verification.verify(
            wanted, lambda name: shown.update(1, name), executor=executor
        )
    say(_verification_json(found) if as_json else _verification(found))
    ctx.exit(0 if found.ok else FAILED)


def _verification(found: verification.Verification) -> str:
    lines = [click.style("✗ ", fg="red") + str(finding) for finding in found.findings]
    mark = click.style("✓", fg="green") if found.ok else click.style("✗", fg="red")
    counts = (
        f"{found.chapters} chapters, {found.tasks} tasks, {found.mistakes} mistakes, "
        f"{found.alternatives} alternatives: {len(found.findings) or 'no'} findings"
    )
    return "\n".join([*lines, f"{mark} {counts}"])


def _verification_json(found: verification.Verification) -> str:
    return json_text(asdict(found))
