"""Labs: claims of the course, measured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click

from minigrad import executors, labs
from minigrad.cli.terminal import (
    FAILED,
    PATH,
    as_json_option,
    bar,
    executor_option,
    json_text,
    processors,
    say,
    seed_option,
)
from minigrad.course.journal import replace_file
from minigrad.course.signals import ended_like_ctrl_c
from minigrad.labs import figure, report

NAMED = "minigrad.lab"  # which lab a line is about
ENDINGS = (*figure.FORMATS, ".csv", ".json", ".txt")


def _checked(ctx: click.Context, option: click.Parameter, path: Path | None) -> Any:
    """An ending that nothing can be written in is refused before the work is done."""
    if path and path.suffix.lower() not in ENDINGS:
        raise click.BadParameter(f"{path} should end in one of {' '.join(ENDINGS)}")
    if path and not path.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {path.parent} to write into")
    return path


class LabCommand(click.Command):
    """`lab NAME` takes the options of the lab of this name, too, and its help has them.

    They depend on an argument, so they are looked up while a line is parsed.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[NAMED] = next((word for word in args if word in labs.NAMES), None)
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        named = ctx.meta.get(NAMED)
        own = labs.find(named).options if named else ()
        made = [
            click.Option([f"--{option.name}"], metavar=option.metavar, help=option.help)
            for option in own
        ]
        return [*super().get_params(ctx), *made]


@click.command(cls=LabCommand)
@click.argument("name", required=False)
@click.option(
    "-o",
    "--output",
    type=PATH,
    callback=_checked,
    help="Write the figure (png svg pdf), the table (csv) or all of it (json txt).",
)
@as_json_option
@seed_option
@click.option("--quick", is_flag=True, help="A smaller sweep, in seconds.")
@click.option(
    "--jobs",
    show_default="processors",
    type=click.IntRange(1, 64),
    help="Measurements at a time; the result is the same with any number.",
)
@executor_option
@click.option(
    "--resume",
    type=PATH,
    metavar="FILE",
    help="Keep measurements in FILE as they end; those that it has are not repeated.",
)
@click.pass_context
def lab(
    ctx: click.Context,
    /,
    name: str | None,
    output: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Measure a claim of the course: a sweep, a fit, a plot, and a verdict.

    Without NAME it lists the labs; `lab NAME --help` shows what that lab alone can be
    told. Exits with 1 unless every verdict is that theory and measurement agree.
    """
    if name is None:
        say(_listing(as_json))
        return
    _require_apart(output, options["resume"])
    found = _run(labs.find(name), **options)
    say(json_text(report.to_json(found)) if as_json else report.to_text(found))
    if output:
        _write(found, output)
        say(f"wrote {output}", err=as_json)
    ctx.exit(0 if found.agrees else FAILED)


def _require_apart(output: Path | None, resume: Path | None) -> None:
    """What was measured is not written over with what was concluded from it."""
    if output and resume and os.path.realpath(output) == os.path.realpath(resume):
        raise click.UsageError(f"-o and --resume both name {output}; name two files")


def _listing(as_json: bool) -> str:
    known = labs.all_labs()
    if not as_json:
        return report.listing(known)
    keys = ("name", "chapter", "summary")
    return json_text([{key: getattr(lab, key) for key in keys} for lab in known])


def _run(
    lab: labs.Lab,
    *,
    seed: int,
    quick: bool,
    cluster: str,
    jobs: int | None,
    resume: Path | None,
    **own: str | None,
) -> labs.Result:
    kept = labs.Kept(resume, lab.name) if resume else nullcontext()
    size = lab.size(quick, **own)
    shown = click.progressbar(length=size, label=lab.name, **bar())
    with kept as rows, ended_like_ctrl_c(), _crew(cluster, jobs) as crew, shown:
        executor, progress, at_once = crew.executor, shown.update, crew.size
        return labs.run(lab, seed, quick, executor, progress, at_once, rows, **own)


@contextmanager
def _crew(address: str, jobs: int | None) -> Iterator[executors.Crew]:
    """Who measures, and how much at a time: as much as there is room for."""
    if address:
        with executors.cluster(address) as crew:
            yield crew._replace(size=jobs or crew.size)
        return
    size = jobs or processors()
    with executors.processes(size) as executor:
        yield executors.Crew(executor, size)


def _write(found: labs.Result, output: Path) -> None:
    ending = output.suffix.lower()
    if ending in figure.FORMATS:
        return replace_file(output, figure.image(found, ending))
    if ending == ".csv":
        text = report.to_csv(found)
    elif ending == ".json":
        text = json_text(report.to_json(found)) + "\n"
    else:
        text = report.to_text(found) + "\n"
    return replace_file(output, text.encode())
