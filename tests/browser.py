"""A page in headless Chromium: what it shows, complains of, asks for, and prints."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tempfile
import threading
import zlib
from contextlib import contextmanager, suppress
from typing import NamedTuple

import pytest

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
in_a_browser = pytest.mark.skipif(not BROWSER, reason="there is no Chromium here")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
    *("--no-first-run", "--disable-background-networking", "--disable-sync"),
    *("--disable-component-update", "--enable-logging=stderr"),
)
# What Chromium asks for by itself, whatever page it shows.
OWN = re.compile(r"^\w+ (https?://)?([\w-]+\.)*(google|googleapis|gvt1)\.com[:/]")


class Seen(NamedTuple):
    """What a browser printed, what it complained of, and whom it wanted to reach."""

    output: str
    complaints: list[str]
    requests: list[str]


def browse(path, *flags):
    """Open a file; what it asks the network for goes to a proxy that answers not."""
    with tempfile.TemporaryDirectory() as folder, proxy() as (address, requests):
        own = f"--user-data-dir={folder}", f"--proxy-server={address}"
        found = subprocess.run(
            [BROWSER, *QUIET, *own, *flags, path.as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
        )
    lines = found.stderr.splitlines()
    complaints = [line for line in lines if "CONSOLE" in line]
    return Seen(found.stdout, complaints, [r for r in requests if not OWN.search(r)])


@contextmanager
def proxy():
    """A listener's address, and the first lines of what was sent to it."""
    requests = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            with suppress(OSError):  # closed: the page is done
                while True:
                    client, _ = listener.accept()
                    with client:
                        sent = client.recv(4096).decode("latin-1")
                        requests.append(sent.partition("\r\n")[0])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", requests
        listener.shutdown(socket.SHUT_RDWR)  # or accept would wait on
        thread.join()


def printed(path):
    """The page as a PDF."""
    pdf = path.with_suffix(".pdf")
    assert browse(path, f"--print-to-pdf={pdf}").complaints == []
    return pdf.read_bytes()


def pages_of(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def first_pixel(png):
    """The color of the upper left corner of a PNG of 8 bits a channel."""
    assert png[25] in (2, 6)  # RGB, perhaps with alpha
    chunks, at = b"", 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            chunks += png[at + 8 : at + 8 + size]
        at += 12 + size
    return tuple(zlib.decompress(chunks)[1:4])  # after the filter's byte
