"""A font where the machine has none, as in the slim containers courses run in.

Graphviz draws text with the machine's fonts; without any, a picture shows empty boxes.
Matplotlib brings a font family, so where it is installed Graphviz is pointed there.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from xml.sax.saxutils import escape

FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".fonts",
    Path.home() / ".local/share/fonts",
)
ENDINGS = {".ttf", ".otf", ".ttc", ".pfb"}


def installed() -> bool:
    """Whether the machine has fonts; those with a desktop of their own always do."""
    if sys.platform in ("darwin", "win32"):
        return True
    files = (file for folder in FOLDERS for file in folder.rglob("*"))
    return any(file.suffix.lower() in ENDINGS for file in files)


def lent() -> Path | None:
    """The folder of Matplotlib's fonts, without importing it."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return folder if folder.is_dir() else None


def configuration(fonts: Path, folder: Path) -> dict[str, str]:
    """The environment that makes fontconfig use these fonts; its file is in folder."""
    file = folder / "fonts.conf"
    file.write_text(
        f"<fontconfig><dir>{escape(str(fonts))}</dir>"
        f"<cachedir>{escape(str(folder))}</cachedir>"
        "<alias><family>Helvetica</family><prefer><family>DejaVu Sans</family></prefer>"
        "</alias></fontconfig>\n"
    )
    return {"FONTCONFIG_FILE": str(file)}
