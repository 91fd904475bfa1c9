"""A headless Chromium, spoken to over two pipes in its own protocol (CDP).

Nothing is installed for it: messages are JSON, ended by a zero byte, on the file
descriptors 3 and 4 that ``--remote-debugging-pipe`` reads and writes.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]
PATIENCE = 60  # seconds for an answer, on a busy machine


class Browser:
    """One page; what it logged, threw or requested is kept in ``events``."""

    def __init__(self, profile, width=1280, height=800):
        get, theirs_out = os.pipe()
        theirs_in, put = os.pipe()
        flags = [
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
        ]
        # A shell moves the pipes to the numbers that Chromium expects.
        move = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self.process = subprocess.Popen(
            ["bash", "-c", move, CHROMIUM, *flags, "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        os.set_blocking(get, False)
        self._get, self._put = get, put
        self._buffer, self._count, self._session = b"", 0, None
        self.events = []
        (page,) = (
            t
            for t in self.call("Target.getTargets")["targetInfos"]
            if t["type"] == "page"
        )
        attach = {"targetId": page["targetId"], "flatten": True}
        self._session = self.call("Target.attachToTarget", **attach)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait()
        os.close(self._get)
        os.close(self._put)

    def call(self, method, **params):
        """Ask and wait for the answer; events that come before it are kept."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _write(self, message):
        while message:
            message = message[os.write(self._put, message) :]

    def _read(self):
        try:
            return os.read(self._get, 1 << 16)
        except BlockingIOError:
            return b""

    def _next(self):
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            self._buffer += self._read()
            assert time.monotonic() < end, "Chromium does not answer"
            time.sleep(0.002)
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def open(self, url):
        """Go to a page and wait until it was loaded."""
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def run(self, script):
        """The value of a JavaScript expression."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, script):
        """Until the expression is true."""
        end = time.monotonic() + PATIENCE
        while not self.run(script):
            assert time.monotonic() < end, script
            time.sleep(0.02)

    def click(self, selector):
        """With the mouse, at the middle of what the selector finds."""
        x, y = self.run(
            f"(() => {{ const e = document.querySelector('{selector}');"
            "e.scrollIntoView({block: 'nearest', behavior: 'instant'});"
            "const b = e.getBoundingClientRect();"
            "return [b.left + b.width / 2, b.top + b.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            at = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
            self.call("Input.dispatchMouseEvent", **at)

    def press(self, key, text=""):
        """A key, as the keyboard would."""
        down = {"type": "keyDown", "key": key} | ({"text": text} if text else {})
        self.call("Input.dispatchKeyEvent", **down)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def media(self, **features):
        """Emulate media features: ``prefers_color_scheme="dark"``."""
        listed = [
            {"name": k.replace("_", "-"), "value": v} for k, v in features.items()
        ]
        self.call("Emulation.setEmulatedMedia", features=listed)

    def screenshot(self, path):
        """The whole page as PNG."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def complaints(self):
        """Errors and warnings of the console, and exceptions nobody caught."""
        kinds = (
            "Runtime.exceptionThrown",
            "Log.entryAdded",
            "Runtime.consoleAPICalled",
        )
        return [e for e in self.events if e.get("method") in kinds]

    def requested(self):
        """Every address that was asked for."""
        asked = (
            e for e in self.events if e.get("method") == "Network.requestWillBeSent"
        )
        return [e["params"]["request"]["url"] for e in asked]
