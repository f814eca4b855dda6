"""Thirty repositories that follow a template, with histories of their own: for tests, measurements and screenshots."""

from collections.abc import Callable, Sequence
from pathlib import Path

from dev.project import render, run

SEEDS: dict[str, dict[str, object]] = {
    "plain": {"concurrency": False, "user_name": "Data Team"},
    "threads": {"concurrency": False, "user_name": "Data Team", "free_threaded": True},
    "gitlab": {
        "concurrency": False,
        "user_name": "Data Team",
        "ci": "gitlab",
        "license": "Apache-2.0",
    },
}
STANDARD = "license: MIT\nuser_name: Data Team\n"
"""What this team wants all to answer."""
WHO = ("Ada", "Bai", "Chen", "Dora")


def build(folder: Path, template: Path, *, lock: bool = False) -> Path:
    """Make the thirty in `folder`, from a clone of `template` that is released three times, and return their folder.

    Args:
        folder: An empty folder.
        template: A repository of a template, whose HEAD becomes release 1.0.0 of the clone.
        lock: Whether each project has a `uv.lock`; that takes an index.
    """
    source = folder / "template"
    run(["git", "clone", "--quiet", "--no-tags", str(template), str(source)], cwd=folder)
    run("git tag v1.0.0", cwd=source)
    seeds = {(name, "v1.0.0"): seed(folder, source, name, "v1.0.0", lock=lock) for name in SEEDS}
    release(source, "v1.1.0", [".gitignore", "AGENTS.md"])
    release(source, "v1.2.0", [".editorconfig", ".gitignore"])
    for name in ("plain", "gitlab"):
        seeds[name, "v1.2.0"] = seed(folder, source, name, "v1.2.0", lock=lock)
    fleet = folder / "fleet"
    fleet.mkdir()
    (folder / "team.yml").write_text(STANDARD)
    for name, (origin, version, change) in PLAN.items():
        project = fleet / name
        run(["git", "clone", "--quiet", str(seeds[origin, version]), str(project)], cwd=folder)
        (project / "src" / "my_app" / "work.py").write_text(f'"""The work of {name}."""\n')
        commit(project, f"What {name} is for", who=WHO[len(name) % len(WHO)])
        change(project)
    return fleet


def seed(folder: Path, source: Path, name: str, version: str, *, lock: bool) -> Path:
    """Make a project with a history: work of several people, a merged branch, a release."""
    project = folder / f"seed-{name}-{version}"
    render(project, SEEDS[name], source)
    run("git init --quiet --initial-branch main", cwd=project)
    commit(project, "Start from the template")
    if lock:
        run("uv lock --quiet", cwd=project)
        commit(project, "Lock")
    for number, who in enumerate(WHO):
        edit(
            project / "README.md",
            "\n## Every day\n",
            f"\nNote {number}, by {who}.\n\n## Every day\n",
        )
        commit(project, f"Explain ({number})", who=who)
    run("git switch --quiet --create feature", cwd=project)
    (project / "src" / "my_app" / "feature.py").write_text('"""A feature."""\n\nANSWER = 42\n')
    commit(project, "A feature", who="Bai")
    run("git switch --quiet main", cwd=project)
    edit(project / "AGENTS.md", "# For agents", "# For people and agents")
    commit(project, "People read this too", who="Chen")
    run(
        [*IDENTITY, "merge", "--quiet", "--no-ff", "--message", "Merge the feature", "feature"],
        project,
    )
    run("git tag v0.1.0", cwd=project)
    return project


def release(source: Path, tag: str, names: Sequence[str]) -> None:
    """Release a version of the template with a new line in some files."""
    for name in names:
        path = source / "template" / name
        path.write_text(f"{path.read_text()}# News of {tag}.\n")
    commit(source, f"News of {tag}")
    run(["git", "tag", tag], cwd=source)


IDENTITY = ("git", "-c", "user.name=Example", "-c", "user.email=example@localhost")


def commit(project: Path, message: str, who: str = "Ada") -> None:
    """Commit all changes."""
    run("git add --all", cwd=project)
    author = f"{who} <{who.lower()}@localhost>"
    run([*IDENTITY, "commit", "--quiet", "--author", author, "--message", message], cwd=project)


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that must be there."""
    text = path.read_text()
    if old not in text:
        raise ValueError(f"{path} has no {old!r}")
    path.write_text(text.replace(old, new, 1))


# ------------------------------------------------------------------------------------------- what befell them


def nothing(project: Path) -> None:
    """Leave it clean."""


def diverged(project: Path) -> None:
    """Change lines that the template changes too."""
    path = project / ".gitignore"
    path.write_text(f"{path.read_text()}our-own-last-line/\n")
    commit(project, "Ignore our own")


def failing(project: Path) -> None:
    """Commit a test that fails."""
    test = '"""A test that fails."""\n\n\ndef test_answer() -> None:\n    """It should be 42."""\n    assert 6 * 9 == 42\n'
    (project / "tests" / "test_failing.py").write_text(test)
    commit(project, "Test the answer")


def edited(project: Path) -> None:
    """Leave an edit uncommitted."""
    edit(project / "README.md", "## Start", "## Start here")


def untracked(project: Path) -> None:
    """Leave a new file."""
    (project / "notes.txt").write_text("to do\n")


def marked(project: Path) -> None:
    """Commit a conflict that nobody solved."""
    text = "<<<<<<< before updating\nours\n=======\ntheirs\n>>>>>>> after updating\n"
    (project / "NOTES.md").write_text(text)
    commit(project, "Update")


def rejected(project: Path) -> None:
    """Leave what an update with `--conflict rej` leaves."""
    (project / "pyproject.toml.rej").write_text("@@ -1 +1 @@\n-a\n+b\n")


def garbled(project: Path) -> None:
    """Commit an answers file that is no YAML."""
    (project / ".copier-answers.yml").write_text("_commit: [v1.0.0\n_src_path: {\n")
    commit(project, "Garble")


def headless(project: Path) -> None:
    """Damage the repository itself."""
    (project / ".git" / "HEAD").write_text("nowhere\n")


def orphaned(project: Path) -> None:
    """Name a template that is nowhere."""
    answers = project / ".copier-answers.yml"
    lines = answers.read_text().splitlines()
    kept = [line for line in lines if not line.startswith("_src_path")]
    answers.write_text("\n".join([*kept, "_src_path: /srv/gone", ""]))
    commit(project, "Move the template")


def foreign(project: Path) -> None:
    """Follow no template."""
    (project / ".copier-answers.yml").unlink()
    commit(project, "Go our own way")


PLAN: dict[str, tuple[str, str, Callable[[Path], None]]] = {
    **{f"service-{number}": ("plain", "v1.0.0", nothing) for number in range(1, 4)},
    **{f"sensor-{number}": ("threads", "v1.0.0", nothing) for number in range(1, 3)},
    **{f"etl-{number}": ("gitlab", "v1.0.0", nothing) for number in range(1, 3)},
    **{f"site-{number}": ("plain", "v1.2.0", nothing) for number in range(1, 6)},
    **{f"batch-{number}": ("gitlab", "v1.2.0", nothing) for number in range(1, 6)},
    "diverged": ("plain", "v1.0.0", diverged),
    "diverged-gitlab": ("gitlab", "v1.0.0", diverged),
    "failing": ("plain", "v1.0.0", failing),
    "failing-threads": ("threads", "v1.0.0", failing),
    "edited": ("plain", "v1.0.0", edited),
    "edited-fresh": ("plain", "v1.2.0", edited),
    "untracked": ("gitlab", "v1.0.0", untracked),
    "marked": ("plain", "v1.0.0", marked),
    "rejected": ("gitlab", "v1.0.0", rejected),
    "garbled": ("plain", "v1.0.0", garbled),
    "headless": ("plain", "v1.0.0", headless),
    "orphaned": ("threads", "v1.0.0", orphaned),
    "foreign": ("plain", "v1.0.0", foreign),
}
"""The thirty: what each came from, at which release, and what befell it."""
