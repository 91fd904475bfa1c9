"""What a measurement says about a claim: agrees, differs, or cannot tell.

It agrees if the whole confidence interval lies where the claim puts it, and differs if
none of it does.  Being sure of little is no agreement: an interval that reaches out on
one side cannot tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from minigrad.labs.fit import Estimate

AGREES, DIFFERS, CANNOT_TELL = "agrees", "differs", "cannot tell"


@dataclass(frozen=True)
class Verdict:
    """A claim, what was measured, and where the measurement has to lie."""

    claim: str
    theory: str  # the number, or "at most" one
    measured: Estimate
    lowest: float
    highest: float

    @property
    def word(self) -> str:
        """One of agrees, differs, cannot tell."""
        _, low, high = self.measured
        if self.lowest <= low and high <= self.highest:
            return AGREES
        apart = high < self.lowest or low > self.highest
        return DIFFERS if apart or math.isnan(low + high) else CANNOT_TELL

    @property
    def agrees(self) -> bool:
        return self.word == AGREES

    def __str__(self) -> str:
        value, low, high = self.measured
        interval = f" [{number(low)}, {number(high)}]" if low < high else ""
        measured = f"measured {number(value)}{interval}"
        return f"{self.claim}: theory {self.theory}, {measured}: {self.word}"


def near(claim: str, theory: float, measured: Estimate, band: float) -> Verdict:
    """The claim that a number is ``theory``, to within a band.

    >>> print(near("rms gap", -0.5, Estimate(-0.498, -0.541, -0.465), band=0.05))
    rms gap: theory -0.500, measured -0.498 [-0.541, -0.465]: agrees
    >>> print(near("rms gap", -0.5, Estimate(-0.498, -0.561, -0.440), band=0.05))
    rms gap: theory -0.500, measured -0.498 [-0.561, -0.440]: cannot tell
    """
    return Verdict(claim, number(theory), measured, theory - band, theory + band)


def at_most(claim: str, limit: float, measured: Estimate) -> Verdict:
    """The claim that a number does not exceed a limit."""
    return Verdict(claim, f"at most {number(limit)}", measured, -math.inf, limit)


def at_least(claim: str, limit: float, measured: Estimate) -> Verdict:
    """The claim that a number does not fall below a limit."""
    return Verdict(claim, f"at least {number(limit)}", measured, limit, math.inf)


def number(x: float) -> str:
    """Three decimals; powers of ten where these would say too little.

    >>> [number(x) for x in (0.0, -0.34657, 3e-16, 1234567.0)]
    ['0.000', '-0.347', '3.0e-16', '1.2e+06']
    """
    if x == 0.0 or 1e-2 <= abs(x) < 1e4 or not math.isfinite(x):
        return f"{x:.3f}"
    return f"{x:.3f}" if 1e-3 <= abs(x) < 1e-2 else f"{x:.1e}"
