"""What a diagnosis says, and how it shows itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from minigrad.diagnosis import picture, telling
from minigrad.diagnosis.draws import Draw
from minigrad.slip import Slip

RIGHT, WRONG, CANNOT_TELL = "RIGHT", "WRONG", "CANNOT TELL"


@dataclass(frozen=True)
class Diagnosis:
    """What is said of a claimed gradient; ``print`` it, or let a notebook show it."""

    verdict: str
    summary: str
    causes: tuple[Slip, ...] = ()  # kinds and sentences, the likely one first
    evidence: tuple[str, ...] = ()
    next: str = ""
    names: tuple[str, ...] = ()  # of the arrays that were differentiated by
    draws: tuple[Draw, ...] = field(default=(), repr=False, compare=False)

    @property
    def kind(self) -> str | None:
        """The kind of the likely cause."""
        return self.causes[0][0] if self.causes else None

    def __bool__(self) -> bool:
        """Is it right, as far as can be told?"""
        return self.verdict == RIGHT

    def __str__(self) -> str:
        return telling.as_text(self)

    def _repr_html_(self) -> str:
        return picture.as_html(self)

    def plot(self) -> Any:
        """The V-curve, the Taylor remainder and the map of the error, by matplotlib."""
        return picture.as_figure(self)
