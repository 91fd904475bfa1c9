"""From what a person points at to a tape: a function with arguments, or a file's.

``examples/two_layer.py:loss`` names a function of a file.  What it is called with
comes from the file as well: the defaults of its parameters if all have one, else what
a function ``arguments()`` beside it returns, a tuple.  Or it is given by name.
"""

from __future__ import annotations

import difflib
import inspect
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from minigrad import tree
from minigrad.drawing import names
from minigrad.drawing.errors import TargetError
from minigrad.drawing.given import in_order
from minigrad.drawing.names import Names
from minigrad.ops.broadcasting import value_of
from minigrad.tape import Tape, Tensor, shape_of


@dataclass(frozen=True)
class Target:
    """A function of a file and what to call it with."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    path: Path


@dataclass(frozen=True, eq=False)
class Trace:
    """A function call as it stands on a tape."""

    tape: Tape
    outputs: list[Tensor]
    names: Names


def trace(function: Callable[..., Any], args: Sequence[Any]) -> Trace:
    """Call the function with every float among its arguments watched by its path.

    ``params.layer1.W`` names ``params["layer1"]["W"]`` of the parameter ``params``.
    Integers, strings and other objects are passed as they are.
    """
    tape = Tape()
    given = _bind(function, args)
    constants = Names()
    watched = {
        name: _watch(tape, name, value, constants)
        for name, value in given.arguments.items()
    }
    given.arguments.update(watched)
    if not tape.size:
        raise TargetError(
            f"no argument of {name_of(function)} is a float or an array of floats, "
            "so there is nothing to differentiate; write 3.0 for 3"
        )
    for name, value in _enclosed(function):
        constants.name_array(name, value)
    out, found = names.call(function, given.args, given.kwargs, tape)
    found.add_arrays(constants)
    return Trace(tape, _outputs(function, out, tape, found), found)


def _bind(function: Callable[..., Any], args: Sequence[Any]) -> inspect.BoundArguments:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C do not tell
        kind = inspect.Parameter.POSITIONAL_ONLY
        letters = [f"x{k + 1}" if len(args) > 1 else "x" for k in range(len(args))]
        signature = inspect.Signature([inspect.Parameter(x, kind) for x in letters])
    try:
        given = signature.bind(*args)
    except TypeError as error:
        raise TargetError(
            f"{name_of(function)}{signature} was called with {len(args)} arguments: "
            f"{error}"
        ) from None
    if inspect.isfunction(inspect.unwrap(function)):
        given.apply_defaults()
    return given


def _enclosed(function: Callable[..., Any]) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays that a function takes from the one it was written in, by name."""
    code = getattr(function, "__code__", None)
    cells = getattr(function, "__closure__", None) or ()
    for name, cell in zip(code.co_freevars if code else (), cells, strict=True):
        with suppress(ValueError):  # not assigned yet
            if isinstance(cell.cell_contents, np.ndarray):
                yield name, cell.cell_contents


def _watch(tape: Tape, name: str, value: Any, constants: Names) -> Any:
    leaves = []
    for path, leaf in tree.items(value, name):
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind != "f":
            constants.name_array(path, leaf)
        leaves.append(tape.watch(leaf, path) if _floating(leaf) else leaf)
    return tree.flatten(value)[1](leaves)


def _floating(leaf: Any) -> bool:
    kind = leaf.dtype.kind if isinstance(leaf, np.ndarray | np.generic) else ""
    return kind == "f" or isinstance(leaf, float | Tensor)


def _outputs(
    function: Callable[..., Any], out: Any, tape: Tape, found: Names
) -> list[Tensor]:
    """The results on the tape; a lone one without a name takes the function's."""
    leaves = [leaf for _, leaf in tree.items(out)]
    outputs = [x for x in leaves if isinstance(x, Tensor) and x.tape is tape]
    if not outputs:
        raise TargetError(_nothing_to_draw(function, out))
    if (
        len(outputs) == 1
        and name_of(function).isidentifier()
        and outputs[0].line in {line for line, _, _, _ in tape.edges()}
    ):
        found.lines.setdefault(outputs[0].line, name_of(function))
    return outputs


def _nothing_to_draw(function: Callable[..., Any], out: Any) -> str:
    if out is None:
        return f"{name_of(function)} returned None; does it lack a return?"
    kind = type(out).__name__
    return (
        f"{name_of(function)} returned an object of type {kind} that was not "
        "computed from its floating arguments, so there is no graph to draw"
    )


