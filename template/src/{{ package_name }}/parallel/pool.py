"""CPU work from coroutines: the event loop waits, and other cores work."""

import asyncio
import contextlib
import functools
import logging
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Callable,
    Iterable,
    Iterator,
    Sequence,
)
from concurrent.futures import BrokenExecutor
from types import ModuleType
from typing import Any

from . import worker
from .batching import Batches
from .choice import Decision, decide
from .executors import GRACE, BatchFuture, CpuExecutor, Task, WorkerDiedError, only_value

WINDOW = 4
"""How many batches for each worker may be under way or not yet taken: this bounds the memory of `map`."""
logger = logging.getLogger(__name__)


class CpuPool:
    """Runs functions on the workers of an executor. `cpu_pool` opens it."""

    def __init__(self, executor: CpuExecutor, variables: Sequence[str] = ()) -> None:
        self.decision: Decision = executor.decision
        self.workers: int = executor.workers
        self._executor = executor
        self._variables = variables
        self._permits = asyncio.Semaphore(WINDOW * executor.workers)

    async def run[R](
        self,
        function: Callable[..., R],
        /,
        *args: Any,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> R:
        """Call `function(*args)` in a worker, and return what it returns.

        Raises what it raises, TimeoutError after `timeout` seconds, waiting included, TypeError for a function that
        can't go by reference, and WorkerDiedError. Cancelling drops a queued call, and asks one that runs to stop.
        """
        task = self._executor.prepare(function, self._variables)
        async with asyncio.timeout(timeout), self._permits:
            future = self._executor.submit_batch(task, [args], only_value)
            try:
                return await asyncio.wrap_future(future)
            except asyncio.CancelledError:
                asyncio.get_running_loop().call_later(GRACE, _tell_if_running, future, task)
                raise

    async def map[T, R](
        self,
        function: Callable[[T], R],
        items: Iterable[T] | AsyncIterable[T],
        *,
        ordered: bool = True,
        return_exceptions: bool = False,
    ) -> AsyncGenerator[R]:
        """Call `function(item)` in the workers for each item, as items come, and yield what it returns.

        In the order of `items`, or as results come. Calls travel in batches, long enough to make the overhead small, and
        `items` is read only as far ahead as the workers need. The first error drops all other calls and is raised; with
        `return_exceptions` each error is yielded in the place of its result. To leave early, close it (`aclosing`).
        """
        task = self._executor.prepare(function, self._variables)
        window = asyncio.Semaphore(WINDOW * self.workers)
        under_way: dict[asyncio.Future[worker.Outcome], int] = {}
        results: asyncio.Queue[asyncio.Future[worker.Outcome] | None] = asyncio.Queue()

        async def send() -> None:
            batches = Batches(items, self.workers)
            try:
                async with contextlib.aclosing(aiter(batches)) as ready:
                    await window.acquire()
                    async for calls in ready:
                        for future, count in self._send(task, calls, batches):
                            under_way[future] = count
                            if ordered:
                                results.put_nowait(future)
                            else:
                                future.add_done_callback(results.put_nowait)
                            await window.acquire()
                if under_way and not ordered:
                    await asyncio.wait(under_way)
            finally:
                results.put_nowait(None)

        sender = asyncio.create_task(send())
        try:
            while future := await results.get():
                count = under_way.pop(future)
                try:
                    outcome = await future
                except WorkerDiedError as error:
                    outcome = worker.Outcome([None] * count, dict.fromkeys(range(count), error), 0)
                for index, value in enumerate(outcome.values):
                    if index not in outcome.errors:
                        yield value
                    elif return_exceptions:
                        yield outcome.errors[index]
                    else:
                        raise outcome.errors[index]
                window.release()
            await sender
        finally:
            sender.cancel()
            for future in under_way:
                future.cancel()

    def _send(
        self, task: Task, calls: Sequence[worker.Call], batches: Batches
    ) -> Iterator[tuple[asyncio.Future[worker.Outcome], int]]:
        """Send a batch, and yield its future and size; several smaller ones, where an argument can't be sent."""
        learn = functools.partial(batches.learn, time.perf_counter())
        try:
            batch = self._executor.submit_batch(task, calls, learn)
        except Exception as error:
            if len(calls) > 1:
                for call in calls:
                    yield from self._send(task, [call], batches)
                return
            if isinstance(error, BrokenExecutor):
                raise
            future = asyncio.get_running_loop().create_future()
            future.set_result(worker.Outcome([None], {0: error}, 0.0))
            yield future, 1
        else:
            yield asyncio.wrap_future(batch), len(calls)


@contextlib.asynccontextmanager
async def cpu_pool(
    backend: str = "auto",
    *,
    tasks: Sequence[ModuleType | str] = (),
    workers: int | None = None,
    address: str | None = None,
    initializer: Callable[[], object] = worker.ready,
    variables: Sequence[str] = (),
) -> AsyncGenerator[CpuPool]:
    """Open a pool for the functions of the modules `tasks`. What nobody awaited when it closes is dropped.

    `workers` are the usable cores by default. `variables` names the context variables that workers see, each as
    "package.module:VARIABLE"; threads see all. Raises BackendError if the backend can't work, and what `initializer`,
    called once in each worker, raises.
    """
    decision = await asyncio.to_thread(decide, backend, tasks, address)
    executor = await asyncio.to_thread(CpuExecutor, decision, workers, initializer)
    try:
        yield CpuPool(executor, variables)
    finally:
        await asyncio.to_thread(executor.stop)


def _tell_if_running(future: BatchFuture, task: Task) -> None:
    if not future.done():
        logger.warning("%s was given up, but runs on: it does not ask `cancelled()`", task.name)
