"""The guards of a generated project bite: each test breaks a project on purpose, and something must say so."""

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from variants import PYTHONS

from dev.environment import environment
from dev.project import CommandError, render, run

PLAIN: dict[str, object] = {"concurrency": False}  # the guards are those of every project

BLOCKING = '''"""Coroutines that block the event loop."""

import time

import requests


async def fetch(url: str) -> bytes:
    """Fetch, and stop all others meanwhile."""
    return requests.get(url, timeout=10).content


async def wait() -> None:
    """Wait, and stop all others meanwhile."""
    time.sleep(1)
'''


def broken(command: str, project: Path) -> str:
    """Run a command that must fail, and return what it printed."""
    with pytest.raises(CommandError) as failure:
        run(command, cwd=project)
    return str(failure.value)


def test_blocking_calls_in_coroutines_are_flagged(plain_template: Path, tmp_path: Path) -> None:
    project = render(tmp_path / "project", PLAIN, plain_template)
    (project / "src" / "my_app" / "blocking.py").write_text(BLOCKING)
    findings = json.loads(
        run("ruff check --no-cache --exit-zero --quiet --output-format json src", cwd=project)
    )
    assert {(finding["code"], finding["location"]["row"]) for finding in findings} == {
        ("ASYNC210", 10),
        ("ASYNC251", 15),
    }
    broken("ruff check --no-cache src", project)


@pytest.mark.slow
def test_hooks_stop_what_must_not_be_committed(
    plain_template: Path, tmp_path: Path, interpreter: Callable[[str], Path]
) -> None:
    interpreter("3.14")
    project = render(tmp_path / "project", PLAIN, plain_template)
    run("git init --quiet", cwd=project)
    run("uv sync --quiet", cwd=project)
    run("git add --all", cwd=project)
    run("uv run prek run --all-files", cwd=project)
    run("git commit --quiet --message Start", cwd=project)
    run("uv run prek install", cwd=project)

    package = project / "src" / "my_app"
    breaches = [
        (package / "new.py", "x   =  1\n", "ruff format"),
        (package / "new.py", "import requests\n\n\nasync def f():\n    requests.get('x')\n", "ASYNC210"),
        (package / "new.py", 'x: int = "text"\n', "invalid-assignment"),
        (project / "notes.md", "<<<<<<< before updating\na\n=======\nb\n>>>>>>> after updating\n", "notes.md"),
        (project / "README.md.rej", "@@ -1 +1 @@\n", "README.md.rej"),
        (project / "pyproject.toml", (project / "pyproject.toml").read_text().replace('  "click",', '  "attrs",\n  "click",'), "lockfile"),
    ]  # fmt: skip
    for path, text, words in breaches:
        path.write_text(text)
        run("git add --all", cwd=project)
        assert words in broken("git commit --quiet --message Broken", project), words
        run("git reset --hard --quiet", cwd=project)
    assert run("git log --oneline", cwd=project).count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("pin", ["3.14", "3.14t"])
def test_warnings_fail_the_suite(
    pin: str, plain_template: Path, tmp_path: Path, interpreter: Callable[[str], Path]
) -> None:
    """Also in the free-threaded variant, where a test runs in threads, which drop what is raised as a warning."""
    interpreter(pin)
    project = render(tmp_path / "project", PYTHONS[pin] | PLAIN, plain_template)
    (project / "tests" / "test_warning.py").write_text(
        "import warnings\n\n\ndef test_warning() -> None:\n    warnings.warn('too old', DeprecationWarning)\n"
    )
    assert "DeprecationWarning: too old" in broken("uv run pytest", project)


# An extension module as most were before free-threading: it does not say that it can do without the GIL.
EXTENSION = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, NULL};
PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&module); }
"""
SETTINGS = """
[project]
name = "gil-hog"
version = "1.0"
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[tool.setuptools]
packages = ["gil_hog"]
ext-modules = [{ name = "gil_hog._native", sources = ["native.c"] }]
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler to make the bad dependency")
def test_a_dependency_that_needs_the_gil_fails_the_suite(
    plain_template: Path, tmp_path: Path, interpreter: Callable[[str], Path]
) -> None:
    interpreter("3.14t")
    dependency = tmp_path / "gil-hog"
    (dependency / "gil_hog").mkdir(parents=True)
    (dependency / "native.c").write_text(EXTENSION)
    (dependency / "pyproject.toml").write_text(SETTINGS)
    (dependency / "gil_hog" / "__init__.py").write_text(
        "def work() -> None:\n    from gil_hog import _native  # noqa: F401\n"
    )
    project = render(tmp_path / "project", PLAIN | {"free_threaded": True}, plain_template)
    run("uv sync --quiet", cwd=project)
    run("uv run pytest", cwd=project)

    # A dependency that loads its extension late is found all the same, and named.
    run(["uv", "add", "--quiet", str(dependency)], cwd=project)
    printed = broken("uv run pytest", project)
    assert (
        "gil-hog turns the GIL on: its module gil_hog._native does not support free-threading"
        in printed
    )
    assert "test_nothing_that_the_program_imports_turns_the_gil_on" in printed

    # So is one that is used in a test.
    (project / "tests" / "test_work.py").write_text(
        "import gil_hog\n\n\ndef test_work() -> None:\n    gil_hog.work()\n"
    )
    printed = broken("uv run pytest tests/test_work.py", project)
    assert "GIL was dynamically re-enabled" in printed
    assert "to load module 'gil_hog._native'" in printed

    # And the interpreter that PYTHON_GIL=1 overrules.
    with pytest.raises(CommandError, match="PYTHON_GIL=1 did"):
        run(
            "uv run pytest tests/test_free_threading.py",
            cwd=project,
            env=environment(PYTHON_GIL="1"),
        )


@pytest.mark.slow
def test_free_threaded_tests_run_in_several_threads_at_once(
    plain_template: Path, tmp_path: Path, interpreter: Callable[[str], Path]
) -> None:
    interpreter("3.14t")
    project = render(tmp_path / "project", PLAIN | {"free_threaded": True}, plain_template)
    (project / "tests" / "test_race.py").write_text(
        "import threading\n\nBARRIER = threading.Barrier(4)\n\n\n"
        "def test_four_at_once() -> None:\n    BARRIER.wait(timeout=5)\n"
    )
    run("uv run pytest tests/test_race.py", cwd=project)


@pytest.mark.slow
def test_the_cool_down_keeps_young_versions_out(
    plain_template: Path, tmp_path: Path, interpreter: Callable[[str], Path]
) -> None:
    interpreter("3.14")
    project = render(tmp_path / "project", PLAIN, plain_template)
    run("uv lock --quiet", cwd=project)
    lock = tomllib.loads((project / "uv.lock").read_text())
    assert lock["options"]["exclude-newer-span"] == "P7D"
