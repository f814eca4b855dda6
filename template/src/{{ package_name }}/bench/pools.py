"""What pools gain and cost: speed-up by task size, break-even, transfer of blocks."""

import gc
import time
import timeit
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import repeat
from statistics import median, quantiles
from typing import Any

from ..parallel.pool import CpuPool, cpu_pool
from . import tasks
from .machine import ForeignLoad

BLOCKS = (1_000_000, 16_000_000)  # bytes
MOST = 200_000  # tasks in one measurement: with many workers, small ones would take seconds
PAYS = 1.1  # a backend below this at the largest size pays at none: the rest is noise
type Row = dict[str, Any]
type Tell = Callable[[str, float], None]  # takes the step, and how much of all is done: 0 to 1


@dataclass(frozen=True)
class Plan:
    """How much is measured. Sizes, seconds, span and latency are in seconds."""

    sizes: tuple[float, ...] = (2e-6, 5e-6, 20e-6, 50e-6, 1e-4, 3e-4, 1e-3, 1e-2, 1e-1)
    seconds: float = 45  # for the speed-ups, in rounds over all sizes, at least 3
    span: float = 0.1  # of one measurement: a task size on a backend in a round
    starts: int = 3
    transfers: int = 9
    lessons: int = 3
    fetches: int = 20
    latency: float = 0.05

    def estimate(self, backends: int) -> float:
        """Return about how many seconds all of it takes."""
        lessons = self.lessons * 1.4 * self.fetches * self.latency
        return self.seconds + lessons + backends * (0.5 * self.starts + 0.1 * self.transfers)


QUICK = Plan(seconds=7, span=0.03, starts=1, transfers=3, lessons=1)


async def measure_pools(
    plan: Plan, backends: Sequence[str], workers: int, address: str | None, tell: Tell
) -> tuple[list[Row], list[Row], list[Row], float | None]:
    """Return speed-ups, the plain loop's times, transfers, and how many cores others used."""
    async with AsyncExitStack() as stack:
        pools = {}
        for backend in backends:
            pool = cpu_pool(backend, tasks=[tasks], workers=workers, address=address)
            pools[backend] = await stack.enter_async_context(pool)
            await _seconds_per_task(pools[backend], 20_000, 8 * workers)  # warms up
        load = ForeignLoad()
        speedups, loop = await _speedups(plan, pools, tell)
        tell("sending and receiving blocks", 0.9)
        return speedups, loop, await _transfers(plan, pools), load.cores()


async def _speedups(
    plan: Plan, pools: dict[str, CpuPool], tell: Tell
) -> tuple[list[Row], list[Row]]:
    """Measure in rounds, each way in turn: what disturbs the machine then disturbs all alike.

    Returns the speed-ups, each from times of one round, and the plain loop's times for a task.
    """
    iterations_per_second = 20_000 / min(
        timeit.repeat("spin(20_000)", globals=vars(tasks), number=1)
    )
    ways: list[tuple[str, CpuPool | None]] = [("plain loop", None), *pools.items()]
    rounds: list[dict[tuple[str, float], float]] = []
    begin = time.perf_counter()
    while (number := len(rounds)) < 3 or _since(begin) * (1 + 1 / number) < plan.seconds:
        tell(f"speed-up by task size, round {number + 1}", 0.9 * _since(begin) / plan.seconds)
        turn = number % len(ways)
        taken = {}
        for size in plan.sizes:
            iterations = max(1, round(size * iterations_per_second))
            for name, pool in ways[turn:] + ways[:turn]:
                count = max(2, round(plan.span / size)) * (pool.workers if pool else 1)
                count = min(count, MOST)
                taken[name, size] = await _seconds_per_task(pool, iterations, count)
        rounds.append(taken)
    speedups, loop = [], []
    for size in plan.sizes:
        plain = [taken["plain loop", size] for taken in rounds]
        loop.append({"task_seconds": size} | _quartiles("seconds", plain))
        for name in pools:
            ratios = [taken["plain loop", size] / taken[name, size] for taken in rounds]
            row = {"backend": name, "task_seconds": size, "rounds": len(rounds)}
            speedups.append(row | _quartiles("speedup", ratios))
    return speedups, loop


def _quartiles(name: str, values: list[float]) -> dict[str, float]:
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return {"low": low, name: middle, "high": high}


async def _seconds_per_task(pool: CpuPool | None, iterations: int, count: int) -> float:
    """Run `count` tasks in a pool, or one after the other where there is none."""
    gc.collect()
    begin = time.perf_counter()
    if pool is None:
        for _ in range(count):
            tasks.spin(iterations)
    else:
        async for _ in pool.map(tasks.spin, repeat(iterations, count)):
            pass
    return _since(begin) / count


async def _transfers(plan: Plan, pools: dict[str, CpuPool]) -> list[Row]:
    """Measure round trips with a block as argument, and as result."""
    taken: dict[tuple[str, str, int], list[float]] = {}
    for turn in range(plan.transfers + 1):
        for size in BLOCKS:
            block = memoryview(tasks.block(size))
            for backend, pool in pools.items():
                calls = ("argument", tasks.last, block), ("result", tasks.block, size)
                for way, task, value in calls:
                    gc.collect()
                    begin = time.perf_counter()
                    await pool.run(task, value)
                    if turn:  # the first one warms up
                        taken.setdefault((backend, way, size), []).append(_since(begin))
    return [
        {"backend": backend, "block": way, "bytes": size, "seconds": median(values)}
        for (backend, way, size), values in taken.items()
    ]


def break_even(rows: Sequence[Row]) -> float | None:
    """Return the task size in seconds from which on a backend is faster than a plain loop.

    Interpolated on the logarithm of the size; 0 if it is faster at every size, None if at none.
    """
    if rows[-1]["speedup"] < PAYS:
        return None
    slower = [index for index, row in enumerate(rows) if row["speedup"] < 1]
    if not slower:
        return 0
    below, above = rows[slower[-1]], rows[slower[-1] + 1]
    share = (1 - below["speedup"]) / (above["speedup"] - below["speedup"])
    return below["task_seconds"] * (above["task_seconds"] / below["task_seconds"]) ** share


def _since(begin: float) -> float:
    return time.perf_counter() - begin
