"""Answers of every kind: a valid project, or a refusal that says what to do and leaves the destination untouched."""

import keyword
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from test_render import check_text

from dev.environment import environment
from dev.interpreters import PINS
from dev.project import REPOSITORY, render, run

REFUSED = [
    # Question, answer, a part of the reason, a part of the suggestion.
    ("project_name", "  ", "needs a name", "'My App'"),
    ("project_name", "two\nlines", "one line", "take out line breaks"),
    ("project_name", "x" * 200, "200 characters", "shorten it to 100"),
    ("project_name", "evil \u202egnp.exe", "invisible character", "type it anew"),
    ("project_slug", "My App", "lower-case", "'my-app'"),
    ("project_slug", "my_app", "lower-case", "'my-app'"),
    ("project_slug", "a--b", "single hyphens", "'a-b'"),
    ("project_slug", "", "lower-case", "'my-app'"),
    ("project_slug", "資料", "a-z", "'my-app'"),
    ("project_slug", "../up", "lower-case", "'up'"),
    ("project_slug", "x" * 200, "200 characters", "shorten it to 64"),
    ("project_slug", "json", "standard library", "'json-app'"),
    ("project_slug", "class", "keyword", "'class-app'"),
    ("project_slug", "pytest", "depends on a tool", "'pytest-app'"),
    ("project_slug", "tests", "has a folder", "'tests-app'"),
    ("project_slug", "nul", "Windows", "'nul-app'"),
    ("project_slug", "my-app\n", "lower-case", "'my-app'"),
    ("package_name", "my-app", "underscores", "'my_app'"),
    ("package_name", "3d", "starts with a letter", "'app_3d'"),
    ("package_name", "import", "keyword", "'import_app'"),
    ("package_name", "asyncio", "standard library", "'asyncio_app'"),
    ("project_description", "a\tb", "one line", "tabs"),
    ("user_name", "a\x00b", "one line", "control characters"),
    ("user_email", "ada", "no e-mail address", "ada@example.org"),
    ("user_email", 'a"b@example.org', "no e-mail address", "leave it empty"),
    ("github_user", "https://example.org/ada", "GitHub name", "only the name"),
    ("github_user", "@ada", "GitHub name", "only the name"),
    ("python_version", "2.7", "'2.7' is not in", "'3.14'"),
    ("license", "WTFPL", "'WTFPL' is not in", "'MIT'"),
    ("ci", "jenkins", "'jenkins' is not in", "'gitlab'"),
]


@pytest.mark.parametrize(
    ("question", "answer", "reason", "suggestion"), REFUSED, ids=lambda value: ascii(value)[:30]
)
def test_refused(
    question: str, answer: str, reason: str, suggestion: str, plain_template: Path, tmp_path: Path
) -> None:
    destination = tmp_path / "project"
    with pytest.raises(ValueError, match=question) as refusal:
        render(destination, {question: answer}, plain_template)
    assert reason in str(refusal.value)
    assert suggestion in str(refusal.value)
    assert not destination.exists()


