"""How near to the physical limit do the pools of a rendered project come, and those of its peers?

    uv run benchmarks/pool.py [--pins 3.14,3.14t] [--quick] [--sizes 0.1,1] [--rounds N] [--json FILE]

For each pin a default project is rendered from the working tree into a temporary folder, and its
environment made, without development tools and with the peers: anyio, joblib and, through the
project's extra `cluster`, Dask. All is compiled to bytecode; `pool_driver.py` measures there.

* Speed: a pure-Python integer loop as the task, from 0.02 to 100 ms. A round is each way once at
  each size, in another order each time. What counts is the ratio of the plain loop's time to a
  way's time for each task, both of the same round, over the number of workers: the efficiency, 1 at
  the physical limit. Tables have medians, and half of the range over the rounds. Results are
  checked. Pools are open and warm before a clock starts.
* A measurement takes the plain loop about 0.8 s. A way that would take longer gets fewer items, and
  its time for each of them counts.
* `cpu.map` keeps the order unless it says otherwise; that one is compared with the peers. It takes
  the backend that `auto` chooses. ProcessPoolExecutor has the chunksize that was fastest in a
  warm-up for this size of a task, or its default, 1; InterpreterPoolExecutor ignores chunksizes.
  anyio has a task group of at most 256 tasks, joblib an open `Parallel` with its batches.
* "split by hand" hands each of the workers, processes, its share of the items in one call: what this
  machine can reach at that moment. It is no peer, since it knows all items and costs beforehand.
* Dask is measured in a process of its own, against the plain loop in that process.
* Memory: of the process, while a generator's million of items goes through `cpu.map`.
* Pipeline: `my-app run` on its demo source, against what it can't be faster than: fetching alone,
  or all CPU time, of fetching, demo source and analysis, over the cores.

It exits with 0 also where a target is missed: it measures, and tests are elsewhere. Linux says how
much CPU time others used meanwhile; run it again when that was much.
"""

import argparse
import contextlib
import datetime as dt
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

from copier.errors import DirtyLocalWarning
from pool_driver import BY_HAND, DASK, LOOP, OURS, UNORDERED

from dev.environment import environment
from dev.interpreters import PINS, InterpreterUnavailable, find
from dev.project import REPOSITORY, CommandError, render, run

SIZES = (0.02, 0.05, 0.1, 0.3, 1.0, 10.0, 100.0)  # ms
FULL: dict[str, Any] = {"span": 0.8, "rounds": 5, "items": 1_000_000, "part": 1}
QUICK: dict[str, Any] = {"span": 0.05, "rounds": 1, "items": 100_000, "part": 10}
LEVEL = 0.99  # of the best peer's speed: what is nearer than this is as fast
FLAT = 2.0  # MiB that memory may grow after the first fifth of the items
BUSY = 0.1  # of the machine: what others may use before there is a warning
NO_PEERS = {LOOP, BY_HAND, OURS, UNORDERED, f"{LOOP} beside {DASK}"}
Result = dict[str, Any]


def say(line: str) -> None:
    """Report progress."""
    print(line, file=sys.stderr, flush=True)


def make_project(pin: str, folder: Path) -> tuple[Path, dict[str, str]]:
    """Render a project for a pin, and make its environment; return its Python, and who is absent.

    Raises CommandError and InterpreterUnavailable.
    """
    python, absent = find(pin), {}
    answers = {"python_version": pin.removesuffix("t"), "free_threaded": pin.endswith("t")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DirtyLocalWarning)  # `conditions` says it
        render(folder, answers, REPOSITORY)
    env = environment(UV_COMPILE_BYTECODE="1", UV_PYTHON_DOWNLOADS="never")
    sync = ["uv", "sync", "--quiet", "--no-dev", "--python", str(python)]
    try:
        run([*sync, "--extra", "cluster"], folder, env)
    except CommandError as error:
        absent[DASK] = str(error).strip().splitlines()[-1]
        run(sync, folder, env)
    for peer in ("anyio", "joblib"):
        with contextlib.suppress(CommandError):  # the driver says that it is absent
            run(["uv", "pip", "install", "--quiet", "--python", ".venv", peer], folder, env)
    for name in ("pool_driver.py", "pool_tasks.py"):
        (folder / "bench").mkdir(exist_ok=True)
        shutil.copy(Path(__file__).with_name(name), folder / "bench")
    installed = folder / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    run([str(installed), "-m", "compileall", "-q", "src", "bench"], folder, env)
    return installed, absent


