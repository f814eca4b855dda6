"""`uv run demo`: a generated project, working, in one command.

Renders a project with every module into a folder, makes its environment, runs its checks, its tests and its program,
serves a model that says what is in a photograph, and says what to type next.
"""

import argparse
import contextlib
import shlex
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Generator
from pathlib import Path

from copier.errors import DirtyLocalWarning

from dev.environment import take_interrupts
from dev.interpreters import InterpreterUnavailable, find
from dev.project import REPOSITORY, CommandError, render, run
from dev.serve import classify, coffee, served

ANSWERS: dict[str, object] = {"project_name": "Demo App", "onnx_serving": True}
"""Every module that has a question is on here."""
PIN = "3.14"
COMMAND = "demo-app"
SHOWN = {
    "Fetch and analyse, from a demo source": "run",
    "Examine it": "doctor",
    "Measure it": "bench --quick",
}
TEST = 'uv run pytest -m "not browser"'  # the page's tests in Chromium take a minute and a half
COMMIT = (
    "git -c user.name=demo -c user.email=demo@localhost commit --quiet --no-verify --message Demo"
)


class FolderRefused(Exception):  # noqa: N818 - the name says what happened
    """The folder holds something that this command did not make; the message says what to do."""


def main(argv: list[str] | None = None) -> int:
    """Make the demo; return 0, or 1 with the reason on standard error."""
    take_interrupts()
    parser = argparse.ArgumentParser(prog="demo", description=__doc__.partition("\n\n")[2])
    parser.add_argument(
        "folder", nargs="?", type=Path, default=REPOSITORY / "demo-app", help="default: demo-app"
    )
    folder = parser.parse_args(argv).folder.absolute()
    try:
        make(folder)
    except (CommandError, FolderRefused, InterpreterUnavailable) as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    return 0


def make(folder: Path) -> None:
    """Make the demo in `folder`, in steps that are shown as they go.

    Raises FolderRefused, with the folder untouched, when it holds what this command did not make; CommandError when a
    step of the project fails; InterpreterUnavailable when no interpreter can be had.
    """
    claim(folder)
    with step(f"Find CPython {PIN}, or get it"):
        interpreter = find(PIN)
    with step("Render the project"), warnings.catch_warnings():
        warnings.simplefilter("ignore", DirtyLocalWarning)  # whoever works on the template knows
        render(folder, ANSWERS)
    with step("Make its environment: uv sync"):
        run("uv sync", cwd=folder)
    run("git add --all", cwd=folder)
    with step("Lint, format, types: uv run prek run --all-files"):
        run("uv run prek run --all-files", cwd=folder)
    with step(f"Test: {TEST}"):
        tested = run(TEST, cwd=folder).strip().splitlines()[-1].strip("= ")
    printed = run(f"uv run {COMMAND}", cwd=folder)
    for title, command in SHOWN.items():
        with step(f"{title}: uv run {COMMAND} {command}"):
            printed += f"\n$ {COMMAND} {command}\n\n" + run(
                f"uv run {COMMAND} {command}", cwd=folder
            )
    with step("Make a model, without PyTorch: uv run tools/demo_model.py"):
        run("uv run tools/demo_model.py", cwd=folder)
    with step(f"Ask it what is in a photograph: uv run {COMMAND} serve"):
        printed += (
            f"\n$ {COMMAND} serve, and a photograph of a cup of coffee\n\n{served_coffee(folder)}"
        )
    run("git add --all", cwd=folder)
    run(COMMIT, cwd=folder)
    marker(folder).write_text(run("git rev-parse HEAD", cwd=folder))

    files = run("git ls-files", cwd=folder).count("\n")
    # With --directory they work from here, and where pyenv's shims refuse to in a folder with a `.python-version`.
    at = f"uv run --directory {shlex.quote(str(relative(folder)))}"
    print(f"\n{printed}")
    print(
        f"Made: a project of {files} files in {folder}, on {interpreter.name}; {tested}.\nNext:\n"
    )
    print(f"  {at} {COMMAND} --help")
    print(f"  {at} pytest")
    print(f"  {at} {COMMAND} serve   # and point a camera at something: http://127.0.0.1:8000")
    yours = "../my-app" if Path.cwd() == REPOSITORY else "my-app"
    print(f"  uvx copier copy {shlex.quote(str(REPOSITORY))} {yours}   # your own")


def served_coffee(folder: Path) -> str:
    """Return what the demo's server says of a photograph, for people. Raises CommandError."""
    with tempfile.TemporaryDirectory() as photographs:
        photograph = coffee(Path(photographs))
        with served(["uv", "run", COMMAND, "serve"], folder) as address:
            reply = classify(address, photograph)
    best = [f"  {found['probability']:6.1%}  {found['label']}\n" for found in reply["predictions"]]
    timing = ", ".join(f"{name} {spent:.1f}" for name, spent in reply["timing"].items())
    return "".join([*best, f"  by {reply['model']['name']}; {timing}\n"])


@contextlib.contextmanager
def step(title: str) -> Generator[None]:
    """Say what is being done, and how long it took."""
    print(f"{title} ...", flush=True)
    started = time.monotonic()
    yield
    print(f"  {time.monotonic() - started:.1f} s", flush=True)


def relative(folder: Path) -> Path:
    """Return `folder` as a person would type it from here."""
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def marker(folder: Path) -> Path:
    """Return the file that says that this command made `folder`, and which commit it left; empty while it works."""
    return folder / ".git" / "copier-multicore-demo"


def claim(folder: Path) -> None:
    """Make `folder` an empty one that this command may write to, with its mark in it.

    Raises FolderRefused when there is anything else than an earlier demo without changes.
    """
    if folder.is_dir() and any(folder.iterdir()):
        if not marker(folder).exists():
            raise FolderRefused(
                f"{folder} is not empty, and no demo made it: name another folder, or empty it"
            )
        made = marker(folder).read_text()
        if made and (
            run("git rev-parse HEAD", cwd=folder) != made
            or run("git status --porcelain", cwd=folder)
        ):
            raise FolderRefused(
                f"{folder} has changes since the demo made it: name another folder, or delete it"
            )
        shutil.rmtree(folder)
    elif folder.exists() and not folder.is_dir():
        raise FolderRefused(f"{folder} is a file: name a folder")
    folder.mkdir(parents=True, exist_ok=True)
    run("git init --quiet --initial-branch main", cwd=folder)
    marker(folder).write_text("")


if __name__ == "__main__":
    sys.exit(main())
