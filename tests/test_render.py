"""Every combination of answers renders a clean project."""

import functools
import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest
import yaml
from variants import COMBINATIONS, Variant, files

from dev.project import render, run

QUESTIONS = {
    "ci", "concurrency", "conda_env_file", "free_threaded", "github_user", "license", "onnx_serving", "package_name",
    "project_description", "project_name", "project_slug", "python_version", "user_email", "user_name",
}  # fmt: skip


def quick_or_slow(variant: Variant) -> object:
    """Leave most combinations to the whole suite: the quick one has each value of each choice."""
    quick = variant.answers["license"] == "MIT" or (
        "3.14-" in variant.name and "named" in variant.name
    )
    return pytest.param(variant, marks=() if quick else pytest.mark.slow, id=variant.name)


@pytest.mark.parametrize("variant", [quick_or_slow(variant) for variant in COMBINATIONS])
def test_combination(variant: Variant, plain_template: Path, tmp_path: Path) -> None:
    project = render(tmp_path / "project", variant.answers, plain_template)

    names = {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}
    assert names == files(variant.answers)
    empty = [path for path in project.rglob("*") if path.is_dir() and not any(path.iterdir())]
    assert not empty, "folders of a module that is off stay behind"
    for name in names:
        check_name(name)
        check_text(name, (project / name).read_text())

    answers = yaml.safe_load((project / ".copier-answers.yml").read_text())
    assert {name for name in answers if not name.startswith("_")} == QUESTIONS
    assert {name: answers[name] for name in variant.answers} == variant.answers

    run("ruff check --no-cache .", cwd=project)
    run("ruff format --no-cache --check .", cwd=project)


def test_a_project_stays_small() -> None:
    assert len(files({"concurrency": False})) < 25


def check_name(name: str) -> None:
    assert len(name) <= 100, name
    assert re.fullmatch(r"[A-Za-z0-9._/-]+", name), f"{name} is not legal everywhere"


@functools.cache  # most files are the same in most projects
def check_text(name: str, text: str) -> None:
    # Python has braces of its own: f"{{{share:.0%}}}".
    markup = r"\{%|\{#|\{\{ \w+ \}\}" if name.endswith(".py") else r"(?<!\$)\{\{|\{%|\{#|%\}|#\}"
    leftover = re.search(markup, text)
    assert not leftover, (
        f"{name} has Jinja left: {text[leftover.start() - 40 : leftover.end() + 40]!r}"
    )
    if text:
        assert text.endswith("\n"), f"{name} has no newline at its end"
        assert not text.endswith("\n\n"), f"{name} has blank lines at its end"
        assert not text.startswith("\n"), f"{name} starts with a blank line"
    assert not re.search(r"[ \t]+$", text, re.MULTILINE), f"{name} has trailing blanks"
    blank_lines = 2 if name.endswith(".py") or name == "LICENSE" else 1
    prose = re.sub(r"```python.*?```", "code", text, flags=re.DOTALL)
    assert "\n" * (blank_lines + 2) not in prose, f"{name} has a run of blank lines"

    if name.endswith(".toml"):
        tomllib.loads(text)
    elif name.endswith((".yaml", ".yml")):
        yaml.safe_load(text)
    elif name.endswith(".json"):
        json.loads(text)


def test_python_sources_of_the_template_are_python(plain_template: Path) -> None:
    run("ruff check --no-cache template", cwd=plain_template)
    for path in plain_template.glob("template/**/*.py*"):
        assert "{%" not in path.read_text(), f"{path} has Jinja statements: switch by files instead"


def test_the_template_never_needs_trust(plain_template: Path) -> None:
    config = yaml.safe_load((plain_template / "copier.yml").read_text())
    assert not {"_tasks", "_migrations", "_jinja_extensions"} & set(config)


def test_every_question_has_a_default_and_help(plain_template: Path) -> None:
    config = yaml.safe_load((plain_template / "copier.yml").read_text())
    asked = {name: question for name, question in config.items() if name in QUESTIONS}
    assert set(asked) == QUESTIONS
    for name, question in asked.items():
        assert "default" in question, name
        assert question["help"].count("?"), name
    derived = set(config) - QUESTIONS - {name for name in config if name.startswith("_")}
    assert all(config[name]["when"] is False for name in derived)


def test_a_serving_readme_names_no_version_that_is_refused(
    plain_template: Path, tmp_path: Path
) -> None:
    project = render(tmp_path / "p", {"onnx_serving": True, "concurrency": False}, plain_template)
    text = (project / "README.md").read_text()
    assert "python_version=VERSION" in text
    assert "3.15" not in text


@pytest.mark.parametrize("serving", [False, True])
def test_the_container_file_is_sound(serving: bool, plain_template: Path, tmp_path: Path) -> None:
    project = render(
        tmp_path / "p", {"onnx_serving": serving, "concurrency": False}, plain_template
    )
    run(["hadolint", str(project / "Dockerfile")], cwd=project)


def test_workflows_are_sound(plain_template: Path) -> None:
    """Neither the project's workflows nor this repository's own; they have no Jinja, so their sources are the render."""
    workflows = [str(path) for path in plain_template.glob("**/.github/workflows/*.yml")]
    assert len(workflows) == 5
    run(
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows],
        cwd=plain_template,
    )
    run(
        ["zizmor", "--offline", "--no-progress", "--persona", "pedantic", *workflows],
        cwd=plain_template,
    )
    if shutil.which("actionlint"):  # it comes from GitHub, and can't be had everywhere
        run(["actionlint", *workflows], cwd=plain_template)
    gitlab = [str(path) for path in plain_template.glob("template/.gitlab*/*.yml")]
    gitlab.append(str(plain_template / "template" / ".gitlab-ci.yml"))
    run(["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", *gitlab], cwd=plain_template)
    renovate = [str(plain_template / name) for name in ("renovate.json", "template/renovate.json")]
    run(["check-jsonschema", "--builtin-schema", "vendor.renovate", *renovate], cwd=plain_template)
