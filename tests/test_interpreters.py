"""Finding, installing and building interpreters on a pretended machine: own uv folder, own mirror, no network."""

import functools
import hashlib
import http.server
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dev import cpython, interpreters
from dev.environment import environment as project_environment
from dev.interpreters import InterpreterUnavailable, find

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
PIN = MINOR + ("" if getattr(sys, "_is_gil_enabled", lambda: True)() else "t")
VERSION = platform.python_version()
HOST = Path(
    sys.base_prefix, "bin", f"python{PIN}"
)  # the interpreter that runs the tests, outside its environment
OTHER_PIN = "3.15t" if PIN != "3.15t" else "3.14"

builds = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("make"),
    reason="builds are made on Linux, with make",
)

# Builds in no time: the "compiled" interpreter is a link to the one that runs the tests.
CONFIGURE = f"""#!/bin/sh
echo "checking whether this is a test... yes, with $*"
for option; do case $option in --prefix=*) prefix=${{option#--prefix=}};; esac; done
cat > Makefile <<END
all:
\t@sleep 0.1
install:
\tmkdir -p "\\$(DESTDIR)$prefix/bin"
\tln -s {HOST} "\\$(DESTDIR)$prefix/bin/python{PIN}"
END
"""


class Machine:
    """A machine with a mirror on loopback and a uv that has no interpreter and must not download one."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.monkeypatch = folder, monkeypatch
        self.store, self.apt, self.bin, self.pool = (
            folder / name for name in ("store", "apt", "bin", "pool")
        )
        (self.apt / "sources.list.d").mkdir(parents=True)
        self.bin.mkdir()
        for tool in ("make", "mkdir", "ln", "cat", "sleep", "true"):
            if found := shutil.which(tool):
                (self.bin / tool).symlink_to(found)
        self.requests = []
        self.sources = {}
        for name, value in {
            "PATH": str(self.bin),
            "HOME": str(folder),
            "UV_PYTHON_INSTALL_DIR": str(self.store),
            "UV_PYTHON_DOWNLOADS": "never",
            "CC": "true",  # finds every header
            "no_proxy": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        for name in (
            "UV_OFFLINE",
            "UV_PYTHON_PREFERENCE",
            "UV_CONFIG_FILE",
            "XDG_CONFIG_HOME",
            "XDG_CACHE_HOME",
        ):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(cpython, "APT", self.apt)
        monkeypatch.setattr(cpython, "SOURCES", {MINOR: self.sources})
        monkeypatch.setattr(interpreters, "PINS", (*interpreters.PINS, PIN))

    def use_mirrors(self, *addresses):
        lines = [f"deb {address} bookworm main\n" for address in addresses]
        (self.apt / "sources.list").write_text("".join(lines))

    def publish(self, version=VERSION, configure=CONFIGURE):
        """Put a source package in the mirror's pool and pin its SHA-256."""
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w:xz", preset=0) as archive:
            member = tarfile.TarInfo(f"Python-{version}/configure")
            member.size, member.mode = len(configure.encode()), 0o755
            archive.addfile(member, io.BytesIO(configure.encode()))
        path = self.pool / "debian/pool/main" / cpython.archive_path(version)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.getvalue())
        self.sources[version] = hashlib.sha256(content.getvalue()).hexdigest()
        return path

    def tool(self, name, script):
        """Put a shell script on PATH."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def installed(self):
        """Name what lies open in uv's folder, as uv sees it."""
        return [path.name for path in self.store.glob("[!.]*")]


@pytest.fixture(autouse=True)
def _forget():
    interpreters.outcome.cache_clear()
    yield
    interpreters.outcome.cache_clear()


