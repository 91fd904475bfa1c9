"""The student's day: start, list, check, watch, hint, reset."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from minigrad.cli.terminal import (
    FAILED,
    PATH,
    as_json_option,
    bar,
    json_text,
    paper,
    root,
    say,
    seed_option,
)
from minigrad.course import chapters, completing, grading, workspace
from minigrad.course import results as written
from minigrad.course.desk import Desk, read_desk, until_failure
from minigrad.course.keys import pressed
from minigrad.course.message import Paper
from minigrad.course.model import GRADED, PASSED, SubmissionResult, TaskResult
from minigrad.course.overview import overview, told, told_hint
from minigrad.course.signals import ended_when_heeded
from minigrad.course.watching import Voice, Watch


@click.command()
@click.argument("folder", type=PATH)
def start(folder: Path) -> None:
    """Copy the exercises to a new FOLDER of your own."""
    made = workspace.start(folder)
    say(f"{len(made)} chapters are now in {folder}. Begin with:")
    say(f"  cd {folder}")
    say("  minigrad check")


@click.command(name="list")
@as_json_option
@seed_option
def list_tasks(as_json: bool, seed: int) -> None:
    """Show all tasks and which of them are done."""
    parts, desk = grading.course(), read_desk(root(), seed)
    with click.progressbar(
        desk.results(parts), length=len(parts), label="checking", **bar()
    ) as checked:
        tasks = [task for tasks in checked for task in tasks]
    say(_as_json(tasks) if as_json else overview(parts, tasks, paper()))


@click.command()
@click.argument("task", required=False, shell_complete=completing.target_items)
@click.option("-v", "verbose", is_flag=True, help="All there is, and the traceback.")
@as_json_option
@seed_option
@click.pass_context
def check(
    ctx: click.Context, task: str | None, verbose: bool, as_json: bool, seed: int
) -> None:
    """Check TASK (a function or a chapter), or go on to the next one not done."""
    desk = read_desk(root(), seed)
    results = desk.results(grading.course([task] if task else []))
    tasks = [t for ts in results for t in ts] if task else list(until_failure(results))
    say(_as_json(tasks) if as_json else _told(tasks, desk, paper(whole=verbose)))
    done = all(t.status == PASSED for t in tasks)
    if done and not task and not as_json:
        say("Everything is done.")
    ctx.exit(0 if done else FAILED)


@click.command()
@click.argument("task", required=False, shell_complete=completing.target_items)
@seed_option
def watch(task: str | None, seed: int) -> None:
    """Check TASK, or the next one not done, again whenever its file is saved.

    The keys that can be pressed are shown below each result.
    """
    scope = chapters.find(task).tasks if task else ()
    with ended_when_heeded() as ending, pressed(sys.stdin, ending) as keys:
        voice = Voice(say, paper, lambda: time.strftime("%H:%M:%S"))
        Watch(root(), grading.course(), keys, voice, scope, seed).run()


@click.command()
@click.argument("task", shell_complete=completing.task_items)
def hint(task: str) -> None:
    """Show the next hint for TASK, one level deeper each time."""
    target = chapters.find(task)
    one = workspace.one_task(target)
    found = workspace.next_hint(root(), target.chapter, one)
    if found is None:
        raise click.UsageError(f"there is no hint for {one.id}")
    say(told_hint(found, paper()))


@click.command()
@click.argument("task", shell_complete=completing.target_items)
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(task: str, yes: bool) -> None:
    """Put TASK, or a whole chapter, back to its stub; what you had is kept."""
    target, folder = chapters.find(task), root()
    name = target.task.id if target.task else target.chapter.name
    if not yes:
        click.confirm(f"Put {name} back to the stub?", abort=True)
    done = workspace.reset(folder, target)
    kept = f"; what you had is in {done.backup.name}" if done.backup else ""
    say(f"{done.what} is the stub again{kept}")


def _told(tasks: Sequence[TaskResult], desk: Desk, page: Paper) -> str:
    """The results, and a hint for who is stuck, in words."""
    pairs = ((told(task, page), desk.offer(task)) for task in tasks)
    return "\n".join(line for pair in pairs for line in pair if line)


def _as_json(tasks: Sequence[TaskResult]) -> str:
    whole = SubmissionResult("yours", GRADED, tuple(tasks))
    return json_text(written.submission_to_json(whole))
