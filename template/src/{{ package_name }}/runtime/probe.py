"""Does what a task imports load in a subinterpreter?"""

import importlib
import re
import sys
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES
from typing import NamedTuple

REFUSAL = re.compile(r"module (\S+) does not support loading in subinterpreters")


class Probe(NamedTuple):
    """What became of the extension modules that some modules import, in a subinterpreter.

    The modules can be imported there if `offender` is None. `fallback` names the extension modules
    that they then go without: most libraries run slower code instead, a few fail when called.
    """

    native: tuple[str, ...]  # those that loaded, also of the standard library
    fallback: tuple[str, ...]  # those that refused, and nobody complained
    offender: str | None  # the module for which an import failed
    reason: str


def probe(modules: Sequence[str]) -> Probe:
    """Import `modules` in the main interpreter and in a throwaway subinterpreter, and compare.

    What is imported only when a function runs is not seen. It takes as long as the imports: call it
    in a thread from a coroutine. Raises RuntimeError below Python 3.14, which has no subinterpreters
    to use, and whatever an import raises in the main interpreter.
    """
    for module in modules:
        importlib.import_module(module)
    try:
        interpreters = importlib.import_module("concurrent.interpreters")
    except ModuleNotFoundError:
        raise RuntimeError("subinterpreters need Python 3.14 or later") from None
    interpreter = interpreters.create()
    try:
        interpreter.exec(f"import sys; sys.path[:] = {sys.path!r}")  # it is not inherited
        native, missing, failed, errors = interpreter.call(_load, *modules)
    finally:
        interpreter.close()
    refused = [name for name in missing if _is_extension(name)]
    if failed is None:
        without = f", but goes without {', '.join(refused)}" if refused else ""
        reason = f"{', '.join(modules)} loads in a subinterpreter{without}"
        return Probe(native, tuple(refused), None, reason)
    # A library can swallow the refusal and fail for want of the module: the last one sought.
    named = [match[1] for error in errors if (match := REFUSAL.search(error))]
    offender = (named or refused[-1:] or [failed])[0]
    if named or refused:
        reason = f"{offender} does not support loading in subinterpreters"
    else:
        reason = f"{failed} cannot be imported in a subinterpreter: {errors[0]}"
    return Probe(native, tuple(name for name in refused if name != offender), offender, reason)


class _Seek:
    """A finder that finds nothing and notes what is sought."""

    def __init__(self) -> None:
        self.sought: dict[str, None] = {}

    def find_spec(self, name: str, *_: object) -> None:
        self.sought[name] = None


def _load(*modules: str) -> tuple[tuple[str, ...], tuple[str, ...], str | None, tuple[str, ...]]:
    """In the subinterpreter: return what loaded, what was sought in vain, what failed, and why."""
    seek = _Seek()
    sys.meta_path.insert(0, seek)
    failed, chain = None, []
    for module in modules:
        try:
            importlib.import_module(module)
        except BaseException as error:  # noqa: BLE001
            failed, cause = module, error
            while cause is not None and cause not in chain:
                chain.append(cause)
                cause = cause.__cause__ or cause.__context__
            break
    native = tuple(name for name in list(sys.modules) if _is_extension(name))
    missing = tuple(name for name in seek.sought if name not in sys.modules)
    return native, missing, failed, tuple(f"{type(error).__name__}: {error}" for error in chain)


def _is_extension(name: str) -> bool:
    spec = getattr(sys.modules.get(name), "__spec__", None)
    return str(getattr(spec, "origin", None)).endswith(tuple(EXTENSION_SUFFIXES))
