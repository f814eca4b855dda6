"""`uv run fleet`: thirty repositories in one table, their updates, and what is left to a person."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_update import BARE, commit, start

from dev import checkout, example_fleet, fleet
from dev.project import run

CHECK = "test ! -e tests/test_failing.py"
"""Stands in for the checks of a project, which take an index and seconds."""


def fingerprint(repository: Path) -> dict[str, str]:
    """Return what must not change: where HEAD is, the branches but for the update's own, the files and the index."""
    if not (repository / ".git" / "HEAD").read_text().startswith("ref:"):
        return {"files": str(sorted(repository.rglob("*")))}
    branches = run("git for-each-ref --format=%(refname)=%(objectname)", cwd=repository)
    return {
        "head": (repository / ".git" / "HEAD").read_text(),
        "refs": "\n".join(line for line in branches.splitlines() if "/template-v" not in line),
        "status": run("git status --porcelain", cwd=repository),
        "work trees": run("git worktree list", cwd=repository),
        "tree": run("git diff HEAD", cwd=repository),
    }


def report(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    rows = json.loads(capsys.readouterr().out)["repositories"]
    return {Path(row["path"]).name: row for row in rows}


@pytest.mark.slow
def test_thirty_repositories(
    template: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = example_fleet.build(tmp_path, template)
    assert len(list(folder.iterdir())) == 30
    before = {path.name: fingerprint(path) for path in folder.iterdir()}
    arguments = [str(folder), "--standard", str(tmp_path / "team.yml"), "--json"]

    assert fleet.main(arguments) == 1, "some are broken"
    seen = report(capsys)
    assert {name: row["state"] for name, row in seen.items()} == {
        **dict.fromkeys(example_fleet.PLAN, "behind"),
        **{name: "current" for name, plan in example_fleet.PLAN.items() if plan[1] == "v1.2.0"},
        **dict.fromkeys(["edited", "edited-fresh", "untracked"], "dirty"),
        **dict.fromkeys(["marked", "rejected"], "in conflict"),
        **dict.fromkeys(["garbled", "headless", "orphaned"], "broken"),
        "foreign": "without a template",
    }
    service, sensor, batch = (seen[name] for name in ("service-1", "sensor-1", "batch-1"))
    assert (service["version"], service["behind"], service["latest"]) == ("v1.0.0", 2, "v1.2.0")
    assert (service["python"], service["free_threaded"]) == ("3.14", False)
    assert (sensor["python"], sensor["free_threaded"]) == ("3.14", True)
    assert service["differs"] == {}
    assert batch["differs"] == {"license": {"is": "Apache-2.0", "standard": "MIT"}}
    assert seen["marked"]["conflicts"] == ["NOTES.md"]
    assert seen["garbled"]["broken"] == ".copier-answers.yml is no YAML"
    assert "template can't be read" in str(seen["orphaned"]["broken"])
    assert before == {path.name: fingerprint(path) for path in folder.iterdir()}

    assert fleet.main([*arguments, "--update", "--check", CHECK]) == 1, "some need a person"
    made = {name: row["update"] for name, row in report(capsys).items()}
    results = {name: done and done["result"] for name, done in made.items()}
    assert results == {
        **{name: "current" if plan[1] == "v1.2.0" else "green" for name, plan in example_fleet.PLAN.items()},
        **dict.fromkeys(["edited", "edited-fresh", "untracked", "marked", "rejected"], "left alone"),
        **dict.fromkeys(["garbled", "headless", "orphaned"], "left alone"),
        **dict.fromkeys(["diverged", "diverged-gitlab"], "conflict"),
        **dict.fromkeys(["failing", "failing-threads"], "red"),
        "foreign": None,
    }  # fmt: skip
    assert made["diverged"]["why"] == ".gitignore"
    assert CHECK.split()[-1] in made["failing"]["why"]
    assert before == {path.name: fingerprint(path) for path in folder.iterdir()}
    for name, result in results.items():
        if result in {"green", "red"}:
            run("git switch --quiet template-v1.2.0", cwd=folder / name)
            assert "_commit: v1.2.0" in (folder / name / ".copier-answers.yml").read_text()
            assert "News of v1.2.0" in (folder / name / ".gitignore").read_text()
            assert (folder / name / "src" / "my_app" / "work.py").exists()
        elif name not in {"headless", "foreign"}:
            assert not run("git branch --list template-*", cwd=folder / name), name

    # Once a person has merged one, it is current, and a second run touches nothing that has its branch.
    run("git switch --quiet main", cwd=folder / "service-1")
    run("git merge --quiet --ff-only template-v1.2.0", cwd=folder / "service-1")
    run("git switch --quiet main", cwd=folder / "service-2")
    again = [str(folder / name) for name in ("service-1", "service-2")]
    assert fleet.main([*again, "--json", "--update", "--check", CHECK]) == 1
    made = {name: row["update"] for name, row in report(capsys).items()}
    assert made["service-1"]["result"] == "current"
    assert "merge it, or delete it" in made["service-2"]["why"]

    # The same for people, on a narrow terminal too.
    monkeypatch.setenv("COLUMNS", "110")
    assert fleet.main([str(folder)]) == 1
    printed = capsys.readouterr().out
    assert "2, to v1.2.0" in printed
    assert "broken: .copier-answers.yml is" in printed
    assert "30 repositories in" in printed


@pytest.mark.slow
def test_the_checks_of_a_project_run_and_the_lock_follows(
    own_template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("git tag v1.0.0", cwd=own_template)
    project = start(tmp_path / "project", own_template, BARE)
    run("uv lock --quiet", cwd=project)
    commit(project, "Lock")
    settings = own_template / "template" / "pyproject.toml.jinja"
    settings.write_text(
        settings.read_text().replace('  "click",', '  "attrs",  # news\n  "click",')
    )
    commit(own_template, "A dependency")
    run("git tag v1.1.0", cwd=own_template)

    assert fleet.main([str(project), "--update", "--json"]) == 0
    done = report(capsys)["project"]["update"]
    assert done == {"result": "green", "why": "", "branch": "template-v1.1.0", "output": ""}
    changed = run("git diff --name-only main template-v1.1.0", cwd=project).split()
    assert changed == [".copier-answers.yml", "pyproject.toml", "uv.lock"]
    assert 'name = "attrs"' in run("git show template-v1.1.0:uv.lock", cwd=project)
    assert not (project / ".venv").exists(), "the checkout is not where it is checked"


@pytest.mark.slow
def test_interrupted_it_leaves_no_work_tree(own_template: Path, tmp_path: Path) -> None:
    run("git tag v1.0.0", cwd=own_template)
    project = start(tmp_path / "project", own_template, BARE)
    run("git commit --quiet --allow-empty --message News", cwd=own_template)
    run("git tag v1.1.0", cwd=own_template)
    stamp = tmp_path / "checking"
    command = [sys.executable, "-m", "dev.fleet", str(project), "--update"]
    command += ["--check", f"sh -c 'touch {stamp}; sleep 300'"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not stamp.exists() and time.monotonic() < deadline and child.poll() is None:
        time.sleep(0.1)
    assert stamp.exists()
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=30) != 0
    assert run("git worktree list", cwd=project).count("\n") == 1
    assert not run("git status --porcelain", cwd=project)


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    with pytest.raises(checkout.Trouble, match="still at work after 0 s"):
        checkout.call(["sh", "-c", "sleep 300 & echo $! > pid; wait"], tmp_path, timeout=0.3)
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            break  # ended; whoever adopted it has not noticed
        time.sleep(0.05)
    else:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize(
    ("commit_", "release"),
    [("v1.2.0", "1.2.0"), ("v1.2.0-3-gabc1234", "1.2.0"), ("abc1234", "0"), ("1.0rc1", "1.0rc1")],
)
def test_versions_of_a_template(commit_: str, release: str) -> None:
    assert str(checkout.version_of(commit_)) == release


@pytest.mark.parametrize(
    ("template_", "address"),
    [
        ("gh:ada/template", "https://github.com/ada/template.git"),
        ("gl:ada/template.git", "https://gitlab.com/ada/template.git"),
        ("git+https://example.org/t", "https://example.org/t"),
        ("git@example.org:t.git", "git@example.org:t.git"),
        ("/srv/template", "/srv/template"),
    ],
)
def test_addresses_of_a_template(template_: str, address: str) -> None:
    assert checkout.address(template_) == address


def test_what_makes_no_sense_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "answers.yml").write_text("[")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    for arguments, words in (
        ([str(tmp_path / "nowhere")], "no checkout at"),
        ([str(tmp_path), "--standard", str(tmp_path / "nowhere.yml")], "No such file"),
        ([str(tmp_path), "--standard", str(tmp_path / "answers.yml")], "answers.yml"),
    ):
        with pytest.raises(SystemExit, match="2"):
            fleet.main(arguments)
        assert words in capsys.readouterr().err
