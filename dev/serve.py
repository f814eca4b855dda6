"""Starting the server of a rendered project, and asking it what is in a photograph."""

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from dev.environment import environment
from dev.project import CommandError, run

PATIENCE = 60  # seconds for a server to come up, or to end


@contextlib.contextmanager
def served(command: Sequence[str], cwd: Path) -> Generator[str]:
    """Start a server on a free port of this machine, wait until it is ready, and yield its address.

    It is ended by SIGTERM. Raises CommandError, with what it printed, when it does not come up, or ends with another
    exit code than zero.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile("w+") as log:
        words = [*command, "--port", str(port)]
        child = subprocess.Popen(
            words, cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            until = time.monotonic() + PATIENCE
            while not answers(f"{address}/readyz"):
                if child.poll() is not None or time.monotonic() > until:
                    raise CommandError(f"{words} in {cwd} did not come up:\n{read(log)}")
                time.sleep(0.05)
            yield address
            child.terminate()
            if child.wait(PATIENCE):
                raise CommandError(f"{words} in {cwd} ended with {child.returncode}:\n{read(log)}")
        finally:
            child.kill()
            child.wait()


def answers(address: str) -> bool:
    """Tell whether an address answers with 200."""
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310 - our own
            return response.status == 200
    except OSError:
        return False


def read(log: Any) -> str:
    """Return what was written to an open file."""
    log.seek(0)
    return log.read()


def classify(address: str, photograph: Path) -> dict[str, Any]:
    """Return the reply of a server to a photograph. Raises OSError when it refuses."""
    request = urllib.request.Request(f"{address}/v1/classify", photograph.read_bytes())  # noqa: S310
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310 - our own
        return json.load(response)


def coffee(folder: Path) -> Path:
    """Put a photograph of a cup of espresso into `folder`: scikit-image carries it. Raises CommandError."""
    with tempfile.TemporaryDirectory() as target:
        install = ["uv", "pip", "install", "--quiet", "--no-deps", "--target", target]
        run([*install, "scikit-image"], folder)
        return Path(shutil.copy(Path(target, "skimage", "data", "coffee.png"), folder))
