"""``python -m minigrad`` is ``minigrad``."""

from minigrad.cli import main

main(prog_name="minigrad")
