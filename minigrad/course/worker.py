"""The other side: a process that runs one student's module and answers in plain values.

It is started by its path, ``python -I -S -B worker.py CONFIG``, or forked by a
`nursery` that was, and imports the standard library, NumPy, and a few files beside it,
by their paths.  Nothing of minigrad can be imported: no chapter needs it, and the
checks lie there.  A request is one of

    load  file, module,   run the student's file, which cannot
          without         import these packages                 -> loaded
    call  name, args      call one of its functions             -> value or missing
    use   kind, name,     an operator, a method, an attribute   -> value
          args, times     of an object that is held here
    free                  let go of all of them                 -> freed

An object among the values stays here, under the number that the request gives it
(``keep``), and the answer is its type's name; ``held`` says where the arguments of a
request are such objects.  Each may come to ``raised``.  A function among the arguments
is a stub here: calling it sends ``callback`` and waits for what the grader's own
function returns.  A random generator is a copy of the grader's own.  Every answer
repeats the nonce of its request.

Whatever runs here is the student's to change.  The defense is that the grader believes
nothing from here but plain values, and what was given up for good (`confine`) before
the student's file is loaded.
"""

from __future__ import annotations

import importlib.util
import json
import linecache
import os
import random
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

Message = dict[str, Any]
# What an exception is, beyond its own name: the first of these that it is one of.
FAMILIES = (NotImplementedError, SystemExit, MemoryError, SyntaxError)
SEED = 0  # who draws numbers without one gets the same ones in every run
PARTS = ("wire", "objects", "keeper", "namespaces", "walls", "landlock", "seccomp")
FRAMES = 12  # of a traceback, the deepest ones: a recursion has a thousand


def main() -> None:
    config = json.loads(sys.argv[1])
    if config["then"]:  # bubblewrap, and in it this file once more
        beside("namespaces").leave_root()
        beside("nursery").sweep_after(config["then"])
    importer = Importer(config["site"], config["packages"])
    sys.meta_path[:0] = [importer, beside("showing").Finder()]
    if config["level"] == "landlock":  # else bubblewrap has done it
        beside("namespaces").unplug()
    if config["nursery"]:
        config |= born(config["nursery"])
    pipes = (config["requests"], config["replies"])
    limit(config["limits"], config["lifetime"])
    if config["level"] != "process":
        beside("namespaces").leave()
    depend(config["grader"], config["lifetime"], pipes)
    if config["level"] != "process":
        confine(config)
    serve(pipes)


def born(control: int) -> Message:
    """Become a nursery, which has loaded everything; return in each of its children."""
    for name in PARTS:
        beside(name)
    requests, replies = beside("nursery").next_child(control)
    return {"requests": requests, "replies": replies, "grader": os.getppid()}


def limit(limits: dict[str, int], lifetime: int) -> None:
    """Have the kernel keep this process, and what it starts, within limits."""
    for name, value in limits.items():
        which = getattr(resource, f"RLIMIT_{name}", None)
        if which is not None:
            with suppress(ValueError, OSError):  # already lower, or not on this system
                resource.setrlimit(which, (value, value))
    signal.alarm(lifetime)  # whatever else fails, it does not stay for ever


def depend(grader: int, lifetime: int, pipes: tuple[int, int]) -> None:
    """See to it that this process, and what it starts, does not outlive the grader."""
    if sys.platform == "linux":
        beside("keeper").stay_behind(grader, lifetime, (*pipes, 1, 2))
        return
    with suppress(RuntimeError):  # no thread to be had: there is still the alarm
        threading.Thread(target=follow, args=(grader,), daemon=True).start()


def follow(grader: int) -> None:
    """When the grader was killed and could not end this process, end it and its own."""
    while os.getppid() == grader:
        time.sleep(0.5)
    os.killpg(0, signal.SIGKILL)


def confine(config: Message) -> None:
    """Give up what no exercise needs, for good, and see that it is gone.

    There is one thread: others would keep what they have.  Whatever fails in here ends
    the process: there is no level between two levels.
    """
    folder = Path.cwd().parent
    names = ("namespaces", "landlock", "walls", "seccomp")
    namespaces, landlock, walls, seccomp = map(beside, names)
    walls.apart(config["outside"])
    namespaces.settle(folder, config["shown"], config["hidden"])
    namespaces.become_nobody()
    namespaces.drop()
    landlock.restrict(config["shown"], [str(folder), os.devnull])
    limit(config["inside"], config["lifetime"])
    walls.prove(folder, config["secret"])
    seccomp.deny()  # last: the proof needs sockets


