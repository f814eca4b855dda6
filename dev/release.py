"""`uv run release`: the version, the changelog's date, a commit and a tag, in one step. Nothing is pushed."""

import argparse
import datetime as dt
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from dev.project import REPOSITORY, CommandError, run

SECTIONS = ("What changes in a project", "What its owner does")
"""What each entry of the changelog has to say."""


class ReleaseRefused(Exception):  # noqa: N818 - the name says what happened
    """There is something to do first; the message says what."""


def main(argv: Sequence[str] | None = None, root: Path = REPOSITORY) -> int:
    """Release; return 0, or 1 with the reason on standard error and nothing changed."""
    parser = argparse.ArgumentParser(prog="release", description=__doc__)
    parser.add_argument(
        "--bump", choices=["major", "minor", "patch"], help="which part of the version to raise; without it, the version that stands there is released"
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    arguments = parser.parse_args(argv)
    try:
        version = next_version(root, arguments.bump)
        check(root, version)
        changes, entry = dated((root / "CHANGELOG.md").read_text(), version)
        commands = steps(version, arguments.bump)
        print(f"{entry.strip()}\n", *(shlex.join(command) for command in commands), sep="\n")
        if not arguments.dry_run:
            (root / "CHANGELOG.md").write_text(changes)
            for command in commands:
                run(command, cwd=root)
    except (CommandError, ReleaseRefused) as problem:
        print(f"release: {problem}", file=sys.stderr)
        return 1
    if arguments.dry_run:
        print("\nNothing was done. Without --dry-run it is.")
    else:
        print(f"\nReleased. To publish it: git push --atomic origin main v{version}")
    return 0


def next_version(root: Path, bump: str | None) -> str:
    """Return the version that a release will have."""
    raised = ["--bump", bump, "--frozen", "--dry-run"] if bump else []
    return run(["uv", "version", "--short", *raised], cwd=root).strip().splitlines()[-1]


def check(root: Path, version: str) -> None:
    """See that a release can be made from here.

    Raises:
        ReleaseRefused: Changes are not committed, this is another branch than main, or there is such a tag.
    """
    if run("git status --porcelain", cwd=root):
        raise ReleaseRefused("there are changes that are not committed: commit or stash them")
    if (branch := run("git branch --show-current", cwd=root).strip()) != "main":
        raise ReleaseRefused(f"this is {branch or 'no branch'}: releases are made on main")
    if run(["git", "tag", "--list", f"v{version}"], cwd=root):
        raise ReleaseRefused(f"there is a tag v{version} already: name the part to --bump")


def dated(changes: str, version: str) -> tuple[str, str]:
    """Return the changelog with today's date at its first entry, and that entry.

    Raises:
        ReleaseRefused: The first entry is not that of the version to come, or does not say what it has to.
    """
    heading = f"## {version} ({dt.datetime.now(dt.UTC).date()})"
    awaited = rf"^## (Unreleased|{re.escape(version)} \(not yet tagged\))$"
    found = re.search(rf"(?ms){awaited}(.*?)(?=^## |\Z)", changes)
    if not found or changes.index("\n## ") + 1 != found.start():
        raise ReleaseRefused(
            f"CHANGELOG.md has to begin with `## Unreleased` or `## {version} (not yet tagged)`"
        )
    for section in SECTIONS:
        if not re.search(rf"(?m)^### {section}\n\n- \S", found[2]):
            raise ReleaseRefused(
                f"CHANGELOG.md does not say under `### {section}`: write `- Nothing.` if so"
            )
    return changes.replace(found[0], heading + found[2], 1), heading + found[2]


def steps(version: str, bump: str | None) -> list[list[str]]:
    """Return the commands of a release."""
    message = f"Release {version}"
    return [
        *([["uv", "version", "--bump", bump, "--frozen"]] if bump else []),
        ["git", "commit", "--quiet", "--all", "--message", message],
        ["git", "tag", "--annotate", f"v{version}", "--message", message],
    ]


if __name__ == "__main__":
    sys.exit(main())
