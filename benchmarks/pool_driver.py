"""What benchmarks/pool.py runs with the interpreter of a rendered project, each part in a process of its own.

    python pool_driver.py speed|dask|memory|pipeline PLAN

PLAN is JSON. Progress goes to stderr, and what was measured, as JSON, to stdout. Times are in seconds.
Each peer is used as its documentation has it, and is left out, with the reason, where it can't be imported.
"""

import asyncio
import contextlib
import gc
import json
import os
import subprocess
import sys
import time
import timeit
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pool_tasks
from pool_tasks import spin, spin_all

OURS, UNORDERED, LOOP = "cpu.map", "cpu.map, unordered", "plain loop"
BY_HAND = "split by hand"
BEST, DEFAULT = "ProcessPoolExecutor, best chunksize", "ProcessPoolExecutor"
INTERPRETERS, THREADS = "InterpreterPoolExecutor", "ThreadPoolExecutor"
ANYIO, JOBLIB, DASK = "anyio.to_interpreter", "joblib (loky)", "Dask local"
CHUNKS = (1, 8, 64, 512)
AT_ONCE = 256  # of anyio's tasks
PACKAGE = "my_app"
Way = Callable[[list[int]], Awaitable[int]]


def say(line: str) -> None:
    """Report progress."""
    print(line, file=sys.stderr, flush=True)


def ours(name: str) -> Any:
    """Import a module of the rendered project."""
    return import_module(f"{PACKAGE}.{name}")


def work(iterations: int, count: int) -> list[int]:
    """Return items that take about the same time each, and have results that differ."""
    return [iterations + index % 7 for index in range(count)]


def blocking(function: Callable[[list[int]], int]) -> Way:
    """Make a function that blocks look like the others. Nothing else runs on the loop meanwhile."""

    async def call(items: list[int]) -> int:
        return function(items)

    return call


def map_ours(cpu: Any, *, ordered: bool) -> Way:
    """Return the way through a pool of the project."""

    async def call(items: list[int]) -> int:
        total = 0
        async for result in cpu.map(spin, items, ordered=ordered):
            total += result
        return total

    return call


def map_anyio(workers: int) -> Way:
    """Return the way through anyio's interpreters: a task group with at most `AT_ONCE` tasks."""
    anyio, to_interpreter = import_module("anyio"), import_module("anyio.to_interpreter")

    async def call(items: list[int]) -> int:
        limiter, rest, total = anyio.CapacityLimiter(workers), iter(items), 0

        async def consume() -> None:
            nonlocal total
            for item in rest:
                result = await to_interpreter.run_sync(spin, item, limiter=limiter)
                total += result

        async with anyio.create_task_group() as group:
            for _ in range(min(AT_ONCE, len(items))):
                group.start_soon(consume)
        return total

    return call


async def open_ways(
    stack: contextlib.AsyncExitStack,
) -> tuple[dict[str, Way], Callable[[int], Way], dict[str, str], Any]:
    """Open all pools, each with as many workers as the project's own takes.

    Returns the ways, a function that makes one with processes for a chunksize, why others are absent,
    and the project's pool.
    """
    cpu_pool = ours("parallel.pool").cpu_pool
    cpu = await stack.enter_async_context(cpu_pool("auto", tasks=[pool_tasks]))
    workers = cpu.workers
    processes = stack.enter_context(ProcessPoolExecutor(workers))
    threads = stack.enter_context(ThreadPoolExecutor(workers))

    def by_hand(items: list[int]) -> int:
        return sum(processes.map(spin_all, [items[part::workers] for part in range(workers)]))

    def map_processes(chunk: int) -> Way:
        return blocking(lambda items: sum(processes.map(spin, items, chunksize=chunk)))

    ways: dict[str, Way] = {
        LOOP: blocking(spin_all),
        BY_HAND: blocking(by_hand),
        OURS: map_ours(cpu, ordered=True),
        UNORDERED: map_ours(cpu, ordered=False),
        DEFAULT: map_processes(1),
        THREADS: blocking(lambda items: sum(threads.map(spin, items))),
    }
    absent = {}
    if sys.version_info >= (3, 14):
        from concurrent.futures import InterpreterPoolExecutor

        interpreters = stack.enter_context(InterpreterPoolExecutor(workers))
        ways[INTERPRETERS] = blocking(lambda items: sum(interpreters.map(spin, items)))
    else:
        absent[INTERPRETERS] = "it is new in Python 3.14"
    try:
        ways[ANYIO] = map_anyio(workers)
    except ImportError as error:
        absent[ANYIO] = str(error)
    try:
        joblib = import_module("joblib")
        parallel = stack.enter_context(joblib.Parallel(workers, backend="loky"))
        delayed = joblib.delayed(spin)
        ways[JOBLIB] = blocking(lambda items: sum(parallel(map(delayed, items))))
    except ImportError as error:
        absent[JOBLIB] = str(error)
    return ways, map_processes, absent, cpu


