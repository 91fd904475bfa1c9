"""The command line: plain verbs over the package, and the only file that prints.

Exit codes: 0 everything passed (``grade``: every submission was graded, whatever its
score), 1 some check failed (``grade``: a submission needs the instructor), 2 usage,
3 something is missing here, 130 interrupted.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class

from minigrad import drawing
from minigrad.course import (
    chapters,
    completing,
    grading,
    report,
    reports,
    results,
    tally,
    workspace,
)
from minigrad.course import verify as verification
from minigrad.course.classrun import ClassRun, RunInterruptedError
from minigrad.course.desk import Desk, read_desk, until_failure
from minigrad.course.finding import discover
from minigrad.course.isolation import LEVELS, PROCESS, IsolationError, hide
from minigrad.course.journal import DiskError, OutputError, replace_file, writing
from minigrad.course.keeper import adopting
from minigrad.course.keys import pressed
from minigrad.course.ladder import choose
from minigrad.course.live import Live
from minigrad.course.message import WIDEST, Paper
from minigrad.course.model import GRADED, PASSED, SubmissionResult, TaskResult
from minigrad.course.overview import overview, told, told_hint
from minigrad.course.plain import plain
from minigrad.course.recording import NoCallError, first_call
from minigrad.course.reports.autograder import autograder
from minigrad.course.signals import ended_like_ctrl_c, ended_when_heeded
from minigrad.course.submission import SubmissionError
from minigrad.course.watching import Voice, Watch
from minigrad.course.wire import printable

FAILED, USAGE, MISSING, INTERRUPTED = 1, 2, 3, 130

PATH = click.Path(path_type=Path)
REPORTS = {"csv": report.to_csv, "html": report.to_html}

EXIT_CODES: dict[type[BaseException], int] = {
    chapters.UnknownTargetError: USAGE,
    workspace.WorkspaceError: USAGE,
    chapters.NoSolutionsError: MISSING,
    IsolationError: MISSING,
    SubmissionError: MISSING,
    OutputError: USAGE,
    DiskError: MISSING,
    results.ResultsError: MISSING,
    reports.ReportError: USAGE,
    reports.TemplateError: MISSING,
    RunInterruptedError: INTERRUPTED,
    KeyboardInterrupt: INTERRUPTED,
    NoCallError: USAGE,
    drawing.TargetError: USAGE,
    drawing.RenderError: MISSING,
}


class Verbs(click.Group):
    """A group whose expected errors are one sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; tell what is expected to go wrong without a traceback."""
        ctx.color = _color()
        try:
            return super().invoke(ctx)
        except tuple(EXIT_CODES) as error:
            code = next(c for kind, c in EXIT_CODES.items() if isinstance(error, kind))
            return _stop(ctx, str(error) or "interrupted", code)


def _color() -> bool | None:
    """NO_COLOR and FORCE_COLOR decide; otherwise click asks the terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def _say(text: str, *, err: bool = False, nl: bool = True, **style: Any) -> None:
    """Print, the one place that does: what the stream cannot encode is spelled out."""
    stream = sys.stderr if err else sys.stdout
    click.secho(plain(text, stream.encoding), err=err, nl=nl, **style)


def _paper(whole: bool = False) -> Paper:
    """What messages are written on: as wide as the terminal, where there is one."""
    columns = shutil.get_terminal_size((WIDEST, 24)).columns
    return Paper.fitting(columns, sys.stdout.encoding, whole)


