"""The colors, each once, by what it means; and the same in the dark.

The hues are those of Okabe and Ito, which differ for every kind of color vision, made
darker where they are text, so that contrast with the card is at least 4.5 to 1.  No
meaning rests on color alone: see the words and borders in :mod:`minigrad.drawing.dot`.
"""

from __future__ import annotations

from typing import NamedTuple


class Color(NamedTuple):
    """A literal color on white paper and on a dark page."""

    light: str
    dark: str


PAGE = Color("#fffffe", "#14181d")
LAYER = Color("#f4f6f8", "#1b2026")
LAYER_EDGE = Color("#d9dee4", "#333b45")
CARD = Color("#fefefe", "#242a32")
CARD_EDGE = Color("#9aa4b0", "#5f6b79")
RULE = Color("#e3e7eb", "#3a424d")
INK = Color("#1d242c", "#e8ebef")
MUTED = Color("#5c6773", "#a3aebb")
ARROW = Color("#6e7985", "#8b97a5")

INPUT = Color("#f0f1f3", "#2c333b")  # grey
INPUT_EDGE = Color("#7d8691", "#7c8794")
PARAMETER = Color("#00629a", "#7cc3f2")  # blue
PARAMETER_FILL = Color("#eaf4fb", "#1d3142")
OUTPUT = Color("#d18f00", "#e0a63a")  # amber
OUTPUT_FILL = Color("#fff4d9", "#3b3118")
GRADIENT = Color("#b84c00", "#ff9e66")  # vermilion
LOCAL = Color("#86489a", "#d7a8e6")  # violet
ALARM = Color("#b3121d", "#ff7b80")  # red

COLORS = [color for color in list(globals().values()) if isinstance(color, Color)]


def dark_rules(scope: str) -> str:
    """CSS that puts the dark colors in place of the light ones below ``scope``.

    On paper the drawing stays light, whatever the reader prefers on a screen.
    """
    rules = [
        f'{scope} [{paint}="{color.light}"]{{{paint}:{color.dark}}}'
        for color in COLORS
        for paint in ("fill", "stroke")
    ]
    return f"@media screen and (prefers-color-scheme: dark){{{''.join(rules)}}}"
