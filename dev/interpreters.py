"""Finds the CPython interpreters that tests, demo and benchmarks run on, and makes those that are not there.

`find("3.14t")` gives the path of an interpreter: one that uv finds, else one that uv downloads, else a build
of the source package of the distribution's own mirror. From a shell: `uv run interpreter 3.14t`.
"""

import argparse
import contextlib
import functools
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path

import filelock

from dev import cpython
from dev.cpython import InterpreterUnavailable, say
from dev.environment import UV, environment

PINS = ("3.13", "3.14", "3.14t", "3.15", "3.15t")
STABLE = ("3.13", "3.14", "3.14t")  # built from source without being asked
REQUIRED = ("3.14", "3.14t")  # tests fail without these, and skip without the others


PROBE = """
import json, sys, sysconfig
version, gil = "%d.%d" % sys.version_info[:2], getattr(sys, "_is_gil_enabled", lambda: True)()
free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
print(json.dumps([sys.implementation.name, version, free_threaded, gil, sys.executable]))
"""


def find(pin: str, *, build: bool | None = None) -> Path:
    """Give the path of a CPython interpreter for a pin, making one where none is found.

    The result, also a failure, is kept for the life of the process.

    Args:
        pin: One of `PINS`; `t` means the free-threaded build.
        build: Whether to build from source when uv finds and installs none; by default for `STABLE` pins.

    Returns:
        The interpreter's path, outside any virtual environment.

    Raises:
        ValueError: The pin is not one of `PINS`.
        InterpreterUnavailable: None of the ways worked.
    """
    if pin not in PINS:
        raise ValueError(f"no such pin: {pin!r}; choose one of {', '.join(PINS)}")
    found = outcome(pin, build=pin in STABLE if build is None else build)
    if isinstance(found, Path):
        return found
    raise InterpreterUnavailable(found)


@functools.cache
def outcome(pin: str, *, build: bool) -> Path | str:
    """Try the ways in order and give the interpreter's path, or the message that says why there is none."""
    ways = {"uv python find": found_by_uv, "uv python install": installed_by_uv}
    if build:
        ways["build from source"] = built_from_source
    tried = ""
    for way, attempt in ways.items():
        try:
            return attempt(pin)
        except (
            InterpreterUnavailable,
            OSError,
            subprocess.SubprocessError,
            tarfile.TarError,
        ) as error:
            tried += f"  {way}:\n{textwrap.indent(str(error), '    ')}\n"
    if not build:
        tried += (
            "  build from source:\n    not tried: it takes --build for pins that are not stable\n"
        )
    packages = " ".join(["build-essential", *(header.package for header in cpython.headers(pin))])
    return (
        f"no CPython {pin} here, and none could be made.\nTried:\n{tried}Do one of these, then run again:\n"
        f"  - where GitHub can be reached: uv python install {pin}\n"
        f"  - behind a mirror of uv's Python downloads: set UV_PYTHON_INSTALL_MIRROR to its address\n"
        f"  - on Debian or Ubuntu: apt-get update && apt-get install {packages}\n"
        f"    and then: uv run interpreter --build {pin}\n"
        f"  - put a CPython {pin} that is not in a virtual environment on PATH"
    )


def found_by_uv(pin: str) -> Path:
    """Give the interpreter that uv finds for a pin, without downloads and outside any virtual environment.

    Raises:
        InterpreterUnavailable: uv finds none, or what it finds is not what the pin asks for.
    """
    # uv takes a free-threaded build for a bare 3.14 when there is no other.
    request = pin if pin.endswith("t") else f"{pin}+gil"
    found = uv("python", "find", "--no-project", "--system", "--no-python-downloads", request)
    return check(Path(found), pin)


def installed_by_uv(pin: str) -> Path:
    """Let uv download an interpreter, as far as its settings and the network allow it, and give its path.

    Raises:
        InterpreterUnavailable: uv cannot install one, or does not find it afterwards.
    """
    say(f"no CPython {pin} found; trying `uv python install {pin}`")
    # One retry fails in 2 s where GitHub's name does not resolve; uv's own defaults take 11 s.
    patience = {"UV_HTTP_RETRIES": "1", "UV_HTTP_CONNECT_TIMEOUT": "5"}
    uv("python", "install", "--no-bin", pin, variables={**patience, **environment()})
    return found_by_uv(pin)


