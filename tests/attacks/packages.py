"""Submissions that attack whoever reads them: odd files, archives, names, sources.

Each function lays one out at ``path``.  What it hands in as ``backprop.py`` is the
worked solution, or would be, so that whatever is wrongly read shows in the score.
"""

from __future__ import annotations

import os
import socket
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

from attacks.catalogue import ROOT, Attack

SOLUTION = ROOT / "solutions" / "01_backprop" / "backprop.py"
RIGHT = SOLUTION.read_text(encoding="utf-8")
WRONG = "def suffix_loss(*args):\n    return 0.0\n"

ODD: list[Attack] = []
Build = Callable[[Path, Path], None]


def attack(
    name: str, status: str = "missing", says: str = "", other: str = ""
) -> Callable[[Build], Build]:
    """Enter a function in the list; most are told that there is no such file."""

    def enter(build: Build) -> Build:
        ODD.append(Attack(name, build, status, other, says))
        return build

    return enter


def folder(path: Path, **files: str) -> Path:
    path.mkdir()
    for name, text in files.items():
        (path / f"{name}.py").write_text(text, encoding="utf-8")
    return path


def archive(path: Path, *members: tuple[str | zipfile.ZipInfo, str | bytes]) -> None:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)


# Archives -------------------------------------------------------------------------


@attack("zip that climbs out", says="leads out of the submission")
def _(path: Path, place: Path) -> None:
    """Members named ``../``, which some unpack into the folder above."""
    climbing = "../" * 12 + str(place / "outside")[1:] + "/backprop.py"
    archive(path, (climbing, RIGHT), ("../backprop.py", RIGHT))


@attack("zip with absolute names", says="leads out of the submission")
def _(path: Path, place: Path) -> None:
    """A member that names its place on the disk."""
    archive(path, (f"{place}/outside/backprop.py", RIGHT), ("C:\\backprop.py", RIGHT))