def measure(part: str, plan: dict[str, Any], python: Path) -> Result:
    """Run a part of the driver in a process of its own. Raises CommandError."""
    bench = python.parents[2] / "bench"
    child = subprocess.Popen(
        [python, bench / "pool_driver.py", part, json.dumps(plan)],
        cwd=bench,
        env=environment(PYTHONPATH=str(bench)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = child.communicate()
    finally:  # also when interrupted: its workers would stay
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    if child.returncode:
        raise CommandError(f"measuring {part} ended with {child.returncode}: see above")
    return json.loads(printed)


def efficiencies(speed: Result, name: str, size: float) -> list[float]:
    """Return a way's efficiency at a task size, in ms, round by round."""
    key = str(size / 1e3)
    loop = f"{LOOP} beside {DASK}" if name == DASK else LOOP
    return [
        taken[loop][key] / taken[name][key] / speed["workers"]
        for taken in speed["rounds"]
        if key in taken.get(name, {})
    ]


def best_peer(speed: Result, size: float) -> tuple[str, float]:
    """Return the fastest peer at a task size, and the median ratio of our speed to its."""
    names = [name for name in speed["rounds"][0] if name not in NO_PEERS]
    best = max(names, key=lambda name: median(efficiencies(speed, name, size) or [0]))
    pairs = zip(efficiencies(speed, OURS, size), efficiencies(speed, best, size), strict=False)
    return best, median(mine / theirs for mine, theirs in pairs)


def table(pin: str, speed: Result, sizes: Sequence[float]) -> str:
    """Return the efficiencies of all ways as a Markdown table, and below it the ratios."""
    rows = [f"| {pin} ({speed['backend']}) | {' | '.join(f'{size:g} ms' for size in sizes)} |"]
    rows.append("| --- |" + " ---: |" * len(sizes))
    names = [name for name in speed["rounds"][0] if name not in {LOOP, f"{LOOP} beside {DASK}"}]
    middle = sizes[len(sizes) // 2]
    names.sort(key=lambda name: -median(efficiencies(speed, name, middle) or [0]))
    for name in names:
        cells = []
        for size in sizes:
            values = efficiencies(speed, name, size) or [float("nan")]
            cells.append(f"{median(values):.2f} ±{(max(values) - min(values)) / 2:.2f}")
        rows.append(f"| {name} | {' | '.join(cells)} |")
    for name, why in speed["absent"].items():
        rows.append(f"| {name} | absent: {why.replace('|', '/')} |" + " |" * (len(sizes) - 1))
    peers = [best_peer(speed, size) for size in sizes]
    rows.append(f"| **{OURS} / best peer** | {' | '.join(f'{ratio:.2f}' for _, ratio in peers)} |")
    rows.append(f"| best peer | {' | '.join(name.partition(',')[0] for name, _ in peers)} |")
    return "\n".join(rows)


def pipeline_ratio(times: dict[str, float], cores: int) -> float:
    """Return the least time that a round's pipeline could take over the time that it took."""
    cpu = (times["network_cpu"] + times["analysis_cpu"]) / cores
    return max(times["network"], cpu) / times["pipeline"]


def growth(samples: Sequence[float]) -> float:
    """Return how far memory rose above what it was after the first fifth of the items."""
    return max(samples[2:]) - samples[1]


def verdicts(result: dict[str, Result], sizes: Sequence[float]) -> list[str]:
    """Say of each target whether it was met, with the numbers."""
    speed, lines = result["speed"], []

    def judge(target: str, numbers: str, met: bool | None) -> None:
        word = "not measured" if met is None else "met" if met else "missed"
        lines.append(f"target: {target}: {numbers + ', ' if numbers else ''}{word}")

    for target, limit, chosen in (
        ("efficiency of at least 0.95 from 1 ms on", 0.95, [s for s in sizes if s >= 1]),
        ("efficiency of at least 0.90 at 0.1 ms", 0.90, [s for s in sizes if s == 0.1]),
    ):
        reached = {size: median(efficiencies(speed, OURS, size)) for size in chosen}
        hand = {size: median(efficiencies(speed, BY_HAND, size)) for size in chosen}
        numbers = [f"{reached[s]:.3f} at {s:g} ms ({BY_HAND} {hand[s]:.3f})" for s in chosen]
        judge(target, "; ".join(numbers), min(reached.values()) >= limit if chosen else None)
    peers = {size: best_peer(speed, size) for size in sizes if size >= 0.05}
    ratios = [f"{ratio:.3f} of {name} at {s:g} ms" for s, (name, ratio) in peers.items()]
    first = all(ratio >= LEVEL for _, ratio in peers.values()) if peers else None
    judge(
        f"first of all peers from 0.05 ms on, or within {1 - LEVEL:.0%}", "; ".join(ratios), first
    )
    samples = result["memory"]["samples"]
    rose = f"{growth(samples):+.1f} MiB over {result['memory']['items']:,} items"
    judge(f"memory grows by less than {FLAT:g} MiB", rose, growth(samples) < FLAT)
    pipeline = result["pipeline"]
    ratio = median(pipeline_ratio(times, pipeline["cores"]) for times in pipeline["rounds"])
    judge("pipeline at least 0.9 of its limit", f"{ratio:.3f}", ratio >= 0.9)
    return lines


def facts(pin: str, result: dict[str, Result]) -> list[str]:
    """Say what was measured beside the table, and warn of what spoils it."""
    speed, memory, pipeline = (result[part] for part in ("speed", "memory", "pipeline"))
    middle = {
        name: median(times[name] for times in pipeline["rounds"])
        for name in ("network", "network_cpu", "analysis_cpu", "pipeline")
    }
    chunks = ", ".join(map(str, speed["chunksizes"]))
    fewer = {
        name
        for counts in speed["counts"].values()
        for name, count in counts.items()
        if count < counts[LOOP]
    }
    lines = [
        (
            f"{speed['workers']} workers, {len(speed['rounds'])} rounds; best chunksizes {chunks}; "
            f"fewer items at small sizes for {', '.join(sorted(fewer | {DASK}))}"
        ),
        f"memory in MiB, 10 samples over {memory['items']:,} items in {memory['seconds']:.1f} s: "
        + ", ".join(f"{sample:.1f}" for sample in memory["samples"]),
        (
            f"pipeline, {pipeline['documents']} documents: {middle['pipeline']:.2f} s; fetching alone "
            f"{middle['network']:.2f} s; CPU {middle['network_cpu']:.2f} s of fetching and source, "
            f"{middle['analysis_cpu']:.2f} s of analysis, on {pipeline['cores']} cores"
        ),
    ]
    for part in ("speed", "memory", "pipeline"):
        if load := result[part]["load"]:
            used = f"others used {mean(load):.2f} cores during {part}, {max(load):.2f} at worst"
            busy = mean(load) > BUSY * (os.cpu_count() or 1)
            lines.append(f"WARNING: {used}: run it again when it is quiet" if busy else used)
    if speed["gil"] and pin.endswith("t"):
        lines.append("WARNING: a peer turned the GIL on; what was measured is no free threading")
    if not speed["gil"] and not speed["immortal"]:
        lines.append("WARNING: the task was not read from a .pyc, so that threads contend")
    return lines


def conditions() -> list[str]:
    """Describe the machine, and say what was rendered."""
    now, model = dt.datetime.now(dt.UTC), platform.processor() or platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        cpu = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line for line in cpu if line.startswith("model name")).partition(": ")[2]
    commit = run("git rev-parse --short HEAD", REPOSITORY).strip()
    changed = " with changes" if run("git status --porcelain", REPOSITORY).strip() else ""
    return [
        f"{now:%Y-%m-%d %H:%M} UTC; {model}, {os.cpu_count()} cores; {platform.platform()}",
        (
            f"template at {commit}{changed}; efficiency: speed-up over the plain loop / workers, "
            "median and half of the range over the rounds"
        ),
    ]


def report(options: argparse.Namespace) -> None:
    """Measure pin by pin, and print; raises CommandError and InterpreterUnavailable."""
    plan = (QUICK if options.quick else FULL) | {"sizes": [size / 1e3 for size in options.sizes]}
    plan |= {"rounds": options.rounds or plan["rounds"]}
    about, results = conditions(), {}
    for pin in options.pins:
        with tempfile.TemporaryDirectory(prefix="pool-", ignore_cleanup_errors=True) as root:
            say(f"{pin}: making a project")
            python, absent = make_project(pin, Path(root).resolve() / "project")
            version = run([str(python), "-VV"], python.parent).strip()
            say(f"{pin}: measuring; {version}")
            parts = ("speed", "memory", "pipeline")
            result = {part: measure(part, plan, python) for part in parts}
        result["speed"]["absent"] |= absent
        results[pin] = {"python": version} | result
        lines = [version, *facts(pin, result), *verdicts(result, options.sizes)]
        print(table(pin, result["speed"], options.sizes), end="\n\n")
        print("\n".join(f"- {line}" for line in lines), end="\n\n", flush=True)
        if options.json:  # after each pin: the next one may fail
            numbers = {"conditions": about, "sizes_ms": options.sizes, "pins": results}
            options.json.write_text(json.dumps(numbers, indent=2) + "\n")
    print("\n".join(f"- {line}" for line in about))


def listed_pins(text: str) -> list[str]:
    """Return the pins of an argument like `3.14,3.14t`; raises ArgumentTypeError."""
    pins = text.split(",")
    if unknown := [pin for pin in pins if pin not in PINS]:
        raise argparse.ArgumentTypeError(f"no pin: {unknown[0]!r}; choose of {', '.join(PINS)}")
    return pins


def listed_sizes(text: str) -> list[float]:
    """Return the task sizes, in ms, of an argument like `0.1,1`; raises ArgumentTypeError."""
    try:
        sizes = sorted(map(float, text.split(",")))
    except ValueError:
        sizes = [0.0]
    if not all(0.001 <= size <= 10_000 for size in sizes):
        raise argparse.ArgumentTypeError("write milliseconds from 0.001 to 10000, like 0.1,1,10")
    return sizes


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pins", type=listed_pins, default=["3.14", "3.14t"], metavar="PIN,...")
    parser.add_argument(
        "--sizes", type=listed_sizes, default=[*SIZES], metavar="MS,...", help="of a task"
    )
    parser.add_argument("--rounds", type=int, help=f"default: {FULL['rounds']}; quick: 1")
    parser.add_argument("--quick", action="store_true", help="a look at whether it works, no more")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every number there")
    options = parser.parse_args(arguments)
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if options.json and not options.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no folder {options.json.absolute().parent}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        report(options)
    except (CommandError, InterpreterUnavailable) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
