"""One answer decides the Python version everywhere, and the environment follows it."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from variants import PYTHONS

from dev.environment import environment
from dev.project import render, run

BUILD = "import sys; print('%d.%d' % sys.version_info[:2] + ('' if sys._is_gil_enabled() else 't'))"


def ci_rows(project: Path, tmp_path: Path) -> tuple[list[str], list[str]]:
    """Run what CI runs to find the versions that it tests, and return GitHub's and GitLab's."""
    workflow = yaml.safe_load((project / ".github/workflows/ci.yml").read_text())
    (step,) = [step for step in workflow["jobs"]["check"]["steps"] if step.get("id") == "pythons"]
    output = tmp_path / "github-output"
    run(["bash", "-euc", step["run"]], cwd=project, env=environment(GITHUB_OUTPUT=str(output)))
    name, _, value = output.read_text().strip().partition("=")
    assert f"steps.pythons.outputs.{name}" in workflow["jobs"]["check"]["outputs"]["pythons"]

    pipeline = yaml.safe_load((project / ".gitlab-ci.yml").read_text())
    listed = tmp_path / "gitlab-output"
    run(
        ["bash", "-euc", f"{pipeline['test']['script'][0]} echo $pythons > '{listed}'"], cwd=project
    )
    return json.loads(value), listed.read_text().split()


@pytest.mark.parametrize("pin", PYTHONS)
def test_everything_agrees_on_the_version(
    pin: str, plain_template: Path, tmp_path: Path, interpreter: Callable[[str], Path]
) -> None:
    interpreter(pin)
    version, free_threaded = pin.removesuffix("t"), pin.endswith("t")
    project = render(tmp_path / "project", PYTHONS[pin], plain_template)
    gitlab = render(tmp_path / "gitlab", PYTHONS[pin] | {"ci": "gitlab"}, plain_template)
    (project / ".gitlab-ci.yml").write_text((gitlab / ".gitlab-ci.yml").read_text())

    assert (project / ".python-version").read_text() == f"{pin}\n"
    request = (project / ".python-version").read_text().strip()
    listed = run(["uv", "python", "list", "--only-downloads", request], cwd=tmp_path)
    assert f"cpython-{version}" in listed, "where it is missing, uv downloads what is pinned"
    assert ("freethreaded" in listed) == free_threaded

    metadata = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert metadata["requires-python"] == f">={version}"
    classifiers = [
        line for line in metadata["classifiers"] if line.startswith("Programming Language")
    ]
    assert classifiers[0] == f"Programming Language :: Python :: {version}"
    assert len(classifiers) == (2 if free_threaded else 1)
    assert any("Free Threading" in line for line in classifiers) == free_threaded

    settings = run("ruff check --show-settings src", cwd=project)
    target = re.search(r"linter.unresolved_target_version = (\S+)", settings)
    assert target, settings
    assert target[1] == version

    (project / "src" / "my_app" / "probe.py").write_text(
        "import sys\nfrom typing import reveal_type\n\nreveal_type(sys.version_info[:2])\n"
    )
    checked = run("ty check --exit-zero src/my_app/probe.py", cwd=project)
    assert f"tuple[Literal[3], Literal[{version.removeprefix('3.')}]]" in checked, checked

    rows = [version, pin] if free_threaded else [version]
    assert ci_rows(project, tmp_path) == (rows, rows)

    dockerfile = (project / "Dockerfile").read_text()
    assert "COPY .python-version" in dockerfile, "the image takes its Python from the pin"
    assert "3.1" not in dockerfile, "the image names a version of its own"


def test_no_file_names_another_version(plain_template: Path, tmp_path: Path) -> None:
    project = render(tmp_path / "project", {"python_version": "3.13"}, plain_template)
    readme = project / "README.md"
    readme.write_text(readme.read_text().replace("python_version=3.15", "").replace("pin 3.15", ""))
    readme.write_text(readme.read_text().replace("load in one (Python 3.14)", ""))
    for path in project.rglob("*"):
        # Code asks what the Python that runs it can do.
        if path.is_file() and path.name != ".copier-answers.yml" and path.suffix != ".py":
            others = set(re.findall(r"\b3\.1\d\b", path.read_text())) - {"3.13"}
            assert not others, f"{path.relative_to(project)} names {others}"


@pytest.mark.slow
def test_a_bare_pin_takes_the_build_with_a_gil_where_there_are_both(
    plain_template: Path, tmp_path: Path, interpreter: Callable[[str], Path]
) -> None:
    interpreter("3.14t")
    interpreter("3.14")
    project = render(tmp_path / "project", {}, plain_template)
    run("uv venv --quiet", cwd=project)
    assert run([".venv/bin/python", "-c", BUILD], cwd=project).strip() == "3.14"