def test_free_threaded_needs_a_version_that_supports_it(
    plain_template: Path, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(ValueError, match=r"choose python_version 3\.14 or 3\.15"):
        render(tmp_path, {"python_version": "3.13", "free_threaded": True}, plain_template)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


BARE = {"concurrency": False}  # whose files are a third, and all that such answers reach


def test_suggested_names_are_accepted(plain_template: Path, tmp_path: Path) -> None:
    for number, (question, _, _, suggestion) in enumerate(REFUSED):
        if question in {"project_slug", "package_name"} and suggestion.startswith("'"):
            render(
                tmp_path / str(number), {question: suggestion.strip("'"), **BARE}, plain_template
            )


def copier(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Copier's command line without a terminal, as a script or a bot does."""
    return subprocess.run(
        [sys.executable, "-m", "copier", *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_line_refuses_with_the_words_of_the_prompt(
    plain_template: Path, tmp_path: Path
) -> None:
    child = copier(
        "copy",
        "--defaults",
        "-d",
        "python_version=3.9",
        plain_template,
        tmp_path / "project",
        cwd=tmp_path,
    )
    assert child.returncode != 0
    assert "Invalid choice for 'python_version': '3.9' is not in" in child.stderr.splitlines()[-1]
    assert not (tmp_path / "project").exists()


def test_files_that_are_there_are_not_overwritten(plain_template: Path, tmp_path: Path) -> None:
    """Copier asks for each conflict; where nobody can answer, it stops, and says what would answer."""
    (tmp_path / "README.md").write_text("mine\n")
    (tmp_path / "notes.txt").write_text("mine too\n")
    child = copier("copy", "--defaults", plain_template, tmp_path, cwd=tmp_path)
    assert child.returncode != 0, child.stdout + child.stderr
    assert "README.md" in child.stderr
    assert "--overwrite" in child.stderr or "skip" in child.stderr.lower()
    assert (tmp_path / "README.md").read_text() == "mine\n"
    assert (tmp_path / "notes.txt").read_text() == "mine too\n"

    child = copier(
        "copy", "--defaults", "--skip", "README.md", plain_template, tmp_path, cwd=tmp_path
    )
    assert child.returncode == 0, child.stdout + child.stderr
    assert (tmp_path / "README.md").read_text() == "mine\n"
    assert (tmp_path / "pyproject.toml").exists()


def test_message_and_readme_say_what_to_do_next(plain_template: Path, tmp_path: Path) -> None:
    destination = tmp_path / "a folder"
    child = copier(
        "copy", "--defaults", "-d", "free_threaded=true", plain_template, destination, cwd=tmp_path
    )
    assert child.returncode == 0, child.stderr
    assert f"cd '{destination}'" in child.stderr
    readme = (destination / "README.md").read_text()
    for expected in (
        "uv sync",
        "uv run pytest",
        "uv run my-app",
        "uv python install 3.14t",
        "UV_PYTHON_INSTALL_MIRROR",
        "UV_DEFAULT_INDEX",
        "offline",
    ):
        assert expected in child.stderr
        assert expected in readme


def test_owners_settings_are_the_defaults(
    plain_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.yml").write_text(
        "defaults:\n  user_name: Ada Lovelace\n  github_user: ada\n"
    )
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(tmp_path / "settings.yml"))
    project = render(tmp_path / "project", {}, plain_template)
    metadata = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert metadata["authors"] == [{"name": "Ada Lovelace"}]
    assert metadata["urls"]["Source"] == "https://github.com/ada/my-app"
    assert "Copyright (c) Ada Lovelace" in (project / "LICENSE").read_text()


@pytest.mark.parametrize(
    ("name", "slug", "package"),
    [
        ("My App", "my-app", "my_app"),
        ("  Data & Pipes!  ", "data-pipes", "data_pipes"),
        ("3D Viewer", "3d-viewer", "app_3d_viewer"),
        ("JSON", "json-app", "json_app"),
        ("async", "async-app", "async_app"),
        ("Pytest", "pytest-app", "pytest_app"),
        ("資料管線", "my-app", "my_app"),
        ("Café", "my-app", "my_app"),
        ("שלום עולם", "my-app", "my_app"),
        ("🚀", "my-app", "my_app"),
        ("!!!", "my-app", "my_app"),
        ("x" * 99, "x" * 64, "x" * 64),
    ],
)
def test_derived_names(
    name: str, slug: str, package: str, plain_template: Path, tmp_path: Path
) -> None:
    project = render(tmp_path / "project", {"project_name": name}, plain_template)
    answers = yaml.safe_load((project / ".copier-answers.yml").read_text())
    assert (answers["project_slug"], answers["package_name"]) == (slug, package)
    assert (project / "README.md").read_text().startswith("# ")


def python_names() -> set[str]:
    source = (REPOSITORY / "includes" / "answers.jinja").read_text()
    found = re.search(r'set python_names = "(.*?)"', source, re.DOTALL)
    assert found
    return set(found[1].split())


@pytest.mark.parametrize("pin", PINS)
def test_names_of_python_are_all_known(pin: str, interpreter: Callable[[str], Path]) -> None:
    code = "import keyword, sys; print(*sys.stdlib_module_names, *keyword.kwlist)"
    names = run([str(interpreter(pin)), "-c", code], cwd=REPOSITORY).split()
    public = {name.lower() for name in names if not name.startswith("_")}
    assert public - python_names() == set()


# ------------------------------------------------------------------------------------------- hostile answers

repeatably = settings(
    max_examples=10,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
LINES = st.text(min_size=0, max_size=120)
HOSTILE = [
    "quote \" and ' and \\ and `",
    "${{ secrets.TOKEN }}",
    "{{ 7 * 7 }} {% raw %} {# gone #}",
    "two\nlines",
    "🚀👩‍👩‍👧 emoji",
    "資料管線",
    "مرحبا بالعالم",
    "x" * 200,
    "# heading",
    "```python",
    "    x  =  1",
    "<script>alert(1)</script>",
    "--help",
    "%s %(name)s %%",
    "a: b # c",
    "null",
    "3.10",
    "]]>",
    "\ufeffbom",
    "\ud800",
    "\x85",
    "Doe, Jane <jane@example.org>",
]


def check_hostile(answers: dict[str, object], template: Path) -> None:
    """Render these answers: a project that says what was answered, or a refusal that names the question."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        try:
            render(project, answers, template)
        except ValueError as refusal:
            message = str(refusal)
            assert any(name in message for name in answers), message
            assert "jinja" not in message.lower(), message
            assert not project.exists()
            return
        for path in project.rglob("*"):
            if path.is_file() and path.name not in {"README.md", "LICENSE"}:
                text = path.read_text()
                if path.name not in {".copier-answers.yml", "pyproject.toml"}:
                    check_text(path.name, text)
        stored = yaml.safe_load((project / ".copier-answers.yml").read_text())
        assert {name: stored[name] for name in answers} == answers
        metadata = tomllib.loads((project / "pyproject.toml").read_text())["project"]
        assert metadata.get("description", "") == answers.get(
            "project_description", metadata.get("description")
        )
        if answers.get("user_name"):
            assert metadata["authors"][0]["name"] == answers["user_name"]
        run("ruff format --no-cache --check .", cwd=project)
        run("ruff check --no-cache .", cwd=project)


def hostile_examples(test: Callable[..., None]) -> Callable[..., None]:
    for line in HOSTILE:
        test = example(line)(test)
    return test


@hostile_examples
@given(LINES)
@repeatably
def test_hostile_text(plain_template: Path, line: str) -> None:
    check_hostile(
        {"project_name": line, "project_description": line, "user_name": line, **BARE},
        plain_template,
    )


@given(
    st.one_of(LINES, st.from_regex(r"\A[a-zA-Z0-9_.-]{0,70}\Z"), st.sampled_from(keyword.kwlist))
)
@repeatably
def test_hostile_names(plain_template: Path, line: str) -> None:
    check_hostile({"project_slug": line, **BARE}, plain_template)
    check_hostile({"package_name": line, "onnx_serving": True}, plain_template)


@pytest.mark.parametrize("line", HOSTILE, ids=ascii)
def test_hostile_text_builds(line: str, plain_template: Path, tmp_path: Path) -> None:
    """What the answers say arrives in the wheel's metadata, which is stricter than TOML."""
    try:
        project = render(
            tmp_path / "it's a path",
            {
                "project_name": line,
                "project_slug": "hostile",
                "project_description": line,
                "user_name": line,
            },
            plain_template,
        )
    except ValueError:
        return
    run("uv build --wheel --quiet", cwd=project)
    (wheel,) = project.glob("dist/*.whl")
    with ZipFile(wheel) as archive:
        metadata = Parser().parsestr(archive.read("hostile-0.1.0.dist-info/METADATA").decode())
    assert metadata["Summary"] == line.strip()
    assert metadata["Author"] == line.strip()
