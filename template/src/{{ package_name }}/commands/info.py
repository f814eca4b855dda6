"""What the program runs on."""

import json
import os
import platform
import sys
import sysconfig

import click

from .. import DISTRIBUTION, __version__


@click.command("info")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Show the Python that runs this, and the cores that it may use (the default)."""
    facts = runtime()
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        width = max(map(len, facts))
        for name, value in facts.items():
            click.echo(f"{name.replace('_', ' '):{width}}  {value}")


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
