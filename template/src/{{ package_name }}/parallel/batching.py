"""How many calls go to a worker at once."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from itertools import islice
from operator import length_hint
from typing import Any

from .worker import Call, Outcome

OVERHEAD = 0.01
"""The part of a batch's time that may go into sending it."""
LATENCY = 0.05
"""Seconds that a batch should take at most; it takes longer only where one call does."""
LARGEST = 2000
"""Calls that a batch has at most, which bounds the memory that very short calls take."""
GROWTH = 4
"""How many times longer than the longest so far a batch may be."""


class Batches:
    """Splits items into batches of calls, as long as their measured run time and overhead say."""

    def __init__(self, items: Iterable[Any] | AsyncIterable[Any], workers: int) -> None:
        self._items = items
        self._workers = workers
        self._longest = 0  # calls
        self._each = 0.0  # seconds a call, a moving average
        self._overhead = float(
            "inf"
        )  # seconds a batch: the least seen, which has no queueing in it

    def learn(self, sent: float, outcome: Outcome) -> Outcome:
        """Take note of a batch that was sent at `sent` (s, of `time.perf_counter`), and return its outcome."""
        if count := len(outcome.values):
            each = outcome.seconds / count
            self._each = (self._each + each) / 2 if self._longest else each
            self._overhead = min(self._overhead, time.perf_counter() - sent - outcome.seconds)
            self._longest = max(self._longest, count)
        return outcome

    def size(self, left: int = 0) -> int:
        """Return the number of calls of the next batch; `left` are still to come, 0 if nobody knows."""
        if not self._longest:
            return 1
        each = max(self._each, 1e-7)
        count = min(self._overhead / OVERHEAD, LATENCY) / each
        if left:  # towards the end in smaller batches, so that all workers end together
            count = min(count, max(left / (2 * self._workers), 10 * self._overhead / each))
        return max(1, int(min(count, GROWTH * self._longest, LARGEST)))

    async def __aiter__(self) -> AsyncGenerator[list[Call]]:
        if isinstance(self._items, AsyncIterable):
            async for batch in self._read(self._items):
                yield batch
            return
        items = iter(self._items)
        while batch := [(item,) for item in islice(items, self.size(length_hint(items)))]:
            yield batch

    async def _read(self, items: AsyncIterable[Any]) -> AsyncGenerator[list[Call]]:
        """Yield what has come so far, rather than wait for a batch to be full; read at most two batches ahead."""
        ahead: deque[Call] = deque()
        arrived, taken = asyncio.Event(), asyncio.Event()

        async def read() -> None:
            async for item in items:
                ahead.append((item,))
                arrived.set()
                while len(ahead) >= 2 * self.size():
                    taken.clear()
                    await taken.wait()

        reader = asyncio.create_task(read())
        reader.add_done_callback(lambda _: arrived.set())
        try:
            while ahead or not reader.done():
                await arrived.wait()
                batch = [ahead.popleft() for _ in range(min(self.size(), len(ahead)))]
                taken.set()
                if not ahead and not reader.done():
                    arrived.clear()
                if batch:
                    yield batch
            await reader  # which raises what reading raised
        finally:
            reader.cancel()
