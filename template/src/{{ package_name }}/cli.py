"""The command line. Add a command: a function from the parsed arguments to an exit code, and its parser."""

import argparse
import json
import os
import platform
import sys
import sysconfig
from collections.abc import Sequence
from importlib.metadata import metadata

from . import DISTRIBUTION, __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` names, or `info` when it names none.

    Returns the exit code. Raises SystemExit for `--help`, `--version` and arguments that can't be parsed.
    """
    arguments = build_parser().parse_args(argv)
    return arguments.run(arguments)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands. Each sets `run`, a function from the arguments to an exit code."""
    parser = argparse.ArgumentParser(
        prog=DISTRIBUTION, description=metadata(DISTRIBUTION).get("Summary")
    )
    parser.add_argument("--version", action="version", version=f"{DISTRIBUTION} {__version__}")
    parser.set_defaults(run=info, json=False)

    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    about = "show the Python that runs this, and the cores that it may use (the default)"
    info_parser = commands.add_parser("info", help=about, description=about)
    info_parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def info(arguments: argparse.Namespace) -> int:
    """Print what the program runs on."""
    facts = runtime()
    if arguments.json:
        print(json.dumps(facts, indent=2))
    else:
        width = max(map(len, facts))
        for name, value in facts.items():
            print(f"{name.replace('_', ' '):{width}}  {value}")
    return 0


def runtime() -> dict[str, str | int]:
    """Return what the program runs on, from the name of the distribution to the number of usable cores."""
    build = "free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else "with a GIL"
    return {
        "program": f"{DISTRIBUTION} {__version__}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "build": build,
        "gil": "on" if sys._is_gil_enabled() else "off",
        "usable_cores": os.process_cpu_count() or 1,
        "executable": sys.executable,
    }
