"""Submissions laid out on disk, for the tests that find and read them."""

from __future__ import annotations

import zipfile

CODE = "def f(): pass\n"


def lay(folder, *names, text=CODE):
    """Files of these names below the folder; a name that ends in / is a folder."""
    for name in names:
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder


def packed(path, members, method=zipfile.ZIP_DEFLATED):
    """A zip of these (name, content) pairs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path
