"""What check_grads says of derivatives that differences do not confirm."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:  # what looks closer is loaded when something is wrong
    from minigrad.diagnosis.slopes import Sweep

Function = Callable[..., Any]


class Slope(Protocol):
    """A directional derivative found by differences."""

    @property
    def value(self) -> float: ...
    @property
    def doubt(self) -> float: ...
    @property
    def step(self) -> float: ...


def wrong(
    road: str, found: float, slope: Slope, f: Function, args: tuple[Any, ...]
) -> str:
    """The two numbers, what one has to do with the other, and whose rule is wrong."""
    from minigrad.diagnosis import find_wrong_rule
    from minigrad.slip import likely_slip

    slip = likely_slip(np.asarray(found), np.asarray(slope.value))
    rule = find_wrong_rule(f, *args)
    lines = [
        f"WRONG: the derivative of {_name(f)} ({road}) along a random direction is "
        f"{found:.9g}, but differences give {slope.value:.9g} ± {slope.doubt:.1g}",
        *([f"  {slip[1]}"] if slip else []),
        *(f"  {line}" for line in str(rule).splitlines() if rule),
    ]
    if rule is None:
        step = f"{slope.step:.1g}"
        lines.append(
            f"  if it is right, is f smooth over a step of {step}? else pass eps"
        )
    return "\n".join(lines)


def kink(road: str, found: float, sides: Sweep, f: Function) -> str:
    return (
        f"CANNOT TELL: {_name(f)} has a kink here: along a random direction its "
        f"slope is {sides.left.value:.9g} to one side and {sides.right.value:.9g} to "
        f"the other; the derivative ({road}) is {found:.9g}\n"
        "  move the arguments off the kink"
    )


def unsettled(road: str, found: float, slope: Slope, f: Function) -> str:
    return (
        f"CANNOT TELL: the derivative of {_name(f)} ({road}) along a random direction "
        f"is {found:.9g}, and difference quotients settle for no step "
        f"({slope.value:.3g} ± {slope.doubt:.1g})\n"
        "  is this point beside a pole, a jump or the end of the domain? move it away"
    )


def _name(f: Function) -> str:
    return getattr(f, "__name__", "f").replace("<lambda>", "f")
