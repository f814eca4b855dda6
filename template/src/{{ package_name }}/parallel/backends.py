"""The executors of the standard library, and Dask's, set up for this package's workers."""

import functools
import logging
import multiprocessing
import pickle
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, thread
from typing import Any

from . import worker
from .choice import Decision
from .cluster import DaskExecutor

# Not fork, which copies a process whose threads may hold locks.
_processes = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")

FLAGS = 1024


class InlineExecutor(Executor):
    """Runs each call at once, in the caller's thread: for tests, breakpoints and coverage."""

    def submit[**P, R](
        self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[R]:
        future: Future[R] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001
            future.set_exception(error)
        return future


def make_flags(backend: str) -> Any:
    """Return zeros that the caller and all workers share, one for each batch that may be asked to stop.

    The first is never set, and serves those beyond; the last tells the workers to end. A cluster shares no memory.
    """
    if backend == "dask":
        return bytearray(2)
    return _processes.RawArray("B", FLAGS) if backend == "processes" else bytearray(FLAGS)


def make_executor(
    decision: Decision,
    workers: int,
    flags: Any,
    initializer: Callable[[], object],
    errors: list[BaseException],
) -> Executor:
    """Return a new executor whose workers have started, or will when they are needed. Raises BackendError.

    `errors` gets those of the initializer in threads; other workers keep theirs, and `worker.run_apart` raises it.
    """
    backend = decision.backend
    level = logging.getLogger().getEffectiveLevel()
    start: tuple[Any, ...] = (sys.path.copy(), flags, level, pickle.dumps(initializer))
    if backend == "threads":
        guarded = functools.partial(_keep_error, initializer, errors)
        return _start_threads(ThreadPoolExecutor(workers, "cpu", guarded), workers)
    if backend == "interpreters" and sys.version_info >= (3, 14):
        from concurrent.futures import InterpreterPoolExecutor  # noqa: PLC0415

        start = (start[0], memoryview(flags), *start[2:])
        # A partial goes by reference: a plain function that reads no globals would run in a copy of `__main__`.
        by_reference = functools.partial(worker.start)
        return _start_threads(InterpreterPoolExecutor(workers, "cpu", by_reference, start), workers)
    if backend == "processes":
        return ProcessPoolExecutor(workers, _processes, worker.start, start)
    if backend == "dask":
        return DaskExecutor(decision.address or "", initializer)
    initializer()
    return InlineExecutor()


def _keep_error(initializer: Callable[[], object], errors: list[BaseException]) -> None:
    try:
        initializer()
    except BaseException as error:  # noqa: BLE001
        errors.append(error)


def _start_threads(executor: ThreadPoolExecutor, workers: int) -> Executor:
    """Start all threads of an executor as daemons, for which Python does not wait when it exits.

    A task that never returns would otherwise keep the program from ending: no thread can be stopped from outside. The
    executors have no option for it, so this uses two of their private names; the tests of the contract watch them.
    """

    def start() -> None:
        for _ in range(workers):
            executor._adjust_thread_count()

    starter = threading.Thread(target=start, daemon=True)  # threads inherit it
    starter.start()
    starter.join()
    waited_for: Any = thread._threads_queues
    for started in executor._threads:
        waited_for.pop(started, None)
    return executor
