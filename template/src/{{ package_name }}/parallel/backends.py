"""The executors of the standard library, and Dask's, set up for this package's workers."""

import functools
import logging
import multiprocessing
import pickle
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, thread
from importlib import import_module
from typing import Any

from . import worker
from .choice import BackendError, Decision

# Not fork, which copies a process whose threads may hold locks.
PROCESSES = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")


class InlineExecutor(Executor):
    """Runs each call at once, in the caller's thread: for tests, breakpoints and coverage."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        future = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001
            future.set_exception(error)
        return future


class DaskExecutor(Executor):
    """Dask's own executor, made to behave as the standard library's do.

    Dask caches calls with equal arguments unless `pure=False`, takes keyword arguments like `key`
    for its own unless they are bound, and knows no `buffersize` in `map` and no `cancel_futures`.
    """

    def __init__(self, address: str, initializer: Callable[[], object], timeout: float = 10):
        """Connect to the scheduler at `address` within `timeout` s. Raises BackendError."""
        try:
            distributed = import_module("distributed")
            self._client = distributed.Client(address, timeout=timeout, set_as_default=False)
        except ModuleNotFoundError as error:
            raise BackendError("dask isn't installed: uv sync --extra cluster") from error
        except (OSError, ValueError) as error:
            raise BackendError(f"no Dask scheduler answers at {address}: {error}") from error
        self._client.register_worker_callbacks(setup=initializer)
        self._executor = self._client.get_executor(pure=False)
        self.workers = sum(self._client.ncores().values())  # threads of all that are there now

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        return self._executor.submit(functools.partial(function, *args, **kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait=wait and not cancel_futures)
        self._client.close()


def make_executor(
    decision: Decision, workers: int, flags: Any, initializer: Callable[[], object]
) -> Executor:
    """Return a new executor. Its workers have started, or will when needed. Raises BackendError."""
    level = logging.getLogger().getEffectiveLevel()
    pickled = pickle.dumps(initializer)
    start: tuple[Any, ...] = (sys.path.copy(), level, flags, pickled)
    if decision.backend == "threads":
        threads = ThreadPoolExecutor(workers, "cpu", worker.start_thread, (flags, pickled))
        return _start_threads(threads, workers)
    if decision.backend == "interpreters" and sys.version_info >= (3, 14):
        from concurrent.futures import InterpreterPoolExecutor  # noqa: PLC0415

        start = (sys.path.copy(), level, memoryview(flags), pickled)
        # A partial goes by reference; a plain function could run in a copy of `__main__`.
        by_reference = functools.partial(worker.start)
        return _start_threads(InterpreterPoolExecutor(workers, "cpu", by_reference, start), workers)
    if decision.backend == "processes":
        processes: Any = ProcessPoolExecutor(workers, PROCESSES, worker.start, start)
        processes._launch_processes()  # now, or an event loop may have to wait for it later
        processes.submit(worker.ready)
        return processes
    if decision.backend == "dask":
        return DaskExecutor(decision.address or "", initializer)
    initializer()
    return InlineExecutor()


def _start_threads(executor: ThreadPoolExecutor, workers: int) -> Executor:
    """Start all threads of an executor as daemons, for which Python does not wait when it exits.

    Else a task that never returns keeps the program from ending. The executors have no option for
    it, so this uses private names of theirs; the tests of the contract watch them.
    """

    def start() -> None:
        for _ in range(workers):
            executor._adjust_thread_count()
        waited_for: Any = thread._threads_queues
        for started in executor._threads:
            waited_for.pop(started, None)

    starter = threading.Thread(target=start, daemon=True)  # threads inherit it
    starter.start()
    starter.join()
    return executor
