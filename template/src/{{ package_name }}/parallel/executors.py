"""Executors for CPU work, for code without an event loop: one contract on every backend."""

import atexit
import contextvars
import functools
import logging
import os
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from pkgutil import resolve_name
from types import ModuleType
from typing import Any

from ..runtime.cores import usable_cores
from . import worker
from .backends import PROCESSES, make_executor
from .choice import BackendError, decide
from .transport import Call, Failed, Outcome, check_reference, pack_calls

GRACE = 0.5  # seconds that running work gets to notice that it was asked to stop
LAST_GRACE = 2.0  # seconds that it then gets to end by an interruption
logger = logging.getLogger(__name__)


class WorkerDiedError(BrokenExecutor):
    """A worker process died, and with it what the pool had begun; new ones take what comes next."""


class BatchFuture(Future):
    """Cancelling drops a queued batch; one that runs is asked to stop, and False is returned."""

    def __init__(self, name: str, inner: Future, flags: Any, slot: int) -> None:
        super().__init__()
        self.name, self._flags, self._slot = name, flags, slot
        self.inner: Future | None = inner  # until it is done, or they would keep each other alive

    def cancel(self) -> bool:
        if not (inner := self.inner):
            return super().cancel()
        if self._slot:
            self._flags[self._slot] = 1
        return inner.cancel()

    def running(self) -> bool:
        return bool(self.inner and self.inner.running())


class CpuExecutor(Executor):
    """An executor of the standard library, or Dask's, under this package's contract."""

    def __init__(
        self,
        backend: str = "auto",
        *,
        tasks: Sequence[ModuleType | str] = (),
        workers: int | None = None,
        address: str | None = None,
        initializer: Callable[[], object] = worker.ready,
    ) -> None:
        """Start `workers` (by default the usable cores) for the functions of the modules `tasks`.

        Raises BackendError, and what `initializer`, called once in each worker, raises.
        """
        check_reference(initializer)
        self.decision = decide(backend, tasks, address)
        backend = self.decision.backend
        workers = 1 if backend == "inline" else workers or usable_cores()
        self._backend = backend
        self._flags: Any = bytearray(worker.FLAGS)
        if backend == "processes":
            self._flags = PROCESSES.RawArray("B", worker.FLAGS)
        self._slots = deque(range(1, worker.FLAGS - 1))
        self._pending = set[BatchFuture]()
        self._lock = threading.Lock()
        arguments = self.decision, workers, self._flags, initializer
        self._make = functools.partial(make_executor, *arguments)
        self._inner: Any = self._make()
        self.workers: int = getattr(self._inner, "workers", workers)  # a cluster has its own
        try:
            for ready in [self.submit(worker.ready) for _ in range(self.workers)]:
                ready.result()
        except BaseException as error:
            self.stop()
            if isinstance(error, BrokenExecutor):
                raise BackendError(f"the {backend} can't start: {error}") from error
            raise

    def submit[**P, R](
        self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[R]:
        """Run `function(*args, **kwargs)` in a worker. Raises TypeError if it can't be imported."""
        bound = functools.partial(function, **kwargs) if kwargs else function
        return self.submit_batch(bound, [args])

    def submit_batch(
        self,
        function: Callable[..., Any],
        calls: Sequence[Call],
        variables: Sequence[str] = (),
        unpack: Callable[[Outcome], Any] = Outcome.value,
    ) -> BatchFuture:
        """Call a function with each tuple of arguments, in one worker. Raises TypeError for some.

        `variables` are carried along; `unpack` makes the future's result of the outcome.
        """
        sent = time.perf_counter()
        name = check_reference(function)
        if self._backend in {"threads", "inline"}:
            context = contextvars.copy_context()  # one each: no two threads may enter the same
            work: tuple[Any, ...] = context.run, worker.run_batch, function, calls, self._flags
        else:
            values = [(variable, resolve_name(variable).get(None)) for variable in variables]
            task = pickle.dumps((function, [pair for pair in values if pair[1] is not None]))
            packed = pack_calls(calls, share=self._backend == "interpreters")
            work = worker.run_apart, task, packed, len(calls)
        slot = self._slots.popleft() if self._slots else 0
        try:
            inner = self._inner.submit(*work, slot)
        except BrokenProcessPool:
            inner = self._renew().submit(*work, slot)
        outer = BatchFuture(name, inner, self._flags, slot)
        self._pending.add(outer)

        def settle(inner: Future) -> None:
            outer.inner = None
            self._pending.discard(outer)
            if slot:
                self._flags[slot] = 0
                self._slots.append(slot)
            if inner.cancelled():
                Future.cancel(outer)
            if not outer.set_running_or_notify_cancel():
                return
            try:
                results, seconds = worker.finish(*inner.result())
                results += [Failed(CancelledError())] * (len(calls) - len(results))
            except BaseException as error:  # noqa: BLE001
                told = error
                if isinstance(error, BrokenProcessPool):
                    self._renew()  # here, since the event loop must not wait for it
                    told = WorkerDiedError(f"{name} or its neighbour died: {error}")
                results, seconds = [Failed(told)] * len(calls), 0.0
            overhead = time.perf_counter() - sent - seconds
            try:
                outer.set_result(unpack(Outcome(results, seconds, overhead)))
            except BaseException as error:  # noqa: BLE001
                outer.set_exception(error)

        inner.add_done_callback(settle)
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._flags[-1] = self._flags[-1] or worker.END
        self._inner.shutdown(wait, cancel_futures=cancel_futures)

    def stop(self) -> None:
        """Drop queued work, ask running work to stop, and after `GRACE` s kill or interrupt it.

        What even that does not end, such as a call into C that never returns, is left behind.
        """
        running = [future for future in self._pending.copy() if not future.cancel()]
        if left := wait(running, GRACE).not_done:
            names = ", ".join(sorted({future.name for future in running if future in left}))
            logger.warning("%s did not stop when asked: it is interrupted", names)
            if self._backend == "processes":
                for process in (self._inner._processes or {}).values():
                    process.kill()
            self._flags[-1] = worker.INTERRUPT
            end = time.monotonic() + LAST_GRACE
            while left and time.monotonic() < end:
                worker.interrupt(self._flags)
                left = wait(left, 0.05).not_done
            if left:
                logger.warning("%s can't be interrupted, and runs until this process ends", names)
                if self._backend == "interpreters":
                    atexit.register(os._exit, 1)  # Python crashes if it ends with one at work
        self.shutdown(wait=not left, cancel_futures=True)

    def __exit__(self, exc_type: object, exc_val: object, exc_tb: object) -> None:
        """Wait for the work; after an error or Ctrl-C drop what is queued and stop what runs."""
        try:
            if exc_type is None:
                self.shutdown()
        finally:
            self.stop()

    def _renew(self) -> Any:
        """Put new processes in the place of those of which one died, unless this is stopping."""
        with self._lock:
            if self._inner._broken and not self._flags[-1]:
                self._inner = self._make()
            return self._inner


cpu_executor = CpuExecutor
