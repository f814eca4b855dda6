"""Walks from every released version to this one and on to the next: each ends as a fresh render plus its owner's edits.

Releases are built from this repository's own history, not kept as fixtures: a tag is what users have, it can't drift, and it costs
nothing here. Two commits stand in for releases that were never tagged; the release after this one is made up.
"""

import difflib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import jinja2
import pytest
import yaml
from copier import run_update
from test_update import commit, released_versions, start

from dev.project import REPOSITORY, CommandError, render, run

UNTAGGED = {
    "e184406": "before the concurrency module",
    "698337e": "before what a team needs",
}
"""Commits that stand in for releases, as long as there are no tags: the last one before each part of the template."""
THIS, NEXT = "v100.0.0", "v101.0.0"
"""This version, and the made-up one after it, above all real tags."""


def known(commit_: str) -> bool:
    try:
        run(["git", "merge-base", "--is-ancestor", commit_, "HEAD"], cwd=REPOSITORY)
    except CommandError:
        return False
    return True


VERSIONS = (
    [*released_versions(), *filter(known, UNTAGGED)] if (REPOSITORY / ".git").exists() else []
)

BARE: dict[str, object] = {"concurrency": False}
FULL: dict[str, object] = {"concurrency": True}


# ------------------------------------------------------------------------------------------- releases


COMMENTS = {
    ".html": "<!-- {} -->", ".md": "{}", ".py": "# {}", ".toml": "# {}", ".yaml": "# {}", ".yml": "# {}", "": "# {}",
}  # fmt: skip


def news(path: Path) -> None:
    """Change a file of the template as a release would; what owners replace as a whole stays as it is."""
    suffix = Path(path.name.removesuffix(".jinja")).suffix
    if "_copier_conf" in path.name or path.name.startswith(
        ("LICENSE", "README", ".python-version")
    ):
        return
    text = path.read_text()
    if suffix == ".json":
        path.write_text(text.replace("{\n", '{\n  "news": true,\n', 1))
    elif suffix in COMMENTS and text:
        path.write_text(f"{text}{COMMENTS[suffix].format('News of the next release.')}\n")


