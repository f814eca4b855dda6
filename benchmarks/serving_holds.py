"""Does a served model hold: with more users than it can take, when it is stopped, and when its model is replaced?

    uv run benchmarks/serving_holds.py [--pin 3.14] [--seconds 5]

A project with `onnx_serving` is rendered from the working tree, and serves efficientnet-lite0. Users are threads of this
process with a connection of their own, which send a photograph, a JPEG of 384 x 256 pixels, as soon as they have an
answer; who is refused waits for a tenth of a second. "Lost" is a request that got no answer. It exits with 1 if one was
lost, or an answer was neither 200 nor 503.
"""

import argparse
import http.client
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Self

from pool import conditions, say
from serving import free_port, make_model, make_photograph, make_project

from dev.environment import environment
from dev.interpreters import InterpreterUnavailable
from dev.project import CommandError
from dev.serve import answers

USERS = 64


class Users:
    """So many users, from the beginning of a block to its end, and what became of their requests."""

    def __init__(self, number: int, port: int, photograph: bytes) -> None:
        self.port, self.photograph = port, photograph
        self.seconds: list[tuple[int, float]] = []  # status, and how long the answer took
        self.lost = 0
        self.done = threading.Event()
        self.threads = [threading.Thread(target=self._ask) for _ in range(number)]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        for thread in self.threads:
            thread.join()

    def _ask(self) -> None:
        told_to_close = False
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not (self.done.is_set() or told_to_close):  # one that is told goes elsewhere
            begun = time.perf_counter()
            try:
                connection.request("POST", "/v1/classify", self.photograph)
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException):
                self.lost += 1
                break
            self.seconds.append((response.status, time.perf_counter() - begun))
            told_to_close = response.getheader("connection") == "close"
            if response.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
                time.sleep(0.1)
        connection.close()

    def statuses(self) -> Counter[int]:
        """Return how often each status was the answer."""
        return Counter(status for status, _ in self.seconds)

    def told(self) -> str:
        """Return what became of the requests, in words."""
        good = [1e3 * seconds for status, seconds in self.seconds if status == http.HTTPStatus.OK]
        spread = f", p50 {at(good, 50):.0f} ms, p99 {at(good, 99):.0f} ms" if len(good) > 1 else ""
        each = ", ".join(
            f"{number} x {status}" for status, number in sorted(self.statuses().items())
        )
        return f"{each}, {self.lost} lost{spread}"

    def held(self) -> bool:
        """Tell whether each request got an answer that is right or says to try again."""
        return not self.lost and set(self.statuses()) <= {200, 503}


def at(numbers: Sequence[float], percentile: int) -> float:
    """Return a percentile."""
    return quantiles(numbers, n=100)[percentile - 1]


@contextmanager
def server(
    programs: Path, model: Path, **settings: object
) -> Generator[tuple[int, subprocess.Popen[bytes]]]:
    """Start a server with settings; yield its port and its process, and end it. Raises CommandError."""
    port = free_port()
    variables = {f"MY_APP_SERVE_{name.upper()}": str(value) for name, value in settings.items()}
    child = subprocess.Popen(
        [programs / "my-app", "serve", model, "--port", str(port)],
        env=environment(**variables),
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{port}/readyz"):
            if child.poll() is not None or time.monotonic() > until:
                raise CommandError("the server did not start")
            time.sleep(0.05)
        yield port, child
    finally:
        child.kill()
        child.wait()


def overloaded(
    programs: Path, model: Path, photograph: bytes, seconds: float, **settings: object
) -> Users:
    """Have 64 users for a while, and say what became of them and how long probes took."""
    probes: list[float] = []
    with (
        server(programs, model, **settings) as (port, _),
        Users(USERS, port, photograph) as users,
    ):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            begun = time.perf_counter()
            answers(f"http://127.0.0.1:{port}/readyz")
            probes.append(1e3 * (time.perf_counter() - begun))
            time.sleep(0.05)
    words = ", ".join(f"{name} {value}" for name, value in settings.items()) or "defaults"
    print(f"- {USERS} users, {words}: {users.told()}; /readyz p99 {at(probes, 99):.0f} ms")
    return users


def stopped(programs: Path, model: Path, photograph: bytes, seconds: float) -> Users:
    """Have eight users, send SIGTERM, and say what became of them."""
    with server(programs, model) as (port, child), Users(8, port, photograph) as users:
        time.sleep(seconds / 2)
        child.send_signal(signal.SIGTERM)
        begun = time.perf_counter()
        code = child.wait(30)
        took = time.perf_counter() - begun
    print(f"- SIGTERM with 8 users: {users.told()}; exit code {code} after {took:.1f} s")
    return users


def reloaded(programs: Path, model: Path, photograph: bytes, seconds: float) -> Users:
    """Have eight users, and replace the model five times, the last time by a bad one."""
    served = Path(shutil.copy(model, model.with_name("served.onnx")))
    with (
        server(programs, served) as (port, child),
        Users(8, port, photograph) as users,
    ):
        for number in range(5):
            time.sleep(seconds / 5)
            if number == 4:  # the last
                served.write_bytes(b"no model")
            child.send_signal(signal.SIGHUP)
        time.sleep(seconds / 5)
    print(f"- 4 reloads, and one of a bad file, with 8 users: {users.told()}")
    return users


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, try and print; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pin", default="3.14", help="default: 3.14")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each trial; default: 5")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            root = Path(folder).resolve()
            programs = make_project(options.pin, root / "project")
            model = make_model("efficientnet-lite0", root / "project", root)
            photograph = make_photograph(programs, root).read_bytes()
            asked = programs, model, photograph, options.seconds
            tried = [
                overloaded(*asked),
                overloaded(*asked, places=16),
                overloaded(*asked, max_queue_seconds=0.3),
                stopped(*asked),
                reloaded(*asked),
            ]
    except (CommandError, InterpreterUnavailable) as error:
        say(str(error))
        return 1
    print("\n".join(f"- {line}" for line in conditions()[:1]))
    return int(not all(users.held() for users in tried))


if __name__ == "__main__":
    sys.exit(main())
