"""What documents say is so: each command in them is run, or named here with the reason why it can't be."""

import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from dev.project import REPOSITORY, render, run

NOT_RUN = {
    "docker": "needs a Docker engine",
    "MY_APP_SCHEDULER": "the project's own tests of its contract run a Dask cluster",
    "uv run dask": "as above",
    "uv run my-app bench": "tests/test_demo.py runs it",
    "uv run python -m asyncio pstree": "needs the number of a running process",
    "uvx copier update": "tests/test_update.py runs it as `copier update`",
    "uv python install": "needs the network of uv's Python builds",
    "uv python pin": "tests/test_update.py runs it, with a version that is there",
}


UV_OPTIONS = {"--env-file", "--project", "--with"}  # uv's own, which tests/test_docs.py asks it for


def commands(text: str) -> list[str]:
    """Return the commands in a document: the lines of console blocks, and `uv …` or `git …` in a line of text."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    inline = re.findall(r"`((?:uv|uvx|git) [^`]+)`", prose)
    return [line.partition("  #")[0].strip() for line in "".join(blocks).splitlines()] + inline


def is_run(command: str) -> bool:
    return command != "uv run" and not command.startswith(tuple(NOT_RUN))


@pytest.mark.slow
def test_every_command_of_a_generated_project_works(
    plain_template: Path, tmp_path: Path, interpreter: Callable[[str], Path]
) -> None:
    interpreter("3.14")
    project = render(tmp_path / "project", {"user_name": "Ada"}, plain_template)
    run("git init --quiet", cwd=project)
    texts = [(project / name).read_text() for name in ("README.md", "AGENTS.md")]
    found = [command for text in texts for command in commands(text) if is_run(command)]
    assert len(found) > 20, found
    run("git add --all", cwd=project)
    run("git commit --quiet --message Start", cwd=project)
    run(["git", "init", "--quiet", "--bare", str(tmp_path / "origin")], cwd=project)
    run(["git", "remote", "add", "origin", str(tmp_path / "origin")], cwd=project)
    run("git push --quiet --set-upstream origin HEAD", cwd=project)
    for command in found:
        # All tests are run by tests/test_life.py.
        shortened = re.sub(r"\bpytest$|\bpytest(?= &&)", "pytest tests/test_cli.py", command)
        run(["bash", "-euc", shortened.replace("NAME", "attrs")], cwd=project)
    for example in re.findall(r"```python\n(.*?)```", "".join(texts), re.DOTALL):
        (project / "example.py").write_text(example)
        assert "[1, 2, 3]" in run("uv run python example.py", cwd=project)
    published = run("git tag", cwd=tmp_path / "origin").strip()
    assert published == "v0.2.0", "the tag that starts a release did not arrive"


def test_every_command_of_this_repository_is_known() -> None:
    """The README's and docs' own commands name scripts, files and options that exist."""
    scripts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["scripts"]
    known = {"ipython", "jupyter", "my-app", "python", "pre-commit", "pytest", *scripts}
    documents = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")]
    found = [line for document in documents for line in commands(document.read_text())]
    assert "pip install uv && uv run demo" in found
    assert "uv run pytest" in found
    for command in found:
        words = shlex.split(command.partition("&&")[2] or command)
        while words[:2] == ["uv", "run"] and words[2:3] and words[2].startswith("--"):
            del words[
                2 : 4 if words[2] in {*UV_OPTIONS, "--directory", "--extra", "--index"} else 3
            ]
        if words[:2] == ["uv", "run"] and len(words) > 2:
            script = (REPOSITORY / words[2]).exists() or (
                REPOSITORY / "template" / words[2]
            ).exists()
            assert words[2] in known or script, command


def test_uv_knows_the_options_that_documents_name() -> None:
    page = (REPOSITORY / "docs" / "leave-anaconda.md").read_text()
    offered = run("uv run --help", cwd=REPOSITORY)
    for option in UV_OPTIONS:
        assert option in page
        assert option in offered
    for command, option in {"export": "--format", "add": "--dev", "lock": "--upgrade"}.items():
        assert f"uv {command}" in page
        assert option in run(["uv", command, "--help"], cwd=REPOSITORY)


def test_links_between_documents_lead_somewhere() -> None:
    for document in [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")]:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text()):
            if "://" not in link:
                assert (document.parent / link).exists(), f"{document.name} links to {link}"


def test_the_version_is_the_same_everywhere() -> None:
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    changes = (REPOSITORY / "CHANGELOG.md").read_text()
    first = re.search(r"^## (\d\S*)", changes, re.MULTILINE)  # an entry to come has no number
    assert first
    assert first[1] == version


def test_what_must_not_be_pinned_is_not(plain_template: Path, tmp_path: Path) -> None:
    """A cap on uv breaks every project within months; the backend's bound is one that only uv 1.0 can reach."""
    project = render(tmp_path / "project", {}, plain_template)
    for folder in (project, REPOSITORY):
        settings = tomllib.loads((folder / "pyproject.toml").read_text())
        assert "<" not in settings["tool"]["uv"]["required-version"]
        assert settings["build-system"]["requires"] == ["uv_build>=0.9,<1"]
        for group in settings["dependency-groups"].values():
            for requirement in group:
                assert isinstance(requirement, dict) or not set(requirement) & set("<~!"), (
                    requirement
                )
