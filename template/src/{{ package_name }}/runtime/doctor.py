"""Whether this interpreter keeps what the project promises, and what each dependency allows."""

import importlib.util
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from .. import DISTRIBUTION
from .cores import cpu_quota, explicit_cores, usable_cores
from .examine import FREE_THREADED, runtime_distributions, wheel

TIMEOUT = 60  # seconds for a dependency's import
PIN = re.compile(r"(?:cpython[-@]?)?(\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?)(t|\+gil|\+freethreaded)?")

Report = dict[str, Any]


def examine(progress: Callable[[int, int], object] = lambda _done, _all: None) -> Report:
    """Return what `doctor --json` prints; `progress` is told how many dependencies are done, of how many.

    `problems` are promises that are broken, `warnings` are not; each says what to do next.
    """
    dists = runtime_distributions()
    with ThreadPoolExecutor(usable_cores()) as executor:
        try:
            state = executor.submit(ask)
            futures = {executor.submit(ask, name): name for name in dists}
            for done, _ in enumerate(as_completed(futures), 1):
                progress(done, len(futures))
        except BaseException:
            executor.shutdown(cancel_futures=True)
            raise
    dependencies = [
        {"name": dist.name, "version": dist.version, "wheel": wheel(dist), **future.result()}
        for dist, future in zip(dists.values(), futures, strict=True)
    ]
    report = {
        "python": {
            "version": platform.python_version(),
            "final": sys.version_info.releaselevel == "final",
            "build": "free-threaded" if FREE_THREADED else "with a GIL",
            "executable": sys.executable,
        },
        "promise": promise(distribution(DISTRIBUTION)),
        "gil": {"on": sys._is_gil_enabled(), "set_by": gil_setting()},
        "cores": {
            "usable": usable_cores(),
            "affinity": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
            "quota": cpu_quota(),
            "set_explicitly": explicit_cores(),
        },
        "bytecode": bytecode(Path(__file__).parents[1]),
        "backend": state.result(),
        "dependencies": dependencies,
    }
    return report | {"problems": list(problems(report)), "warnings": list(cautions(report))}


def problems(report: Report) -> Iterator[str]:
    """Yield the promises that are broken."""
    python, promised, gil = report["python"], report["promise"], report["gil"]
    version, free_threaded = python["version"], python["build"] == "free-threaded"
    pin = PIN.fullmatch(promised["pin"] or "")
    build = pin[2] if pin else None
    if pin and (
        not f"{version}.".startswith(f"{pin[1]}.") or (build and free_threaded != (build != "+gil"))
    ):
        yield (
            f".python-version asks for {promised['pin']}, but this is {version} {python['build']}: "
            "run `uv sync`, which takes the Python of the pin, or change the pin: `uv python pin`."
        )
    release = Version(version).base_version  # uv counts a candidate of 3.15 as 3.15
    if not SpecifierSet(promised["requires_python"] or "").contains(release):
        yield (
            f"requires-python asks for {promised['requires_python']}, but this is {version}: "
            "run `uv sync` with a newer Python (`uv python pin`), or change pyproject.toml."
        )
    if not free_threaded or not (build in ("t", "+freethreaded") or promised["free_threading"]):
        return
    if gil["on"]:
        yield f"The GIL is on, by {gil['set_by'] or 'a module of the program'}: start without it."
    if gil["set_by"] is None:
        for dependency in report["dependencies"]:
            if module := dependency["turns_gil_on"]:
                name = dependency["name"]
                yield (
                    f"{name} turns the GIL on where {module} is imported. Look for a newer release: "
                    f"`uv lock --upgrade-package {name}`; see who needs it: `uv tree --invert "
                    f"--package {name}`; or give up on free-threading: "
                    "`uvx copier update -d free_threaded=false`."
                )


