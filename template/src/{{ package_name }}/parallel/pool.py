"""CPU work from coroutines: the event loop waits, and other cores work."""

import asyncio
import contextlib
import logging
import math
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Sequence
from itertools import islice
from operator import length_hint
from types import ModuleType
from typing import Any

from . import worker
from .executors import GRACE, BatchFuture, CpuExecutor
from .transport import Call, Failed, Outcome

WINDOW = 4  # batches for each worker under way or not yet taken, which bounds the memory of `map`
OVERHEAD = 0.005  # the part of a batch's time that may go into sending it
LATENCY = 0.05  # seconds that a batch should take at most; only a single call may take longer
LARGEST = 2000  # calls in a batch at most, which bounds the memory that very short ones take
GROWTH = 4  # how many times longer than the longest so far a batch may be
logger = logging.getLogger(__name__)


class Batches:
    """Splits items into batches of calls, as long as their measured run time and overhead say.

    An async iterable is read ahead, by two batches for each worker at most; `on_arrival` is called
    whenever some came, and at the end.
    """

    def __init__(
        self, items: Iterable[Any] | AsyncIterable[Any], workers: int, on_arrival: Callable[[], Any]
    ) -> None:
        self._workers = workers
        self._longest = 0  # calls
        self._each = 0.0  # seconds a call, a moving average
        self._overhead = math.inf  # seconds a batch: the least seen, which has no queueing in it
        self._ahead, self._taken = deque[Call](), asyncio.Event()
        self._items, self._reader = iter(()), None
        if isinstance(items, AsyncIterable):
            self._reader = asyncio.create_task(self._read(items, on_arrival))
            self._reader.add_done_callback(lambda _: on_arrival())
        else:
            self._items = iter(items)

    def learn(self, outcome: Outcome) -> Outcome:
        """Take note of how long a batch took, and return its outcome."""
        if outcome.seconds:
            count = len(outcome.results)
            each = outcome.seconds / count
            self._each = (self._each + each) / 2 if self._longest else each
            self._overhead = min(self._overhead, outcome.overhead)
            self._longest = max(self._longest, count)
        return outcome

    def take(self) -> list[Call]:
        """Return the next batch, rather now than full."""
        if self._reader:
            self._taken.set()
            return [self._ahead.popleft() for _ in range(min(self._size(), len(self._ahead)))]
        size = self._size(length_hint(self._items))
        return [(item,) for item in islice(self._items, size)]

    def ended(self) -> bool:
        """Tell, when there is nothing to take, whether that is all. Raises what reading raised."""
        if self._reader and self._reader.done():
            self._reader.result()
        return not self._reader or self._reader.done()

    def close(self) -> None:
        """Read no more."""
        if self._reader:
            self._reader.cancel()

    def _size(self, left: int = 0) -> int:
        """Return how many calls the next batch has; `left` are to come, 0 if nobody knows."""
        if not self._longest:
            return 1
        each = max(self._each, 1e-7)
        count = min(self._overhead / OVERHEAD, LATENCY) / each
        if left:  # towards the end in smaller batches, so that all workers end together
            count = min(count, max(left / (2 * self._workers), 25 * self._overhead / each))
        return max(1, int(min(count, GROWTH * self._longest, LARGEST)))

    async def _read(self, items: AsyncIterable[Any], on_arrival: Callable[[], Any]) -> None:
        async for item in items:
            self._ahead.append((item,))
            on_arrival()
            while len(self._ahead) >= 2 * self._workers * self._size():
                self._taken.clear()
                await self._taken.wait()


class CpuPool:
    """Runs functions on the workers of an executor. `cpu_pool` opens it."""

    def __init__(self, executor: CpuExecutor, variables: Sequence[str] = ()) -> None:
        self.decision, self.workers = executor.decision, executor.workers
        self._executor, self._variables = executor, variables
        self._permits = asyncio.Semaphore(WINDOW * executor.workers)

    async def run[R](
        self,
        function: Callable[..., R],
        /,
        *args: Any,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> R:
        """Call `function(*args)` in a worker, and return what it returns.

        Raises what it raises, TimeoutError after `timeout` seconds, waiting included, TypeError for
        a function that workers can't import, and WorkerDiedError. Cancelling drops a queued call,
        and asks one that runs to stop.
        """
        async with asyncio.timeout(timeout), self._permits:
            future = self._executor.submit_batch(function, [args], self._variables)
            try:
                return await asyncio.wrap_future(future)
            except asyncio.CancelledError:
                asyncio.get_running_loop().call_later(GRACE, _tell_if_running, future)
                raise

    async def map[T, R](
        self,
        function: Callable[[T], R],
        items: Iterable[T] | AsyncIterable[T],
        *,
        ordered: bool = True,
        return_exceptions: bool = False,
    ) -> AsyncGenerator[R]:
        """Call `function(item)` in the workers for each item, and yield what it returns.

        In the order of `items`, or as results come. Calls travel in batches, long enough to make
        the overhead small; `items` is read only as far ahead as the workers need. The first error
        drops all other calls and is raised; with `return_exceptions` each is yielded in the place
        of its result. To leave early, close it (`aclosing`).
        """
        changed = asyncio.Event()  # a batch is done, or items have come
        batches = Batches(items, self.workers, changed.set)
        under_way: list[asyncio.Future[Outcome]] = []
        submit, variables = self._executor.submit_batch, self._variables
        try:
            while True:
                while len(under_way) < WINDOW * self.workers and (calls := batches.take()):
                    future = asyncio.wrap_future(submit(function, calls, variables, batches.learn))
                    future.add_done_callback(lambda _: changed.set())
                    under_way.append(future)
                candidates = under_way[:1] if ordered else under_way
                if done := next(filter(asyncio.Future.done, candidates), None):
                    under_way.remove(done)
                    for result in done.result().results:
                        if not isinstance(result, Failed):
                            yield result
                        elif return_exceptions:
                            yield result.error
                        else:
                            raise result.error
                elif not under_way and batches.ended():
                    return
                else:
                    changed.clear()
                    await changed.wait()
        finally:
            batches.close()
            for future in under_way:
                future.cancel()


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
    """Open a pool as `CpuExecutor` says. What nobody awaited when it closes is dropped.

    `variables` names the context variables that workers see, each as "package.module:VARIABLE";
    threads see all.
    """
    options = {"tasks": tasks, "workers": workers, "address": address, "initializer": initializer}
    executor = await asyncio.to_thread(CpuExecutor, backend, **options)
    try:
        yield CpuPool(executor, variables)
    finally:
        await asyncio.to_thread(executor.stop)


def _tell_if_running(future: BatchFuture) -> None:
    if not future.done():
        logger.warning("%s was given up, but runs on: it does not ask `cancelled()`", future.name)
