"""An old conda project moves in: answers come from its file, nothing of it is overwritten, and updates work later."""

import shutil
from pathlib import Path

import pytest
import yaml
from copier import run_update
from test_answers import copier
from test_update import commit, update

from dev.project import render, run

ENVIRONMENT = """\
name: Coast lines
channels:
  - conda-forge
dependencies:
  - python=3.9
  - numpy=1.21
  - pip:
    - attrs
"""


def answers(project: Path) -> dict[str, object]:
    return yaml.safe_load((project / ".copier-answers.yml").read_text())


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (ENVIRONMENT, {"project_name": "Coast lines", "project_slug": "coast-lines", "python_version": "3.13"}),
        ("name: numpy\ndependencies: [python=3.14, numpy=1.26]\n", {"project_name": "numpy project", "python_version": "3.14"}),
        pytest.param("name: base\ndependencies: [python>=3.8]\n", {"project_name": "My App", "python_version": "3.14"}, marks=pytest.mark.slow),
        ("name: 3.10\ndependencies: ['python >=3.8,<3.12']\n", {"project_name": "My App", "python_version": "3.13"}),
        pytest.param("name: x\ndependencies: ['conda-forge::python 3.15.*']\n", {"project_name": "x", "python_version": "3.15"}, marks=pytest.mark.slow),
        pytest.param("name: x\ndependencies: [python=2.7]\n", {"python_version": "3.13"}, marks=pytest.mark.slow),
        pytest.param("name: x\ndependencies: [python=3]\n", {"python_version": "3.14"}, marks=pytest.mark.slow),
        pytest.param("name: x\ndependencies: [{pip: [a]}, numpy]\n", {"python_version": "3.14"}, marks=pytest.mark.slow),
        pytest.param("name: x\n", {"project_name": "x", "python_version": "3.14"}, marks=pytest.mark.slow),
        pytest.param("- python=3.9\n", {"project_name": "My App", "python_version": "3.14"}, marks=pytest.mark.slow),
        ("name: [\n\t- x", {"project_name": "My App"}),
        pytest.param("name: {{ cookiecutter.name }}\n", {"project_name": "My App"}, marks=pytest.mark.slow),
        ("{% if x %}\nname: x\n{% endif %}\n", {"project_name": "My App"}),
        pytest.param("name: \"evil\\nname\"\n", {"project_name": "My App"}, marks=pytest.mark.slow),
        pytest.param("\ufeffname: marked\n", {"project_name": "marked"}, marks=pytest.mark.slow),
        ("", {"project_name": "My App", "python_version": "3.14"}),
    ],
)  # fmt: skip
def test_answers_come_from_the_file(
    environment: str, expected: dict[str, str], plain_template: Path, tmp_path: Path
) -> None:
    (tmp_path / "environment.yml").write_text(environment)
    render(tmp_path, {"ci": "none"}, plain_template)
    found = answers(tmp_path)
    assert found["conda_env_file"] == "environment.yml"
    assert found["concurrency"] is False
    assert {name: found[name] for name in expected} == expected
    assert (tmp_path / "environment.yml").read_text() == environment


def test_without_a_file_nothing_changes(plain_template: Path, tmp_path: Path) -> None:
    render(tmp_path / "project", {}, plain_template)
    assert answers(tmp_path / "project")["conda_env_file"] == ""
    assert not (tmp_path / "project" / "tools").exists()


