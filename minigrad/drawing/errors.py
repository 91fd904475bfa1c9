"""What can go wrong with a drawing, by whose turn it is.

A TargetError is about what was asked for, a RenderError about the machine.
"""

from __future__ import annotations


class TargetError(ValueError):
    """What was asked for cannot be drawn; the message says why and what to do."""


class TooLargeError(TargetError):
    """The graph has more values than a drawing can show."""


class RenderError(RuntimeError):
    """Graphviz was found and did not draw."""


class RendererMissing(RenderError):  # noqa: N818 - it names what is missing
    """No Graphviz was found; the message lists the ways to get one."""


class SaveError(RenderError):
    """The picture was drawn and could not be written."""
