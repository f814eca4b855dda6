"""Rendering a project from this template, and running commands in it as its owner would."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from copier import run_copy
from uv import find_uv_bin

REPOSITORY = Path(__file__).parents[1]
"""The root of this repository, which is the template's address: absolute, since an update needs it so."""

# What a caller's shell or an outer `uv run` sets for itself must not steer the rendered project's tools.
_NOT_INHERITED = (
    "CONDA_", "COVERAGE_", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "PRE_COMMIT", "PYTEST_", "PYTHON", "RUFF_",
    "UV_FROZEN", "UV_LOCKED", "UV_NO_", "UV_PROJECT", "UV_RUN_", "VIRTUAL_ENV",
)  # fmt: skip


class CommandError(Exception):
    """A command ended with another exit code than zero. The message has what it printed."""


def environment(**extra: str) -> dict[str, str]:
    """Return this process's environment as a new shell would have it, with `extra` on top.

    The uv that this repository installed comes first on PATH: a uv behind pyenv's shims fails in every folder whose
    `.python-version` names a version that pyenv lacks.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_NOT_INHERITED) and name not in {"UV", "UV_PYTHON"}
    }
    kept["PATH"] = os.pathsep.join([str(Path(find_uv_bin()).parent), kept.get("PATH", os.defpath)])
    return kept | extra


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
