"""Executors for CPU work, for code without an event loop: one contract, whichever backend runs it."""

import atexit
import contextlib
import contextvars
import functools
import logging
import os
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from types import ModuleType
from typing import Any, NamedTuple

from ..runtime.cores import usable_cores
from . import worker
from .backends import make_executor, make_flags
from .choice import BackendError, Decision, decide
from .cluster import DaskExecutor
from .transport import check_reference, pack_calls

GRACE = 0.5
"""Seconds that running work gets to notice that it was asked to stop."""
logger = logging.getLogger(__name__)


class WorkerDiedError(BrokenExecutor):
    """A worker process died, and with it what the pool had begun; new workers take what comes next."""


class Task(NamedTuple):
    """A function, ready to be sent."""

    name: str
    function: Any


class BatchFuture(Future):
    """Cancelling drops a queued batch; one that runs is asked to stop, and False is returned."""

    inner: (
        Future | None
    )  # None when it is done, so that no cycle of futures keeps results in memory
    ask_to_stop: Callable[[], None]

    def cancel(self) -> bool:
        if inner := self.inner:
            self.ask_to_stop()
            return inner.cancel()
        return super().cancel()

    def running(self) -> bool:
        return bool(self.inner and self.inner.running())


class CpuExecutor(Executor):
    """An executor of the standard library, or Dask's, under this package's contract. `cpu_executor` opens it."""

    def __init__(
        self, decision: Decision, workers: int | None, initializer: Callable[[], object]
    ) -> None:
        check_reference(initializer)
        self.decision = decision
        self.workers = 1 if decision.backend == "inline" else workers or usable_cores()
        self._apart = decision.backend not in {"threads", "inline"}
        self._flags = make_flags(decision.backend)
        self._slots = deque(range(1, len(self._flags) - 1))
        self._pending: dict[Future, str] = {}
        self._lock = threading.Lock()
        errors: list[BaseException] = []
        self._make = functools.partial(
            make_executor, decision, self.workers, self._flags, initializer, errors
        )
        self._inner = self._make()
        if isinstance(self._inner, DaskExecutor):
            self.workers = self._inner.workers
        try:
            for ready in [self.submit(worker.ready) for _ in range(self.workers)]:
                ready.result()
            for error in errors:
                raise error
        except BaseException as error:
            self.stop()
            if isinstance(error, BrokenExecutor):
                raise BackendError(f"the {decision.backend} can't start: {error}") from error
            raise

    def submit[**P, R](
        self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[R]:
        """Run `function(*args, **kwargs)` in a worker.

        Raises TypeError for a function that can't go by reference, and what pickling raises for the arguments.
        """
        task = self.prepare(functools.partial(function, **kwargs) if kwargs else function)
        return self.submit_batch(task, [args], only_value)

    def prepare(self, function: Callable[..., Any], variables: Sequence[str] = ()) -> Task:
        """Make a function, and the values of context variables, ready for `submit_batch`. Raises TypeError."""
        name = check_reference(function)
        if not self._apart:
            return Task(name, function)
        values = [(variable, worker.find_variable(variable).get(None)) for variable in variables]
        return Task(
            name, pickle.dumps((function, [pair for pair in values if pair[1] is not None]))
        )

    def submit_batch(
        self, task: Task, calls: Sequence[worker.Call], unpack: Callable[[worker.Outcome], Any]
    ) -> BatchFuture:
        """Run a task once per tuple of arguments, in one worker; `unpack` makes the future's result of the outcome."""
        slot = self._slots.popleft() if self._slots else 0
        used = self._inner
        try:
            if self._apart:
                packed = pack_calls(calls, share=self.decision.backend == "interpreters")
                inner = self._submit(worker.run_apart, task.function, packed, slot)
            else:
                context = contextvars.copy_context()  # one each: no two threads may enter the same
                batch = worker.run_batch, task.function, calls, self._flags, slot
                inner = self._submit(context.run, *batch)
        except BaseException:
            self._free(slot)
            raise
        outer = BatchFuture()
        outer.inner, outer.ask_to_stop = inner, functools.partial(self._ask_to_stop, slot)
        self._pending[inner] = task.name

        def settle(inner: Future) -> None:
            outer.inner = None
            del self._pending[inner]
            self._free(slot)
            if inner.cancelled():
                Future.cancel(outer)
            if not outer.set_running_or_notify_cancel():
                return
            try:
                outcome = inner.result()
                if self._apart:
                    outcome = worker.decode(outcome, len(calls))
                outer.set_result(unpack(outcome))
            except BrokenExecutor as error:
                self._replace(used)  # here, since the event loop must not wait for it
                outer.set_exception(WorkerDiedError(f"{task.name} or its neighbour died: {error}"))
            except BaseException as error:  # noqa: BLE001
                outer.set_exception(error)

        inner.add_done_callback(settle)
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._flags[-1] = worker.END
        self._inner.shutdown(wait, cancel_futures=cancel_futures)

    def stop(self) -> None:
        """Drop queued work, and end running work: ask it to, wait `GRACE` s, then kill processes or interrupt threads.

        What even that does not end, such as a call into C that never returns, is left behind.
        """
        for slot in range(1, len(self._flags) - 1):
            self._flags[slot] = 1
        running = {f: name for f, name in self._pending.copy().items() if not f.cancel()}
        if left := wait(running, GRACE).not_done:
            names = ", ".join(sorted({running[future] for future in left}))
            logger.warning("%s did not stop when asked: it is interrupted", names)
            if isinstance(self._inner, ProcessPoolExecutor):
                for process in (self._inner._processes or {}).values():
                    process.kill()
            self._flags[-1] = worker.INTERRUPT
            until = time.monotonic() + GRACE
            while left and time.monotonic() < until:
                worker.interrupt(self._flags)
                left = wait(left, 0.05).not_done
            if left:
                logger.warning("%s can't be interrupted, and runs until this process ends", names)
                if self.decision.backend == "interpreters":
                    atexit.register(
                        os._exit, 1
                    )  # Python would crash: it can't end with an interpreter at work
                return self._inner.shutdown(wait=False, cancel_futures=True)
        return self.shutdown(cancel_futures=True)

    def _submit(self, *arguments: Any) -> Future:
        inner = self._inner
        try:
            return inner.submit(*arguments)
        except BrokenExecutor:
            self._replace(inner)
            return self._inner.submit(*arguments)

    def _replace(self, broken: Executor) -> None:
        """Put new processes in the place of those of which one died. Raises BrokenExecutor for other workers."""
        if not isinstance(broken, ProcessPoolExecutor):
            raise BrokenExecutor(f"the {self.decision.backend} can't go on")
        with self._lock:
            if self._inner is broken:
                self._inner = self._make()
                for _ in range(self.workers):
                    self._inner.submit(worker.ready)

    def _ask_to_stop(self, slot: int) -> None:
        if slot:
            self._flags[slot] = 1

    def _free(self, slot: int) -> None:
        if slot:
            self._flags[slot] = 0
            self._slots.append(slot)


def only_value(outcome: worker.Outcome) -> Any:
    """Return the value of a batch of one call, or raise its error."""
    if outcome.errors:
        raise outcome.errors[0]
    return outcome.values[0]


@contextlib.contextmanager
def cpu_executor(
    backend: str = "auto",
    *,
    tasks: Sequence[ModuleType | str] = (),
    workers: int | None = None,
    address: str | None = None,
    initializer: Callable[[], object] = worker.ready,
) -> Generator[CpuExecutor]:
    """Open an executor for the functions of the modules `tasks`, and wait for its work at the end.

    An error or Ctrl-C inside drops what is queued and asks what runs to stop. `workers` are the usable cores by default.
    Raises BackendError if the backend can't work, and what `initializer`, called once in each worker, raises.
    """
    executor = CpuExecutor(decide(backend, tasks, address), workers, initializer)
    try:
        yield executor
        executor.shutdown()
    except BaseException:
        executor.stop()
        raise
