"""What runs in a worker: batches of calls of one function. Each worker imports this module, so it imports little."""

import contextvars
import functools
import logging
import logging.handlers
import pickle
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

type Call = tuple[Any, ...]
"""The arguments of one call."""


class Outcome(NamedTuple):
    """What became of a batch: a value per call, the errors by the call's position, and how long the calls took, in s."""

    values: list[Any]
    errors: dict[int, Any]
    seconds: float


class WorkerError(Exception):
    """Stands for an exception of a type that can't be imported outside of its worker; a note has its traceback."""


_flags: Sequence[int] = bytes(
    1
)  # of this worker's pool: one a batch, set when it should stop; the last is `INTERRUPT`
_start_error: BaseException | None = None
_records: queue.SimpleQueue[bytes] = queue.SimpleQueue()
_busy: dict[
    int, tuple[Sequence[int], int]
] = {}  # the flags and the slot of the batch in each thread
INTERRUPT, END = 1, 2


def cancelled() -> bool:
    """Tell whether the caller gave up this task, so that a long one can return early; False outside of a task."""
    flags, slot = _busy.get(threading.get_ident(), (_flags, 0))
    return bool(flags[slot])


def interrupt(flags: Sequence[int]) -> None:
    """Raise SystemExit in the tasks of the pool with these flags: Python code ends, a call into C ends first."""
    import ctypes  # noqa: PLC0415 - hardly ever needed

    for ident, (of_pool, _) in list(_busy.items()):
        if of_pool is flags:
            thread, error = ctypes.c_ulong(ident), ctypes.py_object(SystemExit)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)


def _watch() -> None:
    """Interrupt the task of this interpreter when the pool says so: no thread of another interpreter could."""
    while _flags[-1] != END and not (_flags[-1] == INTERRUPT and not _busy):
        time.sleep(0.05)
        if _flags[-1] == INTERRUPT:  # again and again, as one can be lost in a destructor
            interrupt(_flags)


def start(path: list[str], flags: Sequence[int], level: int, initializer: bytes) -> None:
    """Prepare an interpreter or process: its sys.path, its flags, the level of its log, and the pool's initializer.

    An error of the initializer is kept for the batches: executors only log it, and break.
    """
    global _flags, _start_error  # noqa: PLW0603
    sys.path[:] = path
    _flags = flags
    logging.root.handlers[:] = [_Collector(_records)]
    logging.root.setLevel(level)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process decides what Ctrl-C means
    else:
        threading.Thread(target=_watch).start()
    try:
        pickle.loads(initializer)()  # noqa: S301
    except BaseException as error:  # noqa: BLE001
        _start_error = error


def ready() -> None:
    """Do nothing: a worker that returns from it has started."""


def run_batch(
    function: Callable[..., Any], calls: Sequence[Call], flags: Sequence[int], slot: int
) -> Outcome:
    """Call the function once per tuple of arguments, until the flag in `slot` asks to stop."""
    values: list[Any] = []
    errors: dict[int, BaseException] = {}
    _busy[threading.get_ident()] = flags, slot
    started = time.perf_counter()
    for call in calls:
        if flags[slot]:
            break
        try:
            values.append(function(*call))
        except BaseException as error:  # noqa: BLE001
            # Without this function's frame, which would keep all values in memory.
            errors[len(values)] = error.with_traceback(
                error.__traceback__ and error.__traceback__.tb_next
            )
            values.append(None)
    seconds = time.perf_counter() - started
    del _busy[threading.get_ident()]
    return Outcome(values, errors, seconds)


def run_apart(task: bytes, calls: bytes | tuple[Call, ...], slot: int) -> bytes:
    """Run a batch in another interpreter or process: unpack what `encode` packed, and pack what `decode` unpacks."""
    try:
        if _start_error:
            raise _start_error
        function, variables = _load_task(task)
        if isinstance(calls, bytes):
            calls = pickle.loads(calls)  # noqa: S301
        context = contextvars.Context()
        for variable, value in variables:
            context.run(variable.set, value)
        outcome = context.run(run_batch, function, calls, _flags, slot)
    except BaseException as error:  # noqa: BLE001
        errors = {-1: _pack(error)}
        return pickle.dumps(([], errors, 0.0, ()))
    errors = {index: _pack(error) for index, error in outcome.errors.items()}
    records = [_records.get() for _ in range(_records.qsize())]
    try:
        return pickle.dumps((outcome.values, errors, outcome.seconds, records))
    except Exception:  # noqa: BLE001
        values = outcome.values
        for index, value in enumerate(values):
            try:
                pickle.dumps(value)
            except Exception as error:  # noqa: BLE001
                error.add_note("The result can't be sent back from the worker.")
                values[index], errors[index] = None, _pack(error)
        return pickle.dumps((values, errors, outcome.seconds, records))


def decode(packed: bytes, calls: int) -> Outcome:
    """Unpack what `run_apart` returned, and hand its log records to the loggers of this process."""
    values, errors, seconds, records = pickle.loads(packed)  # noqa: S301
    for pickled in records:
        record = pickle.loads(pickled)  # noqa: S301
        logger = logging.getLogger(record.name)
        if logger.isEnabledFor(record.levelno):
            logger.handle(record)
    if -1 in errors:  # nothing ran
        errors = dict.fromkeys(range(calls), errors[-1])
        values = [None] * calls
    return Outcome(values, {index: _unpack(*error) for index, error in errors.items()}, seconds)


@functools.lru_cache(maxsize=64)
def _load_task(task: bytes) -> tuple[Callable[..., Any], list[tuple[contextvars.ContextVar, Any]]]:
    function, named = pickle.loads(task)  # noqa: S301
    return function, [(find_variable(name), value) for name, value in named]


def find_variable(name: str) -> contextvars.ContextVar:
    """Return the context variable that `name` ("package.module:VARIABLE") refers to."""
    module, _, variable = name.partition(":")
    return getattr(import_module(module), variable)


def _pack(error: BaseException) -> tuple[bytes, str]:
    """Return an exception as bytes that are known to unpickle, and its traceback."""
    text = "".join(traceback.format_exception(error))
    kind = type(error)
    ways: list[tuple[Callable[..., BaseException], Call]] = [
        (_itself, (error,)),
        (_rebuild, (kind, error.args, error.__dict__)),
        (_rebuild, (kind, tuple(map(repr, error.args)), {})),
    ]
    for build, arguments in ways:
        try:
            pickled = pickle.dumps((build, arguments))
            found, arguments_again = pickle.loads(pickled)  # noqa: S301
            found(*arguments_again)
        except Exception:  # noqa: BLE001, S112
            continue
        return pickled, text
    return pickle.dumps((WorkerError, (f"{kind.__qualname__}: {error}",))), text


def _unpack(pickled: bytes, text: str) -> BaseException:
    build, arguments = pickle.loads(pickled)  # noqa: S301
    error = build(*arguments)
    error.add_note(f"In the worker:\n{text}")
    return error


def _itself(error: BaseException) -> BaseException:
    return error


def _rebuild(kind: type[BaseException], args: Call, state: dict[str, Any]) -> BaseException:
    """Make an exception whose `__init__` takes other arguments than it left in `args`: go without `__init__`."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class _Collector(logging.handlers.QueueHandler):
    """Keeps the log records of a batch; they travel with its results, and need no queue or thread of their own."""

    def enqueue(self, record: logging.LogRecord) -> None:
        self.queue.put_nowait(pickle.dumps(record))
