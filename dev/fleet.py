"""`uv run fleet`: where a team's projects stand behind their template, in one table; `--update` brings them up to date.

Each update is made on a branch of its own, in a work tree of its own: checkouts keep their branch and files. Nothing is pushed.
Ends with 1 where a person is needed.
"""

import argparse
import dataclasses
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import yaml
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dev.checkout import ANSWERS, Checkout, Releases, end_children, survey, update

CHECKS = ("uv sync", "uv run prek run --all-files", "uv run pytest")
DEPTH = 2  # a folder of checkouts, or of owners that have checkouts
LONG = {"differs", "local", "update"}  # these columns fold where the terminal is narrow
COLOURS = {"current": "green", "green": "green", "red": "red", "conflict": "red", "failed": "red"}


def main(argv: Sequence[str] | None = None) -> int:
    """Show the table, or the JSON; return 0, 1 where a person is needed, 2 for arguments that make no sense."""
    parser = argparse.ArgumentParser(
        prog="fleet", description=__doc__.partition("\n\n")[0], fromfile_prefix_chars="@"
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a checkout, a folder of them, or @FILE with one a line"
    )  # fmt: skip
    parser.add_argument(
        "--standard", type=Path, metavar="FILE", help="answers that all should have, as for `copier --data-file`"
    )  # fmt: skip
    parser.add_argument(
        "--update", action="store_true", help="update each clean checkout on a branch, and run its checks there"
    )  # fmt: skip
    parser.add_argument(
        "--check", action="append", metavar="COMMAND", help=f"a check of an update, for each; default: {', '.join(CHECKS)}"
    )  # fmt: skip
    parser.add_argument(
        "--jobs", type=int, default=cores(), help="how many at once; default: cores"
    )
    parser.add_argument("--timeout", type=float, default=600, help="seconds for each command")
    parser.add_argument("--json", action="store_true", help="for machines")
    arguments = parser.parse_args(argv)
    try:
        standard = read_standard(arguments.standard)
        fleet = [Checkout(path) for path in dict.fromkeys(discover(arguments.paths))]
    except ValueError as problem:
        parser.error(str(problem))
    started = time.monotonic()
    releases = Releases()
    side_by_side("Look", lambda each: survey(each, releases, standard), fleet, arguments.jobs)
    if arguments.update:
        checks = arguments.check or CHECKS
        members = [each for each in fleet if each.template or each.broken]
        side_by_side(
            "Update", lambda each: update(each, checks, arguments.timeout), members, arguments.jobs
        )
    seconds = time.monotonic() - started

    if arguments.json:
        rows = [dataclasses.asdict(each) | {"state": state(each)} for each in fleet]
        print(
            json.dumps({"repositories": rows, "seconds": round(seconds, 3)}, indent=2, default=str)
        )
    else:
        show(fleet, seconds, console())
    return int(any(needs_a_person(each) for each in fleet))


def cores() -> int:
    """Return how many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def console() -> Console:
    """Return a console for standard output, wide enough for the table where it is no terminal."""
    plain = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(width=160 if plain else None, highlight=False)


def read_standard(path: Path | None) -> dict[str, object]:
    """Return the answers that all should have.

    Raises:
        ValueError: The file can't be read, or holds no answers.
    """
    if path is None:
        return {}
    try:
        answers = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(answers, dict):
        raise ValueError(f"{path} has no answers, such as `license: MIT`")  # noqa: TRY004
    return answers


def discover(paths: Sequence[Path]) -> Iterator[Path]:
    """Give the checkouts that paths name: themselves, or those in a folder.

    Raises:
        ValueError: A path leads to none.
    """
    for path in paths:
        found = list(checkouts_below(path.absolute(), DEPTH))
        if not found:
            raise ValueError(
                f"no checkout at {path}: it has neither .git nor {ANSWERS}, nor has a folder in it"
            )
        yield from found


def checkouts_below(path: Path, depth: int) -> Iterator[Path]:
    """Give this folder if it is a checkout, else those in it."""
    if (path / ".git").exists() or (path / ANSWERS).exists():
        yield path
    elif depth and path.is_dir():
        for folder in sorted(path.iterdir()):
            if folder.is_dir() and not folder.name.startswith("."):
                yield from checkouts_below(folder, depth - 1)


def side_by_side(
    what: str, work: Callable[[Checkout], None], checkouts: Sequence[Checkout], jobs: int
) -> None:
    """Do this work for each checkout, in threads that wait for commands, with a progress bar."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with (
        Progress(*columns, console=Console(stderr=True)) as progress,
        ThreadPoolExecutor(max(1, jobs)) as pool,
    ):
        futures = [pool.submit(work, each) for each in checkouts]
        try:
            for future in progress.track(as_completed(futures), len(futures), description=what):
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            end_children()
            raise


