"""Finds the CPython interpreters that tests, demo and benchmarks run on, and makes those that are not there.

`find("3.14t")` gives the path of an interpreter: one that uv finds, else one that uv downloads, else a build
of the source package of the distribution's own mirror. From a shell: `uv run interpreter 3.14t`.
"""

import argparse
import contextlib
import email.parser
import functools
import hashlib
import http.client
import itertools
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
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import filelock
from uv import find_uv_bin

PINS = ("3.13", "3.14", "3.14t", "3.15", "3.15t")
STABLE = ("3.13", "3.14", "3.14t")  # built from source without being asked
REQUIRED = ("3.14", "3.14t")  # tests fail without these, and skip without the others

# This environment's uv: a version manager's shim on PATH may refuse to run beside a `.python-version`.
UV = find_uv_bin()
APT = Path("/etc/apt")

# SHA-256 of Debian's `.orig.tar.xz` of each version, newest first, from the Sources indexes of Debian stable,
# testing and unstable, whose Release files are signed. Versions come and go in the pool, so old ones stay.
SOURCES = {
    "3.13": {
        "3.13.18": "abb0102e6d4ae027509bcb82327d9dd85515b44a3ba8ad538cfc5e9847029f68",
        "3.13.15": "1e66a7945a48390ee4c2a4268a0e4185884059a13c4aab6d148aa208deea4a76",
        "3.13.5": "93e583f243454e6e9e4588ca2c2662206ad961659863277afcdb96801647d640",
    },
    "3.14": {
        "3.14.10": "de414a57119abef52784d8993e341d53aed635fc2b05c2607d9f98a2c5b72032",
        "3.14.9": "e02d9ac21cebda6e46435369744a92c65cc7cd8669697694122cf97ffacd1e53",
        "3.14.8": "c2215904f02b175596dc49351585104f4bc20341e1c47378b26a2c274360ce73",
        "3.14.7": "3b48dac8fb59f62eaa67ac83c1eb12bda1b7a08406dd286e252c11a66be27f81",
    },
    "3.15": {
        "3.15.2": "8b5536d280142ecf6cdfe15d12a21ba1c65e300bbf7b28a8d0cdb849575797de",
        "3.15.0": "ba4bed1ba346b916890b76d9e320451420aa69f6408997d33c66482eeae3d575",
        "3.15.0rc2": "8d93af5eaaaea5adfd41bd786a7ba3f03f2ad1ab57c6a65e0b963deab91d5ad7",
    },
}


class Header(NamedTuple):
    """A C header that a build includes, the Debian package that brings it, and the module that it is for."""

    include: str
    package: str
    module: str
    required: bool


# Required is what uv, installers and test runners cannot do without; without the rest a build lacks a module.
HEADERS = (
    Header("zlib.h", "zlib1g-dev", "zlib", required=True),
    Header("openssl/ssl.h", "libssl-dev", "ssl", required=True),
    Header("ffi.h", "libffi-dev", "ctypes", required=True),
    Header("lzma.h", "liblzma-dev", "lzma", required=False),
    Header("bzlib.h", "libbz2-dev", "bz2", required=False),
    Header("sqlite3.h", "libsqlite3-dev", "sqlite3", required=False),
    Header("zstd.h", "libzstd-dev", "compression.zstd", required=False),
    Header("readline/readline.h", "libreadline-dev", "readline", required=False),
    Header("curses.h", "libncurses-dev", "curses", required=False),
    Header("uuid/uuid.h", "uuid-dev", "_uuid", required=False),
)

PROBE = """
import json, sys, sysconfig
version, gil = "%d.%d" % sys.version_info[:2], getattr(sys, "_is_gil_enabled", lambda: True)()
free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
print(json.dumps([sys.implementation.name, version, free_threaded, gil, sys.executable]))
"""


class InterpreterUnavailable(RuntimeError):  # noqa: N818 - the name says what happened
    """No interpreter for a pin; the message says what was tried and what to do next."""


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
    packages = " ".join(["build-essential", *(header.package for header in headers(pin))])
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
    uv("python", "install", "--no-bin", pin, environment={**patience, **clean_environment()})
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


