"""What runs in a worker: batches of calls. Each worker imports this, so it imports little."""

import contextvars
import logging
import logging.handlers
import pickle
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pkgutil import resolve_name
from typing import Any

from .transport import Call, Failed, pack

FLAGS = 1024  # of a pool: one for each batch that may be asked to stop; the first is never set
INTERRUPT, END = 1, 2  # the last flag tells workers to end now, or when their work is done
_flags: Sequence[int] = bytes(FLAGS)  # the pool's, which set them; on a cluster nobody can
_busy: dict[int, tuple[Sequence[int], int]] = {}  # flags and slot of the batch in each thread
_start_errors: dict[int, tuple[Sequence[int], BaseException]] = {}  # of initializers, likewise
_records = queue.SimpleQueue[logging.LogRecord]()  # logged since the last batch


def cancelled() -> bool:
    """Tell whether the caller gave up this task, so that a long one can return early."""
    flags, slot = _busy.get(threading.get_ident(), (_flags, 0))
    return bool(flags[slot])


def ready() -> None:
    """Do nothing: a worker that returns from it has started."""


def interrupt(flags: Sequence[int]) -> None:
    """Raise SystemExit in the tasks of the pool with these flags, once they run Python code."""
    import ctypes  # noqa: PLC0415 - hardly ever needed

    for ident, (of_pool, _) in list(_busy.items()):
        if of_pool is flags:
            thread, error = ctypes.c_ulong(ident), ctypes.py_object(SystemExit)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)


def _watch() -> None:
    """Interrupt the task of this interpreter when the pool says so: no other interpreter could."""
    while _busy or not _flags[-1]:
        time.sleep(0.05)
        if _flags[-1] == INTERRUPT:  # again and again, as one can be lost in a destructor
            interrupt(_flags)


def start(path: list[str], level: int, flags: Sequence[int], initializer: bytes) -> None:
    """Prepare an interpreter or process: sys.path, log level, flags, and `start_thread`."""
    global _flags  # noqa: PLW0603
    sys.path[:] = path
    _flags = flags
    logging.root.handlers[:] = [logging.handlers.QueueHandler(_records)]
    logging.root.setLevel(level)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process decides what Ctrl-C means
    else:
        threading.Thread(target=_watch).start()
    start_thread(flags, initializer)


def start_thread(flags: Sequence[int], initializer: bytes) -> None:
    """Call a pickled initializer. Its error waits for the first batch: executors would log it."""
    try:
        pickle.loads(initializer)()  # noqa: S301
    except BaseException as error:  # noqa: BLE001
        _start_errors[threading.get_ident()] = flags, error


def run_batch(
    function: Callable[..., Any], calls: Sequence[Call | Failed], flags: Sequence[int], slot: int
) -> tuple[list[Any], float]:
    """Make each call until the flag in `slot` is set. Return results and errors, and seconds."""
    ident = threading.get_ident()
    of_pool, start_error = _start_errors.get(ident, (None, None))
    if start_error and of_pool is flags:
        raise start_error
    results: list[Any] = []
    _busy[ident] = flags, slot
    try:
        started = time.perf_counter()
        for call in calls:
            if flags[slot]:
                break
            if isinstance(call, Failed):
                results.append(call)
                continue
            try:
                results.append(function(*call))
            except BaseException as error:  # noqa: BLE001
                # Without this function's frame, which would keep all results in memory.
                trace = error.__traceback__ and error.__traceback__.tb_next
                results.append(Failed(error.with_traceback(trace)))
        return results, time.perf_counter() - started
    finally:  # also when it is interrupted once more: who is busy is interrupted for ever
        _busy.pop(ident, None)


def run_apart(
    task: bytes, calls: bytes | tuple[Call, ...], count: int, slot: int
) -> tuple[bytes, float, int]:
    """Run a batch of `count` calls in another interpreter or process. `finish` takes the return."""
    try:
        function, variables = pickle.loads(task)  # noqa: S301
        context = contextvars.Context()
        for name, value in variables:
            context.run(resolve_name(name).set, value)
        loaded = pickle.loads(calls) if isinstance(calls, bytes) else calls  # noqa: S301
        results, seconds = context.run(run_batch, function, loaded, _flags, slot)
    except BaseException as error:  # noqa: BLE001
        results, seconds = [Failed(error)] * count, 0.0
    records = [_records.get() for _ in range(_records.qsize())]
    packed = pack([*records, *results], "The result can't be sent back from the worker.")
    return packed, seconds, len(records)


def finish(results: list[Any] | bytes, seconds: float, logged: int = 0) -> tuple[list[Any], float]:
    """Unpack what a batch returned, and hand its log records to the loggers of this process."""
    items = pickle.loads(results) if isinstance(results, bytes) else results  # noqa: S301
    for record in items[:logged]:
        logger = logging.getLogger(getattr(record, "name", __name__))
        if isinstance(record, Failed):
            logger.error("a log record was lost: %r", record.error)
        elif logger.isEnabledFor(record.levelno):
            logger.handle(record)
    return items[logged:], seconds
