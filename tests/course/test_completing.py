"""A shell completes verbs, chapters and tasks, and no check runs for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from minigrad.cli import main
from minigrad.course import chapters


def completed(words, **how):
    """What bash is offered for the last of these words."""
    env = {
        **os.environ,
        "_MINIGRAD_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    command = [sys.executable, "-m", "minigrad"]
    found = subprocess.run(command, env=env, capture_output=True, text=True, **how)
    return found.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("minigrad wat", ["watch"]),
        ("minigrad check backp", ["backprop_states", "backprop_weights"]),
        ("minigrad watch 02", ["02_delta_recursion"]),
        ("minigrad hint 01_backprop/s", ["01_backprop/suffix_loss"]),
        ("minigrad hint 01", []),
        ("minigrad reset resb", ["resblock_backward"]),
        ("minigrad grade --only bn_b", ["bn_backward"]),
        ("minigrad completion f", ["fish"]),
    ],
)
def test_a_shell_completes_names(words, offered, tmp_path):
    """Verbs, chapters and tasks, in any folder."""
    found = completed(words, cwd=tmp_path)
    assert found == [f"plain,{name}" for name in offered]


def test_a_drawing_completes_to_files_as_well():
    """A task of one's own, or whatever the shell finds."""
    assert completed("minigrad graph su") == ["plain,suffix_loss", "file,su"]


def test_completion_knows_every_task_and_runs_none(tmp_path, monkeypatch):
    """The names are read from files that are not imported."""
    real = [task.id for chapter in chapters.all_chapters() for task in chapter.tasks]
    assert list(chapters.task_ids()) == real
    (tmp_path / "01_bomb").mkdir()
    (tmp_path / "01_bomb" / "test_bomb.py").write_text(
        'import matplotlib\n1 / 0\n@task("fuse", points=2)\n@task(\n    "wire"\n)\n'
    )
    assert chapters.task_ids(tmp_path) == ("01_bomb/fuse", "01_bomb/wire")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_each_shell_is_printed(shell):
    """It asks minigrad itself, by click's protocol."""
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert f"_MINIGRAD_COMPLETE={shell}_complete" in result.output


# The script is sourced, and asked as the shell would when the key is pressed.
ASKED = {
    "bash": (
        "bash --norc -c",
        "source <(minigrad completion bash); complete -p minigrad; "
        "COMP_WORDS=(minigrad check backp); COMP_CWORD=2; "
        "_minigrad_completion minigrad backp check; printf '%s\\n' ${COMPREPLY[@]}",
    ),
    "zsh": (
        "zsh -f -c",
        "autoload -Uz compinit; compinit -D -u; source <(minigrad completion zsh); "
        "compadd() { print -l $completions }; print $_comps[minigrad]; "
        "words=(minigrad check backp); CURRENT=3; _minigrad_completion",
    ),
    "fish": (
        "fish --no-config -c",
        "minigrad completion fish | source; complete minigrad; "
        "complete --do-complete 'minigrad check backp'",
    ),
}


@pytest.mark.parametrize("shell", ASKED)
def test_a_real_shell_completes(shell, tmp_path):
    """It calls the function of the script for minigrad, and offers what that finds."""
    if not shutil.which(shell):
        pytest.skip(f"needs {shell}")
    (tmp_path / "minigrad").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m minigrad "$@"\n'
    )
    (tmp_path / "minigrad").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    command, script = ASKED[shell]
    found = subprocess.run(
        [*command.split(), script],
        env={**os.environ, "PATH": path, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    registered, *offered = found.stdout.splitlines()
    assert "_minigrad_completion" in registered
    assert offered == ["backprop_states", "backprop_weights"], found