def needs_a_person(each: Checkout) -> bool:
    """Say whether something is left that this program doesn't do."""
    if each.update:
        return each.update.result not in {"green", "current"}
    return bool(each.broken or each.conflicts)


def state(each: Checkout) -> str:
    """Return what a checkout is like, in one word for the sum and the colours."""
    if each.broken:
        return "broken"
    if each.conflicts:
        return "in conflict"
    if each.changes:
        return "dirty"
    if not each.template:
        return "without a template"
    return "behind" if each.behind else "current"


def show(fleet: Sequence[Checkout], seconds: float, screen: Console) -> None:
    """Print the table, and the sums below it."""
    root = Path(os.path.commonpath([each.path.parent for each in fleet]))
    updates = [each.update for each in fleet if each.update]
    columns: dict[str, Callable[[Checkout], str]] = {
        "repository": lambda each: escape(str(each.path.relative_to(root))),
        "template": lambda each: escape(each.version) or "none",
        "behind": behind,
        "differs": differs,
        "python": lambda each: each.python,
        "free-threaded": lambda each: {True: "yes", False: "no", None: ""}[each.free_threaded],
        "local": local,
        "update": outcome,
    }
    if not updates:
        del columns["update"]
    if not any(each.differs for each in fleet):
        del columns["differs"]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for title in columns:
        long = title in LONG
        table.add_column(title, overflow="fold", no_wrap=not long, min_width=14 if long else None)
    for each in fleet:
        table.add_row(*(column(each) for column in columns.values()))
    screen.print(table)
    noun = "repository" if len(fleet) == 1 else "repositories"
    print_sum(screen, f"{len(fleet)} {noun} in {seconds:.1f} s", Counter(map(state, fleet)))
    if updates:
        print_sum(screen, "updates", Counter(done.result for done in updates))
        if branches := {done.branch for done in updates if done.branch}:
            screen.print(f"green and red ones have a branch: {escape(', '.join(sorted(branches)))}")


def print_sum(screen: Console, what: str, counted: Counter[str]) -> None:
    """Print how many there are of each."""
    parts = ", ".join(f"{number} {name}" for name, number in counted.most_common())
    screen.print(f"\n{what}: {parts}", soft_wrap=True)


def behind(each: Checkout) -> str:
    """Return how many releases a checkout is behind, and the newest."""
    if not each.template or each.broken:
        return ""
    if not each.behind:
        return "[green]no[/]"
    return f"[yellow]{each.behind}, to {escape(each.latest)}[/]"


def differs(each: Checkout) -> str:
    """Return the answers that are not the standard's."""
    return escape(", ".join(f"{name} {said(found['is'])}" for name, found in each.differs.items()))


def said(answer: object) -> str:
    """Return an answer as one speaks of it."""
    words = {"": "empty", None: "not asked yet", True: "yes", False: "no"}
    return words.get(answer, str(answer)) if isinstance(answer, bool | str | None) else str(answer)


def local(each: Checkout) -> str:
    """Return what stands in the way of an update."""
    if each.broken:
        return f"[red]broken:[/] {escape(each.broken)}"
    if each.conflicts:
        return f"[red]conflict:[/] {escape(', '.join(each.conflicts))}"
    if each.changes:
        return f"[yellow]{len(each.changes)} changed[/]"
    return "clean"


def outcome(each: Checkout) -> str:
    """Return what came of an update; why it was left alone stands in the column before, where it does."""
    done = each.update
    if done is None:
        return ""
    text = f"[{COLOURS.get(done.result, 'yellow')}]{done.result}[/]"
    if done.why and not (each.broken or each.conflicts or each.changes):
        text += f": {escape(done.why)}"
    return text


if __name__ == "__main__":
    sys.exit(main())
