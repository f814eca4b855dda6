"""Inference on every core, with a bounded queue before it."""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np

from .model import Model


class Overloaded(Exception):  # noqa: N818  # it is no error of the program
    """There is no place left, or no core came free in time: try again later."""


@dataclass
class Timing:
    """Where the time of one image went, in milliseconds."""

    queue_ms: float
    decode_ms: float
    inference_ms: float


type Prepare = Callable[[Model], np.ndarray]  # makes uint8 [n, height, width, 3]
type Finish[T] = Callable[[Model, np.ndarray, Timing], T]  # takes float32 [n, classes]


@dataclass(slots=True, eq=False)
class Job[T]:
    """What one request wants of a worker thread, and the future that its coroutine waits for."""

    prepare: Prepare
    finish: Finish[T]
    future: asyncio.Future[T]
    times: list[float]  # submitted, started, prepared, run begun, run ended: time.perf_counter

    def settle(self, error: Exception | None, result: T | None = None) -> None:
        """Give the coroutine its result or error, from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self.future.get_loop().call_soon_threadsafe(self._settle, error, result)

    def _settle(self, error: Exception | None, result: T) -> None:
        if not self.future.done():
            self.future.set_exception(error) if error else self.future.set_result(result)


class Engine:
    """A pool of inference threads around one model, which can be swapped while it works.

    Decoding and inference of a request happen in one thread, one after the other, without the
    GIL. Places are taken before a body is received, so `places` bounds the memory, too. `observe`
    is called with each timing, in the worker's thread.
    """

    def __init__(
        self,
        model: Model,
        threads: int,
        max_batch: int = 1,
        places: int = 128,
        max_queue_seconds: float = 2.0,
        observe: Callable[[Timing], None] = lambda _: None,
    ) -> None:
        self.model = model  # a worker reads it once for each batch: assigning it swaps it
        self.threads, self.max_batch, self.places = threads, max_batch, places
        self.max_queue_seconds, self.observe = max_queue_seconds, observe
        self.taken = 0  # changed in the loop's thread only
        self.waiting: deque[Job] = deque()  # its methods are atomic on both builds
        self._busy = 0
        self._lock = threading.Lock()
        # Less than half of what an executor costs the event loop for each job, which matters there.
        self._calls: SimpleQueue[bool] = SimpleQueue()  # one for each job; False ends a thread
        for number in range(threads):
            threading.Thread(target=self._serve, name=f"inference-{number}", daemon=True).start()

    @contextlib.contextmanager
    def place(self) -> Generator[None]:
        """Take one of the places for a request, until it is answered. Raises Overloaded."""
        if self.taken >= self.places:
            raise Overloaded(f"All {self.places} places are taken.")
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    async def run[T](self, prepare: Prepare, finish: Finish[T]) -> T:
        """Make images in a worker thread, run the model, and return what `finish` makes of it.

        Raises Overloaded when no core comes free within `max_queue_seconds`, and what `prepare` and
        `finish` raise. Cancelled, it leaves the queue at once.
        """
        loop = asyncio.get_running_loop()
        job = Job(prepare, finish, loop.create_future(), [time.perf_counter()])
        self.waiting.append(job)
        self._calls.put(True)
        timer = loop.call_later(self.max_queue_seconds, self._expire, job)
        try:
            return await job.future
        finally:
            timer.cancel()
            if job.future.cancelled():
                self._leave(job)

    def close(self) -> None:
        """End the threads once they have done their work."""
        for _ in range(self.threads):
            self._calls.put(False)

    def _leave(self, job: Job) -> bool:
        """Take a job out of the queue; return False if a worker has it already."""
        with contextlib.suppress(ValueError):
            self.waiting.remove(job)
            return True
        return False

    def _expire(self, job: Job) -> None:
        if self._leave(job):
            job.settle(Overloaded(f"No core came free within {self.max_queue_seconds:g} s."))

    def _serve(self) -> None:
        """Do what waits, up to a batch: each job brings one call, so that none is left over."""
        while self._calls.get():
            batch: list[Job] = []
            with contextlib.suppress(IndexError):  # the queue is empty
                while len(batch) < self.max_batch:
                    batch.append(self.waiting.popleft())
            with self._lock:
                self._busy += 1
                alone = self._busy == 1 and not self.waiting
            model = self.model
            ready, rows = self._infer(model, batch, alone)
            with self._lock:  # before who waits hears of it, and asks for more
                self._busy -= 1
            for job, image in ready:
                self._finish(model, job, rows[: len(image)])
                rows = rows[len(image) :]

    def _infer(
        self, model: Model, batch: list[Job], alone: bool
    ) -> tuple[list[tuple[Job, np.ndarray]], np.ndarray]:
        """Prepare a batch and run the model; return what is to be finished. Whoever failed is told."""
        clock = time.perf_counter
        ready: list[tuple[Job, np.ndarray]] = []
        for job in batch:
            job.times.append(clock())
            try:
                ready.append((job, job.prepare(model)))
            except Exception as error:  # noqa: BLE001  # it belongs to the request
                job.settle(error)
            job.times.append(clock())
        rows = np.empty(0)
        begun, images = clock(), [image for _, image in ready]
        try:
            if images:
                rows = model.run(images[0] if len(images) == 1 else np.concatenate(images), alone)
        except Exception as error:  # noqa: BLE001  # all in the batch are told
            for job, _ in ready:
                job.settle(error)
            return [], rows
        for job, _ in ready:
            job.times += begun, clock()
        return ready, rows

    def _finish(self, model: Model, job: Job, rows: np.ndarray) -> None:
        """Give a request its answer."""
        submitted, started, prepared, begun, ended = job.times
        spans = (started - submitted, prepared - started, ended - begun)
        timing = Timing(*(round(span * 1e3, 3) for span in spans))
        try:
            job.settle(None, job.finish(model, rows, timing))
        except Exception as error:  # noqa: BLE001  # it belongs to the request
            job.settle(error)
        self.observe(timing)
