"""`uv run benchmarks/fleet.py`: thirty repositories before and after `fleet --update`, with the real checks, and the time.

With `--images FOLDER` it draws both tables, which is how the pictures in the docs are made.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from dev.environment import environment
from dev.example_fleet import build
from dev.project import REPOSITORY, run

WIDTH = 132
COMMAND = "fleet --standard team.yml fleet"


def main() -> int:
    """Build, show, update, and show again; return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, metavar="FOLDER", help="also draw the tables there")
    images = parser.parse_args().images
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        build(Path(folder), REPOSITORY, lock=True)
        print(
            f"Thirty repositories, made in {time.monotonic() - started:.1f} s; load {os.getloadavg()[0]:.1f}\n"
        )
        for name, command in (
            ("before", COMMAND),
            ("update", f"{COMMAND} --update"),
            ("after", COMMAND),
        ):
            if name == "after":
                print(f"Merged by their owners: {merge(Path(folder) / 'fleet')}\n")
            printed = shown(command, Path(folder))
            print(f"$ uv run {command}\n{Text.from_ansi(printed).plain}")
            if images:
                draw(
                    f"$ uv run {command}\n{printed}",
                    images / f"fleet-{name}.svg",
                    f"uv run {command}",
                )
    return 0


def merge(fleet: Path) -> int:
    """Merge each update that is green, as its owner would, and return how many."""
    merged = 0
    for project in sorted(fleet.iterdir()):
        green = not (project / "tests" / "test_failing.py").exists()
        if green and (project / ".git" / "refs" / "heads" / "template-v1.2.0").exists():
            run("git merge --quiet --ff-only template-v1.2.0", cwd=project)
            merged += 1
    return merged


def shown(command: str, folder: Path) -> str:
    """Run a command as in a terminal, and return what it printed, colours included."""
    done = subprocess.run(
        [sys.executable, "-m", "dev.fleet", *command.split()[1:]], cwd=folder, check=False,
        env=environment(COLUMNS=str(WIDTH), FORCE_COLOR="1", PYTHONPATH=str(REPOSITORY)),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    return done.stdout


def draw(printed: str, path: Path, title: str) -> None:
    """Draw what a terminal showed, without fonts from elsewhere."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(printed.rstrip()))
        svg = console.export_svg(title=title, unique_id=path.stem)
    without = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    path.write_text(re.sub(r"[ \t]+$", "", without, flags=re.MULTILINE) + "\n")


if __name__ == "__main__":
    sys.exit(main())
