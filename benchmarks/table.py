"""The table, as it is printed and as it stands in README.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

TITLES = {
    "minigrad": "minigrad",
    "autograd": "autograd",
    "mygrad": "MyGrad",
    "torch": "PyTorch",
    "jax": "JAX jit",
}
BEGIN = "<!-- the table that benchmarks/compare.py prints -->"
END = "<!-- end of the table -->"


def text(figures: Mapping[str, Any]) -> str:
    """A Markdown table of ratios, and below it what is no ratio."""
    names = [name for name in TITLES if name in figures["peers"]]
    head = ["time / NumPy by hand", *(TITLES[name] for name in names)]
    rows = [head, ["---", *["---:"] * len(names)]]
    for workload in figures["workloads"].values():
        found = workload["ratios"]
        rows.append([workload["title"], *(_ratio(found.get(name)) for name in names)])
    lines = [f"| {' | '.join(row)} |" for row in rows] if figures["workloads"] else []
    return "\n".join([*lines, "", *_others(figures), _setting(figures)]).strip()


def _ratio(found: list[float] | None) -> str:
    """The median with its quartiles; a dash for what an engine has not."""
    if found is None:
        return "–"
    low, median, high = found
    return f"{_number(median)} ({_number(low)}–{_number(high)})"


def _number(x: float) -> str:
    return f"{x:.2f}" if x < 10 else f"{x:.0f}"


def _others(figures: Mapping[str, Any]) -> list[str]:
    lines = []
    if "chain" in figures:
        words = [
            f"{TITLES[name]} {time:.2f} µs"
            + (f" and {memory:.0f} bytes" if memory == memory else "")
            for name, time, memory in figures["chain"]
        ]
        lines.append(f"- A node of a scalar chain: {', '.join(words)}.")
    if "import" in figures:
        low, median, high = figures["import"]
        lines.append(
            f"- `import minigrad` takes {median:.2f} ({low:.2f}–{high:.2f}) times "
            "`import numpy`."
        )
    if "checkpoint" in figures:
        found = figures["checkpoint"]
        lines.append(
            f"- `mg.checkpoint` on the RNN of 1000 steps: {found['memory']:.1f} times "
            f"less memory for {found['extra forwards']:.2f} of a forward run more."
        )
    return lines


def _setting(figures: Mapping[str, Any]) -> str:
    peers = [f"{TITLES[n]} {v}" for n, v in figures["peers"].items() if n != "minigrad"]
    measured = f"Median (quartiles) on {figures['machine']}"
    return f"\n{measured}; {', '.join(peers)}." if peers else f"\n{measured}."


def put_into(readme: Path, table: str) -> None:
    """Replace what stands between the two comments."""
    page = readme.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{readme.name} has no place for the table: {BEGIN} ... {END}")
    readme.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
