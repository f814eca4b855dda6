"""What may travel to a worker and back, and how. Workers import this, so it imports little."""

import contextlib
import functools
import io
import pickle
import traceback
from collections.abc import Callable, Sequence
from pkgutil import resolve_name
from typing import Any, NamedTuple

type Call = tuple[Any, ...]  # the arguments of one call


class Failed(NamedTuple):
    """Stands in the place of a result, or of a call whose arguments can't be sent."""

    error: BaseException


class Outcome(NamedTuple):
    """What became of a batch: a result or `Failed` for each call, run time and overhead in s."""

    results: list[Any]
    seconds: float
    overhead: float

    def value(self) -> Any:
        """Return the result of a batch of one call, or raise its error."""
        [result] = self.results
        if isinstance(result, Failed):
            raise result.error
        return result


class WorkerError(Exception):
    """Stands for an exception that can't leave its worker; a note has its traceback."""


def check_reference(function: Callable[..., Any]) -> str:
    """Return the name of a function that workers can import. Raises TypeError for others.

    Threads could run any; the rule is the same for all, so that code can move to a cluster.
    """
    while isinstance(function, functools.partial):
        function = function.func
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", repr(function))
    problem = "no module has it under its name"
    if "<lambda>" in name:
        problem = "it is a lambda"
    elif "<locals>" in name:
        problem = "it is defined inside of a function"
    elif module == "__main__":
        problem = "it is in the program's main module"
    else:
        with contextlib.suppress(ImportError, AttributeError, ValueError):
            if resolve_name(f"{module}:{name}") == function:
                return f"{module}.{name}"
    raise TypeError(
        f"{name} can't be sent to a worker, since {problem}: "
        "define it at the top level of a module, and import it"
    )


def pack_calls(calls: Sequence[Call], share: bool) -> bytes | tuple[Call, ...]:
    """Pickle calls; if `share`, return them as they are where a memoryview then needs no copy."""
    if share and any(isinstance(argument, memoryview) for call in calls for argument in call):
        return tuple(calls)
    return pack(calls, "An argument can't be sent to the worker: it must be picklable.")


def pack(items: Sequence[Any], note: str) -> bytes:
    """Pickle calls or results. What can't be pickled becomes a `Failed` with that note."""
    try:
        return _pickled(items)
    except Exception:  # noqa: BLE001
        return _pickled([_sendable(item, note) for item in items])


def _sendable(item: Any, note: str) -> Any:
    try:
        _pickled(item)
        return item
    except Exception as error:  # noqa: BLE001
        if not isinstance(item, Failed):
            error.add_note(note)
            return Failed(error)
    kind, args = type(item.error), tuple(map(repr, item.error.args))
    try:
        stand_in = kind.__new__(kind, *args)
        stand_in.args = args
        _pickled(Failed(stand_in))
    except Exception:  # noqa: BLE001
        stand_in = WorkerError(f"{kind.__qualname__}: {item.error}")
    stand_in.add_note("".join(traceback.format_exception(item.error)))
    return Failed(stand_in)


def _pickled(value: Any) -> bytes:
    file = io.BytesIO()
    _Pickler(file).dump(value)
    return file.getvalue()


class _Pickler(pickle.Pickler):
    """Copies memoryviews too, and errors even of types that pickle can't make again."""

    def reducer_override(self, value: object) -> Any:
        match value:
            case memoryview():
                return _view, (value.tobytes(), value.format, value.shape)
            case Failed(error):
                text = "".join(traceback.format_exception(error))
                return _failed, (text, type(error), *error.__reduce_ex__(4)[:3])
            case _:
                return NotImplemented


def _view(data: bytes, layout: Any, shape: tuple[int, ...]) -> memoryview:
    return memoryview(data).cast(layout, shape)


def _failed(
    text: str, kind: type[BaseException], make: Callable[..., Any], args: Call, state: Any = None
) -> Failed:
    try:
        error = make(*args)
    except Exception:  # noqa: BLE001  its `__init__` takes other arguments than it left in `args`
        error = kind.__new__(kind, *args)
        error.args = args
    if state:
        error.__setstate__(state)
    error.add_note(f"In the worker:\n{text}")
    return Failed(error)
