"""The dependencies, and what one of them allows: `doctor` runs `python -m PACKAGE.runtime.examine FILE [NAME]`.

A process for each, so that none hurts the others by crashing, hanging, printing or turning the GIL
on. FILE gets a line of JSON after each step, so that a crash loses only the step.
"""

import importlib
import json
import re
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePath
from types import FunctionType
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .. import DISTRIBUTION
from .. import __name__ as package
from ..parallel.choice import decide
from .probe import probe

TASKS = [f"{package}.pipeline.analyse"]  # the modules whose functions run on the pool
GIL_WARNING = re.compile(r"\(GIL\) has been enabled to load module '([^']+)'")
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
OFTEN_MORTAL = (float, complex, bytes, tuple)  # constants that nothing else makes immortal


def main() -> None:
    """Examine the dependency that the second argument names, or else the tasks."""
    steps = dependency(distribution(sys.argv[2])) if sys.argv[2:] else tasks()
    with Path(sys.argv[1]).open("w", encoding="utf-8") as file:
        for step in steps:
            print(json.dumps(step), file=file, flush=True)


def tasks() -> Iterator[dict[str, Any]]:
    """Yield the backend that `auto` takes for the tasks, and whether their constants are immortal.

    A free-threaded Python makes the constants of what it loads from bytecode immortal. Those of a
    module that it just compiled from source are counted, and threads contend for the counts.
    """
    try:
        functions = [
            value
            for module in map(importlib.import_module, TASKS)
            for value in vars(module).values()
            if isinstance(value, FunctionType) and value.__module__ == module.__name__
        ]
        choice = decide("auto", TASKS)
    except Exception as error:  # noqa: BLE001
        yield {"error": f"{type(error).__name__}: {error}"}
        return
    immortal = getattr(sys, "_is_immortal", None)  # Python 3.14
    constants = [
        immortal(constant)
        for function in functions
        for constant in function.__code__.co_consts
        if immortal and FREE_THREADED and isinstance(constant, OFTEN_MORTAL)
    ]
    yield {
        "name": choice.backend,
        "why": choice.why,
        "module": choice.module,
        "constants": ("immortal" if all(constants) else "mortal") if constants else None,
    }


def dependency(dist: Distribution) -> Iterator[dict[str, Any]]:
    """Yield which native modules load, which one turns the GIL on, and how a subinterpreter fares."""
    packages, extensions = modules(dist)
    imported, error = [], None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name in packages + extensions:
            try:
                importlib.import_module(name)
                imported.append(name)
            except BaseException as refusal:  # noqa: BLE001
                if name in packages:
                    error = f"{type(refusal).__name__}: {refusal}"
    loaded_by = [match[1] for each in caught if (match := GIL_WARNING.search(str(each.message)))]
    packages = [name for name in packages if name in imported]
    native = [name for name in extensions if name in imported]
    yield {"native": native, "turns_gil_on": next(iter(loaded_by), None), "error": error}
    if packages and sys.version_info[:2] >= (3, 14):
        state, modules_of = in_subinterpreter(dist, packages, native)
        yield {"subinterpreter": state, "modules": modules_of}


def in_subinterpreter(
    dist: Distribution, packages: list[str], native: list[str]
) -> tuple[str, list[str]]:
    """Return "refuses" and who did first, "falls back" and the modules it goes without, or "loads".

    Many packages import their native modules only when they are needed. So those that importing
    the packages left out are sought through the modules of the distribution that mention them.
    """
    loaded: set[str] = set()
    missed: set[str] = set()

    def rest() -> list[str]:
        return [name for name in native if name not in loaded | missed]

    for seekers in (lambda: packages, lambda: mentions(dist, rest()), rest):
        for seeker in seekers():
            if seeker not in packages and not rest():
                break
            try:
                found = probe([seeker])
            except BaseException:  # noqa: BLE001, S112
                continue  # it needs what is not installed
            # A module that only mentions a native one may fail for a reason of its own.
            if found.offender and (seeker in packages + native or found.offender != seeker):
                return "refuses", [found.offender]
            loaded.update(found.native)
            missed.update(found.fallback)
    fallback = [name for name in native if name in missed]
    return ("falls back", fallback) if fallback else ("loads", [])


def runtime_distributions() -> dict[str, Distribution]:
    """Return what the project needs to run, directly or not, as far as it is installed, by name.

    Of the project all extras count, of a dependency those that are asked for.
    """
    root = distribution(DISTRIBUTION)
    extras = root.metadata.get_all("Provides-Extra") or []
    wanted = [(DISTRIBUTION, extra) for extra in ("", *extras)]
    found: dict[str, Distribution] = {}
    for name, extra in wanted:  # grows
        try:
            dist = found[name] = distribution(name)
        except PackageNotFoundError:  # an extra that isn't installed
            continue
        for requirement in map(Requirement, dist.requires or []):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                for asked in ("", *sorted(requirement.extras)):
                    if (entry := (canonicalize_name(requirement.name), asked)) not in wanted:
                        wanted.append(entry)
    del found[DISTRIBUTION]
    return dict(sorted(found.items()))


def wheel(dist: Distribution) -> str:
    """Return the tag of the wheel that was installed, as `cp314-cp314t` or `py3-none-any`."""
    tags = re.findall(r"^Tag: (.+)$", dist.read_text("WHEEL") or "", re.MULTILINE)
    if not tags:
        return "no wheel"
    python, abi, platform = tags[-1].strip().rsplit("-", 2)
    if platform.startswith("linux_"):  # package indexes take only manylinux and musllinux
        return f"{python}-{abi}, built here"
    return f"{python}-{abi}" + ("-any" if platform == "any" else "")


def modules(dist: Distribution) -> tuple[list[str], list[str]]:
    """Return the names of the top-level packages and modules, and of all extension modules."""
    packages, extensions = set(), set()
    for file in dist.files or []:
        extension = file.name.endswith(tuple(EXTENSION_SUFFIXES))
        name = module_name(file)
        if name and (extension or file.suffix == ".py"):
            packages.add(name.partition(".")[0])
            if extension:
                extensions.add(name)
    public = {name for name in packages if not name.startswith("_")}
    return sorted(public or packages), sorted(extensions)


def module_name(file: PurePath) -> str:
    """Return the name of a module by its file's path, or nothing where no import can reach it."""
    parts = [*file.parent.parts, file.name.partition(".")[0]]
    if parts[-1] == "__init__":
        del parts[-1]
    return ".".join(parts) if all(part.isidentifier() for part in parts) else ""


def mentions(dist: Distribution, native: list[str]) -> Iterator[str]:
    """Yield the modules, tests aside, whose source has the last name of one of `native` in it."""
    words = re.compile(rf"\b(?:{'|'.join(name.rpartition('.')[2] for name in native)})\b")
    for file in dist.files or [] if native else []:
        name = module_name(file)
        if file.suffix != ".py" or not name or re.search(r"\b(?:tests?|conftest|__main__)\b", name):
            continue
        if words.search(Path(str(dist.locate_file(file))).read_text("utf-8", errors="replace")):
            yield name


if __name__ == "__main__":
    main()