@pytest.fixture
def releases(template: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that gives a template with a release of an old version, of this one and of the next."""

    def make(old: str = "") -> Path:
        clone = tmp_path / "template"
        run(["git", "clone", "--quiet", "--no-tags", str(template), str(clone)], cwd=tmp_path)
        if old:
            commit_ = run(["git", "rev-parse", f"{old}^{{commit}}"], cwd=REPOSITORY).strip()
            run(["git", "tag", "v99.0.0", commit_], cwd=clone)
        run(["git", "tag", THIS], cwd=clone)
        for path in sorted((clone / "template").rglob("*")):
            if path.is_file():
                news(path)
        (clone / "template" / "NEWS.md").write_text("# A new file\n")
        commit(clone, "News")
        run(["git", "tag", NEXT], cwd=clone)
        return clone

    return make


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Return a function that gives the files of a fresh render of a release, by their path."""

    def make(template: Path, version: str, answers: dict[str, object]) -> dict[str, str]:
        plain = tmp_path / f"plain-{version}"
        if not plain.exists():
            run(
                ["git", "clone", "--quiet", "--branch", version, str(template), str(plain)],
                cwd=tmp_path,
            )
            shutil.rmtree(plain / ".git")
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            return tree(render(Path(folder) / "project", answers, plain))

    return make


def tree(project: Path) -> dict[str, str]:
    """Return the text of each file by its path; Copier's record of the version apart."""
    found = {
        path.relative_to(project).as_posix(): path.read_text()
        for path in project.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(project).parts
    }
    answers = yaml.safe_load(found.pop(".copier-answers.yml"))
    found["answers"] = str({name: answers[name] for name in answers if not name.startswith("_")})
    return found


# ------------------------------------------------------------------------------------------- an owner's work


def place(text: str, others: Iterable[str]) -> tuple[str, str] | None:
    """Return two lines and two lines after them that stand together once in all versions of a text, near its middle."""
    lines = text.splitlines(keepends=True)
    middle = len(lines) // 2
    for index in sorted(range(2, len(lines) - 1), key=lambda index: abs(index - middle)):
        before, after = ("".join(lines[index - 2 : index]), "".join(lines[index : index + 2]))
        if all(each.count(before + after) == 1 for each in (text, *others)):
            return before, after
    return None


def work(
    project: Path, renders: list[dict[str, str]]
) -> Callable[[dict[str, str]], dict[str, str]]:
    """Do an owner's work: a line in every kind of file, a file deleted, one renamed, one added.

    Args:
        project: A fresh project, which these changes are committed to.
        renders: The fresh renders that it will be updated to.

    Returns:
        A function that does the same to one of them.
    """
    places = {}
    for name, text in tree(project).items():
        texts = [render_.get(name, "") for render_ in renders]
        if all(texts) and (found := place(text, texts)):
            places[name] = found

    def edited(name: str, text: str) -> str:
        before, after = places.get(name, ("", ""))
        return text.replace(before + after, f"{before}# mine\n{after}") if before else text

    kinds = {Path(name).suffix or name for name in places}
    assert {".py", ".md", ".toml", ".yaml", "Dockerfile", ".gitignore"} <= kinds, kinds
    for name in places:
        (project / name).write_text(edited(name, (project / name).read_text()))
    (project / ".editorconfig").unlink()
    (project / "tests" / "test_cli.py").rename(project / "tests" / "test_command.py")
    (project / "notes.txt").write_text("mine\n")
    own = {name: tree(project)[name] for name in ("tests/test_command.py", "notes.txt")}
    commit(project, "Work")
    gone = {".editorconfig", "tests/test_cli.py"}
    return lambda render_: (
        own | {name: edited(name, text) for name, text in render_.items() if name not in gone}
    )


def check(found: dict[str, str], expected: dict[str, str]) -> None:
    """Compare trees, and show what differs."""
    difference = []
    for name in sorted({*found, *expected}):
        before, after = (each.get(name, "").splitlines() for each in (expected, found))
        difference += difflib.unified_diff(
            before, after, f"expected {name}", f"found {name}", lineterm=""
        )
    assert not difference, "\n".join(difference[:200])


def update(project: Path, version: str, **answers: object) -> None:
    run_update(
        project, data=answers, vcs_ref=version, defaults=True, overwrite=True, quiet=True, unsafe=False,
    )  # fmt: skip
    left = run("git status --porcelain", cwd=project)
    assert not run("git diff --check", cwd=project), left
    assert f"_commit: {version}" in (project / ".copier-answers.yml").read_text()


# ------------------------------------------------------------------------------------------- where projects come from


def copied(project: Path, template: Path, answers: dict[str, object]) -> set[str]:
    """Start from the template; no file is the owner's alone."""
    start(project, template, answers)
    return set()


def adopted(project: Path, template: Path, answers: dict[str, object]) -> set[str]:
    """Bring the template into a repository with a history: rendered on an orphan branch, merged, one's own files kept."""
    own = {
        "README.md": "# Ten years of work\n",
        "LICENSE": "Ours.\n",
        "src/my_app/legacy.py": "OLD = True\n",
    }
    (project / "src" / "my_app").mkdir(parents=True)
    run("git init --quiet", cwd=project)
    for name, text in own.items():
        (project / name).write_text(text)
        commit(project, f"Write {name}")
    run("git switch --quiet --orphan template", cwd=project)
    render(project, answers, template)
    commit(project, "The template")
    run("git switch --quiet main", cwd=project)
    merge = "git merge --quiet --allow-unrelated-histories --message Adopt template"
    run(["sh", "-c", f"{merge} || git checkout --ours -- README.md LICENSE"], cwd=project)
    commit(project, "Adopt the template")
    assert run("git log --oneline", cwd=project).count("\n") == 5
    assert {name: (project / name).read_text() for name in own} == own
    return set(own)


ORIGINS = {"copied": copied, "adopted": adopted}
"""How a project came to the template. Each gives the files that are its owner's alone; tests/test_move_in.py has those that leave conda."""


# ------------------------------------------------------------------------------------------- the walks


def test_there_is_something_to_walk_from() -> None:
    """A clone without its history passes all walks by having none: that is said."""
    if not VERSIONS:
        pytest.skip("no version to update from: git fetch --unshallow --tags")


def test_excludes_render_with_the_answers_of_an_older_version() -> None:
    """Copier renders the old version with them too: a name that it does not know would break every update."""
    config = yaml.safe_load((REPOSITORY / "copier.yml").read_text())
    for pattern in config["_exclude"]:
        jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True).from_string(
            pattern
        ).render()


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_from_a_release_with_modules_switched_on_the_way(
    version: str,
    releases: Callable[..., Path],
    fresh: Callable[..., dict[str, str]],
    tmp_path: Path,
) -> None:
    template = releases(version)
    on: dict[str, object] = {"concurrency": True, "ci": "gitlab", "onnx_serving": True}
    off: dict[str, object] = {"concurrency": False, "ci": "github", "free_threaded": True}
    off |= {"onnx_serving": False}
    steps = [(THIS, on), (THIS, off), (NEXT, off)]
    project = tmp_path / "project"
    run(["git", "checkout", "--quiet", "v99.0.0"], cwd=template)
    start(project, template, BARE)
    renders = [fresh(template, release, answers) for release, answers in steps]
    expected = work(project, renders)
    for (release, answers), render_ in zip(steps, renders, strict=True):
        update(project, release, **answers)
        check(tree(project), expected(render_))
        commit(project, f"Update to {release}, with {answers}")


@pytest.mark.slow
@pytest.mark.parametrize("answers", [BARE, FULL], ids=["bare", "full"])
@pytest.mark.parametrize("origin", ORIGINS)
def test_from_this_version_to_the_next(
    origin: str,
    answers: dict[str, object],
    releases: Callable[..., Path],
    fresh: Callable[..., dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also with a temporary folder behind a symbolic link, as macOS has it."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "link"))
    monkeypatch.setattr(tempfile, "tempdir", None)  # it is read once
    template = releases()
    run(["git", "checkout", "--quiet", THIS], cwd=template)
    project = tmp_path / "project"
    owned = ORIGINS[origin](project, template, answers)
    own = {name: text for name, text in tree(project).items() if name in owned}
    render_ = fresh(template, NEXT, answers)
    expected = work(project, [{**render_, **own}])
    update(project, NEXT)
    check(tree(project), expected({**render_, **own}))
    assert (project / "NEWS.md").exists()
