"""Makes ``pytest 01_backprop`` check your answers; ``--answers DIR`` checks others."""

from minigrad.course.fixtures import (
    pytest_addoption,
    pytest_configure,
    pytest_ignore_collect,
    pytest_pyfunc_call,
    pytest_terminal_summary,
    rng,
    student,
)

__all__ = [
    "pytest_addoption",
    "pytest_configure",
    "pytest_ignore_collect",
    "pytest_pyfunc_call",
    "pytest_terminal_summary",
    "rng",
    "student",
]