def serve(pipes: tuple[int, int]) -> None:
    wire = beside("wire")
    random.seed(SEED)
    wire.np.random.seed(SEED)
    Server(wire, *pipes).serve()


class Importer:
    """Finds the packages that chapters need where the grader has them, and no others.

    Beside NumPy there lie minigrad, with its checks, and whatever else is installed.
    """

    def __init__(self, site: str, packages: list[str]) -> None:
        self.site = site
        self.packages = packages

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if path is None and name in self.packages:
            return PathFinder.find_spec(name, [self.site])
        return None


class Refuser:
    """Refuses packages that a chapter is to be solved without, and says why.

    Who catches the refusal hears of it again: such a chapter is not solved by trying.
    """

    def __init__(self, reasons: dict[str, str]) -> None:
        self.reasons = reasons
        self.refusal: ImportError | None = None

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        reason = self.reasons.get(name.partition(".")[0])
        if reason:
            self.refusal = ImportError(reason)
            raise self.refusal

    def insist(self) -> None:
        if self.refusal is not None:
            raise self.refusal


def beside(name: str) -> ModuleType:
    """The module in the file of this name beside this one."""
    loaded = f"_minigrad_{name}"
    path = Path(__file__).with_name(f"{name}.py")
    return sys.modules.get(loaded) or run(path, loaded)


def run(path: Path, name: str) -> ModuleType:
    """Execute the file at ``path`` as the module ``name``."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Server:
    """Reads requests and answers them, until the grader closes the pipe."""

    def __init__(self, wire: Any, requests: int, replies: int) -> None:
        self.wire = wire
        self.requests = requests
        self.replies = replies
        self.folder = Path.cwd()
        self.module = ModuleType("nothing_loaded")
        self.nonce = ""
        self.turn = 0
        self.lock = threading.Lock()
        self.objects = beside("objects")
        self.held = self.objects.Objects()
        self.refuser = Refuser({})

    def serve(self) -> None:
        self.write(self.wire.encode({"kind": "ready"}))
        while True:
            self.turn += 1
            makers = {"callable": self.stub, "generator": self.wire.generator}
            request = self.wire.read(self.receive, makers)
            self.nonce = request["nonce"]
            self.write(self.answer(request))

    def answer(self, request: Message) -> bytes:
        """The frame that says what came of a request."""
        try:
            reply = self.respond(request)
            self.refuser.insist()
        except BaseException as error:  # the student's, even a KeyboardInterrupt
            reply = self.account(error)
        try:
            return self.frame(reply, opaque=True)
        except self.wire.Refused as why:  # too large or too deep, even as names
            return self.frame({"kind": "refused", "what": str(why)})

    def respond(self, request: Message) -> Message:
        if "file" in request:
            return self.load(request)
        if "free" in request:
            self.held.clear()
            return {"kind": "freed"}
        return self.use(request) if "use" in request else self.call(request)

    def load(self, request: Message) -> Message:
        self.refuser = Refuser(request.get("without", {}))
        sys.meta_path.insert(0, self.refuser)
        path = self.folder / request["file"]
        if b"\0" in path.read_bytes():  # else each Python has an error of its own
            raise SyntaxError("source code string cannot contain null bytes")
        # Last: a student's `random.py` shall not take the standard library's place.
        sys.path += dict.fromkeys([str(path.parent), str(self.folder)])
        sys.argv = [str(path)]
        self.module = run(path, request["module"])
        return {"kind": "loaded"}

    def call(self, request: Message) -> Message:
        function = vars(self.module).get(request["name"])
        if not callable(function):
            return {"kind": "missing"}
        args = self.held.filled(request["args"], request.get("held", []))
        before = [self.image(arg) for arg in args]
        value = function(*args)
        pairs = enumerate(zip(args, before, strict=True))
        changed = [[i, arg] for i, (arg, was) in pairs if self.image(arg) != was]
        return {**self.outcome(value, request), "changed": changed}

    def use(self, request: Message) -> Message:
        args = self.held.filled(request["args"], request["held"])
        how = request["use"], request["name"], args, request["times"]
        return {**self.outcome(self.held.use(*how), request), "changed": []}

    def outcome(self, value: Any, request: Message) -> Message:
        if value is self.objects.METHOD:
            return {"kind": "method"}
        if "keep" in request and self.objects.is_object(value):
            return {"kind": "object", "type": self.held.keep(request["keep"], value)}
        return {"kind": "value", "value": value}

    def image(self, arg: Any) -> bytes:
        """An argument bit for bit, to see whether the call changed it."""
        return bytes(self.wire.encode(arg, opaque=True))

    # Exceptions -------------------------------------------------------------------

    def account(self, error: BaseException) -> Message:
        """What was raised, and at which of the student's lines."""
        family = next((f for f in FAMILIES if isinstance(error, f)), Exception)
        return {
            "kind": "raised",
            "family": family.__name__,
            "type": type(error).__name__,
            "message": words(error).replace(f"{self.folder}{os.sep}", "")[:200],
            "place": self.place(error),
            "trace": self.trace(error)[-4000:],
        }

    def place(self, error: BaseException) -> str:
        """The deepest line of the student's: ``backprop.py line 12: `return f(x)```."""
        if isinstance(error, SyntaxError) and error.filename and error.lineno:
            return located(error.filename, error.lineno, error.text or "")
        own = [
            (frame.f_code.co_filename, line)
            for frame, line in traceback.walk_tb(error.__traceback__)
            if frame.f_code.co_filename.startswith(str(self.folder))
        ]
        return located(*own[-1], linecache.getline(*own[-1])) if own else ""

    def trace(self, error: BaseException) -> str:
        """The traceback from the student's first frame on, without any of ours.

        It crosses as text, as ``place`` does: to get it, `minigrad check -v` need not
        run once more, in the grader's process, what may loop or exit there.
        """
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame.filename.startswith(str(self.folder)) for frame in frames]
        if not any(own):
            return ""
        ours = Path(__file__).parent  # a call of rho goes through here
        since = frames[own.index(True) :]
        theirs = [frame for frame in since if Path(frame.filename).parent != ours]
        lines = traceback.StackSummary.from_list(theirs[-FRAMES:]).format()
        text = f"{''.join(lines)}{type(error).__name__}: {words(error)}"
        return text.replace(f"{self.folder}{os.sep}", "")

    # Functions of the grader ------------------------------------------------------

    def stub(self, place: int, name: str) -> Callable[..., Any]:
        """A function that asks the grader, as long as the call it came with runs."""
        turn = self.turn

        def callback(*args: Any, **kwargs: Any) -> Any:
            if turn != self.turn:
                raise RuntimeError(f"{name} was called after its function had returned")
            body = {"place": place, "args": list(args), "kwargs": kwargs}
            return self.ask(name, {"kind": "callback", **body})

        callback.__name__ = callback.__qualname__ = name
        return callback

    def ask(self, name: str, question: Message) -> Any:
        try:
            frame = self.frame(question)
        except self.wire.Refused as why:
            reason = f"{name} takes numbers and NumPy arrays, no {why}"
            raise TypeError(reason) from None
        with self.lock:
            self.write(frame)
            answer = self.wire.read(self.receive)
        if "error" in answer:
            kind, message = answer["error"]
            raise exception(kind)(f"{message} (in {name})")
        return answer["value"]

    # The pipe ---------------------------------------------------------------------

    def frame(self, message: Message, opaque: bool = False) -> bytes:
        nonce = {"nonce": self.nonce}
        return bytes(self.wire.encode({**nonce, **message}, opaque=opaque))

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self.replies, view) :]

    def receive(self, n: int) -> bytes:
        data = bytearray()
        while len(data) < n:
            part = os.read(self.requests, min(n - len(data), 1 << 20))
            if not part:
                os._exit(0)  # the grader has gone
            data += part
        return bytes(data)


def words(error: BaseException) -> str:
    """The first line of an exception's text, if it has one and gives it away."""
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        return text.strip().splitlines()[0][:1000]
    except BaseException:  # its __str__ is the student's too
        return ""


def located(file: str, line: int, source: str) -> str:
    return f"{Path(file).name} line {line}: `{source.strip()[:80]}`"


def exception(name: str) -> type[Exception]:
    """The built-in exception of this name, if it is an everyday one."""
    everyday = (TypeError, ValueError, IndexError, KeyError, ZeroDivisionError)
    return next((kind for kind in everyday if kind.__name__ == name), RuntimeError)


if __name__ == "__main__":
    main()
