"""CPython from the source package of the machine's own Debian or Ubuntu mirror."""

import email.parser
import hashlib
import http.client
import itertools
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dev.environment import environment

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


class InterpreterUnavailable(RuntimeError):  # noqa: N818 - the name says what happened
    """No interpreter for a pin; the message says what was tried and what to do next."""


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


def headers(pin: str) -> list[Header]:
    """Give the headers that a pin's build includes: 3.13 has no `compression.zstd`."""
    return [
        header
        for header in HEADERS
        if header.module != "compression.zstd" or not pin.startswith("3.13")
    ]


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
        Addresses such as `http://mirror.example/debian/pool/main`, in apt's order, each once.
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


def archive_path(version: str) -> str:
    """Give a source's path in a pool: `p/python3.15/python3.15_3.15.0~rc2.orig.tar.xz` for 3.15.0rc2."""
    package = "python" + ".".join(version.split(".")[:2])
    return f"p/{package}/{package}_{re.sub('(?=rc)', '~', version)}.orig.tar.xz"


def install_name(version: str, pin: str, machine: str) -> str:
    """Give uv's name for a managed interpreter, such as `cpython-3.14.7+freethreaded-linux-x86_64-gnu`."""
    return f"cpython-{version}{'+freethreaded' if pin.endswith('t') else ''}-linux-{machine}-gnu"


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
            command, cwd=folder, env=environment(), stdout=sink, stderr=sink
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


def say(message: str) -> None:
    """Tell about progress on standard error: standard output is for results."""
    print(f"interpreter: {message}", file=sys.stderr, flush=True)