def why_no_gradients(outputs: Sequence[Tensor], name: str) -> str | None:
    """The sentence that says why there is no gradient to draw, if there is none."""
    if len(outputs) > 1:
        return f"{name} returned {len(outputs)} arrays: drawn without gradients"
    shape = shape_of(value_of(outputs[0]))
    if shape == ():
        return None
    return f"{name} returned shape {shape}, not a scalar: drawn without gradients"


# ---------------------------------------------------------------- file.py:function


def load_target(text: str, given: Mapping[str, Any] | None = None) -> Target:
    """Read ``file.py:function``; the file runs, and so does its ``arguments()``.

    With arguments ``given`` by name that function is not asked.
    """
    file, colon, name = text.rpartition(":")
    if not colon or Path(text).is_file():
        file, name = text, ""
    path = Path(file)
    if not path.exists():
        raise TargetError(f"there is no file {path}; a target is file.py:function")
    if not path.is_file():
        raise TargetError(f"{path} is not a file; a target is file.py:function")
    with running(path):
        namespace = _run(path)
        function = _pick(namespace, name, path)
        if given:
            args = in_order(function, name_of(function), given)
        else:
            args = _arguments(function, namespace, path)
        return Target(function, args, path)


@contextmanager
def running(path: Path) -> Iterator[None]:
    """Run code of the file: it may import its neighbors, and is blamed if it fails.

    What it raises becomes a sentence with the file and the line.
    """
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        yield
    except TargetError:
        raise
    except SyntaxError as error:
        place = f"{error.filename}:{error.lineno}" if error.lineno else str(path)
        raise TargetError(f"{place}: {type(error).__name__}: {error.msg}") from error
    except (Exception, SystemExit) as error:
        _blame(path, error)
    finally:
        with suppress(ValueError):
            sys.path.remove(folder)


def _blame(path: Path, error: BaseException) -> NoReturn:
    place = ""
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == str(path):
            inside = step.tb_frame.f_code.co_name
            place = f"{path}:{step.tb_lineno}"
            place += f" in {inside}" if inside != "<module>" else ""
        step = step.tb_next
    if not place:  # not the file's doing
        raise error
    raise TargetError(f"{place}: {type(error).__name__}: {error}") from error


def _run(path: Path) -> dict[str, Any]:
    """Execute the file in a module of its own; nothing is written beside it."""
    try:
        source = path.read_bytes()
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}") from None
    module = types.ModuleType(f"drawn_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        code = compile(source, str(path), "exec")
    except ValueError as error:  # null bytes, in some versions of Python
        raise TargetError(f"{path} is not Python source: {error}") from None
    exec(code, module.__dict__)
    return module.__dict__


def _pick(namespace: Mapping[str, Any], name: str, path: Path) -> Callable[..., Any]:
    home = namespace["__name__"]
    functions = [
        key
        for key, value in namespace.items()
        if inspect.isfunction(value) and value.__module__ == home and key != "arguments"
    ]
    if callable(namespace.get(name)):
        function: Callable[..., Any] = namespace[name]
        return function
    listed = ", ".join(functions) or "none"
    if not name:
        raise TargetError(f"say which function: {path}:NAME (it has {listed})")
    close = difflib.get_close_matches(name, functions, 1)
    hint = f"; did you mean {close[0]}?" if close else f"; it has {listed}"
    raise TargetError(f"{path} has no function {name}{hint}")


def _arguments(
    function: Callable[..., Any], namespace: Mapping[str, Any], path: Path
) -> tuple[Any, ...]:
    needed = [
        name
        for name, p in inspect.signature(function).parameters.items()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    if not needed:
        return ()
    if not callable(namespace.get("arguments")):
        raise TargetError(
            f"{name_of(function)} needs {', '.join(needed)}: give its parameters "
            f"defaults, write a function arguments() in {path} that returns them, "
            f"or have them made up: --arg {needed[0]}=5,3"
        )
    args = namespace["arguments"]()
    return args if isinstance(args, tuple) else (args,)


def name_of(function: Callable[..., Any]) -> str:
    """The name of a function as a message or a title says it."""
    name = getattr(function, "__name__", "the function")
    return "the function" if name == "<lambda>" else name
