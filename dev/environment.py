"""The environment variables of the tools that this repository starts, and which uv it starts."""

import os
import signal
from pathlib import Path

from uv import find_uv_bin

UV = find_uv_bin()
"""This environment's uv: a pyenv shim fails where `.python-version` names what pyenv lacks."""

# What a shell, an outer `uv run` or an outer make set for themselves must not steer other tools.
_NOT_INHERITED = (
    "CONDA_", "COVERAGE_", "DESTDIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "MAKEFLAGS", "MFLAGS",
    "PYTEST_", "PYTHON", "RUFF_", "UV_FROZEN", "UV_LOCKED", "UV_NO_DEFAULT_GROUPS", "UV_NO_DEV",
    "UV_NO_EDITABLE", "UV_NO_SYNC", "UV_PROJECT", "UV_RUN_", "UV_WORKING_DIR", "VIRTUAL_ENV",
)  # fmt: skip


def environment(**extra: str) -> dict[str, str]:
    """Return the environment variables of a new shell, with `UV` first on PATH and `extra` on top."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_NOT_INHERITED) and name not in {"UV", "UV_PYTHON"}
    }
    kept["PATH"] = os.pathsep.join([str(Path(UV).parent), kept.get("PATH", os.defpath)])
    if folder := kept.get("UV_PYTHON_INSTALL_DIR"):
        kept["UV_PYTHON_INSTALL_DIR"] = str(Path(folder).absolute())  # tools start elsewhere
    return kept | extra


def take_interrupts() -> None:
    """Let children be interrupted: of a job in the background a shell has SIGINT ignored, and tests send it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