def uv(*arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run this environment's uv outside any project and give what it prints on standard output.

    Args:
        arguments: uv's arguments.
        environment: The environment variables, by default `clean_environment()`.

    Raises:
        InterpreterUnavailable: uv fails; the message is uv's.
    """
    command, variables = [UV, "--color", "never", *arguments], environment or clean_environment()
    # The root folder has no project, and no version file that a version manager's shims would follow.
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", env=variables
    )
    if done.returncode:
        # Warnings, such as those about broken shims, come before the error.
        raise InterpreterUnavailable(done.stderr[max(done.stderr.rfind("\nerror:"), 0) :].strip())
    return done.stdout.strip()


def clean_environment() -> dict[str, str]:
    """Give the environment variables, less those that tie uv, Python or make to this process's project."""
    strays = (
        r"CONDA_|DESTDIR|MAKEFLAGS|MFLAGS|PYTHON|UV_PROJECT|UV_PYTHON$|UV_WORKING_DIR|VIRTUAL_ENV"
    )
    kept = {name: value for name, value in os.environ.items() if not re.match(strays, name)}
    if folder := kept.get("UV_PYTHON_INSTALL_DIR"):
        kept["UV_PYTHON_INSTALL_DIR"] = str(
            Path(folder).absolute()
        )  # uv is run from another folder
    return kept


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
    check_toolchain(pin)
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
            version, archive = download(pin, apt_pools(APT), Path(work))
            target = store / install_name(version, pin, machine)
            if target.exists():
                raise InterpreterUnavailable(
                    f"{target} does not work as a CPython {pin}: remove it"
                )
            with tarfile.open(archive) as source:
                source.extractall(work, filter="data")
            tree = next(path for path in Path(work).iterdir() if path.is_dir())
            compile_tree(tree, pin, target, log=store / f".build-{pin}.log").rename(target)
    say(f"built {target}")
    return check(target / "bin" / f"python{pin}", pin)


def compile_tree(tree: Path, pin: str, target: Path, log: Path) -> Path:
    """Configure, make and install a source tree.

    Args:
        tree: The unpacked source.
        pin: What to build.
        target: Where the installation will be; `sysconfig` records it.
        log: The file for the build's output.

    Returns:
        The installation, beside the tree, ready to be renamed to the target.

    Raises:
        InterpreterUnavailable: A command fails; the message has the log's last lines.
    """
    jobs, staging = len(os.sched_getaffinity(0)), tree.parent / "staging"
    say(f"building {target.name} with {jobs} jobs, which takes minutes; the log is {log}")
    log.write_text("")
    options = ["--without-ensurepip", "--disable-test-modules", "--without-static-libpython"]
    options += [
        "OPT=-DNDEBUG -O3"
    ]  # configure's own less `-g`, which makes the installation larger
    options += ["--disable-gil"] if pin.endswith("t") else []
    run_logged("configure", ["./configure", f"--prefix={target}", *options], tree, log)
    run_logged("make", ["make", f"-j{jobs}"], tree, log)
    run_logged("make install", ["make", "install", f"DESTDIR={staging}"], tree, log)
    staged = staging / target.relative_to("/")
    python = staged / "bin" / f"python{pin}"
    (staged / "bin" / "python").symlink_to(python.name)
    check(python, pin)
    required = ", ".join(header.module for header in HEADERS if header.required)
    run_logged(f"import {required}", [str(python), "-I", "-c", f"import {required}"], tree, log)
    return staged


def run_logged(what: str, command: list[str], folder: Path, log: Path) -> None:
    """Run a command with its output in a log, saying every 20 s that it still runs.

    Raises:
        InterpreterUnavailable: The command fails; the message has the log's last lines.
    """
    started, status = time.monotonic(), None
    with (
        log.open("a") as sink,
        subprocess.Popen(
            command, cwd=folder, env=clean_environment(), stdout=sink, stderr=sink
        ) as process,
    ):
        while status is None:
            try:
                status = process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                say(f"{what}: {time.monotonic() - started:.0f} s")
    say(f"{what}: {'failed' if status else 'done'} after {time.monotonic() - started:.0f} s")
    if status:
        last = textwrap.indent("\n".join(log.read_text(errors="replace").splitlines()[-20:]), "| ")
        raise InterpreterUnavailable(
            f"{what} failed with status {status}; the log, {log}, ends with:\n{last}"
        )


def headers(pin: str) -> list[Header]:
    """Give the headers that a pin's build includes: 3.13 has no `compression.zstd`."""
    return [
        header
        for header in HEADERS
        if header.module != "compression.zstd" or not pin.startswith("3.13")
    ]


def check_toolchain(pin: str) -> None:
    """See that the compiler, make and the headers of a build are there; say which modules it will lack.

    Raises:
        InterpreterUnavailable: Something required is missing; the message names the Debian packages.
    """
    compiler = (os.environ.get("CC") or "cc").split()
    missing = [tool for tool in (compiler[0], "make") if shutil.which(tool) is None]
    packages = ["build-essential"] if missing else []
    absent = [header for header in headers(pin) if not includes(compiler, header.include)]
    missing += [header.include for header in absent if header.required]
    packages += [header.package for header in absent]
    if missing:
        install = f"as root, apt-get update && apt-get install {' '.join(packages)}"
        raise InterpreterUnavailable(
            f"missing here: {', '.join(missing)}. To have what it takes: {install}"
        )
    for header in absent:
        say(
            f"{header.include} is missing, so the build lacks {header.module}; {header.package} brings it"
        )


def includes(compiler: list[str], header: str) -> bool:
    """Say whether a compiler is there and finds a header."""
    if shutil.which(compiler[0]) is None:
        return False
    program = f"#include <stdio.h>\n#include <{header}>\n"
    done = subprocess.run(
        [*compiler, "-E", "-"], input=program, text=True, capture_output=True, check=False
    )
    return done.returncode == 0


def apt_pools(apt: Path) -> list[str]:
    """Read the pools of the distribution's archive from apt's folder, in both of its formats.

    Returns:
        Addresses such as `http://deb.debian.org/debian/pool/main`, in apt's order, each once.
    """
    pools = {}
    for uri, suite, component in apt_entries(apt):
        if component in {"main", "universe"} and not suite.endswith("-security"):
            addresses = [uri]
            if uri.startswith(
                "mirror+file:"
            ):  # as in Debian's cloud images: a file with a mirror a line
                addresses = Path(uri.removeprefix("mirror+file:")).read_text().split()
            pools |= {
                f"{a.rstrip('/')}/pool/{component}": None for a in addresses if a.startswith("http")
            }
    return list(pools)


def apt_entries(apt: Path) -> Iterator[tuple[str, str, str]]:
    """Give address, suite and component of each enabled entry in apt's folder."""
    for path in (apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))):
        for line in path.read_text().splitlines() if path.is_file() else ():
            if entry := re.match(
                r"\s*deb(?:-src)?\s+(?:\[[^]]*\]\s*)?(\S+)\s+(\S+)\s+([^#]+)", line
            ):
                yield from ((entry[1], entry[2], component) for component in entry[3].split())
    for path in sorted((apt / "sources.list.d").glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", path.read_text()).strip()):
            fields = email.parser.HeaderParser().parsestr(stanza)
            uris, suites, parts = (
                fields.get(name, "").split() for name in ("URIs", "Suites", "Components")
            )
            if fields.get("Enabled", "yes").strip().lower() not in {"no", "false"}:
                yield from itertools.product(uris, suites, parts)


def archive_path(version: str) -> str:
    """Give a source's path in a pool: `p/python3.15/python3.15_3.15.0~rc2.orig.tar.xz` for 3.15.0rc2."""
    package = "python" + ".".join(version.split(".")[:2])
    return f"p/{package}/{package}_{re.sub('(?=rc)', '~', version)}.orig.tar.xz"


def install_name(version: str, pin: str, machine: str) -> str:
    """Give uv's name for a managed interpreter, such as `cpython-3.14.7+freethreaded-linux-x86_64-gnu`."""
    return f"cpython-{version}{'+freethreaded' if pin.endswith('t') else ''}-linux-{machine}-gnu"


def download(pin: str, pools: Sequence[str], folder: Path) -> tuple[str, Path]:
    """Download the newest pinned source archive that a pool has, and give its version and path.

    Raises:
        InterpreterUnavailable: No pool has one whose SHA-256 is the pinned one.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies()))
    failures, unreachable, archive = [], set(), folder / "source.tar.xz"
    for version, pinned in SOURCES[pin.removesuffix("t")].items():
        for pool in [pool for pool in pools if pool not in unreachable]:
            url = f"{pool}/{archive_path(version)}"
            try:
                actual = fetch(opener, url, archive)
            except urllib.error.HTTPError as error:  # mostly 404: versions come and go
                error.close()
                failures.append(f"{url}: HTTP {error.code}")
            except (OSError, http.client.HTTPException) as error:
                failures.append(f"{url}: {error}")
                unreachable.add(pool)
            else:
                if actual == pinned:
                    return version, archive
                failures.append(
                    f"{url}: refused, its SHA-256 is {actual} and not the pinned {pinned}"
                )
    tried = "\n".join(failures) or f"none: {APT} names no Debian or Ubuntu mirror over HTTP"
    raise InterpreterUnavailable(f"no known source package at the machine's mirrors:\n{tried}")


def fetch(opener: urllib.request.OpenerDirector, url: str, path: Path) -> str:
    """Download a file, saying every 5 s how far it is, and give its SHA-256."""
    digest = hashlib.sha256()
    with opener.open(url, timeout=20) as response, path.open("wb") as file:
        size, said = int(response.headers.get("Content-Length") or 0), time.monotonic()
        say(f"downloading {url} ({size / 1e6:.0f} MB)")
        while chunk := response.read(1 << 18):
            file.write(chunk)
            digest.update(chunk)
            if time.monotonic() - said > 5:
                said = time.monotonic()
                say(f"downloaded {file.tell() / 1e6:.0f} of {size / 1e6:.0f} MB")
    return digest.hexdigest()


def proxies() -> dict[str, str]:
    """Give the proxies of the environment and, where it names none, apt's."""
    found = urllib.request.getproxies()
    for scheme in ("http", "https") if shutil.which("apt-config") else ():
        command = ["apt-config", "dump", "--format", "%v", f"Acquire::{scheme}::Proxy"]
        proxy = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        if proxy not in {"", "DIRECT"}:
            found.setdefault(scheme, proxy)
    return found


def say(message: str) -> None:
    """Tell about progress on standard error: standard output is for results."""
    print(f"interpreter: {message}", file=sys.stderr, flush=True)


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