@pytest.fixture
def machine(tmp_path, monkeypatch):
    machine = Machine(tmp_path, monkeypatch)
    machine.pool.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_request(self, *_):
            machine.requests.append(self.path)

        def log_error(self, *_):
            """Keep the tests' output clean."""

    handler = functools.partial(Handler, directory=machine.pool)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        machine.mirror = f"http://127.0.0.1:{server.server_port}/debian"
        machine.use_mirrors(machine.mirror)
        yield machine
        server.shutdown()


def unavailable(pin, **options):
    """Ask for an interpreter that cannot be had, and give the message."""
    with pytest.raises(InterpreterUnavailable) as caught:
        find(pin, **options)
    return str(caught.value)


# The three ways and their order


@pytest.mark.parametrize("works", range(4))
def test_ways_are_tried_in_order_until_one_works(monkeypatch, works):
    ways = ["found_by_uv", "installed_by_uv", "built_from_source"]
    tried = []

    def attempt(way, pin):
        tried.append((way, pin))
        if ways.index(way) != works:
            raise InterpreterUnavailable(f"{way} does not work")
        return Path("/somewhere/python3.14t")

    for way in ways:
        monkeypatch.setattr(interpreters, way, functools.partial(attempt, way))
    if works < 3:
        assert find("3.14t") == Path("/somewhere/python3.14t")
    else:
        assert all(f"{way} does not work" in unavailable("3.14t") for way in ways)
    assert tried == [
        (way, "3.14t") for way in ways[: works + 1]
    ]  # and a failure is not tried again


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("pin", "options", "built"),
    [
        ("3.14", {}, True),
        ("3.15", {}, False),
        ("3.15t", {"build": True}, True),
        ("3.13", {"build": False}, False),
    ],
)
def test_only_stable_pins_are_built_without_being_asked(monkeypatch, pin, options, built):
    def build(pin):
        return Path(f"/built/python{pin}")

    monkeypatch.setattr(interpreters, "built_from_source", build)
    if built:
        assert find(pin, **options) == build(pin)
    else:
        assert f"uv run interpreter --build {pin}" in unavailable(pin, **options)


def test_message_when_nothing_works_says_what_was_tried_and_what_to_do(machine):
    machine.sources["9.9.9"] = "0" * 64
    message = unavailable(PIN, build=True)
    for part in (
        "uv python find:",
        "No interpreter found for Python",
        "uv python install:",
        "downloads are not allowed",
        "build from source:",
        f"{machine.mirror}/pool/main/p/python9.9/python9.9_9.9.9.orig.tar.xz: HTTP 404",
        f"uv python install {PIN}",
        "UV_PYTHON_INSTALL_MIRROR",
        "apt-get install build-essential zlib1g-dev libssl-dev libffi-dev ",
        "on PATH",
    ):
        assert part in message, message


def test_unknown_pin_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"no such pin: '2\.7'; choose one of 3\.13, "):
        find("2.7")


def test_command_prints_paths_on_standard_output_only(monkeypatch, capsys):
    monkeypatch.setattr(interpreters, "found_by_uv", lambda pin: Path(f"/somewhere/python{pin}"))
    assert interpreters.main(["3.14t", "3.13"]) == 0
    assert capsys.readouterr() == (
        f"{Path('/somewhere/python3.14t')}\n{Path('/somewhere/python3.13')}\n",
        "",
    )