def check(python: Path, pin: str) -> Path:
    """Run an interpreter to see whether it is what a pin asks for, and give the path that it says it has.

    Raises:
        InterpreterUnavailable: It does not run, or is another implementation, version or build.
    """
    command = [str(python), "-I", "-c", PROBE]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=60, cwd="/"
        )
        *answer, executable = json.loads(done.stdout)
        name, version, free_threaded, gil = answer
    except (OSError, subprocess.SubprocessError, TypeError, ValueError) as error:
        raise InterpreterUnavailable(f"{python} does not run as a Python: {error}") from error
    if answer != ["cpython", pin.removesuffix("t"), pin.endswith("t"), not pin.endswith("t")]:
        build = f"{'free-threaded' if free_threaded else 'GIL'} build, GIL {'on' if gil else 'off'}"
        raise InterpreterUnavailable(
            f"{python} is no CPython {pin}: it is {name} {version}, {build}"
        )
    return Path(executable)


def uv(*arguments: str, variables: dict[str, str] | None = None) -> str:
    """Run this environment's uv outside any project and give what it prints on standard output.

    Args:
        arguments: uv's arguments.
        variables: The environment variables, by default `environment()`.

    Raises:
        InterpreterUnavailable: uv fails; the message is uv's.
    """
    command = [UV, "--color", "never", *arguments]
    # The root folder has no project, and no version file that a version manager's shims would follow.
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=variables or environment(),
    )
    if done.returncode:
        # Warnings, such as those about broken shims, come before the error.
        raise InterpreterUnavailable(done.stderr[max(done.stderr.rfind("\nerror:"), 0) :].strip())
    return done.stdout.strip()


def built_from_source(pin: str) -> Path:
    """Build an interpreter from the distribution's source package, put it where uv looks, and give its path.

    A plain `-O3` build without profile-guided or link-time optimisation, fit for tests, not for benchmarks.
    It takes about two minutes on two cores. Processes that ask at once wait for one build.

    Raises:
        InterpreterUnavailable: The machine cannot build, no mirror has a known source, or the build fails.
    """
    machine = platform.machine()
    if (
        sys.platform != "linux"
        or platform.libc_ver()[0] != "glibc"
        or machine not in {"x86_64", "aarch64"}
    ):
        raise InterpreterUnavailable(
            "builds are made on Linux with glibc, on x86_64 and aarch64, only"
        )
    if os.environ.get("UV_OFFLINE", "0").lower() not in {"", "0", "false"}:
        raise InterpreterUnavailable("UV_OFFLINE is set; unset it to download the source package")
    cpython.check_toolchain(pin)
    store = Path(uv("python", "dir"))
    if re.search(r"\s", str(store)):
        raise InterpreterUnavailable(
            f"{store} has blanks, and make cannot do that: set UV_PYTHON_INSTALL_DIR"
        )
    store.mkdir(parents=True, exist_ok=True)
    say(f"building CPython {pin} from source, or waiting for another process that does")
    with filelock.FileLock(store / f".build-{pin}.lock"):
        with contextlib.suppress(InterpreterUnavailable):
            return found_by_uv(pin)  # another process has built it
        for leftover in store.glob(f".build-{pin}-*"):  # of a build that was killed
            shutil.rmtree(leftover, ignore_errors=True)
        # uv ignores names with a leading dot, so it never finds anything half-made.
        prefix = f".build-{pin}-"
        with tempfile.TemporaryDirectory(
            prefix=prefix, dir=store, ignore_cleanup_errors=True
        ) as work:
            version, archive = cpython.download(pin, cpython.apt_pools(cpython.APT), Path(work))
            target = store / cpython.install_name(version, pin, machine)
            if target.exists():
                raise InterpreterUnavailable(
                    f"{target} does not work as a CPython {pin}: remove it"
                )
            with tarfile.open(archive) as source:
                # As its documentation has it: before 3.11.4 there are no filters, and `filter=` fails.
                source.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
                source.extractall(work)  # noqa: S202 - its SHA-256 is pinned
            tree = next(path for path in Path(work).iterdir() if path.is_dir())
            staged = cpython.compile_tree(tree, pin, target, log=store / f".build-{pin}.log")
            check(staged / "bin" / f"python{pin}", pin)
            staged.rename(target)
    say(f"built {target}")
    return check(target / "bin" / f"python{pin}", pin)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the path of an interpreter for each pin: the console script `interpreter`.

    Args:
        arguments: The command line, by default the process's own.

    Returns:
        The exit status: 1 when an interpreter could not be had.
    """
    parser = argparse.ArgumentParser(
        "interpreter", description="Print the path of a CPython for each pin."
    )
    parser.add_argument("pins", nargs="+", choices=PINS, metavar="pin", help=", ".join(PINS))
    parser.add_argument(
        "--build", action="store_true", help="also build pins that are not yet stable from source"
    )
    options = parser.parse_args(arguments)
    status = 0
    for pin in options.pins:
        try:
            print(find(pin, build=options.build or None), flush=True)
        except InterpreterUnavailable as error:
            print(f"error: {error}", file=sys.stderr)
            status = 1
    return status
