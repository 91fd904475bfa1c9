"""The command line: plain verbs over the package, and the only folder that prints.

Exit codes: 0 everything passed (``grade``: every submission was graded, whatever its
score), 1 some check failed (``grade``: a submission needs the instructor), 2 usage,
3 something is missing here, 130 interrupted.
"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from minigrad.cli.instructor import (
    grade,
    similar,
    verify,
    write_autograder,
    write_report,
)
from minigrad.cli.labs import lab
from minigrad.cli.pictures import graph
from minigrad.cli.student import check, hint, list_tasks, reset, start, watch
from minigrad.cli.terminal import USAGE, Verbs, root, say
from minigrad.course import workspace


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
        root()
    except workspace.WorkspaceError:
        say(f"{ctx.get_help()}\n\nBegin with: minigrad start my-course")
        ctx.exit(USAGE)
    ctx.invoke(check)


for verb in (
    *(start, list_tasks, check, watch, hint, reset),
    *(grade, write_report, similar, write_autograder, verify),
    graph,
    lab,
):
    main.add_command(verb)


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
    say(kind(main, {}, "minigrad", "_MINIGRAD_COMPLETE").source())
