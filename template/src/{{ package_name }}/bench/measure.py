"""All that the benchmark measures, put together."""

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Any

from ..parallel.choice import BackendError, decide
from . import tasks
from .lesson import lesson
from .machine import conditions
from .pools import Plan, Row, Tell, break_even, measure_pools
from .startup import startup

LOCAL = ("threads", "interpreters", "processes")
BUSY = 0.2  # cores that others may use before there is a warning
UNSTEADY = 0.1  # of its median: the width of the middle half of a plain loop's times, likewise


def usable(backends: Sequence[str], address: str | None = None) -> tuple[list[str], dict[str, str]]:
    """Return the backends that work here, and for each other the reason why not."""
    left_out = {}
    for backend in backends:
        try:
            decide(backend, [tasks], address)
        except BackendError as error:
            left_out[backend] = str(error)
    return [backend for backend in backends if backend not in left_out], left_out


def run(
    plan: Plan, backends: Sequence[str], workers: int, address: str | None, tell: Tell
) -> dict[str, Any]:
    """Measure everything, and return what goes into bench.json; times are in seconds."""
    had = conditions() | {"workers": workers}
    starts: dict[str, list[Row]] = {backend: [] for backend in backends if backend in LOCAL}
    for backend in list(starts) * plan.starts:
        tell(f"starting a pool of {backend}", 0)
        starts[backend].append(startup(backend, workers))
    pools = measure_pools(plan, backends, workers, address, tell)
    speedups, loop, transfers, others = asyncio.run(pools)
    by_backend = {name: [row for row in speedups if row["backend"] == name] for name in backends}
    tell("fetching by blocking calls, in threads, by asyncio", 0.95)
    return {
        "conditions": had | {"cores_used_by_others": others},
        "warnings": _warnings(others, loop),
        "limit": min(workers, int(had["usable_cores"])),
        "plain_loop": loop,
        "speedup": speedups,
        "break_even": [
            {"backend": name, "task_seconds": break_even(rows)} for name, rows in by_backend.items()
        ],
        "startup": [
            {"backend": name} | sorted(rows, key=lambda row: row["seconds"])[len(rows) // 2]
            for name, rows in starts.items()
        ],
        "transfer": transfers,
        "fetches": plan.fetches,
        "latency_seconds": plan.latency,
        "lesson": lesson(plan.fetches, plan.latency, plan.lessons),
    }


def _warnings(others: float | None, loop: Sequence[Row]) -> list[str]:
    """Say what spoils the figures: other programs, an unsteady machine, threads that contend.

    Bytecode read from a file has immortal constants; a module that is compiled on import has not,
    and without a GIL every thread then counts references to the same ones.
    """
    warnings = []
    if others is not None and others > BUSY:
        warnings.append(f"others used {others:.1f} cores meanwhile: close them and measure again")
    spread = max((row["high"] - row["low"]) / row["seconds"] for row in loop)
    if spread > UNSTEADY:
        warnings.append(
            f"a plain loop's time varied by {100 * spread:.0f} %: something slows this machine"
        )
    if sys.version_info >= (3, 14) and not sys._is_gil_enabled():
        if not all(map(sys._is_immortal, tasks.spin.__code__.co_consts)):
            unset = "PYTHONDONTWRITEBYTECODE" in os.environ
            cure = "unset PYTHONDONTWRITEBYTECODE" if unset else "run again, or compile the package"
            warnings.append(f"threads contend, for modules were compiled on import: {cure}")
    return warnings
