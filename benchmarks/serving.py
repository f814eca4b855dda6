"""How near to the physical limit does a served model come, and those who serve it otherwise?

    uv run benchmarks/serving.py [--pins 3.14,3.14t] [--quick] [--rounds N] [--models NAME,...]
                                 [--contenders WORD,...] [--json FILE] [--plot FILE]

A project with `onnx_serving` is rendered from the working tree for each pin, and each peer gets an
environment of its own with the same Python, where it can be installed there. Models come from the
project's own tools, efficientnet-lite0 in seconds; the others (mobilenet-v2, and -int8 after either
name) need PyTorch, which `tools/export_onnx.py` installs.

* One photograph, a JPEG of 384 x 256 pixels, which is what the demo's page sends, goes to each
  server over loopback by wrk, from 1, 8 and 64 connections at once. wrk takes a few per cent of a
  core, and shares the cores with the server, as the raw limit's threads do not.
* The raw limit is the same work without a server: decode, infer and name five labels, in as many
  threads as there are cores (`serving_peers/raw.py`; our own preprocessing, on its own code). It is
  measured before and after each server. A measurement counts if both limits agree within 12 %; else
  it is made again, at most three times as often as asked. How many cores the machine gives is
  probed before each, by threads that compress, and the table has the median.
* After each, it waits until the server has done what the generator left behind, which many do.
* What counts is the ratio of a server's rate to the mean of its two limits. Tables have medians.
* A lone request, from 1 connection, is compared with a raw run that has all cores.
* Servers start anew for each round, in another order each time. "start" is from the command to the
  first 200 of /readyz, "memory" is what the server and its children hold (PSS) after all requests.
* Ours may queue 128 requests, as by default; "tuned" gives LitServe and BentoML our preprocessing,
  single-threaded sessions, and a worker or thread for each core.

It exits with 0 also where a target is missed: it measures, and tests are elsewhere.
"""

import argparse
import contextlib
import json
import math
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from copier.errors import DirtyLocalWarning
from pool import conditions, listed_pins, say

from dev.environment import environment
from dev.interpreters import InterpreterUnavailable, find
from dev.project import REPOSITORY, CommandError, render, run

PEERS = Path(__file__).with_name("serving_peers")
OURS = "my-app serve"
CONNECTIONS = (1, 8, 64)
AGREE = 0.12  # how far the limits before and after may be apart
IDLE = 2  # hundredths of a second of CPU in a quarter of a second
CORES = len(os.sched_getaffinity(0))
MODELS = ["efficientnet-lite0", "mobilenet-v2", "efficientnet-lite0-int8"]
Row = dict[str, Any]


@dataclass
class Contender:
    """A server: its environment, command, address and way of taking a photograph."""

    name: str
    packages: list[str]
    command: list[str]
    path: str = "/predict"
    content: str = "image/jpeg"
    ready: str = ""  # where it answers GET with 200; else it is ready once it listens and answers
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment_name(self) -> str:
        """Contenders with the same packages share an environment."""
        return self.packages[0] if self.packages else "ours"


TUNED = {"TUNED": "1"}
LITSERVE = ["litserve", "python-multipart", "onnxruntime", "pillow"]
BENTOML = ["bentoml", "onnxruntime", "pillow"]
FASTAPI = ["fastapi", "uvicorn", "uvloop", "httptools", "onnxruntime", "pillow"]
BENTO = ["bentoml", "serve", "with_bentoml:Classify", "--host", "127.0.0.1", "--port", "PORT"]
LIT = ["python", "with_litserve.py", "PORT"]
TUTORIAL = ["uvicorn", "--port", "PORT", "--no-access-log", "with_fastapi:app"]
CONTENDERS = [
    Contender(
        OURS, [], ["my-app", "serve", "MODEL", "--port", "PORT"], "/v1/classify", ready="/readyz"
    ),
    Contender("LitServe, tuned", LITSERVE, LIT, content="multipart", settings=TUNED),
    Contender("LitServe", LITSERVE, LIT, content="multipart"),
    Contender("BentoML, tuned", BENTOML, BENTO, content="application/octet-stream", settings=TUNED),
    Contender("BentoML", BENTOML, BENTO, content="application/octet-stream"),
    Contender("tutorial FastAPI", FASTAPI, TUTORIAL),
    Contender("tutorial FastAPI, 2 workers", FASTAPI, [*TUTORIAL, "--workers", "2"]),
]


