import copy
import os
import shutil
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import copier._main
import copier._template
import jinja2
import pytest

from dev.environment import environment, take_interrupts
from dev.interpreters import REQUIRED, InterpreterUnavailable, find
from dev.project import REPOSITORY, run

take_interrupts()


# Minutes each: as the last ones they would leave cores idle.
FIRST = ("test_life.py", "test_demo.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; xdist keeps the order."""
    items.sort(key=lambda item: not (item.path.name in FIRST and item.get_closest_marker("slow")))


@pytest.fixture(scope="session", autouse=True)
def _nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the settings of whoever runs the tests out of git and Copier, in this process and its children."""
    home = tmp_path_factory.mktemp("settings")
    (home / "gitconfig").write_text(
        "[user]\nname = Tester\nemail = tester@example.org\n[init]\ndefaultBranch = main\n[gc]\nauto = 0\n"
    )
    (home / "copier.yml").write_text("{}\n")
    clean = environment(
        COPIER_CACHE_DIR=str(home / "copier-cache"),
        COPIER_SETTINGS_PATH=str(home / "copier.yml"),
        GIT_CONFIG_GLOBAL=str(home / "gitconfig"),
        GIT_CONFIG_NOSYSTEM="1",
        PREK_HOME=str(home / "prek"),
        PRE_COMMIT_HOME=str(home / "pre-commit"),
        TMPDIR=str(tmp_path_factory.mktemp("temporary")),  # uv leaves a lock file for each project
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(clean):
            if not name.startswith("PYTEST_"):  # pytest's own
                patch.delenv(name)
        for name, value in clean.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def _rendered_quickly() -> Iterator[None]:
    """Keep what Jinja compiles and what copier.yml says, and ask git less: that is most of a render's time."""
    compiled: dict[Hashable, CodeType | str] = {}
    compile_ = jinja2.Environment.compile
    configs: dict[bytes, dict[str, Any]] = {}
    load_config = copier._template.load_template_config

    def remember(
        environment: jinja2.Environment, source: str, name: str | None = None, *more: Any
    ) -> CodeType | str:
        syntax = environment.trim_blocks, environment.lstrip_blocks, environment.autoescape
        key = type(environment), syntax, tuple(environment.extensions), source, name, more
        if key not in compiled:
            compiled[key] = compile_(environment, source, name, *more)
        return compiled[key]

    def loaded(path: Path, quiet: bool = False) -> dict[str, Any]:
        content = path.read_bytes()
        if content not in configs:
            configs[content] = load_config(path, quiet)
        return copy.deepcopy(configs[content])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", remember)
        patch.setattr(copier._template, "load_template_config", loaded)
        # For each file it asks git for `core.fileMode`, and does nothing unless that is false.
        patch.setattr(copier._main.Worker, "_sync_git_index_executable_bit", lambda *_: None)
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clone of this repository whose HEAD is the working tree, with the tags of its releases."""
    clone = tmp_path_factory.mktemp("template") / "copier-multicore"
    if (REPOSITORY / ".git").exists():
        run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], cwd=REPOSITORY)
        listed = run("git ls-files --cached --others --exclude-standard -z", cwd=REPOSITORY)
        names = [name for name in listed.split("\0") if name and (REPOSITORY / name).exists()]
        for path in clone.iterdir():
            if path.name != ".git":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name in names:
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, clone / name)
    else:
        shutil.copytree(
            REPOSITORY, clone, ignore=shutil.ignore_patterns(".*cache*", ".venv", "uv.lock")
        )
        run("git init --quiet", cwd=clone)
    run("git add --all", cwd=clone)
    run(["git", "commit", "--quiet", "--allow-empty", "--message", "The working tree"], cwd=clone)
    run(
        "git gc --quiet", cwd=clone
    )  # Copier clones it time and again: one file is faster than a thousand
    return clone


@pytest.fixture(scope="session")
def plain_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the working tree's template without git, which Copier renders without cloning it first."""
    plain = tmp_path_factory.mktemp("plain") / "copier-multicore"
    return shutil.copytree(template, plain, ignore=shutil.ignore_patterns(".git"))


@pytest.fixture
def own_template(template: Path, tmp_path: Path) -> Path:
    """Return a clone of the template that a test may change and release: it has none of the real releases' tags."""
    clone = tmp_path / "template"
    run(["git", "clone", "--quiet", "--no-tags", str(template), str(clone)], cwd=tmp_path)
    return clone


@pytest.fixture(scope="session")
def interpreter() -> Callable[[str], Path]:
    """Return a function from a pin to an interpreter; a pin that must be had fails the test, others skip it."""

    def get(pin: str) -> Path:
        try:
            return find(pin)
        except InterpreterUnavailable as unavailable:
            if pin in REQUIRED:
                raise
            pytest.skip(f"no interpreter for {pin}: {unavailable}")

    return get
