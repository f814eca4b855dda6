"""Fetch documents, analyse them on every core while more arrive, and report."""

import asyncio
import contextlib
import importlib.util
import json
import os
import sys
from pathlib import Path
from urllib.request import getproxies

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .. import page
from ..demo import DemoSource
from ..parallel.choice import BACKENDS, BackendError
from ..parallel.pool import cpu_pool
from ..pipeline import analyse
from ..pipeline.fetch import HttpFetcher, check_url
from ..pipeline.report import Report
from ..pipeline.run import run
from ..watchdog import Watchdog

FAILURES_SHOWN = 20


@click.command("run")
@click.argument("urls", metavar="[URL]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--html",
    "html",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report with plots as a web page, too.",
)
@click.option(
    "--backend",
    type=click.Choice(["auto", *BACKENDS]),
    default="auto",
    help="Where CPU work runs.  [default: auto]",
)
@click.option(
    "--workers", type=click.IntRange(1), help="How many at once.  [default: the usable cores]"
)
@click.option(
    "--deadline",
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    default=15.0,
    show_default=True,
    help="Time for a document, all attempts included.",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(1),
    default=16_000_000,
    show_default=True,
    help="Largest document, when decompressed.",
)
@click.option(
    "--per-host",
    type=click.IntRange(1),
    default=8,
    show_default=True,
    help="Documents fetched from one host at a time.",
)
@click.option("--seed", default=0, show_default=True, help="Of the demo source.")
def command(
    urls: tuple[str, ...],
    as_json: bool,
    html: Path | None,
    backend: str,
    workers: int | None,
    deadline: float,
    max_bytes: int,
    per_host: int,
    seed: int,
) -> None:
    """Fetch documents, analyse them on every core while more arrive, and report.

    Without URLs it fetches from a demo source that it starts itself. With - it reads them from
    standard input, one a line. Ctrl-C ends it with the report of what was done.

    Exits with 1 if every document failed, and with 130 after Ctrl-C.
    """
    addresses = read_urls(urls)
    if html:
        check_page(html)
    if not addresses:
        click.echo("No URLs: starting a demo source on 127.0.0.1.", err=True)
    fetcher = HttpFetcher(deadline, max_bytes, proxies=bool(addresses and getproxies()))
    report = Report()
    try:
        asyncio.run(execute(report, addresses, fetcher, backend, workers, per_host, seed))
    except BackendError as error:
        raise click.UsageError(str(error)) from error
    if html:
        write_whole(html, page.render(report))
        click.echo(f"Wrote {html}", err=True)
    click.echo(json.dumps(report.as_dict(), indent=2)) if as_json else print_report(report)
    if report.interrupted:
        sys.exit(130)
    sys.exit(0 if report.total.documents else 1)


async def execute(
    report: Report,
    urls: list[str],
    fetcher: HttpFetcher,
    backend: str,
    workers: int | None,
    per_host: int,
    seed: int,
) -> None:
    """Run with a progress bar and a watchdog, and fill the report; Ctrl-C leaves it partial."""
    with progress_bar() as bar, Watchdog(), contextlib.suppress(asyncio.CancelledError):
        async with contextlib.AsyncExitStack() as stack:
            report.interrupted = True  # until all is done
            if not urls:
                demo = await stack.enter_async_context(DemoSource(seed))
                urls, report.names = demo.urls, demo.names
            pool = cpu_pool(backend, tasks=[analyse], workers=workers)
            cpu = await stack.enter_async_context(pool)
            await stack.enter_async_context(fetcher)
            row = bar.add_task("", total=len(urls), fetched=0, analysed=0, megabytes=0.0, rate=0.0)

            def show(report: Report) -> None:
                megabytes = report.received / 1e6
                bar.update(
                    row,
                    completed=report.total.documents + report.total.failures,
                    fetched=len(report.fetched),
                    analysed=report.total.documents,
                    megabytes=megabytes,
                    rate=megabytes / (bar.tasks[row].elapsed or 1),
                )

            await run(urls, fetcher, cpu, show, per_host, report)
            report.interrupted = False


def progress_bar() -> Progress:
    """Return a live bar on stderr, which shows nothing where stderr is no terminal."""
    return Progress(
        BarColumn(),
        TextColumn("{task.fields[fetched]} fetched, {task.fields[analysed]} analysed"),
        TextColumn("of {task.total:.0f}"),
        TextColumn("{task.fields[megabytes]:.1f} MB, {task.fields[rate]:.1f} MB/s"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        refresh_per_second=5,
        transient=True,
    )


def print_report(report: Report) -> None:
    """Print a table of the sources, what failed and why, and which backend worked and why."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    table = Table(*page.COLUMNS, box=box.SIMPLE_HEAD)
    for column in table.columns[1:]:
        column.justify = "right"
    *sources, total = report.rows()
    for source in sources:
        table.add_row(*page.cells(source))
    table.add_section()
    table.add_row(*page.cells(total), style="bold")
    console.print(page.headline(report), style="bold")
    console.print(page.decision_line(report))
    console.print(table)
    for failure in report.failures[:FAILURES_SHOWN]:
        console.print(f"failed: {failure.url}: {failure.reason}")
    if len(report.failures) > FAILURES_SHOWN:
        console.print(f"... and {len(report.failures) - FAILURES_SHOWN:,} more: see --json")


def read_urls(urls: tuple[str, ...]) -> list[str]:
    """Return the URLs of the arguments, with those of standard input in the place of -."""
    found: list[str] = []
    try:
        for url in urls:
            lines = sys.stdin.read().splitlines() if url == "-" else [url]
            found += [check_url(line.strip()) for line in lines if line.strip() or url != "-"]
    except ValueError as error:  # no URL, or standard input is no text
        raise click.UsageError(str(error)) from error
    if urls and not found:
        raise click.UsageError("standard input has no URLs: give it one a line")
    return found


def check_page(html: Path) -> None:
    """Raise UsageError if the page can't be written or its plots can't be drawn."""
    if not importlib.util.find_spec("matplotlib"):
        raise click.UsageError("--html draws plots with matplotlib: run `uv sync --group plot`")
    folder = html.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise click.UsageError(f"--html: {folder} is no folder that can be written to")


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is either whole or not there."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