class Raw:
    """The raw limit's process, which measures when asked."""

    def __init__(self, python: Path, model: Path, photograph: Path) -> None:
        self._child = subprocess.Popen(
            [python, PEERS / "raw.py", photograph],
            env=environment(MODEL=str(model), **TUNED),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **asked: float) -> Row:
        """Return an answer as `raw.py` says. Raises CommandError if it died."""
        print(json.dumps(asked), file=self._child.stdin, flush=True)
        if not (line := self._child.stdout.readline() if self._child.stdout else ""):
            raise CommandError("the raw pipeline ended: see above")
        return json.loads(line)

    def close(self) -> None:
        """End it."""
        self._child.kill()
        self._child.communicate()


def make_project(pin: str, folder: Path) -> Path:
    """Render a serving project for a pin, and make its environment; return the environment's programs.

    Raises CommandError and InterpreterUnavailable.
    """
    answers: Row = {
        "python_version": pin.removesuffix("t"),
        "free_threaded": pin.endswith("t"),
        "concurrency": False,
        "onnx_serving": True,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DirtyLocalWarning)  # `conditions` says it
        render(folder, answers, REPOSITORY)
    env = environment(UV_COMPILE_BYTECODE="1", UV_PYTHON_DOWNLOADS="never")
    sync = ["uv", "sync", "--quiet", "--no-dev", "--extra", "cpu", "--python", str(find(pin))]
    run(sync, folder, env)
    return folder / ".venv" / "bin"


def make_peer(packages: Sequence[str], pin: str, folder: Path) -> Path:
    """Make an environment for a peer; return its programs. Raises CommandError."""
    env = environment(UV_PYTHON_DOWNLOADS="never")
    run(["uv", "venv", "--quiet", "--python", str(find(pin)), str(folder)], folder.parent, env)
    install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(folder)]
    run([*install, *packages], folder.parent, env)
    return folder / "bin"


def make_model(name: str, project: Path, folder: Path) -> Path:
    """Make a model with the tools of a project. Raises CommandError."""
    path = folder / f"{name}.onnx"
    if path.exists():
        return path
    if name == "efficientnet-lite0":
        run(["uv", "run", "tools/demo_model.py", "--output", str(path)], project)
        return path
    base = name.removesuffix("-int8")
    full = folder / f"{base}.onnx"
    command = ["uv", "run", "tools/export_onnx.py", "--model", base, "--output", str(full)]
    run([*command, "--int8"] if name.endswith("-int8") else command, project)
    return path


