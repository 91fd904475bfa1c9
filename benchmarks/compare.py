"""minigrad beside its peers and beside NumPy by hand, in one process and in turn.

python benchmarks/compare.py                          everything that is installed
python benchmarks/compare.py --only rnn100 --peers minigrad,torch
python benchmarks/compare.py --readme                 and write README.md's table
"""

from __future__ import annotations

import gc
import importlib.metadata
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
ONE_THREAD = dict.fromkeys((*THREADS, "NPROC"), "1") | {"XLA_FLAGS": XLA}
if __name__ == "__main__" and os.environ.get("OPENBLAS_NUM_THREADS") != "1":
    # before NumPy loads its BLAS, which reads these once; a kernel for another
    # processor, chosen by the two variables that are dropped, would slow all down
    dropped = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    kept = {k: v for k, v in os.environ.items() if k not in dropped}
    os.execve(sys.executable, [sys.executable, *sys.argv], kept | ONE_THREAD)

import click  # noqa: E402
import numpy as np  # noqa: E402
import others  # noqa: E402
import table  # noqa: E402
from measure import disagreement, ratios  # noqa: E402
from peers import PEERS  # noqa: E402
from workloads import WORKLOADS, Workload  # noqa: E402

README = Path(__file__).parents[1] / "README.md"
OTHERS = ("chain", "import", "checkpoint")
AGREE = 1e-9  # relative: the same sums in another order, ten digits to spare


@click.command()
@click.option("--only", multiple=True, type=click.Choice([*WORKLOADS, *OTHERS]))
@click.option(
    "--peers", default=",".join(PEERS), help="Which engines, comma-separated."
)
@click.option("--seconds", default=5.0, help="How long to measure each workload.")
@click.option("--gc", "collector", type=click.Choice(["on", "off"]), default="on")
@click.option("--json", "path", type=click.Path(), help="Write all figures to a file.")
@click.option("--readme", is_flag=True, help="Put the table into README.md.")
def main(
    only: tuple[str, ...],
    peers: str,
    seconds: float,
    collector: str,
    path: str | None,
    readme: bool,
) -> None:
    """Print ratios to hand-written NumPy: median, lower and upper quartile."""
    names = [name.strip() for name in peers.split(",")]
    unknown = set(names) - PEERS.keys()
    if unknown:
        raise click.UsageError(f"no peer {', '.join(sorted(unknown))}")
    if readme and (only or set(names) != PEERS.keys()):
        raise click.UsageError("--readme is for the whole table: no --only, no --peers")
    if collector == "off":
        gc.disable()
    try:
        figures = collect(only, names, seconds)
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(130)
    figures |= {"machine": machine(collector), "peers": versions(names)}
    if path:
        Path(path).write_text(json.dumps(figures, indent=1), encoding="utf-8")
    text = table.text(figures)
    click.echo(text)
    if readme:
        table.put_into(README, text)


def collect(only: tuple[str, ...], names: list[str], seconds: float) -> dict[str, Any]:
    """All figures, workload by workload."""
    wanted = only or (*WORKLOADS, *OTHERS)
    figures: dict[str, Any] = {"workloads": {}}
    for name in wanted:
        progress(name)
        if name in WORKLOADS:
            figures["workloads"][name] = compared(WORKLOADS[name], names, seconds)
    if "chain" in wanted:
        figures["chain"] = list(others.scalar_chain())
    if "import" in wanted:
        figures["import"] = others.import_time(rounds=15)
    if "checkpoint" in wanted:
        figures["checkpoint"] = others.checkpointing()
    progress("")
    return figures


def compared(workload: Workload, names: list[str], seconds: float) -> dict[str, Any]:
    """The ratios of one workload; an engine that disagrees is not timed."""
    runs = {}
    wanted = workload.by_hand()
    for name in names:
        try:
            run = PEERS[name](workload)
        except (ImportError, NotImplementedError):
            continue
        off = disagreement(run(), wanted)
        if off > AGREE:
            raise click.ClickException(f"{workload.name}: {name} is off by {off:.1e}")
        runs[name] = run
    found, base = ratios(workload.by_hand, runs, seconds)
    rows = {name: list(ratio) for name, ratio in found.items()}
    return {"title": workload.title, "by hand": base, "ratios": rows}


def progress(words: str) -> None:
    """On a terminal, what is being measured now."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{words}", err=True, nl=False)


def machine(collector: str) -> str:
    """What the figures were measured on."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        rows = info.read_text(encoding="utf-8").splitlines()
        names = [row.partition(":")[2].strip() for row in rows if "model name" in row]
        cpu = names[0] if names else cpu
    return (
        f"{cpu}, one thread, float64, garbage collector {collector}; "
        f"Python {platform.python_version()}, NumPy {np.__version__}{_kernel()}"
    )


def _kernel() -> str:
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return ""
    kernels = {pool.get("architecture", "") for pool in threadpool_info()} - {""}
    return f" on OpenBLAS {'/'.join(sorted(kernels))}" if kernels else ""


def versions(names: list[str]) -> dict[str, str]:
    """The versions of the peers that are installed."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            click.echo(f"{name} is not installed, and left out", err=True)
    return found


if __name__ == "__main__":
    main()
