"""`copier update`, without trust: edits stay, choices can be changed later, and the result is that of a fresh render."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from copier import run_update
from variants import files

from dev.project import REPOSITORY, render, run

BUILD = "import sys; print('%d.%d' % sys.version_info[:2] + ('' if sys._is_gil_enabled() else 't'))"

BARE: dict[str, object] = {"concurrency": False}  # where the module's files show nothing more


def released_versions() -> list[str]:
    """Return the tags of the released versions, oldest first."""
    if not (REPOSITORY / ".git").exists():
        return []
    return run(["git", "tag", "--list", "v*", "--sort", "version:refname"], cwd=REPOSITORY).split()


def tree(project: Path) -> dict[str, str]:
    """Return the text of each file that git would commit, by its path; Copier's record of the version apart."""
    names = run("git ls-files --cached --others --exclude-standard -z", cwd=project).split("\0")
    found = {
        name: (project / name).read_text() for name in names if name and (project / name).exists()
    }
    answers = yaml.safe_load(found.pop(".copier-answers.yml"))
    found["answers"] = str(
        {name: value for name, value in answers.items() if not name.startswith("_")}
    )
    return found


def commit(project: Path, message: str) -> None:
    run("git add --all", cwd=project)
    run(["git", "commit", "--quiet", "--message", message], cwd=project)


def start(project: Path, template: Path, answers: dict[str, object] | None = None) -> Path:
    render(project, answers, template)
    run("git init --quiet", cwd=project)
    commit(project, "Start from the template")
    return project


def update(project: Path, **answers: object) -> None:
    run_update(
        project,
        data=answers,
        vcs_ref="HEAD",
        defaults=True,
        overwrite=True,
        quiet=True,
        unsafe=False,
    )
    assert not run("git diff --check", cwd=project), "the update left a conflict"


def test_an_update_brings_the_news_and_keeps_edits(own_template: Path, tmp_path: Path) -> None:
    run("git tag v0.1.0", cwd=own_template)
    project = start(tmp_path / "project", own_template, BARE | {"user_name": "Ada"})

    readme, settings = project / "README.md", project / "pyproject.toml"
    readme.write_text(readme.read_text().replace("## Start\n", "Mine, all mine.\n\n## Start\n"))
    settings.write_text(settings.read_text().replace('  "click",', '  "attrs",\n  "click",'))
    (project / "src" / "my_app" / "work.py").write_text("ANSWER = 42\n")
    (project / "AGENTS.md").unlink()
    commit(project, "Work")

    news = own_template / "template" / ".gitignore"
    news.write_text(news.read_text() + "*.news\n")
    agents = own_template / "template" / "AGENTS.md"
    agents.write_text(agents.read_text() + "- News.\n")
    commit(own_template, "News")
    run("git tag v0.2.0", cwd=own_template)

    update(project)
    assert "*.news" in (project / ".gitignore").read_text()
    assert "Mine, all mine." in readme.read_text()
    assert '"attrs"' in settings.read_text()
    assert (project / "src" / "my_app" / "work.py").read_text() == "ANSWER = 42\n"
    assert not (project / "AGENTS.md").exists(), "a file that its owner deleted came back"
    assert "_commit: v0.2.0" in (project / ".copier-answers.yml").read_text()


def test_an_update_without_edits_is_a_fresh_render(own_template: Path, tmp_path: Path) -> None:
    run("git tag v0.1.0", cwd=own_template)
    project = start(tmp_path / "project", own_template, BARE)
    for path in (own_template / "template").rglob("*"):
        if path.suffix in {".md", ".yml"} or path.name.endswith(".md.jinja"):
            path.write_text(path.read_text().replace("uv run", "uv  run"))
    commit(own_template, "News in many files")
    run("git tag v0.2.0", cwd=own_template)
    update(project)
    assert tree(project) == tree(start(tmp_path / "fresh", own_template, BARE))


CHOICES: list[tuple[dict[str, object], dict[str, object]]] = [
    ({"free_threaded": False}, {"free_threaded": True}),
    ({"python_version": "3.13"}, {"python_version": "3.15"}),
    (
        {"python_version": "3.13", "free_threaded": False},
        {"python_version": "3.14", "free_threaded": True},
    ),
    ({"concurrency": True}, {"concurrency": False}),
    ({"concurrency": False}, {"concurrency": True}),
    ({"onnx_serving": False}, {"onnx_serving": True}),
    ({"ci": "github"}, {"ci": "gitlab"}),
    ({"ci": "gitlab"}, {"ci": "none"}),
    ({"ci": "none"}, {"ci": "github"}),
    ({"license": "Proprietary"}, {"license": "Apache-2.0"}),
    ({"user_name": "", "github_user": ""}, {"user_name": "Ada Lovelace", "github_user": "ada"}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), CHOICES, ids=str)
def test_a_choice_can_be_changed_and_changed_back(
    before: dict[str, object], after: dict[str, object], template: Path, tmp_path: Path
) -> None:
    before, after = BARE | before, BARE | after
    project = start(tmp_path / "project", template, before)
    mine = {"tests/test_mine.py": "def test_mine() -> None:\n    pass\n"}
    for name, text in mine.items():
        (project / name).write_text(text)
    commit(project, "Work")

    for number, answers in enumerate([after, before]):
        update(project, **answers)
        changed = tree(project)
        assert changed == mine | tree(start(tmp_path / f"fresh-{number}", template, answers))
        assert set(changed) - {"answers", *mine} == files(answers) - {".copier-answers.yml"}
        commit(project, "Change my mind")


@pytest.mark.slow
def test_the_environment_follows_the_version(
    template: Path, tmp_path: Path, interpreter: Callable[[str], Path]
) -> None:
    """What the generated README says of changing one's mind, from the command line."""
    for pin in ("3.13", "3.14", "3.14t"):
        interpreter(pin)
    project = start(tmp_path / "project", template, BARE | {"python_version": "3.13"})
    run("uv sync --quiet", cwd=project)
    assert run([".venv/bin/python", "-c", BUILD], cwd=project).strip() == "3.13"
    commit(project, "Lock")

    steps = [
        ("-d python_version=3.14", "3.14"),
        ("-d free_threaded=true", "3.14t"),
        ("-d free_threaded=false", "3.14"),
    ]
    for answer, pin in steps:
        run(f"copier update --defaults {answer} --vcs-ref HEAD", cwd=project)
        if answer.endswith("false"):
            shutil.rmtree(project / ".venv")  # as docs/update.md has it
        run("uv sync --quiet", cwd=project)
        assert run([".venv/bin/python", "-c", BUILD], cwd=project).strip() == pin
        assert f'requires-python = ">={pin.removesuffix("t")}"' in (project / "uv.lock").read_text()
        commit(project, f"Python {pin}")
        run("uv run --locked pytest --quiet", cwd=project)

    run("uv python pin 3.14t", cwd=project)
    assert (
        run(["uv", "run", "--quiet", "python", "-c", BUILD], cwd=project).splitlines()[-1]
        == "3.14t"
    )


@pytest.mark.slow
def test_a_template_that_moved(template: Path, tmp_path: Path) -> None:
    """A project is not tied to where its template lay: the address in the answers file can be changed."""
    moved = tmp_path / "moved"
    shutil.copytree(template, moved)
    project = start(tmp_path / "project", template, BARE)
    answers = project / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace(str(template), str(moved)))
    commit(project, "The template moved")
    update(project)
    assert f"_src_path: {moved}" in answers.read_text()
