"""Stand-ins for packages that only show something: nobody looks at a plot here.

A module that draws while it is imported, or imports what draws, is graded as one that
does not.  Standard library only, as for `worker`, which loads this by its path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

PACKAGES = ("matplotlib", "mpl_toolkits", "seaborn", "plotly", "IPython", "ipywidgets")


class Nothing(ModuleType):
    """A module, and what is found in it: whatever is done with it gives it again."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by Python itself, which does without
            raise AttributeError(name)
        return self

    def __call__(self, *_: object, **__: object) -> Nothing:
        return self

    def __getitem__(self, _: object) -> Nothing:
        return self

    def __setitem__(self, _: object, __: object) -> None:
        pass

    def __iter__(self) -> Iterator[Nothing]:
        return iter((self, self))  # figure, axes = plt.subplots()

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Finder(Loader):
    """Finds these packages, and all that is in them."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        known = name.partition(".")[0] in PACKAGES
        return ModuleSpec(name, self, is_package=True) if known else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Nothing(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass
