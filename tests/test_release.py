"""A release: the changelog's form, the version, the commit and the tag in one step, and the examples that go with it."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.version import Version
from test_update import commit, released_versions

from dev import examples, release
from dev.environment import environment
from dev.project import REPOSITORY, run

CHANGES = (REPOSITORY / "CHANGELOG.md").read_text()


def test_the_changelog_says_for_each_version_what_changes_and_what_to_do() -> None:
    headings = re.findall(r"(?m)^## (.*)$", CHANGES)
    versions = []
    for number, heading in enumerate(headings):
        if heading == "Unreleased" and not number:
            continue
        found = re.fullmatch(r"(\S+) \((\d{4}-\d\d-\d\d|not yet tagged)\)", heading)
        assert found, heading
        assert number == 0 or found[2] != "not yet tagged", heading
        versions.append(Version(found[1]))
    assert versions == sorted(versions, reverse=True)
    assert {f"v{version}" for version in versions} >= set(released_versions())
    for entry in re.split(r"(?m)^## ", CHANGES)[1:]:
        for section in release.SECTIONS:
            assert re.search(rf"(?m)^### {section}\n\n- \S", entry), (
                entry.partition("\n")[0],
                section,
            )


@pytest.fixture
def repository(own_template: Path) -> Path:
    run("git switch --quiet --force-create main", cwd=own_template)
    return own_template


ENTRY = "## Unreleased\n\n### What changes in a project\n\n- News.\n\n### What its owner does\n\n- Nothing.\n\n"


def unreleased(repository: Path, entry: str = ENTRY) -> str:
    """Begin the changelog with an entry, below a released version, and return the version to come."""
    changes = repository / "CHANGELOG.md"
    text = re.sub(r"\(not yet tagged\)", "(2026-01-01)", changes.read_text())
    changes.write_text(text.replace("\n## ", f"\n{entry}## ", 1))
    commit(repository, "News")
    version = tomllib.loads((repository / "pyproject.toml").read_text())["project"]["version"]
    major, minor, _ = version.split(".")
    return f"{major}.{int(minor) + 1}.0"


def test_a_release_in_one_step(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = unreleased(repository)
    before = run("git rev-parse HEAD", cwd=repository)
    assert release.main(["--bump", "minor", "--dry-run"], repository) == 0
    printed = capsys.readouterr().out
    assert f"## {version} (20" in printed
    assert f"git tag --annotate v{version}" in printed
    assert "Nothing was done" in printed
    assert run("git rev-parse HEAD", cwd=repository) == before
    assert not run("git status --porcelain", cwd=repository)
    assert not run("git tag", cwd=repository)

    assert release.main(["--bump", "minor"], repository) == 0
    assert f"git push --atomic origin main v{version}" in capsys.readouterr().out
    assert run("git tag --points-at HEAD", cwd=repository).strip() == f"v{version}"
    assert run(f"git cat-file -t v{version}", cwd=repository).strip() == "tag"
    changed = run("git diff --name-only HEAD~1", cwd=repository).split()
    assert changed == ["CHANGELOG.md", "pyproject.toml"]
    assert f'version = "{version}"' in (repository / "pyproject.toml").read_text()
    assert "## Unreleased" not in (repository / "CHANGELOG.md").read_text()
    assert not run("git status --porcelain", cwd=repository)


def test_a_release_is_refused(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(words: str) -> None:
        assert release.main(["--bump", "minor"], repository) == 1
        assert words in capsys.readouterr().err

    unreleased(repository, ENTRY.replace("- Nothing.", ""))
    refused("does not say under `### What its owner does`")
    run("git reset --quiet --hard HEAD~1", cwd=repository)
    refused("has to begin with `## Unreleased`")
    version = unreleased(repository)
    run(f"git tag v{version}", cwd=repository)
    refused(f"a tag v{version} already")
    run(f"git tag --delete v{version}", cwd=repository)
    (repository / "README.md").write_text("changed")
    refused("not committed")
    run("git switch --quiet --create other --force", cwd=repository)
    run("git checkout --quiet README.md", cwd=repository)
    refused("releases are made on main")
    assert not run("git tag", cwd=repository)


@pytest.mark.slow
def test_the_examples_workflow_renders_each_variant(tmp_path: Path) -> None:
    """Its scripts, as they stand there; only the environment is the one that is here."""
    workflow = yaml.safe_load((REPOSITORY / ".github" / "workflows" / "examples.yml").read_text())
    name_them, render_it = (
        next(step["run"] for step in workflow["jobs"][job]["steps"] if "run" in step)
        for job in ("variants", "render")
    )
    output = tmp_path / "output"
    here = ["bash", "-eo", "pipefail", "-c"]
    variables = environment(GITHUB_OUTPUT=str(output), NAME="bare", UV_NO_SYNC="1")
    run([*here, name_them], REPOSITORY, variables)
    names = json.loads(output.read_text().removeprefix("list="))
    assert names == list(examples.variants())
    assert "bare" in names
    script = render_it.replace(" examples examples ", f" examples {tmp_path / 'examples'} ")
    assert script != render_it
    run([*here, script], REPOSITORY, variables)
    assert (tmp_path / "examples" / "bare" / ".python-version").exists()
