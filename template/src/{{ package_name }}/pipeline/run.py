"""Fetch on the event loop and analyse on every core, both at once."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable

from ..parallel.pool import CpuPool
from . import analyse
from .fetch import Document, Failure, Fetcher, describe, fetch_all
from .report import Report

AT_WORK = 3  # documents given to the pool for each worker, so that no worker waits for the loop


async def run(
    urls: Iterable[str],
    fetcher: Fetcher,
    cpu: CpuPool,
    on_progress: Callable[[Report], object] = lambda _: None,
    per_host: int = 8,
    report: Report | None = None,
) -> Report:
    """Fetch documents, analyse each while more arrive, and return the report.

    `on_progress` is called after each document that was fetched, analysed or failed. Who gives a
    `report` to fill keeps it when this is cancelled. Bodies in memory: at most `fetch.IN_FLIGHT`,
    one more, and `AT_WORK` for each worker.
    """
    report = report or Report()
    report.decision, report.start = cpu.decision, time.perf_counter()
    outcomes = asyncio.Queue[Document | Failure](1)

    def note(outcome: Document | Failure) -> None:
        if isinstance(outcome, Document):
            report.add_fetched(outcome)
            on_progress(report)

    async def analyse_outcomes() -> None:
        with contextlib.suppress(asyncio.QueueShutDown):
            while True:
                outcome = await outcomes.get()
                if isinstance(outcome, Document):
                    try:
                        view = memoryview(outcome.body)
                        summary = await cpu.run(analyse.summarise_document, view)
                        report.add_analysed(outcome, summary)
                    except Exception as error:  # noqa: BLE001  it is this document's alone
                        reason = f"analysis: {describe(error)}"
                        outcome = Failure(outcome.url, outcome.source, reason, outcome.attempts)
                if isinstance(outcome, Failure):
                    report.add_failure(outcome)
                on_progress(report)

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fetch_all(urls, fetcher, outcomes, per_host, note))
            for _ in range(AT_WORK * cpu.workers):
                group.create_task(analyse_outcomes())
    finally:
        report.seconds = time.perf_counter() - report.start
    return report