@pytest.mark.usefixtures("machine")
def test_command_fails_with_the_message_on_standard_error(capsys):
    assert interpreters.main(["3.15"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "error: no CPython 3.15 here" in err
    assert "uv run interpreter --build 3.15" in err


# What uv finds is checked


def test_the_running_interpreter_is_what_it_is():
    assert interpreters.check(HOST, PIN).samefile(HOST)
    with pytest.raises(
        InterpreterUnavailable, match=rf"is no CPython {OTHER_PIN}: it is cpython {MINOR}"
    ):
        interpreters.check(HOST, OTHER_PIN)


@pytest.mark.skipif(sys.platform == "win32", reason="the pretended interpreters are shell scripts")
@pytest.mark.parametrize(
    ("pin", "answer", "reason"),
    [
        ("3.14", '["pypy", "3.14", false, true, "/x"]', "it is pypy 3.14"),
        ("3.14", '["cpython", "3.13", false, true, "/x"]', "it is cpython 3.13"),
        (
            "3.14",
            '["cpython", "3.14", true, false, "/x"]',
            "it is cpython 3.14, free-threaded build, GIL off",
        ),
        (
            "3.14t",
            '["cpython", "3.14", false, true, "/x"]',
            "it is cpython 3.14, GIL build, GIL on",
        ),
        (
            "3.14t",
            '["cpython", "3.14", true, true, "/x"]',
            "it is cpython 3.14, free-threaded build, GIL on",
        ),
        ("3.14", "pyenv: python3.14: command not found", "does not run as a Python"),
        ("3.14", "7", "does not run as a Python"),
    ],
)
def test_interpreter_that_is_something_else_is_refused(machine, pin, answer, reason):
    liar = machine.tool("liar", f"echo '{answer}'")
    machine.monkeypatch.setattr(interpreters, "UV", machine.tool("uv", f"echo {liar}"))
    with pytest.raises(InterpreterUnavailable, match=reason):
        interpreters.found_by_uv(pin)


def test_interpreter_that_does_not_run_is_refused(tmp_path):
    with pytest.raises(InterpreterUnavailable, match="does not run as a Python"):
        interpreters.check(tmp_path / "python3.14", "3.14")


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_interpreter_on_path_is_found_but_no_virtual_environment(machine):
    environment = machine.folder / "environment"
    subprocess.run([interpreters.UV, "venv", "-q", "-p", HOST, environment], check=True)
    machine.monkeypatch.setenv("PATH", f"{environment / 'bin'}{os.pathsep}{machine.bin}")
    machine.monkeypatch.setenv("VIRTUAL_ENV", str(environment))
    machine.monkeypatch.setenv("UV_PYTHON", str(environment / "bin/python"))
    with pytest.raises(InterpreterUnavailable, match="No interpreter found"):
        interpreters.found_by_uv(PIN)
    (machine.bin / f"python{PIN}").symlink_to(HOST)
    assert interpreters.found_by_uv(PIN).samefile(HOST)


@pytest.fixture
def free_threaded():
    try:
        return interpreters.found_by_uv("3.14t")
    except InterpreterUnavailable as error:
        pytest.skip(str(error))


@builds
def test_free_threaded_interpreter_does_not_do_for_a_pin_with_a_gil(free_threaded, machine):
    (machine.bin / "python3.14").symlink_to(free_threaded)
    assert interpreters.found_by_uv("3.14t").samefile(free_threaded)
    with pytest.raises(InterpreterUnavailable, match="No interpreter found"):
        interpreters.found_by_uv("3.14")


def test_what_ties_uv_to_the_calling_project_is_left_out(monkeypatch, tmp_path):
    for name in (
        "VIRTUAL_ENV",
        "UV_PYTHON",
        "UV_PROJECT_ENVIRONMENT",
        "CONDA_PREFIX",
        "PYTHONHOME",
        "MAKEFLAGS",
    ):
        monkeypatch.setenv(name, "stray")
    monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", "http://127.0.0.1/")
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", "pythons")
    monkeypatch.chdir(tmp_path)
    environment = project_environment()
    assert "stray" not in environment.values()
    assert environment["UV_PYTHON_INSTALL_MIRROR"] == "http://127.0.0.1/"
    assert environment["UV_PYTHON_INSTALL_DIR"] == str(tmp_path / "pythons")


# The build


@builds
def test_built_interpreter_is_put_where_uv_looks_and_kept(machine, capsys):
    machine.publish()
    name = cpython.install_name(VERSION, PIN, platform.machine())
    python = find(PIN, build=True)
    assert python == machine.store / name / "bin" / f"python{PIN}"
    assert (python.parent / "python").samefile(python)
    assert machine.installed() == [name]
    assert list(machine.store.glob(f".build-{PIN}-*")) == []
    err = capsys.readouterr().err
    assert f"downloading {machine.mirror}/pool/main/" in err
    assert "make install: done after 0 s" in err
    log = machine.store / f".build-{PIN}.log"
    assert f"the log is {log}" in err
    assert f"--prefix={machine.store / name} " in log.read_text()

    command = ["python", "list", "--only-installed", "--output-format", "json", PIN]
    assert [entry["key"] for entry in json.loads(interpreters.uv(*command))] == [name]
    interpreters.outcome.cache_clear()
    assert find(PIN, build=True) == python
    assert len(machine.requests) == 1


@builds
@pytest.mark.parametrize(("pin", "expected"), [("3.14", False), ("3.14t", True)])
def test_only_a_free_threaded_build_is_configured_without_the_gil(tmp_path, pin, expected):
    tree = tmp_path / "Python-3.14.7"
    tree.mkdir()
    (tree / "configure").write_text('#!/bin/sh\necho "options: $*"\nexit 1\n')
    (tree / "configure").chmod(0o755)
    with pytest.raises(InterpreterUnavailable) as caught:
        cpython.compile_tree(tree, pin, tmp_path / "target", tmp_path / "log")
    assert "options: --prefix=" in str(caught.value)
    assert ("--disable-gil" in str(caught.value)) == expected


@builds
def test_processes_that_ask_at_once_wait_for_one_build(machine):
    machine.publish()
    with ThreadPoolExecutor(3) as asking:
        pythons = set(asking.map(interpreters.built_from_source, [PIN] * 3))
    assert len(pythons) == 1
    assert len(machine.requests) == 1, "more than one process downloaded and built"


@builds
def test_remains_of_a_killed_build_do_not_hurt_and_are_removed(machine):
    machine.publish()
    remains = machine.store / f".build-{PIN}-k1ll3d" / "staging" / "bin"
    remains.mkdir(parents=True)
    (remains / f"python{PIN}").symlink_to("/bin/false")
    assert find(PIN, build=True).is_relative_to(machine.store)
    assert not remains.exists()


@builds
@pytest.mark.parametrize(
    ("configure", "reason"),
    [
        ("#!/bin/sh\necho no acceptable C compiler\nexit 77\n", "configure failed with status 77"),
        (
            "#!/bin/sh\nprintf 'all:\\n\\t@echo no such file; exit 1\\n' > Makefile\n",
            "make failed with status 2",
        ),
        (CONFIGURE.replace(str(HOST), "/bin/true"), "does not run as a Python"),
    ],
)
def test_failed_build_shows_the_logs_end_and_leaves_nothing_behind(machine, configure, reason):
    machine.publish(configure=configure)
    message = unavailable(PIN, build=True)
    assert reason in message
    if "status" in reason:
        log = machine.store / f".build-{PIN}.log"
        assert f"the log, {log}, ends with:\n" in message
        assert f"| {log.read_text().splitlines()[-1]}" in message
    assert machine.installed() == []
    assert list(machine.store.glob(f".build-{PIN}-*")) == []


@builds
def test_what_is_in_the_way_is_reported_and_not_removed(machine):
    machine.publish()
    broken = machine.store / cpython.install_name(VERSION, PIN, platform.machine())
    (broken / "bin").mkdir(parents=True)
    assert f"{broken} does not work as a CPython {PIN}: remove it" in unavailable(PIN, build=True)
    assert broken.exists()


@builds
def test_no_download_when_uv_is_offline(machine):
    machine.publish()
    machine.monkeypatch.setenv("UV_OFFLINE", "1")
    assert "UV_OFFLINE is set" in unavailable(PIN, build=True)
    assert machine.requests == []


# The source package


@builds
def test_tampered_source_is_refused_and_leaves_nothing_behind(machine):
    archive = machine.publish()
    archive.write_bytes(archive.read_bytes() + b"\n")
    actual = hashlib.sha256(archive.read_bytes()).hexdigest()
    message = unavailable(PIN, build=True)
    assert (
        f"refused, its SHA-256 is {actual} and not the pinned {machine.sources[VERSION]}" in message
    )
    assert machine.installed() == []
    assert list(machine.store.glob(f".build-{PIN}-*")) == []


def test_next_pinned_version_is_taken_when_the_pool_lacks_the_newest(machine):
    machine.sources["9.9.9"] = "0" * 64
    machine.publish("3.14.2")
    machine.publish("3.14.1")
    version, archive = cpython.download(PIN, cpython.apt_pools(machine.apt), machine.folder)
    assert version == "3.14.2"
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == machine.sources["3.14.2"]
    assert len(machine.requests) == 2, machine.requests


def test_next_mirror_is_asked_when_one_cannot_be_reached(machine):
    machine.publish()
    machine.use_mirrors("http://127.0.0.1:9/debian", machine.mirror)
    assert cpython.download(PIN, cpython.apt_pools(machine.apt), machine.folder)[0] == VERSION


def test_mirror_that_cannot_be_reached_is_asked_once(machine):
    machine.use_mirrors("http://127.0.0.1:9/debian")
    machine.sources.update({"9.9.9": "0" * 64, "9.9.8": "0" * 64})
    with pytest.raises(InterpreterUnavailable) as caught:
        cpython.download(PIN, cpython.apt_pools(machine.apt), machine.folder)
    assert str(caught.value).count("Connection refused") == 1


def test_machine_without_a_mirror_says_so(machine):
    machine.use_mirrors()
    machine.publish()
    with pytest.raises(
        InterpreterUnavailable, match="apt names no Debian or Ubuntu mirror over HTTP"
    ):
        cpython.download(PIN, cpython.apt_pools(machine.apt), machine.folder)


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ("3.14.7", "p/python3.14/python3.14_3.14.7.orig.tar.xz"),
        ("3.15.0rc2", "p/python3.15/python3.15_3.15.0~rc2.orig.tar.xz"),
    ],
)
def test_archive_path_is_debians(version, path):
    assert cpython.archive_path(version) == path


