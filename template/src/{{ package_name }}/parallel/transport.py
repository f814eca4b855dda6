"""What may travel to a worker, and how."""

import functools
import io
import pickle
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from .worker import Call


def check_reference(function: Callable[..., Any]) -> str:
    """Return the name of a function that every worker can import. Raises TypeError, with what to do, for others.

    Threads could run any function; the rule is the same for all, so that code can move to processes or a cluster.
    """
    while isinstance(function, functools.partial):
        function = function.func
    module = getattr(function, "__module__", None) or ""
    name = getattr(function, "__qualname__", repr(function))
    if "<lambda>" in name:
        problem = "it is a lambda"
    elif "<locals>" in name:
        problem = "it is defined inside of a function"
    elif module == "__main__":
        problem = "it is in the program's main module"
    elif not module or _find(module, name) != function:
        problem = "no module has it under its name"
    else:
        return f"{module}.{name}"
    raise TypeError(
        f"{name} can't be sent to a worker, since {problem}: define it at the top level of a module, and import it"
    )


def _find(module: str, qualname: str) -> object:
    found: object = import_module(module)
    for name in qualname.split("."):
        found = getattr(found, name, None)
    return found


def pack_calls(calls: Sequence[Call], share: bool) -> bytes | tuple[Call, ...]:
    """Return calls as bytes; or, if `share`, as they are where an argument is a memoryview: that needs no copy then.

    Raises what pickling raises, with a note that says so.
    """
    if share and any(isinstance(argument, memoryview) for call in calls for argument in call):
        return tuple(calls)
    file = io.BytesIO()
    try:
        _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(calls)
    except Exception as error:
        error.add_note("An argument can't be sent to the worker: it must be picklable.")
        raise
    return file.getvalue()


class _Pickler(pickle.Pickler):
    """Copies memoryviews, which pickle refuses, so that a task gets the same type from every backend."""

    def reducer_override(self, value: object) -> Any:
        if isinstance(value, memoryview):
            return _view, (value.tobytes(), value.format, value.shape)
        return NotImplemented


def _view(data: bytes, layout: Any, shape: tuple[int, ...]) -> memoryview:
    return memoryview(data).cast(layout, shape)
