"""``python -m minigrad`` is ``minigrad``."""

from minigrad.cli import main

if __name__ == "__main__":
    main(prog_name="minigrad")
