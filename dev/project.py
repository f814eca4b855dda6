"""Rendering a project from this template, and running commands in it as its owner would."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from copier import run_copy

from dev.environment import environment

REPOSITORY = Path(__file__).parents[1]
"""The root of this repository, which is the template's address: absolute, since an update needs it so."""


class CommandError(Exception):
    """A command ended with another exit code than zero. The message has what it printed."""


def render(
    destination: Path, answers: Mapping[str, object] | None = None, template: Path = REPOSITORY
) -> Path:
    """Render the template into `destination` with these answers and defaults for the others, and return it.

    Never trusted, so a template that came to need `--trust` fails here. Raises ValueError, with what to do, for an
    answer that a question refuses; `destination` is untouched then.
    """
    run_copy(
        str(template),
        destination,
        data=dict(answers or {}),
        vcs_ref="HEAD",
        defaults=True,
        quiet=True,
        unsafe=False,
    )
    return destination


def run(command: str | Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command in `cwd` and return what it printed on both streams.

    Raises CommandError, with that output, for any exit code but zero.
    """
    words = shlex.split(command) if isinstance(command, str) else list(command)
    child = subprocess.run(
        words,
        cwd=cwd,
        env=dict(env or environment()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if child.returncode:
        raise CommandError(
            f"`{shlex.join(words)}` in {cwd} ended with {child.returncode}:\n{child.stdout}"
        )
    return child.stdout
