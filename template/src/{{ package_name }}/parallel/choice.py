"""Which executor runs CPU work, and why."""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from ..runtime.probe import Probe, probe

BACKENDS = ("threads", "interpreters", "processes", "dask", "inline")
PREFIX = __name__.partition(".")[0].upper()
BACKEND_VARIABLE = f"{PREFIX}_CPU_BACKEND"
SCHEDULER_VARIABLE = f"{PREFIX}_SCHEDULER"


class BackendError(Exception):
    """A backend was asked for that can't work here; the message says why, and what to do."""


class Decision(NamedTuple):
    """The backend, why, the native module that decided it, and the address of a Dask scheduler."""

    backend: str
    why: str
    module: str | None = None
    address: str | None = None


def decide(
    backend: str = "auto", tasks: Sequence[ModuleType | str] = (), address: str | None = None
) -> Decision:
    """Choose for this interpreter and its environment variables. Raises BackendError.

    `tasks` are the modules whose functions will run: it imports them, and tries them elsewhere.
    """
    names = [task if isinstance(task, str) else task.__name__ for task in tasks]
    for name in names:  # an extension module among them can turn the GIL on
        import_module(name)
    return choose(
        backend,
        variable=os.environ.get(BACKEND_VARIABLE, ""),
        address=address or os.environ.get(SCHEDULER_VARIABLE) or None,
        gil=sys._is_gil_enabled(),
        version=sys.version_info[:2],
        try_tasks=(lambda: probe(names)) if names else None,
    )


def choose(
    backend: str,
    *,
    variable: str = "",
    address: str | None = None,
    gil: bool,
    version: tuple[int, int],
    try_tasks: Callable[[], Probe] | None,
) -> Decision:
    """Choose by the first that speaks: argument, variable, cluster, GIL, native modules.

    `try_tasks` loads the task modules in a subinterpreter, only where that decides. Raises
    BackendError for a backend that is asked for and can't work.
    """
    asked, why = backend, "asked for"
    if asked == "auto" and variable:
        asked, why = variable, f"{BACKEND_VARIABLE} asks for it"
    if asked == "auto" and address:
        asked, why = "dask", f"there is a scheduler at {address}"
    if asked == "auto":
        if not gil:
            return Decision("threads", "the GIL is off, so threads run Python code in parallel")
        if version < (3, 14):
            return Decision("processes", "the GIL is on, and interpreters need Python 3.14")
        if try_tasks is None:
            return Decision("processes", "no task modules are named that could be tried elsewhere")
        found = try_tasks()
        if found.offender or found.fallback:
            return Decision("processes", found.reason, found.offender or found.fallback[0])
        return Decision("interpreters", found.reason)
    if asked not in BACKENDS:
        raise BackendError(f"there is no backend {asked!r}: choose auto, {', '.join(BACKENDS)}")
    if asked == "interpreters":
        if version < (3, 14):
            raise BackendError("interpreters need Python 3.14: choose processes")
        if try_tasks and (found := try_tasks()).offender:
            raise BackendError(f"interpreters can't run this: {found.reason}; choose processes")
    if asked != "dask":
        return Decision(asked, why)
    if not address:
        raise BackendError(
            f"dask needs a scheduler's address: set {SCHEDULER_VARIABLE}=tcp://HOST:8786"
        )
    return Decision(asked, why, None, address)
