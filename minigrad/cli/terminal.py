"""What all verbs share: how words reach the terminal, and how a verb ends."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from minigrad import drawing, executors, labs
from minigrad.course import chapters, reports, results, settings, workspace
from minigrad.course.classrun import RunInterruptedError
from minigrad.course.isolation import IsolationError
from minigrad.course.journal import DiskError, OutputError
from minigrad.course.message import WIDEST, Paper
from minigrad.course.plain import plain
from minigrad.course.recording import NoCallError
from minigrad.course.submission import SubmissionError
from minigrad.course.wire import printable

FAILED, USAGE, MISSING, INTERRUPTED = 1, 2, 3, 130

PATH = click.Path(path_type=Path)

EXIT_CODES: dict[type[BaseException], int] = {
    chapters.UnknownTargetError: USAGE,
    workspace.WorkspaceError: USAGE,
    chapters.NoSolutionsError: MISSING,
    IsolationError: MISSING,
    executors.ExecutorError: MISSING,
    SubmissionError: MISSING,
    OutputError: USAGE,
    DiskError: MISSING,
    results.ResultsError: MISSING,
    settings.SettingsError: USAGE,
    settings.NoSettingsError: MISSING,
    reports.ReportError: USAGE,
    reports.TemplateError: MISSING,
    RunInterruptedError: INTERRUPTED,
    KeyboardInterrupt: INTERRUPTED,
    NoCallError: USAGE,
    drawing.TargetError: USAGE,
    drawing.RenderError: MISSING,
    labs.KeptError: USAGE,
    labs.UnknownLabError: USAGE,
    labs.NoPlotError: MISSING,
    labs.NoDataError: MISSING,
}


class Verbs(click.Group):
    """A group whose expected errors are one sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; tell what is expected to go wrong without a traceback."""
        ctx.color = color()
        try:
            return super().invoke(ctx)
        except tuple(EXIT_CODES) as error:
            code = next(c for kind, c in EXIT_CODES.items() if isinstance(error, kind))
            return stop(ctx, str(error) or "interrupted", code)


def color() -> bool | None:
    """NO_COLOR and FORCE_COLOR decide; otherwise click asks the terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def say(text: str, *, err: bool = False, nl: bool = True, **style: Any) -> None:
    """Print, the one place that does: what the stream cannot encode is spelled out."""
    stream = sys.stderr if err else sys.stdout
    click.secho(plain(text, stream.encoding), err=err, nl=nl, **style)


def paper(whole: bool = False) -> Paper:
    """What messages are written on: as wide as the terminal, where there is one."""
    columns = shutil.get_terminal_size((WIDEST, 24)).columns
    return Paper.fitting(columns, sys.stdout.encoding, whole)


def stop(ctx: click.Context, message: str, code: int) -> None:
    say(f"minigrad: {printable(message)}", err=True)
    ctx.exit(code)


def root() -> Path:
    return workspace.find_root(Path.cwd())


def bar() -> dict[str, Any]:
    """Progress goes to a terminal or nowhere."""
    return {"file": sys.stderr, "hidden": not sys.stderr.isatty()}


def json_text(value: Any) -> str:
    """JSON in ASCII: a spelling that a stream needs would change what it says."""
    return json.dumps(value, indent=2)


def processors() -> int:
    """How much is done at a time here, unless one is told."""
    return min(os.cpu_count() or 1, 64)


def _address(ctx: click.Context, option: click.Parameter, name: str) -> str:
    try:
        return executors.address_of(name)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, option) from None


executor_option = click.option(
    "--executor",
    "cluster",
    default=executors.LOCAL,
    show_default=True,
    metavar="local|dask:ADDRESS",
    callback=_address,
    help="Where it is done: here, or by the workers of a Dask scheduler.",
)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
seed_option = click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    help="Seed of the random inputs.",
)