def cautions(report: Report) -> Iterator[str]:
    """Yield what breaks no promise, but costs something."""
    python, state, code = report["python"], report["backend"], report["bytecode"]
    if [3, 14] <= numbers(python["version"]) < [3, 14, 5]:
        yield (
            "Python 3.14.0 to 3.14.4 have the incremental garbage collector, which takes much more "
            "memory and was withdrawn in 3.14.5: `uv python upgrade 3.14`."
        )
    if not python["final"]:
        yield "This Python is not a final release: `uv python upgrade` once there is one."
    if report["promise"]["pin"] and not PIN.fullmatch(report["promise"]["pin"]):
        yield f"The pin {report['promise']['pin']!r} was not understood, and not checked."
    off, cost = None, "imports are slower"
    if FREE_THREADED:
        cost += ", and threads contend for the constants of what was compiled in memory"
    if not code["written"]:
        off = "Python doesn't write bytecode: unset PYTHONDONTWRITEBYTECODE, start without -B"
    elif code["missing"] and not code["writable"]:
        off = "bytecode is missing, in a folder that can't be written: install with UV_COMPILE_BYTECODE=1"
    elif state["constants"] == "mortal":
        off = "the tasks were just compiled from source (after an edit?): start again"
    if off:
        yield f"{off[0].upper()}{off[1:]}. Meanwhile {cost}."
    if state["error"]:
        yield f"No backend can be chosen: {state['error']}"
    for dependency in report["dependencies"]:
        if dependency["error"]:
            yield f"{dependency['name']} was not examined in full: {dependency['error']}"


def promise(dist: Distribution) -> Report:
    """Return the pin in `.python-version` of an editable install, and what the metadata promise."""
    origin = json.loads(dist.read_text("direct_url.json") or "{}")
    pin = None
    if origin.get("dir_info", {}).get("editable"):
        file = Path(url2pathname(urlsplit(origin["url"]).path), ".python-version")
        lines = file.read_text().splitlines() if file.exists() else []
        pin = next((text for line in lines if (text := line.partition("#")[0].strip())), None)
    classifiers = dist.metadata.get_all("Classifier") or []
    return {
        "pin": pin,
        "requires_python": dist.metadata.get("Requires-Python"),
        "free_threading": any(":: Free Threading" in text for text in classifiers),
    }


def numbers(version: str) -> list[int]:
    """Return [3, 14, 7] for 3.14.7, also where letters follow."""
    return [int(part) for part in re.findall(r"\d+", version)[:3]]


def gil_setting() -> str | None:
    """Return the setting that turns the GIL on or off for good, whatever is imported."""
    if "gil" in sys._xoptions:
        return f"-X gil={sys._xoptions['gil']}"
    value = None if sys.flags.ignore_environment else os.environ.get("PYTHON_GIL")
    return f"PYTHON_GIL={value}" if value and FREE_THREADED else None


def bytecode(folder: Path) -> Report:
    """Return whether Python writes bytecode, and how many of the modules below `folder` lack it."""
    caches = [Path(importlib.util.cache_from_source(str(path))) for path in folder.rglob("*.py")]
    missing = [cache for cache in caches if not cache.exists()]
    existing = {next(up for up in cache.parents if up.exists()) for cache in missing}
    return {
        "written": not sys.dont_write_bytecode,
        "writable": all(os.access(up, os.W_OK) for up in existing),
        "missing": len(missing),
        "modules": len(caches),
    }


def ask(name: str | None = None) -> Report:
    """Return what `examine` writes about a dependency, or without a name about the tasks."""
    keys = (
        ("native", "subinterpreter", "modules", "turns_gil_on")
        if name
        else ("name", "why", "module", "constants")
    )
    answer: Report = dict.fromkeys((*keys, "error"))
    environment = dict(os.environ)
    options = []
    if name:
        environment.pop("PYTHON_GIL", None)  # what the dependency does by itself
    elif "gil" in sys._xoptions:
        options = ["-X", f"gil={sys._xoptions['gil']}"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "answer")
        command = [sys.executable, "-P", *options, "-m", f"{__package__}.examine", str(file)]
        try:
            process = subprocess.run(  # noqa: S603
                [*command, name] if name else command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=TIMEOUT,
                check=False,
            )
            error = (
                f"its import ended the process with code {process.returncode}"
                if process.returncode
                else None
            )
        except subprocess.TimeoutExpired:
            error = f"its import took longer than {TIMEOUT} s"
        for line in file.read_text("utf-8").splitlines() if file.exists() else []:
            answer |= json.loads(line)
    answer["error"] = answer["error"] or error
    return answer