@pytest.mark.skipif(sys.platform != "linux", reason="builds are made on Linux")
def test_install_names_are_uvs_own(monkeypatch):
    monkeypatch.delenv("UV_PYTHON_DOWNLOADS", raising=False)
    command = [
        "python",
        "list",
        "--only-downloads",
        "--all-versions",
        "--all-arches",
        "--output-format",
        "json",
    ]
    keys = {entry["key"] for entry in json.loads(interpreters.uv(*command))}
    for machine in ("x86_64", "aarch64"):
        for version, pin in [("3.13.1", "3.13"), ("3.14.0", "3.14"), ("3.14.0", "3.14t")]:
            assert cpython.install_name(version, pin, machine) in keys


def test_every_stable_pin_has_sources_of_its_own_version():
    for pin in interpreters.PINS:
        minor = pin.removesuffix("t")
        assert all(version.startswith(f"{minor}.") for version in cpython.SOURCES[minor])
    assert {pin.removesuffix("t") for pin in interpreters.STABLE} <= cpython.SOURCES.keys()


# What a build needs


def compiler_without(machine, *missing):
    """Make the machine's C compiler one that does not find these headers."""
    patterns = "|".join(f'*"<{header}>"*' for header in missing)
    machine.tool("cc", f'while read -r line; do case "$line" in {patterns}) exit 1;; esac; done')
    machine.monkeypatch.delenv("CC")


