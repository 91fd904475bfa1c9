"""What a worker can reach: the files it may read, and the command that starts it.

Everything here is decided by the grader, before the worker exists; see `isolation` for
the levels, and `worker.confine` for how one is entered.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.course.isolation import BWRAP, PROCESS, Limits

HERE = Path(__file__).parent
WORKER = HERE / "worker.py"
SITE = Path(np.__file__).parents[1]
INTERPRETER = os.path.realpath(sys.executable)
# What a worker is made of; bubblewrap starts it, so that it has to see its own files.
OURS = ("worker", "nursery", "keeper", "namespaces", "walls", "landlock", "seccomp")
OWN = [f"--unshare-{what}" for what in ("pid", "net", "ipc", "uts")]
OWN += ["--unshare-user"] if os.geteuid() else []  # see `namespaces.leave_root`
PARTS = ("", ".libs")  # of a package: itself, and the libraries that come with it
PACKAGES = ("numpy",)  # all that chapters import, beside the standard library
# Without the user's settings, packages, bytecode files, buffered output, warnings.
FLAGS = ("-I", "-S", "-B", "-u", "-W", "ignore", "-X", "utf8")
# Where the loader finds what Python and NumPy are linked with.
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib64")
LINKS = ("/etc/ld.so.cache", "/etc/alternatives")
DEVICES = ("/dev/null", "/dev/urandom")
# Installed packages lie in folders of the standard library; minigrad is one of them.
INSTALLED = ("site-packages", "dist-packages")


def command(limits: Limits, folder: Path, **ends: int) -> list[str]:
    """The command that starts a worker, or a nursery, whose scratch folder this is.

    ``ends`` are the descriptors by which the grader is reached.
    """
    level = limits.level
    config: dict[str, Any] = {
        "grader": os.getpid(),
        "nursery": 0,
        **ends,
        "level": level,
        "limits": limits.rlimits,
        "inside": {"NPROC": limits.processes},
        "lifetime": limits.lifetime,
        "site": str(SITE),
        "packages": PACKAGES,
        "secret": __file__,
        "then": [],
    }
    if level != PROCESS:
        config |= {"shown": shown(), "hidden": hidden(), "outside": outside()}
    if level == BWRAP:
        config["then"] = [*bubblewrap(folder), *python(config)]
    return python(config)


def python(config: dict[str, Any]) -> list[str]:
    return [INTERPRETER, *FLAGS, str(WORKER), json.dumps(config)]


def bubblewrap(folder: Path) -> list[str]:
    """The command that gives what follows it a file system of its own, and no more."""
    program = shutil.which("bwrap") or "bwrap"
    ours = {str(HERE / f"{name}.py") for name in OURS}
    seen = sorted({*shown(), *hidden(), INTERPRETER, *ours} - {*DEVICES})
    view = ["--proc", "/proc", "--dev", "/dev"]
    for path in parents(*seen, str(folder)):  # else they are root's alone
        view += ["--perms", "0755", "--dir", path]
    for path in seen:
        view += ["--tmpfs", path] if path in hidden() else ["--ro-bind", path, path]
    view += ["--bind", str(folder), str(folder), "--chdir", str(folder)]
    return [program, *OWN, "--die-with-parent", "--new-session", *view, "--"]


def parents(*paths: str) -> list[str]:
    """All folders above these paths but the root, the outer ones first."""
    return sorted({str(p) for path in paths for p in Path(path).parents} - {"/"})


# Files ----------------------------------------------------------------------------


@cache
def shown() -> tuple[str, ...]:
    """The files and folders that can be seen and read; whatever else is not there."""
    linked = [*LIBRARIES, *LINKS, *os.environ.get("LD_LIBRARY_PATH", "").split(":")]
    linked += map(str, Path(sys.base_prefix, "lib").glob("libpython*"))
    packages = [str(SITE / f"{name}{part}") for name in PACKAGES for part in PARTS]
    ours = [str(HERE / f"{name}.py") for name in ("wire", "objects")]
    wanted = {*standard_library(), *packages, *linked, *DEVICES, *ours}
    return tuple(sorted(path for path in wanted if path and os.path.exists(path)))


@cache
def hidden() -> tuple[str, ...]:
    """What lies inside of the shown folders and is none of the student's business."""
    folders = [Path(folder) for folder in (*standard_library(), *LIBRARIES)]
    inside = [
        p
        for f in folders
        for name in INSTALLED
        for p in (f / name, *f.glob(f"python3*/{name}"))
    ]
    return tuple(sorted(str(path) for path in inside if path.is_dir()))


@cache
def outside() -> dict[str, int]:
    """The namespaces of this process, as the kernel numbers them."""
    names = ("user", "pid", "net", "ipc")
    return {name: os.stat(f"/proc/self/ns/{name}").st_ino for name in names}


def standard_library() -> set[str]:
    paths = sysconfig.get_paths()
    return {paths["stdlib"], paths["platstdlib"]}
