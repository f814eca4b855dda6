"""A project that falls behind its template says so, and what an update leaves half done is refused."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from test_update import BARE, commit, start

from dev.environment import environment
from dev.project import CommandError, run

CHECKS = {
    "github": ".github/workflows/template.yml",
    "gitlab": ".gitlab-ci.yml",
}


def check_script(project: Path, forge: str) -> str:
    """Return the script of the weekly check."""
    settings = yaml.safe_load((project / CHECKS[forge]).read_text())
    if forge == "gitlab":
        return "\n".join(settings["template"]["script"])
    (script,) = [step["run"] for step in settings["jobs"]["check"]["steps"] if "run" in step]
    return script


@pytest.mark.slow
@pytest.mark.parametrize("forge", CHECKS)
def test_the_weekly_check_fails_once_there_is_news(
    forge: str, own_template: Path, tmp_path: Path
) -> None:
    run("git tag v1.0.0", cwd=own_template)
    project = start(tmp_path / "project", own_template, BARE | {"ci": forge})
    summary = tmp_path / "summary"
    uvx = tmp_path / "bin" / "uvx"  # this environment's Copier, without asking an index for it
    uvx.parent.mkdir()
    uvx.write_text(
        f'#!/bin/sh\n[ "$1" = --exclude-newer ] || exit 9\nshift 3\nexec {sys.executable} -m copier "$@"\n'
    )
    uvx.chmod(0o755)

    def check() -> tuple[int, str]:
        env = environment(GITHUB_STEP_SUMMARY=str(summary))
        env["PATH"] = f"{uvx.parent}:{env['PATH']}"
        child = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", check_script(project, forge)],
            cwd=project, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return child.returncode, child.stdout

    status, printed = check()
    assert (status, "latest version" in printed) == (0, True), printed

    run("git commit --quiet --allow-empty --message News", cwd=own_template)
    run("git tag v1.1.0", cwd=own_template)
    status, printed = check()
    assert status == 2, printed
    assert "Current version is 1.0.0, latest version is 1.1.0" in printed
    assert "uvx copier update --skip-answered" in printed
    if forge == "github":
        assert "latest version is 1.1.0" in summary.read_text()

    own_template.rename(tmp_path / "gone")
    status, printed = check()
    assert (status, "could not be read" in printed) == (1, True), printed


def test_the_weekly_check_has_no_secret_and_writes_nothing(plain_template: Path) -> None:
    text = (plain_template / "template" / CHECKS["github"]).read_text()
    workflow = yaml.safe_load(text)
    assert "secrets." not in text
    assert "token" not in text.replace("persist-credentials", "")
    assert (workflow["permissions"], workflow["jobs"]["check"]["permissions"]) == (
        {},
        {"contents": "read"},
    )
    weekly = [entry["cron"] for entry in workflow[True]["schedule"]]  # YAML 1.1 reads `on` as true
    assert [bool(re.fullmatch(r"\d+ \d+ \* \* [0-6]", entry)) for entry in weekly] == [True]


def test_renovate_does_not_wait_for_an_age_that_no_tag_has(plain_template: Path) -> None:
    """Its copier manager reads git tags, which have no time of release: an age would hold the template back for ever."""
    settings = json.loads((plain_template / "template" / "renovate.json").read_text())
    assert settings["minimumReleaseAge"] == "7 days"
    assert settings["copier"]["minimumReleaseAge"] is None
    assert settings["copier"].get("enabled", True)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["inline", "rej"])
def test_conflicts_of_an_update_are_refused(way: str, own_template: Path, tmp_path: Path) -> None:
    """Copier ends with 0 whether an update conflicts or not, so that something else has to look."""
    run("git tag v1.0.0", cwd=own_template)
    project = start(tmp_path / "project", own_template, BARE)
    editor = project / ".editorconfig"
    lines = editor.read_text().splitlines(keepends=True)
    editor.write_text("".join(["mine\n", *lines[1:]]))
    commit(project, "Mine")
    source = own_template / "template" / ".editorconfig"
    source.write_text("".join(["theirs\n", *lines[1:]]))
    commit(own_template, "News")
    run("git tag v1.1.0", cwd=own_template)

    hooks = [sys.executable, "-m", "pre_commit", "run", "--all-files"]
    env = environment(SKIP="lock,check,format,types")  # those need the project's environment
    run(hooks, cwd=project, env=env)
    run(f"copier update --defaults --conflict {way}", cwd=project)  # ends with 0
    run("git add --all", cwd=project)
    with pytest.raises(CommandError, match=r"editorconfig") as refusal:
        run(hooks, cwd=project, env=env)
    assert ("no merge conflict left" if way == "inline" else "no .rej file left") in str(
        refusal.value
    )
