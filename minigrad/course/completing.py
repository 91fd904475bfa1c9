"""What a shell may complete: names of chapters and tasks, read and never run."""

from __future__ import annotations

from collections import Counter

import click
from click.shell_completion import CompletionItem

from minigrad.course.chapters import chapter_names, task_ids

Items = list[CompletionItem[str]]


def task_items(ctx: click.Context, param: click.Parameter, begun: str) -> Items:
    """Tasks by their functions, or in full after a ``/``."""
    return _items(_tasks("/" in begun), begun)


def target_items(ctx: click.Context, param: click.Parameter, begun: str) -> Items:
    """Tasks, and whole chapters."""
    return _items((*chapter_names(), *_tasks("/" in begun)), begun)


def drawable_items(ctx: click.Context, param: click.Parameter, begun: str) -> Items:
    """Tasks, and the shell's own file names."""
    return [*task_items(ctx, param, begun), CompletionItem(begun, type="file")]


def _tasks(in_full: bool) -> tuple[str, ...]:
    """Every task, by the function alone where no other chapter has it too."""
    ids = task_ids()
    known = Counter(map(_function, ids))
    short = (_function(id) if known[_function(id)] == 1 else id for id in ids)
    return ids if in_full else tuple(short)


def _function(id: str) -> str:
    return id.partition("/")[2]


def _items(names: tuple[str, ...], begun: str) -> Items:
    return [CompletionItem(name) for name in names if name.startswith(begun)]
