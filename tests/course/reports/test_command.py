"""`minigrad report` as people type it: what it writes, says, and exits with."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from reported import ANN, ATTACK, EVERYONE

from minigrad.cli import main
from minigrad.course.reports import FORMATS
from minigrad.course.results import dumps, to_json

TEMPLATE = (
    "Student,ID,SIS Login ID,Section,HW (5)\r\n    Points Possible,,,,4\r\n"
    '"Doe, Ann",1,ann,A,\r\n"Roe, Zoe",2,zoe,A,\r\n'
)
WORKSHEET = "Identifier,Full name,Grade,Maximum Grade\nParticipant 1,ann,,4\n"


DOCUMENT = Path(__file__).parents[3] / "docs" / "reports.md"


def report(results, tmp_path, *args):
    """The verb on these results: (exit code, standard output, standard error)."""
    (tmp_path / "results.json").write_bytes(dumps(to_json(results)))
    words = ["report", tmp_path, *args]
    found = CliRunner().invoke(main, list(map(str, words)))
    assert found.exception is None or isinstance(found.exception, SystemExit)
    return found.exit_code, found.stdout_bytes, found.stderr


def template(tmp_path, text=TEMPLATE):
    path = tmp_path / "grades.csv"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_can_be_asked_for(tmp_path, format):
    """To standard output and to a file: the same bytes."""
    text = WORKSHEET if format.startswith("moodle") else TEMPLATE
    format = format.replace("TEMPLATE", str(template(tmp_path, text)))
    out = tmp_path / "out.txt"
    code, said, _ = report(ANN, tmp_path, "--format", format, "--submission", "ann")
    again, _, _ = report(
        ANN, tmp_path, "--format", format, "--submission", "ann", "-o", out
    )
    assert (code, again) == (0, 0)
    assert out.read_bytes() == said


def test_several_files_go_to_a_folder(tmp_path):
    """One a submission; what is left out is named, and the exit code is 1."""
    out = tmp_path / "to" / "gradescope"
    code, said, err = report(
        EVERYONE, tmp_path, "--format", "gradescope", "-o", out.parent / "gradescope"
    )
    assert (code, said.decode()) == (1, f"wrote {out}\n")
    assert err == "minigrad: no file for dan: look at the results first\n"
    assert json.loads((out / "ann" / "results.json").read_text())["score"] == 1.0


@pytest.mark.parametrize("to", [[], ["-o", "results.json"]])
def test_several_files_are_not_one(tmp_path, to):
    """Neither on standard output nor in what is named like a file."""
    code, said, err = report(EVERYONE, tmp_path, "--format", "gradescope", *to)
    assert (code, said) == (2, b"")
    assert "there are 2 files; name a folder with -o, or one --submission" in err


def test_a_filled_template_tells_what_was_not_filled(tmp_path):
    """On standard error, so that standard output is the file."""
    format = f"canvas:{template(tmp_path)}"
    code, said, err = report(EVERYONE, tmp_path, "--format", format)
    assert code == 1
    assert said == TEMPLATE.replace("ann,A,", "ann,A,1").encode()
    assert err.splitlines() == [
        "minigrad: no submission, left as they are: Roe, Zoe",
        "minigrad: no row for bob, dan",
    ]


@pytest.mark.parametrize(
    ("args", "expected", "says"),
    [
        (["--format", "pdf"], 2, "no format 'pdf'; there are csv, html"),
        (["--format", "canvas"], 2, "no format 'canvas'; there are"),
        (["--format", "canvas:"], 2, "no format 'canvas:'; there are"),
        (["--format", "csv:x"], 2, "no format 'csv:x'; there are"),
        (["--format", "canvas:none.csv"], 3, "none.csv cannot be read"),
        (["--format", "csv", "--scale"], 2, "are for canvas and moodle"),
        (["--format", "csv", "--submission", "eve"], 2, "no submission 'eve'"),
        (["--format", "github"], 2, "name it with --submission ID"),
    ],
)
def test_what_cannot_be_made_is_a_sentence(tmp_path, args, expected, says):
    """With the exit code for usage, or for what is missing."""
    code, said, err = report(EVERYONE, tmp_path, *args)
    assert (code, says in err, said) == (expected, True, b"")
    assert err.startswith("minigrad: ")


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    """What stood there stays when the report cannot be made."""
    out = tmp_path / "out.csv"
    out.write_text("mine")
    args = ("--format", f"canvas:{template(tmp_path)}", "--column", "x", "-o", out)
    assert report(EVERYONE, tmp_path, *args)[0] == 2
    assert out.read_text() == "mine"
    assert not list(tmp_path.glob(".*"))


def test_a_pipe_in_an_old_encoding_gets_the_same_bytes(tmp_path):
    """No letter is spelled differently for it, and no line end is changed."""
    (tmp_path / "results.json").write_bytes(dumps(to_json(ATTACK)))
    command = [sys.executable, "-m", "minigrad", "report", tmp_path, "--format"]
    env = {"PYTHONIOENCODING": "ascii", "PATH": ""}
    for format in ("csv", "junit"):
        code, said, _ = report(ATTACK, tmp_path, "--format", format)
        piped = subprocess.run([*command, format], capture_output=True, env=env)
        assert (code, piped.returncode, piped.stdout) == (0, 0, said)
    ElementTree.fromstring(said)


def test_the_document_names_every_format_and_no_other():
    """Its table is the registry; its commands have verbs and options that there are."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert re.findall(r"(?m)^\| `([\w:-]+)` \|", text) == list(FORMATS)
    commands = re.findall(
        r"(?m)^[ \d.`]*(minigrad (?:report|autograder) [^`\n>]*)", text
    )
    assert len(commands) > 8
    for command in commands:
        _, verb, *words = shlex.split(command.replace("[", "").replace("]", ""))
        with main.commands[verb].make_context(verb, words) as context:
            format = context.params.get("format", "csv")
        name = re.sub(":.*", ":TEMPLATE", format)
        assert name in (*FORMATS, "FORMAT"), command