def make_photograph(programs: Path, folder: Path) -> Path:
    """Make the photograph out of one that scikit-learn carries, with a project's Pillow."""
    photographs = folder / "photographs"
    run(
        ["uv", "pip", "install", "-q", "--no-deps", "--target", str(photographs), "scikit-learn"],
        folder,
    )
    original = photographs / "sklearn" / "datasets" / "images" / "china.jpg"
    code = (
        f"from PIL import Image; "
        f"Image.open({str(original)!r}).resize((384, 256)).save('photograph.jpg', quality=80)"
    )
    run([str(programs / "python"), "-c", code], folder)
    return folder / "photograph.jpg"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def served(
    contender: Contender, programs: Path, model: Path, photograph: Path, log: Path
) -> Generator[tuple[str, float, int]]:
    """Start a server and stop it; yield its address, the seconds that it took, and its process.

    Raises CommandError, with the end of its log, if it does not come up within a minute.
    """
    port = free_port()
    words = {"PORT": str(port), "MODEL": str(model)}
    program, *rest = [words.get(word, word) for word in contender.command]
    address = f"http://127.0.0.1:{port}"
    begun = time.perf_counter()
    with log.open("w") as out:
        child = subprocess.Popen(
            [programs / program, *rest],
            cwd=PEERS,
            env=environment(
                MODEL=str(model),
                PATH=f"{programs}{os.pathsep}{os.environ['PATH']}",
                BENTOML_DO_NOT_TRACK="True",
                **contender.settings,
            ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        while not answers(contender, address, photograph):
            if child.poll() is not None or time.perf_counter() - begun > 60:
                raise CommandError(f"{contender.name} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.01)
        yield address, time.perf_counter() - begun, child.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def answers(contender: Contender, address: str, photograph: Path) -> bool:
    """Tell whether a server is ready."""
    if not contender.ready:
        return shoot(contender, address, photograph, 1, 0.1, quiet=True)["rate"] > 0
    try:
        with urllib.request.urlopen(address + contender.ready, timeout=1) as response:  # noqa: S310
            return response.status == 200
    except OSError:
        return False


def shoot(
    contender: Contender,
    address: str,
    photograph: Path,
    connections: int,
    seconds: float,
    *,
    quiet: bool = False,
) -> Row:
    """Send photographs for a while; return the rate of good answers a second, latencies and errors."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"]
    script = [
        "-s",
        PEERS / "post.lua",
        address + contender.path,
        "--",
        photograph,
        contender.content,
    ]
    child = subprocess.run(
        [*command, *script],
        capture_output=True,
        text=True,
        check=False,
    )
    _, found, numbers = child.stdout.partition("JSON ")
    if not found:
        if quiet:
            return {"rate": 0.0}
        raise CommandError(f"wrk failed for {contender.name}: {child.stdout}{child.stderr}")
    shot = json.loads(numbers.splitlines()[0])
    return shot | {"rate": max(0, shot["requests"] - shot["errors"]) / shot["seconds"]}


def members(ancestor: int) -> list[tuple[Path, list[str]]]:
    """Return the folder in /proc of a process and of each descendant, with the words of its `stat` after the name.

    BentoML's workers are in groups and sessions of their own.
    """
    running: dict[int, tuple[Path, list[str]]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            running[int(stat.parent.name)] = (
                stat.parent,
                stat.read_text().rpartition(")")[2].split(),
            )
    found = {ancestor}
    while more := {
        each for each, (_, words) in running.items() if int(words[1]) in found and each not in found
    }:
        found |= more
    return [running[each] for each in found if each in running]


def memory(ancestor: int) -> float:
    """Return the MiB that a process and its descendants hold, shared pages by their share (PSS)."""
    total = 0
    for folder, _ in members(ancestor):
        with contextlib.suppress(OSError):
            total += int((folder / "smaps_rollup").read_text().partition("\nPss:")[2].split()[0])
    return total / 1024


def settle(ancestor: int) -> None:
    """Wait until a server has done what it still had to do: many go on with requests whose clients are gone."""
    before, until = -math.inf, time.monotonic() + 30
    while time.monotonic() < until:
        used = sum(
            int(words[11]) + int(words[12]) for _, words in members(ancestor)
        )  # user, system
        if used - before <= IDLE:
            return
        before = used
        time.sleep(0.25)


def measure_round(
    contender: Contender,
    programs: Path,
    model: Path,
    photograph: Path,
    raw: Raw,
    seconds: float,
    log: Path,
    wanted: Sequence[int],
) -> tuple[list[Row], list[str]]:
    """Measure a server from each wanted number of connections, each between two raw limits.

    Return what counts, and what spoilt the others.
    """
    rows: list[Row] = []
    spoilt: list[str] = []
    with served(contender, programs, model, photograph, log) as (address, start, process):
        shoot(contender, address, photograph, 8, 1)  # warm
        settle(process)
        for connections in wanted:
            asked = (
                {"threads": CORES, "intra": 1}
                if connections > 1
                else {"threads": 1, "intra": CORES}
            )
            given = raw.ask(probe=0.2)["cores"]
            before = raw.ask(**asked, seconds=seconds / 2)
            shot = shoot(contender, address, photograph, connections, seconds)
            settle(process)
            after = raw.ask(**asked, seconds=seconds / 2)
            low, high = sorted((before["rate"], after["rate"]))
            if low < (1 - AGREE) * high:
                spoilt.append(f"{connections}: the limits were {low:.0f} and {high:.0f} a second")
                continue
            rows.append(
                shot
                | {
                    "contender": contender.name,
                    "connections": connections,
                    "limit": (low + high) / 2,
                    "ratio": 2 * shot["rate"] / (low + high),
                    "alone": (before["median_ms"] + after["median_ms"]) / 2 / shot["p50_ms"],
                    "start_s": start,
                    "cores": given,
                }
            )
        held = memory(process)
    return [row | {"memory_mib": held} for row in rows], spoilt


def measure(
    pin: str,
    names: Sequence[str],
    contenders: Sequence[Contender],
    rounds: int,
    seconds: float,
    root: Path,
) -> tuple[dict[str, list[Row]], dict[str, str]]:
    """Measure all contenders with each model; return the kept rows by model, and who is absent, and why."""
    absent: dict[str, str] = {}
    project = root / f"project-{pin}"
    environments = {"ours": make_project(pin, project)}
    for contender in contenders:
        name = contender.environment_name
        if name not in environments:
            say(f"{pin}: installing {name}")
            try:
                environments[name] = make_peer(contender.packages, pin, root / f"{name}-{pin}")
            except CommandError as error:
                absent[contender.name] = str(error).strip().splitlines()[-1]
    photograph = make_photograph(environments["ours"], root)
    results: dict[str, list[Row]] = {}
    for name in names:
        try:
            say(f"{pin}: making {name}")
            model = make_model(name, project, root)
        except CommandError as error:
            absent[name] = str(error)
            continue
        raw = Raw(environments["ours"] / "python", model, photograph)
        rows = results[name] = []
        try:
            for attempt in range(3 * rounds):
                order = [c for c in contenders if c.environment_name in environments]
                random.shuffle(order)
                for contender in order:
                    kept = [
                        row["connections"] for row in rows if row["contender"] == contender.name
                    ]
                    wanted = [n for n in CONNECTIONS if kept.count(n) < rounds]
                    if not wanted or contender.name in absent:
                        continue
                    log = root / "server.log"
                    programs = environments[contender.environment_name]
                    try:
                        found, spoilt = measure_round(
                            contender, programs, model, photograph, raw, seconds, log, wanted
                        )
                    except CommandError as error:
                        absent[contender.name] = str(error)
                        continue
                    rows += found
                    what = [f"{row['ratio']:.2f} at {row['connections']}" for row in found]
                    done = "; ".join([*what, *spoilt])
                    say(f"{pin}, {name}, attempt {attempt + 1}: {contender.name}: {done}")
        finally:
            raw.close()
    return results, absent


def middle(rows: Sequence[Row], contender: str, connections: int, key: str) -> float:
    """Return the median of a number over the rounds that were kept, NaN if none was."""
    found = [
        row[key]
        for row in rows
        if row["contender"] == contender and row["connections"] == connections
    ]
    return median(found) if found else float("nan")


def table(pin: str, model: str, rows: Sequence[Row], names: Sequence[str]) -> str:
    """Return what was measured of a model as a Markdown table."""
    columns = "kept | alone | 8 at once | p50 / p99 ms | 64 at once | p50 / p99 ms | errors | start s | memory MiB"
    lines = [
        f"| {pin}, {model} | {columns} |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in names:
        kept = sum(row["contender"] == name and row["connections"] == 1 for row in rows)
        cells = [str(kept), f"{middle(rows, name, 1, 'alone'):.2f}"]
        for connections in CONNECTIONS[1:]:
            latencies = [middle(rows, name, connections, key) for key in ("p50_ms", "p99_ms")]
            cells += [
                f"{middle(rows, name, connections, 'ratio'):.2f}",
                f"{latencies[0]:.0f} / {latencies[1]:.0f}",
            ]
        errors = sum(row["errors"] for row in rows if row["contender"] == name)
        cells += [
            str(errors),
            f"{middle(rows, name, 1, 'start_s'):.1f}",
            f"{middle(rows, name, 1, 'memory_mib'):.0f}",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    limits = [row["limit"] for row in rows if row["connections"] > 1]
    if limits:
        cores = median(row.get("cores", math.nan) for row in rows)
        limit = f"{median(limits):.0f} photographs a second, with {cores:.2f} cores"
        lines.append(f"\nraw limit: {limit}")
    return "\n".join(lines)


def verdicts(model: str, rows: Sequence[Row]) -> list[str]:
    """Say of each target whether it was met, with the numbers."""
    lines = []

    def judge(target: str, numbers: Sequence[float], met: bool) -> None:
        words = ", ".join(f"{number:.2f}" for number in numbers)
        word = "not measured" if any(map(math.isnan, numbers)) else "met" if met else "missed"
        lines.append(f"{model}: {target}: {words}: {word}")

    busy = CONNECTIONS[1:]
    ours = [middle(rows, OURS, n, "ratio") for n in busy]
    judge("at least 0.92 of the raw limit at 8 and 64", ours, min(ours) >= 0.92)
    for peer, factor in (("LitServe, tuned", 1.25), ("BentoML, tuned", 1.7), ("BentoML", 1.7)):
        times = [mine / middle(rows, peer, n, "ratio") for mine, n in zip(ours, busy, strict=True)]
        judge(f"{factor} times {peer}", times, min(times) >= factor)
    tails = [middle(rows, OURS, n, "p99_ms") / middle(rows, OURS, n, "p50_ms") for n in busy]
    judge("p99 at most 1.4 times p50", tails, max(tails) <= 1.4)
    alone = middle(rows, OURS, 1, "alone")
    judge("a lone request within 15 % of a raw run with all cores", [alone], alone >= 1 / 1.15)
    held = middle(rows, OURS, 1, "memory_mib")
    judge("at most 220 MiB", [held], held <= 220)
    start = middle(rows, OURS, 1, "start_s")
    judge("ready in a second", [start], start < 1)
    errors = middle(rows, OURS, 64, "errors")
    judge("no error", [errors], not any(row["errors"] for row in rows if row["contender"] == OURS))
    return lines


def report(options: argparse.Namespace) -> None:
    """Measure pin by pin, and print; raises CommandError and InterpreterUnavailable."""
    seconds, rounds = (1.0, 1) if options.quick else (3.0, 5)
    rounds = options.rounds or rounds
    chosen = [
        c
        for c in CONTENDERS
        if c.name == OURS or any(word.lower() in c.name.lower() for word in options.contenders)
    ]
    numbers: Row = {"conditions": conditions()[:1], "pins": {}}
    with tempfile.TemporaryDirectory(prefix="serving-", ignore_cleanup_errors=True) as folder:
        root = Path(folder).resolve()
        for pin in options.pins:
            results, absent = measure(pin, options.models, chosen, rounds, seconds, root)
            numbers["pins"][pin] = {"models": results, "absent": absent}
            for model, rows in results.items():
                names = [c.name for c in chosen if c.name not in absent]
                print(table(pin, model, rows, names), end="\n\n")
                print(
                    "\n".join(f"- {line}" for line in verdicts(model, rows)), end="\n\n", flush=True
                )
            for name, why in absent.items():
                print(f"- absent on {pin}: {name}: {why}", flush=True)
            if options.json:  # after each pin: the next one may fail
                options.json.write_text(json.dumps(numbers, indent=2) + "\n")
        if options.plot:
            data = root / "numbers.json"
            data.write_text(json.dumps(numbers))
            plot = [
                "uv",
                "run",
                "--script",
                str(PEERS / "plot.py"),
                str(data),
                str(options.plot.absolute()),
            ]
            run(plot, root)
    print("\n".join(f"- {line}" for line in numbers["conditions"]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pins", type=listed_pins, default=["3.14", "3.14t"], metavar="PIN,...")
    parser.add_argument(
        "--models", type=lambda text: text.split(","), default=MODELS, metavar="NAME,..."
    )
    parser.add_argument(
        "--contenders",
        type=lambda text: text.split(","),
        default=[""],
        metavar="WORD,...",
        help="only those whose names have one of these words, and ours",
    )
    parser.add_argument("--rounds", type=int, help="to keep of each; default: 5; quick: 1")
    parser.add_argument("--quick", action="store_true", help="a look at whether it works, no more")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every number there")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it, as SVG or PNG")
    options = parser.parse_args(arguments)
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be at least 1")
    for path in (options.json, options.plot):
        if path and not path.absolute().parent.is_dir():
            parser.error(f"there is no folder {path.absolute().parent}")
    if not shutil.which("wrk"):
        parser.error("wrk is missing: apt-get install wrk, or brew install wrk")
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
