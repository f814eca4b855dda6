"""What docs/team.md says works as it stands there: settings, a file of answers, trust, and a fork that takes updates."""

import re
import sys
from pathlib import Path

import pytest
import yaml
from copier.errors import UnsafeTemplateError
from test_docs import commands
from test_update import BARE, commit, start, update

from dev.project import REPOSITORY, render, run

PAGE = (REPOSITORY / "docs" / "team.md").read_text()
ADDRESS = "https://github.com/example/"


def block(first: str) -> str:
    """Return the code block of the page that begins with this line."""
    (found,) = [
        each for each in re.findall(r"```\w+\n(.*?)```", PAGE, re.DOTALL) if each.startswith(first)
    ]
    return found


def answers(project: Path) -> dict[str, object]:
    return yaml.safe_load((project / ".copier-answers.yml").read_text())


def test_a_settings_file_answers_and_trusts(
    plain_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings.yml"
    settings.write_text(block("defaults:").replace(ADDRESS, f"{tmp_path}/"))
    project = render(tmp_path / "ours", BARE, plain_template)
    assert answers(project)["user_name"] == ""
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(settings))
    project = render(tmp_path / "theirs", BARE, plain_template)
    asked = ("user_name", "user_email", "github_user")
    assert [answers(project)[name] for name in asked] == [
        "Data Team",
        "data@example.org",
        "example",
    ]

    fork = tmp_path / "fork"
    run(["cp", "-r", str(plain_template), str(fork)], cwd=tmp_path)
    with (fork / "copier.yml").open("a") as config:
        config.write('\n_tasks:\n  - "touch made-by-a-task"\n')
    assert (render(tmp_path / "trusted", BARE, fork) / "made-by-a-task").exists()
    monkeypatch.delenv("COPIER_SETTINGS_PATH")
    with pytest.raises(UnsafeTemplateError):
        render(tmp_path / "untrusted", BARE, fork)


@pytest.mark.slow
def test_a_file_of_answers_is_stronger_and_brings_projects_in_line(
    own_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("git tag v1.0.0", cwd=own_template)
    (tmp_path / "settings.yml").write_text("defaults:\n  user_name: Somebody\n")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(tmp_path / "settings.yml"))
    team = tmp_path / "team.yml"
    team.write_text(block("# team.yml"))
    copy, line_up = (line.split() for line in block("uvx copier copy").splitlines())

    def copier(words: list[str], cwd: Path) -> None:
        assert words[:2] == ["uvx", "copier"]
        given = {"team.yml": str(team), f"{ADDRESS}copier-multicore": str(own_template)}
        named = [given.get(word, word) for word in words[2:] if word != "--defaults"]
        options = ["--defaults", "--quiet", "-d", "concurrency=false"]
        run([sys.executable, "-m", "copier", *named, *options], cwd)

    copier(copy, tmp_path)
    expected = yaml.safe_load(team.read_text())
    assert len(expected) == 3
    assert answers(tmp_path / "my-app").items() >= expected.items()

    other = start(tmp_path / "other", own_template, BARE)
    assert answers(other)["user_name"] == "Somebody"
    copier(line_up, other)
    assert answers(other).items() >= expected.items()
    assert (other / ".gitlab-ci.yml").exists()


@pytest.mark.slow
def test_a_fork_takes_the_updates_of_the_original(own_template: Path, tmp_path: Path) -> None:
    run("git switch --quiet --force-create main", cwd=own_template)
    run("git tag v0.1.0", cwd=own_template)
    fork = tmp_path / "team-template"

    def follow(first: str) -> None:
        for line in (
            block(first).replace(f"{ADDRESS}copier-multicore", str(own_template)).splitlines()
        ):
            if not line.startswith("cd "):
                run(["bash", "-euc", line], cwd=fork if fork.exists() else tmp_path)

    follow("git clone")
    config = fork / "copier.yml"
    config.write_text(config.read_text().replace("default: MIT\n", "default: Proprietary\n"))
    (fork / "template" / "TEAM.md").write_text("# How we work\n")
    commit(fork, "The team's own")
    follow("git tag --annotate v0.1.0.post1")
    project = start(tmp_path / "project", fork, BARE)
    assert answers(project)["license"] == "Proprietary"
    assert (project / "TEAM.md").exists()

    news = own_template / "template" / ".gitignore"
    news.write_text(news.read_text() + "*.news\n")
    commit(own_template, "News")
    run("git tag v0.2.0", cwd=own_template)
    follow("git fetch")
    found = run([sys.executable, "-m", "copier", "check-update"], cwd=project)
    assert "0.2.0.post1" in found
    run([sys.executable, "-m", "copier", "update", "--defaults", "--quiet"], cwd=project)
    assert answers(project)["_commit"] == "v0.2.0.post1"
    assert "*.news" in (project / ".gitignore").read_text()
    assert (project / "TEAM.md").exists()

    # A project of the original moves to the fork.
    moved = start(tmp_path / "moved", own_template, BARE)
    record = moved / ".copier-answers.yml"
    record.write_text(record.read_text().replace(str(own_template), str(fork)))
    commit(moved, "Follow the team's template")
    update(moved)
    assert (moved / "TEAM.md").exists()
    assert answers(moved)["license"] == "MIT", "an answer stays as it was given"


def test_the_commands_of_the_page_are_those_of_the_tests() -> None:
    """A command that is added to the page is added to a test."""
    tested = ("git clone --origin", "cd team-template", "git switch --create team", "git tag --annotate", "git fetch --tags", "git merge --message", "uvx copier", "uvx --from git+", "uv run fleet", "uv sync")  # fmt: skip
    assert [each for each in commands(PAGE) if not each.startswith(tested)] == []


def test_the_table_of_fleet_is_drawn_in_the_page() -> None:
    for name in re.findall(r"\]\((images/[^)]+)\)", PAGE):
        text = (REPOSITORY / "docs" / name).read_text()
        assert "uv run fleet" in text.replace("&#160;", " ")
        assert "http" not in re.sub(r'xmlns="[^"]*"', "", text.partition("-->")[2]), (
            "a picture loads nothing"
        )


@pytest.mark.slow
def test_fleet_works_without_a_clone(own_template: Path, tmp_path: Path) -> None:
    (command,) = [each for each in commands(PAGE) if each.startswith("uvx --from git+")]
    start(tmp_path / "projects" / "one", own_template, BARE)
    (tmp_path / "here").mkdir()
    words = command.replace(f"{ADDRESS}copier-multicore", own_template.as_uri()).split()
    assert "1 repository in" in run(words, cwd=tmp_path / "here")