@builds
def test_missing_header_is_an_error_that_names_the_package(machine):
    compiler_without(machine, "ffi.h", "zstd.h")
    with pytest.raises(InterpreterUnavailable) as caught:
        cpython.check_toolchain("3.14")
    message = str(caught.value)
    assert "missing here: ffi.h." in message
    assert message.endswith("apt-get install libffi-dev libzstd-dev")


@builds
def test_missing_compiler_is_an_error_that_names_all_packages(machine):
    machine.monkeypatch.delenv("CC")
    (machine.bin / "make").unlink()
    with pytest.raises(
        InterpreterUnavailable, match=r"missing here: cc, make, .* build-essential zlib1g-dev "
    ):
        cpython.check_toolchain("3.14t")


@builds
def test_header_that_few_miss_costs_one_module(machine, capsys):
    compiler_without(machine, "zstd.h")
    cpython.check_toolchain("3.14t")
    assert (
        "zstd.h is missing, so the build lacks compression.zstd; libzstd-dev brings it"
        in capsys.readouterr().err
    )
    cpython.check_toolchain("3.13")  # has no such module
    assert capsys.readouterr().err == ""


# apt's configuration


def test_mirrors_are_read_from_both_formats_of_apt(tmp_path):
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "mirrors").write_text(
        "# mirrors\nhttps://near.example/debian/\thigh\nhttp://far.example/debian\n"
    )
    (tmp_path / "sources.list").write_text(
        "# deb http://commented.example/debian bookworm main\n"
        "deb http://one.example/debian/ bookworm main contrib # a comment\n"
        "deb-src http://one.example/debian bookworm main\n"
        "deb [ arch=amd64 signed-by=/usr/share/keyrings/x.gpg ] https://two.example/ubuntu noble main universe\n"
        "deb http://security.example/debian-security bookworm-security main\n"
        "deb http://vendor.example/apt stable vendor\n"
        "deb cdrom:[Debian GNU/Linux 12]/ bookworm main\n"
        "deb file:/srv/debian bookworm main\n"
    )
    (tmp_path / "sources.list.d" / "debian.sources").write_text(
        "# a comment\n"
        "Types: deb\n"
        "# and one inside\n"
        "URIs: http://three.example/debian\n"
        "  http://four.example/debian\n"
        "Suites: bookworm bookworm-updates\n"
        "components: main\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEY\n"
        "\n"
        "Enabled: no\nTypes: deb\nURIs: http://disabled.example/debian\nSuites: sid\nComponents: main\n"
        "\n\n"
        "Types: deb\nURIs: http://three.example/debian-security\nSuites: bookworm-security\nComponents: main\n"
        "\n"
        f"Types: deb\nURIs: mirror+file:{tmp_path}/mirrors\nSuites: bookworm\nComponents: main\n"
    )
    (tmp_path / "sources.list.d" / "old.list.save").write_text(
        "deb http://saved.example/debian bookworm main\n"
    )
    assert cpython.apt_pools(tmp_path) == [
        "http://one.example/debian/pool/main",
        "https://two.example/ubuntu/pool/main",
        "https://two.example/ubuntu/pool/universe",
        "http://three.example/debian/pool/main",
        "http://four.example/debian/pool/main",
        "https://near.example/debian/pool/main",
        "http://far.example/debian/pool/main",
    ]


def test_no_apt_means_no_mirrors(tmp_path):
    assert cpython.apt_pools(tmp_path / "etc" / "apt") == []


@pytest.mark.skipif(sys.platform == "win32", reason="the pretended apt-config is a shell script")
def test_apts_proxy_is_used_unless_the_environment_names_one(machine):
    machine.tool(
        "apt-config",
        'case "$*" in *::http::*) printf http://apt.example:3142;; *) printf DIRECT;; esac',
    )
    for name in (
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ):
        machine.monkeypatch.delenv(name, raising=False)
    assert cpython.proxies()["http"] == "http://apt.example:3142"
    assert "https" not in cpython.proxies()
    machine.monkeypatch.setenv("http_proxy", "http://own.example:8080")
    assert cpython.proxies()["http"] == "http://own.example:8080"