@attack("zip with a link", says="it is a link")
def _(path: Path, place: Path) -> None:
    """A member that is a symbolic link to the worked solution."""
    link = zipfile.ZipInfo("backprop.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive(path, (link, str(SOLUTION)))


@attack("zip with a link to a folder", says="it is a link")
def _(path: Path, place: Path) -> None:
    """A linked folder, and a member that would be written through it."""
    link = zipfile.ZipInfo("out.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive(path, (link, str(place / "outside")), ("out.py/backprop.py", RIGHT))


@attack("zip bomb", says="larger than 1 MiB")
def _(path: Path, place: Path) -> None:
    """A gigabyte of spaces would be sixteen times this."""
    archive(path, ("backprop.py", RIGHT.encode() + b" " * (64 << 20)))


@attack("zip bomb in a zip", says="larger than 1 MiB")
def _(path: Path, place: Path) -> None:
    """What is read of the inner one has limits as well."""
    inner = path.with_suffix(".zip")
    archive(path, ("backprop.py", RIGHT.encode() + b" " * (16 << 20)))
    archive(path, ("homework.zip", inner.read_bytes()))


@attack("zip in a zip in a zip", says="no Python file")
def _(path: Path, place: Path) -> None:
    """It could go on for ever: there are zips that contain themselves."""
    archive(path, ("backprop.py", RIGHT))
    for _ in range(3):
        archive(path, ("homework.zip", path.with_suffix(".zip").read_bytes()))


@attack("zip of a hundred bombs", says="exceed 8 MiB")
def _(path: Path, place: Path) -> None:
    """Each member within the limit, all of them together beyond it."""
    comment = b"#" * ((1 << 20) - 1)
    archive(path, *[(f"{n:03}.py", comment) for n in range(100)])


@attack("zip of thousands", "missing", "more than 200 Python files")
def _(path: Path, place: Path) -> None:
    """Twenty thousand members, the wanted one the last of them."""
    archive(
        path, *[(f"{n:05}.py", b"") for n in range(20_000)], ("z/backprop.py", RIGHT)
    )


@attack("encrypted zip", says="it is encrypted")
def _(path: Path, place: Path) -> None:
    """Only its author can read it."""
    archive(path, ("backprop.py", RIGHT))
    file = path.with_suffix(".zip")
    data = bytearray(file.read_bytes())
    data[6] |= 1  # the flag in the member's header, and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(data)


@attack("zip with a false size", says="broken zip")
def _(path: Path, place: Path) -> None:
    """The directory says that the member has three bytes."""
    archive(path, ("backprop.py", RIGHT))
    file = path.with_suffix(".zip")
    data = bytearray(file.read_bytes())
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = b"\x03\x00\x00\x00"
    file.write_bytes(data)


@attack("zip that is none", says="broken zip")
def _(path: Path, place: Path) -> None:
    """A folder's worth of nothing under a zip's name."""
    path.with_suffix(".zip").write_bytes(b"PK\x03\x04" + bytes(1000))


@attack("zip in a rare compression", says="neither store nor deflate")
def _(path: Path, place: Path) -> None:
    """These unpack as much as they like at once."""
    with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_LZMA) as made:
        made.writestr("backprop.py", RIGHT)


@attack("zip with names to be shown", says="its name is not plain text")
def _(path: Path, place: Path) -> None:
    """Terminal escapes, and letters that turn the reading order round."""
    archive(path, ("\x1b[2J\u202ebackprop.py", RIGHT))


# Files that are none --------------------------------------------------------------


@attack("link to the solution", says="no regular file")
def _(path: Path, place: Path) -> None:
    """Whoever follows it grades the solution."""
    (folder(path) / "backprop.py").symlink_to(SOLUTION)


@attack("link to a folder", says="no Python file")
def _(path: Path, place: Path) -> None:
    """The chapter's folder is the instructor's own."""
    (folder(path) / "01_backprop").symlink_to(SOLUTION.parent)


@attack("link in a circle", says="no Python file")
def _(path: Path, place: Path) -> None:
    """A folder that contains itself, and a link to itself."""
    (folder(path) / "01_backprop").symlink_to(path)
    (path / "backprop").symlink_to("backprop")


@attack("link for a whole submission", says="is a link")
def _(path: Path, place: Path) -> None:
    """The neighbor's folder, under a name of one's own."""
    path.symlink_to(path.parent / "honest-1")


@attack("pipe", says="no regular file")
def _(path: Path, place: Path) -> None:
    """Whoever opens it waits for a writer."""
    os.mkfifo(folder(path) / "backprop.py")


@attack("socket", says="no regular file")
def _(path: Path, place: Path) -> None:
    """A file that cannot be opened at all."""
    folder(path)
    here = os.getcwd()
    os.chdir(path)  # a socket's path has at most a hundred bytes
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("backprop.py")
    finally:
        os.chdir(here)


@attack("device", says="no regular file")
def _(path: Path, place: Path) -> None:
    """Zeros without end."""
    (folder(path) / "backprop.py").symlink_to("/dev/zero")


@attack("sparse file", says="larger than 1 MiB")
def _(path: Path, place: Path) -> None:
    """A terabyte that takes no room on the disk."""
    with open(folder(path) / "backprop.py", "wb") as file:
        file.write(RIGHT.encode())
        file.truncate(1 << 40)


@attack("folder with a file's name", says="a folder has the name")
def _(path: Path, place: Path) -> None:
    """What is looked for as a module is a folder, with a module in it."""
    folder(folder(path) / "backprop.py", backprop=RIGHT)


@attack("endless path", says="no Python file")
def _(path: Path, place: Path) -> None:
    """Folders in folders, with names so long that no path can name the last."""
    here, name = os.open(folder(path), os.O_RDONLY), "d" * 250
    for _ in range(20):
        os.mkdir(name, dir_fd=here)
        here, above = os.open(name, os.O_RDONLY, dir_fd=here), here
        os.close(above)
    made = os.open("backprop.py", os.O_CREAT | os.O_WRONLY, dir_fd=here)
    os.write(made, RIGHT.encode())
    os.close(made)
    os.close(here)


@attack("name that is no text", says="its name is not plain text")
def _(path: Path, place: Path) -> None:
    """Bytes that are no UTF-8, and an escape that clears the screen."""
    Path(os.fsdecode(bytes(folder(path)) + b"/\xff\x1b[2J_backprop.py")).write_text(
        RIGHT
    )


@attack("compiled", says="no Python file")
def _(path: Path, place: Path) -> None:
    """Bytecode and a library: what nobody can read is not run."""
    folder(path)
    for name in ("backprop.pyc", "backprop.so", "backprop.abi3.so"):
        (path / name).write_bytes(b"\x7fELF")


# Names that reports would obey ------------------------------------------------------


@attack("=cmd|'calc'!A1", "failed")
def _(path: Path, place: Path) -> None:
    """A formula, for whoever opens the table of results."""
    folder(path, backprop=WRONG)


@attack("<script>alert(1)<&amp;", "failed")
def _(path: Path, place: Path) -> None:
    """Markup, for whoever opens the page of results."""
    folder(path, backprop=WRONG)


@attack("\x1b]0;mallory\x07\u202e", "failed")
def _(path: Path, place: Path) -> None:
    """Escapes, for whoever reads the table in a terminal."""
    folder(path, backprop=WRONG)


# Sources --------------------------------------------------------------------------


@attack("parentheses without end", "syntax-error", other="memory")
def _(path: Path, place: Path) -> None:
    """So deep that the parser gives up."""
    folder(path, backprop=WRONG + "(" * 100_000)


@attack("minus signs without end", "import-error", other="memory")
def _(path: Path, place: Path) -> None:
    """So deep that the compiler's stack overflows."""
    folder(path, backprop=WRONG + "x = " + "-" * 400_000 + "1\n")


@attack("attributes without end", "import-error", other="failed")
def _(path: Path, place: Path) -> None:
    """A chain of a hundred thousand dots."""
    folder(path, backprop=WRONG + "if 0:\n    x" + ".x" * 100_000 + "\n")


@attack("null bytes", "syntax-error")
def _(path: Path, place: Path) -> None:
    """Source that ends in the middle for C, and not for Python."""
    folder(path, backprop=RIGHT + "\0" + WRONG)


@attack("a codec of its own", "syntax-error")
def _(path: Path, place: Path) -> None:
    """The first line asks for a codec, which is a module in the submission."""
    folder(
        path, backprop="# coding: mallory\n" + RIGHT, mallory="raise SystemExit(0)\n"
    )


@attack("an integer in the source", "syntax-error")
def _(path: Path, place: Path) -> None:
    """Ten thousand digits, read in quadratic time."""
    folder(path, backprop=WRONG + "x = " + "9" * 10_000 + "\n")


@attack("a megabyte of decorators", "timeout")
def _(path: Path, place: Path) -> None:
    """A source at the limit, each line of it a level of nesting."""
    folder(path, backprop="while True: pass\n" + "@f\n" * 300_000 + WRONG)