def _stop(ctx: click.Context, message: str, code: int) -> None:
    _say(f"minigrad: {printable(message)}", err=True)
    ctx.exit(code)


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="minigrad")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Learn, check, grade and draw back-propagation.

    Alone, in a folder that `minigrad start` made, it goes on to the next task.
    """
    if ctx.invoked_subcommand:
        return
    try:
        _root()
    except workspace.WorkspaceError:
        _say(f"{ctx.get_help()}\n\nBegin with: minigrad start my-course")
        ctx.exit(USAGE)
    ctx.invoke(check)


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
seed_option = click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    help="Seed of the random inputs.",
)


# The student's day ----------------------------------------------------------------


@main.command()
@click.argument("folder", type=PATH)
def start(folder: Path) -> None:
    """Copy the exercises to a new FOLDER of your own."""
    made = workspace.start(folder)
    _say(f"{len(made)} chapters are now in {folder}. Begin with:")
    _say(f"  cd {folder}")
    _say("  minigrad check")


@main.command(name="list")
@as_json_option
@seed_option
def list_tasks(as_json: bool, seed: int) -> None:
    """Show all tasks and which of them are done."""
    parts, desk = grading.course(), read_desk(_root(), seed)
    with click.progressbar(
        desk.results(parts), length=len(parts), label="checking", **_bar()
    ) as bar:
        tasks = [task for tasks in bar for task in tasks]
    _say(_as_json(tasks) if as_json else overview(parts, tasks, _paper()))


@main.command()
@click.argument("task", required=False, shell_complete=completing.target_items)
@click.option("-v", "verbose", is_flag=True, help="All there is, and the traceback.")
@as_json_option
@seed_option
@click.pass_context
def check(
    ctx: click.Context, task: str | None, verbose: bool, as_json: bool, seed: int
) -> None:
    """Check TASK (a function or a chapter), or go on to the next one not done."""
    desk = read_desk(_root(), seed)
    results = desk.results(grading.course([task] if task else []))
    tasks = [t for ts in results for t in ts] if task else list(until_failure(results))
    _say(_as_json(tasks) if as_json else _told(tasks, desk, _paper(whole=verbose)))
    done = all(t.status == PASSED for t in tasks)
    if done and not task and not as_json:
        _say("Everything is done.")
    ctx.exit(0 if done else FAILED)


@main.command()
@click.argument("task", required=False, shell_complete=completing.target_items)
@seed_option
def watch(task: str | None, seed: int) -> None:
    """Check TASK, or the next one not done, again whenever its file is saved.

    The keys that can be pressed are shown below each result.
    """
    root, scope = _root(), chapters.find(task).tasks if task else ()
    with ended_when_heeded() as ending, pressed(sys.stdin, ending) as keys:
        voice = Voice(_say, _paper, lambda: time.strftime("%H:%M:%S"))
        Watch(root, grading.course(), keys, voice, scope, seed).run()


@main.command()
@click.argument("task", shell_complete=completing.task_items)
def hint(task: str) -> None:
    """Show the next hint for TASK, one level deeper each time."""
    target = chapters.find(task)
    one = workspace.one_task(target)
    found = workspace.next_hint(_root(), target.chapter, one)
    if found is None:
        raise click.UsageError(f"there is no hint for {one.id}")
    _say(told_hint(found, _paper()))


@main.command()
@click.argument("task", shell_complete=completing.target_items)
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(task: str, yes: bool) -> None:
    """Put TASK, or a whole chapter, back to its stub; what you had is kept."""
    target, root = chapters.find(task), _root()
    name = target.task.id if target.task else target.chapter.name
    if not yes:
        click.confirm(f"Put {name} back to the stub?", abort=True)
    done = workspace.reset(root, target)
    kept = f"; what you had is in {done.backup.name}" if done.backup else ""
    _say(f"{done.what} is the stub again{kept}")


def _root() -> Path:
    return workspace.find_root(Path.cwd())


def _bar() -> dict[str, Any]:
    """Progress goes to a terminal or nowhere."""
    return {"file": sys.stderr, "hidden": not sys.stderr.isatty()}


def _told(tasks: Sequence[TaskResult], desk: Desk, paper: Paper) -> str:
    """The results, and a hint for who is stuck, in words."""
    pairs = ((told(task, paper), desk.offer(task)) for task in tasks)
    return "\n".join(line for pair in pairs for line in pair if line)


def _as_json(tasks: Sequence[TaskResult]) -> str:
    whole = SubmissionResult("yours", GRADED, tuple(tasks))
    return _json(results.submission_to_json(whole))


def _json(value: Any) -> str:
    """JSON in ASCII: a spelling that a stream needs would change what it says."""
    return json.dumps(value, indent=2)


# The instructor's -----------------------------------------------------------------


@main.command()
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
    default=min(os.cpu_count() or 1, 64),
    show_default="processors",
    type=click.IntRange(1, 64),
    help="Submissions at a time.",
)
@click.option("--seed", type=click.IntRange(0), help="Of the random inputs.")
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
    as_json: bool,
    **options: Any,
) -> None:
    """Grade submissions, or folders of them: folders, .py files, zips.

    Each PATH is a submission or a folder of submissions. Results go to OUT; the same
    command, given again, goes on where it was stopped.
    """
    level, note = choose(isolation, require_isolation)
    if note:
        _say(f"minigrad: {note}; see docs/isolation.md", err=True)
    hide()
    warnings.simplefilter("ignore")  # a student's values overflow; that is judged
    sources, parts = discover(path, apart=out), grading.course(only)
    with ended_like_ctrl_c(), adopting(), _live(len(sources)) as heard:
        run = ClassRun(out, sources, parts, isolation=level, **heard, **options)
        found = run.run()
    _write_reports(out, found)
    _say(_results_json(found) if as_json else _class_table(found, out))
    if found.warning:
        _stop(ctx, found.warning, MISSING)
    ctx.exit(0 if all(s.status == GRADED for s in found.submissions) else FAILED)


@main.command(name="report")
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
        _say(f"minigrad: {printable(remark)}", err=True)
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
    return _say(f"wrote {output}")


def _print_bytes(data: bytes) -> None:
    """As they are to a file or a pipe; a terminal gets what it can show."""
    if sys.stdout.isatty():
        return _say(data.decode("utf-8", "replace"), nl=False)
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
    return None


@main.command(name="autograder")
@click.option("--only", multiple=True, metavar="TASK", help="A chapter or a task.")
@click.option("-o", "--output", required=True, type=PATH, help="The zip to write.")
def write_autograder(only: tuple[str, ...], output: Path) -> None:
    """Write the zip that Gradescope makes an autograder of."""
    grading.course(only)  # or a name that is not known is a sentence
    replace_file(output, autograder(only))
    _say(f"wrote {output}")


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
    live = Live(total, width, lambda text: _say(text, err=True, nl=False))
    try:
        yield {"progress": live.progress, "watch": live.watch}
    finally:
        live.close()


def _results_json(found: results.ClassResult) -> str:
    return _json({**results.to_json(found), "summary": tally.to_json(found)})


def _class_table(found: results.ClassResult, out: Path) -> str:
    width = shutil.get_terminal_size((100, 24)).columns
    color = click.get_current_context().color
    colored = sys.stdout.isatty() if color is None else color
    table = report.to_text(found, width, colored)
    below = f"isolation: {found.isolation}; more in {out / 'report.html'}"
    return f"{table}\n{tally.told(found)}{below}"


@main.command()
@click.argument("chapter", nargs=-1)
@as_json_option
@click.pass_context
def verify(ctx: click.Context, chapter: tuple[str, ...], as_json: bool) -> None:
    """Let the course check itself: stubs, solutions, mistakes, alternatives."""
    names = chapter or chapters.chapter_names()
    wanted = [chapters.find(name).chapter for name in names]
    total = sum(len(c.tasks) for c in wanted)
    with click.progressbar(length=total, label="verifying", **_bar()) as bar:
        found = verification.verify(wanted, lambda task: bar.update(1, task))
    _say(_verification_json(found) if as_json else _verification(found))
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
    return _json(asdict(found))


# Drawings -------------------------------------------------------------------------


@main.command()
@click.argument("target", shell_complete=completing.drawable_items)
@click.option(
    "-o",
    "--output",
    required=True,
    type=PATH,
    help="The file to write; its ending names the format: svg png pdf dot txt.",
)
def graph(target: str, output: Path) -> None:
    """Draw TARGET, a function file.py:function, with its values and gradients.

    It is called with its parameters' defaults, or with what a function arguments() in
    the same file returns. In a course folder TARGET may be a task: your own function
    is called as the first check of the task calls it.
    """
    drawn = drawing.draw(target if _names_a_file(target) else _call_of(target))
    note = f"; {drawn.graph.note}" if drawn.graph.note else ""
    _say(f"wrote {drawn.save(output)}{note}")


def _names_a_file(target: str) -> bool:
    return ":" in target or target.endswith(".py")


def _call_of(task: str) -> drawing.Target:
    return drawing.Target(*first_call(_root(), chapters.find(task)))


# The shell ------------------------------------------------------------------------


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what lets SHELL complete commands and names of tasks.

    Put  eval "$(minigrad completion bash)"  into ~/.bashrc, the same with zsh into
    ~/.zshrc; for fish  minigrad completion fish | source  into
    ~/.config/fish/config.fish.
    """
    kind = get_completion_class(shell)
    assert kind is not None  # click has these three
    _say(kind(main, {}, "minigrad", "_MINIGRAD_COMPLETE").source())