def test_a_file_that_is_given(plain_template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a [folder]"
    (folder / "envs").mkdir(parents=True)
    (folder / "envs" / "gpu.yml").write_text("name: gpu\ndependencies: [python=3.12]\n")
    render(folder, {"conda_env_file": "envs/gpu.yml"}, plain_template)
    assert answers(folder)["project_name"] == "gpu"
    assert answers(folder)["python_version"] == "3.13"


@pytest.mark.parametrize(
    "path", ["/etc/environment.yml", "../environment.yml", "C:\\env.yml", "~/e.yml"]
)
def test_a_file_elsewhere_is_refused(path: str, plain_template: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must lie in the project"):
        render(tmp_path / "project", {"conda_env_file": path}, plain_template)


MINE = {
    "README.md": "# Mine\n",
    "LICENSE": "My licence\n",
    ".gitignore": "*.nc\n",
    "AGENTS.md": "Be kind.\n",
    "pyproject.toml": '[project]\nname = "mine"\nversion = "1.0"\n',
    "src/coast_lines/cli.py": "print('mine')\n",
    "tests/conftest.py": "# mine\n",
    "environment.yml": ENVIRONMENT,
}


def old_project(folder: Path) -> Path:
    for name, text in MINE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_nothing_is_overwritten_and_the_next_command_is_printed(
    plain_template: Path, tmp_path: Path
) -> None:
    """From the command line without a terminal, where Copier can't ask."""
    folder = old_project(tmp_path / "project")
    child = copier("copy", "--defaults", plain_template, ".", cwd=folder)
    assert child.returncode == 0, child.stderr
    assert {name: (folder / name).read_text() for name in MINE} == MINE
    assert (folder / "tools" / "conda2uv.py").exists()
    assert (folder / ".pre-commit-config.yaml").exists()
    assert "uv run tools/conda2uv.py environment.yml --apply" in child.stderr
    assert "Warning" not in child.stderr


@pytest.fixture
def moved(template: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Return a template that a test may change, and an old project that moved in to it."""
    own = tmp_path / "template"
    run(["git", "clone", "--quiet", str(template), str(own)], cwd=tmp_path)
    run("git tag v0.1.0", cwd=own)
    folder = old_project(tmp_path / "project")
    (folder / "pyproject.toml").unlink()
    run("git init --quiet", cwd=folder)
    commit(folder, "Years of work")
    render(folder, {}, own)
    return own, folder


def news(own: Path) -> None:
    for name in ("README.md.jinja", "LICENSE.jinja", ".gitignore", ".editorconfig"):
        path = own / "template" / name
        path.write_text(path.read_text() + "# News.\n")
    commit(own, "News")
    run("git tag v0.2.0", cwd=own)


@pytest.mark.slow
def test_an_update_leaves_what_was_there(moved: tuple[Path, Path]) -> None:
    own, folder = moved
    (folder / "tools" / "conda2uv.py").unlink()
    (folder / "environment.yml").unlink()
    commit(folder, "Move in")
    news(own)
    update(folder)
    for name in ("README.md", "LICENSE", ".gitignore", "AGENTS.md", "src/coast_lines/cli.py"):
        assert (folder / name).read_text() == MINE[name]
    assert "# News." in (folder / ".editorconfig").read_text()
    assert not (folder / "tools").exists(), "the script came back"
    assert answers(folder)["project_name"] == "Coast lines"


@pytest.mark.slow
def test_a_project_with_a_file_of_later_is_not_moved_by_an_update(
    template: Path, tmp_path: Path
) -> None:
    """A new question's default reproduces yesterday's output."""
    project = render(tmp_path / "project", {"concurrency": False}, template)
    (project / "environment.yml").write_text(ENVIRONMENT)
    recorded = project / ".copier-answers.yml"
    recorded.write_text(recorded.read_text().replace("conda_env_file: ''\n", ""))
    run("git init --quiet", cwd=project)
    commit(project, "From before the question")
    update(project)
    assert answers(project)["conda_env_file"] == ""
    assert answers(project)["project_name"] == "My App"
    assert not (project / "tools").exists()


@pytest.mark.slow
def test_adopting_a_repository_with_history(template: Path, tmp_path: Path) -> None:
    """docs/leave-anaconda.md: render on an orphan branch, merge, and update later."""
    own = tmp_path / "template"
    run(["git", "clone", "--quiet", str(template), str(own)], cwd=tmp_path)
    run("git tag v0.1.0", cwd=own)
    folder = old_project(tmp_path / "project")
    run("git init --quiet", cwd=folder)
    commit(folder, "Years of work")

    run("git switch --quiet --orphan template", cwd=folder)
    child = copier(
        "copy", "--defaults", "-d", "project_name=Coast lines", "-d", "concurrency=false",
        "-d", "conda_env_file=environment.yml", own, ".", cwd=folder,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    commit(folder, "Render the template")
    run("git switch --quiet main", cwd=folder)
    merge = "git merge --quiet --allow-unrelated-histories --strategy-option ours --message Adopt template"
    run(merge, cwd=folder)
    assert {name: (folder / name).read_text() for name in MINE} == MINE
    assert (folder / ".editorconfig").exists()

    news(own)
    run_update(folder, defaults=True, overwrite=True, quiet=True, unsafe=False)
    assert not run("git diff --check", cwd=folder)
    assert (folder / "README.md").read_text() == MINE["README.md"]
    assert "# News." in (folder / ".editorconfig").read_text()
    assert "_commit: v0.2.0" in (folder / ".copier-answers.yml").read_text()
    assert run("git log --oneline", cwd=folder).count("\n") == 3


@pytest.mark.slow
def test_the_default_pin_is_the_scripts(plain_template: Path, tmp_path: Path) -> None:
    """Jinja in the questions and Python in the script choose the same version."""
    import sys

    specs = [
        "python=3.9",
        "python<3.14",
        "python<=3.14",
        "python=3.14.2",
        "python>=3.8,<4",
        "python",
    ]
    for number, spec in enumerate(specs):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "environment.yml").write_text(f"dependencies: ['{spec}']\n")
        render(folder, {"ci": "none"}, plain_template)
        shutil.copy(folder / "environment.yml", tmp_path / "environment.yml")
        said = run(
            [sys.executable, str(folder / "tools" / "conda2uv.py"), "environment.yml", "--apply", "--no-lock"],
            cwd=tmp_path,
        )  # fmt: skip
        assert "the project is on" not in said or spec == "python=3.9"
        pin = (tmp_path / ".python-version").read_text().strip()
        assert answers(folder)["python_version"] == pin, spec
        for name in (".python-version", "pyproject.toml", "CONDA-MIGRATION.json"):
            (tmp_path / name).unlink()
