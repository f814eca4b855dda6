"""The life of a project: each variant is rendered, synced, linted, typed, tested, built and run on its own Python."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from variants import VARIANTS, Variant

from dev.environment import environment
from dev.project import render, run

pytestmark = pytest.mark.slow

SKIPPED = (  # what a Python can't do, which another variant does
    "this Python is built with a GIL",
    "subinterpreters came with Python 3.14",
    "interpreters need Python 3.14",
    "there are subinterpreters",
    "there is no Chromium: install Debian's package chromium",
)
AUTO = {"3.13": "processes", "3.14": "interpreters", "3.15": "interpreters"}


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_life(
    variant: Variant, plain_template: Path, tmp_path: Path, interpreter: Callable[[str], Path]
) -> None:
    interpreter(variant.pin)
    slug = str(variant.answers.get("project_slug", "my-app"))
    package = str(variant.answers.get("package_name", slug.replace("-", "_")))
    project = render(tmp_path / "a folder" / slug, variant.answers, plain_template)

    run("git init --quiet", cwd=project)
    run("uv sync --group ci", cwd=project)
    report = run(f"uv run {slug} info", cwd=project)
    assert f"CPython {variant.pin.removesuffix('t')}." in report
    assert ("free-threaded" in report) == variant.pin.endswith("t"), report
    assert run(f"uv run python -m {package} --version", cwd=project).strip() == f"{slug} 0.1.0"

    run("uv run ruff check", cwd=project)
    run("uv run ruff format --check", cwd=project)
    run("uv run ty check", cwd=project)
    # What a page does in the browser is the same whatever Python is built like, but for the frames that come back.
    chosen = ' -k "not test_page_ or follow_the_camera"' if variant.pin.endswith("t") else ""
    tested = run(f"uv run --group ci pytest -rs{chosen}", cwd=project)
    skipped = re.findall(r"^SKIPPED .*?: (.*)$", tested, re.MULTILINE)
    assert all(why.endswith(SKIPPED) for why in skipped), tested
    if variant.answers.get("concurrency", True):
        lived_through(project, slug, variant.pin)
    run("uv run coverage run -m pytest tests/test_cli.py", cwd=project)
    assert "TOTAL" in run("uv run coverage report", cwd=project)

    run("git add --all", cwd=project)
    for command in (
        "uv run prek run --all-files",
        f"{sys.executable} -m pre_commit run --all-files",
    ):
        passed = run(command, cwd=project)
        assert "Failed" not in passed, passed
        assert passed.count("Passed") == 5, passed
    assert not run("git diff", cwd=project), "a hook changed a fresh render"
    run("uv run prek install", cwd=project)
    run("git commit --quiet --message Start", cwd=project)
    assert not run("git status --porcelain", cwd=project), (
        "tools leave files that .gitignore does not name"
    )

    built = run("uv build", cwd=project)
    assert "uv_build" not in built, f"uv warns of the build backend: {built}"
    (wheel,) = project.glob("dist/*.whl")
    elsewhere = tmp_path / "elsewhere"
    run(
        ["uv", "venv", "--quiet", "--python", str(interpreter(variant.pin)), str(elsewhere)],
        cwd=tmp_path,
    )
    run(["uv", "pip", "install", "--quiet", "--python", str(elsewhere), str(wheel)], cwd=tmp_path)
    assert (
        run([str(elsewhere / "bin" / slug), "--version"], cwd=tmp_path).strip() == f"{slug} 0.1.0"
    )
    assert f"{package}/py.typed" in ZipFile(wheel).namelist()


def lived_through(project: Path, slug: str, pin: str) -> None:
    """Use a project with the concurrency module as a person would; its own tests run `bench` and `doctor`."""
    backend = AUTO.get(pin, "threads")
    report = printed_json(run(f"uv run {slug} run --json", cwd=project))
    assert report["cpu"]["backend"] == backend, report["cpu"]
    assert report["total"]["documents"] > 400, report["total"]


def printed_json(printed: str) -> dict[str, dict[str, object]]:
    """Return the JSON in what a command printed, with the lines of its standard error around it."""
    found = re.search(r"^\{$.*?^\}$", printed, re.DOTALL | re.MULTILINE)
    assert found, printed
    return json.loads(found[0])


def test_docker_build_steps(
    plain_template: Path, tmp_path: Path, interpreter: Callable[[str], Path]
) -> None:
    """Run the commands of the Dockerfile in a folder with what its COPY lines admit; no engine is needed for that."""
    interpreter("3.14")
    project = render(tmp_path / "project", {}, plain_template)
    run("uv lock --quiet", cwd=project)
    context = tmp_path / "app"
    context.mkdir()
    settings: dict[str, str] = {}
    commands = 0
    admitted = {
        line[1:]
        for line in (project / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    for line in (project / "Dockerfile").read_text().splitlines():
        instruction, _, rest = line.partition(" ")
        if instruction == "ENV" and "UV_" in rest:
            settings |= dict(word.split("=", 1) for word in rest.split())
            settings.pop("UV_PYTHON_INSTALL_DIR", None)
        if instruction == "COPY" and not rest.startswith("--from"):
            *names, _ = rest.split()
            for name in admitted if names == ["."] else names:
                assert name in admitted, f"{name} is copied, but .dockerignore leaves it out"
                copy = shutil.copytree if (project / name).is_dir() else shutil.copy
                copy(project / name, context / name)
        if instruction == "RUN" and "uv sync" in rest:
            run(
                rest.removeprefix("--mount=type=cache,target=/root/.cache/uv "),
                context,
                environment(**settings),
            )
            commands += 1
    assert commands == 2
    shutil.rmtree(context / "src")
    installed = run([str(context / ".venv" / "bin" / "my-app"), "--version"], cwd=tmp_path)
    assert installed.strip() == "my-app 0.1.0"
    assert not (context / ".venv" / "bin" / "pytest").exists(), (
        "the image has tools for development"
    )
    for path in context.glob(".venv/lib/**/*.py"):
        os.utime(path, (0, 0))  # as an image does that does not keep the times of files
    looked = run([f"{context}/.venv/bin/python", "-v", "-c", "import click, my_app.cli"], tmp_path)
    assert "site-packages/my_app/__pycache__/cli.cpython" in looked, "no bytecode"
    assert "bytecode is stale" not in looked