async def measure(way: Way, items: list[int]) -> float:
    """Return the seconds for each item, after a few untimed ones, and check the results."""
    results = {item: spin(item) for item in set(items)}
    await way(items[: max(4, min(100, len(items) // 10))])
    gc.collect()
    begin = time.perf_counter()
    total = await way(items)
    seconds = time.perf_counter() - begin
    if total != sum(results[item] for item in items):
        raise SystemExit("the sum of the results is wrong")
    return seconds / len(items)


@contextlib.contextmanager
def noticing(load: list[float]) -> Generator[None, None, None]:
    """Note how many cores others used meanwhile, where that can be told."""
    foreign = ours("bench.machine").ForeignLoad()
    yield
    if (cores := foreign.cores()) is not None:
        load.append(cores)


def calibrate() -> float:
    """Return how many iterations of `spin` a second has."""
    return 20_000 / min(timeit.repeat("spin(20_000)", globals={"spin": spin}, number=1, repeat=50))


def gil_enabled() -> bool:
    """Say whether this process has a GIL."""
    return getattr(sys, "_is_gil_enabled", lambda: True)()


def immortal() -> bool:
    """Say whether the task's constants are immortal, as they are if it was read from a .pyc.

    Without a GIL, threads contend for others: such a measurement would be of something else.
    """
    return gil_enabled() or all(map(getattr(sys, "_is_immortal"), spin.__code__.co_consts))  # noqa: B009


async def speed(plan: dict[str, Any]) -> dict[str, Any]:
    """Measure every way at every size of a task, in rounds, each time in another order."""
    sizes, span, rate = plan["sizes"], plan["span"], calibrate()
    load: list[float] = []
    found: list[dict[str, dict[str, float]]] = []
    async with contextlib.AsyncExitStack() as stack:
        ways, map_processes, absent, cpu = await open_ways(stack)
        backend, workers = cpu.decision.backend, cpu.workers
        say(f"{backend}; {workers} workers; left out: {absent or 'nobody'}")
        iterations = {size: round(rate * size) for size in sizes}
        counts: dict[float, dict[str, int]] = {}
        chunks: dict[float, int] = {}
        for size in sizes:
            full = max(2 * workers, round(span / size / workers) * workers)
            some = work(iterations[size], max(2 * workers, full // 8))
            fits = [chunk for chunk in CHUNKS if chunk * workers <= full // 4] or [1]
            tried = {}
            for chunk in fits:
                part = some if chunk == 1 else work(iterations[size], full)
                tried[chunk] = min([await measure(map_processes(chunk), part) for _ in range(2)])
            chunks[size] = min(fits, key=lambda chunk, tried=tried: tried[chunk])
            costs = {name: await measure(way, some) for name, way in ways.items()}
            counts[size] = {
                name: full if full * cost <= 1.1 * span else max(len(some), int(span / cost))
                for name, cost in costs.items()
            } | {BEST: full}
        for number in range(plan["rounds"]):
            taken: dict[str, dict[str, float]] = {}
            for turn, size in enumerate(sizes):
                say(f"round {number + 1} of {plan['rounds']}: tasks of {size * 1e3:g} ms")
                now = [*(ways | {BEST: map_processes(chunks[size])}).items()]
                first = (3 * number + turn) % len(now)
                with noticing(load):
                    for name, way in now[first:] + now[:first]:
                        items = work(iterations[size], counts[size][name])
                        taken.setdefault(name, {})[str(size)] = await measure(way, items)
            if DASK not in absent:
                try:
                    answer = run_dask(iterations, span, workers)
                except subprocess.CalledProcessError:
                    absent[DASK] = "see above"
                else:
                    taken |= answer["taken"]
                    load += answer["load"]
            found.append(taken)
    return {
        "backend": backend,
        "workers": workers,
        "absent": absent,
        "iterations": list(iterations.values()),
        "chunksizes": list(chunks.values()),
        "counts": {str(size): numbers for size, numbers in counts.items()},
        "rounds": found,
        "load": load,
        "immortal": immortal(),
        "gil": gil_enabled(),
    }


def run_dask(iterations: dict[float, int], span: float, workers: int) -> dict[str, Any]:
    """Measure Dask in a process without interpreters, beside which its profiler crashes CPython."""
    plan = {"iterations": iterations, "span": span, "workers": workers}
    child = [sys.executable, __file__, "dask", json.dumps(plan)]
    return json.loads(subprocess.run(child, stdout=subprocess.PIPE, check=True).stdout)


async def dask(plan: dict[str, Any]) -> dict[str, Any]:
    """Measure a local cluster and, in the same process, the plain loop that it is compared with."""
    distributed, workers, span = import_module("distributed"), plan["workers"], plan["span"]
    taken: dict[str, dict[str, float]] = {DASK: {}, f"{LOOP} beside {DASK}": {}}
    load: list[float] = []
    cluster = distributed.LocalCluster(workers, threads_per_worker=1, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client:
        way = blocking(lambda items: sum(client.gather(client.map(spin, items, pure=False))))
        for size, iterations in plan["iterations"].items():
            full = max(2 * workers, round(span / float(size) / workers) * workers)
            cost = await measure(way, work(iterations, 2 * workers))
            count = full if full * cost <= 1.1 * span else max(2 * workers, int(span / cost))
            with noticing(load):
                loop = await measure(blocking(spin_all), work(iterations, full))
                taken[f"{LOOP} beside {DASK}"][size] = loop
                taken[DASK][size] = await measure(way, work(iterations, count))
    return {"taken": taken, "load": load}


async def memory(plan: dict[str, Any]) -> dict[str, Any]:
    """Sample this process's memory, in MiB, while a generator's items go through a pool."""
    samples, load, total = [], [], plan["items"]
    async with ours("parallel.pool").cpu_pool("auto", tasks=[pool_tasks]) as cpu:
        with noticing(load):
            begin, seen = time.perf_counter(), 0
            async for _ in cpu.map(spin, (index % 7 for index in range(total))):
                seen += 1
                if seen % (total // 10) == 0:
                    samples.append(resident())
            seconds = time.perf_counter() - begin
    return {"items": total, "samples": samples, "seconds": seconds, "load": load}


def resident() -> float:
    """Return the resident set of this process in MiB; off Linux the most that it ever had."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


async def pipeline(plan: dict[str, Any]) -> dict[str, Any]:
    """Measure the pipeline on the demo source, and what it can't be faster than.

    That is the network alone, and all CPU time over the cores: of fetching (and of the source,
    which shares its event loop) and of analysing the same documents one after the other.
    """
    analyse, fetch = ours("pipeline.analyse"), ours("pipeline.fetch")
    run, source = ours("pipeline.run").run, ours("demo")
    load: list[float] = []
    rounds, part = [], plan["part"]
    apis = tuple(api._replace(documents=api.documents // part) for api in source.APIS)

    async def fetch_only() -> list[bytes]:
        bodies: list[bytes] = []
        outcomes: asyncio.Queue[Any] = asyncio.Queue()

        def keep(outcome: Any) -> None:
            if isinstance(outcome, fetch.Document):
                bodies.append(outcome.body)

        async with source.DemoSource(apis=apis) as demo, fetch.HttpFetcher() as fetcher:
            begin = time.perf_counter(), time.process_time()
            await fetch.fetch_all(demo.urls, fetcher, outcomes, on_arrival=keep)
            times["network"] = time.perf_counter() - begin[0]
            times["network_cpu"] = time.process_time() - begin[1]
        return bodies

    async with ours("parallel.pool").cpu_pool("auto", tasks=[analyse]) as cpu:
        for number in range(plan["rounds"] + 1):  # the first one warms up
            say(f"pipeline: round {number} of {plan['rounds']}")
            times: dict[str, float] = {}
            with noticing(load):
                bodies = await fetch_only()
                gc.collect()
                begin = time.process_time()
                for body in bodies:
                    analyse.summarise_document(memoryview(body))
                times["analysis_cpu"] = time.process_time() - begin
                gc.collect()
                async with source.DemoSource(apis=apis) as demo, fetch.HttpFetcher() as fetcher:
                    report = await run(demo.urls, fetcher, cpu)
            if report.total.documents != len(bodies):
                raise SystemExit(f"{report.total.documents} documents, not {len(bodies)}")
            times["pipeline"] = report.seconds
            if number:
                rounds.append(times)
        return {"cores": cpu.workers, "documents": len(bodies), "rounds": rounds, "load": load}


PARTS = {"speed": speed, "dask": dask, "memory": memory, "pipeline": pipeline}

if __name__ == "__main__":
    print(json.dumps(asyncio.run(PARTS[sys.argv[1]](json.loads(sys.argv[2])))))
