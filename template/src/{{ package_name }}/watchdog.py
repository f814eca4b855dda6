"""Says who blocks the event loop, while the program runs."""

import asyncio
import faulthandler
import logging
import re
import sys
import sysconfig
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Self

logger = logging.getLogger(__name__)
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
PACKAGE = str(Path(__file__).parent)
RUNS_CALLBACKS = str(Path("asyncio", "events.py"))
FOREIGN = ("<", *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")))


class Watchdog:
    """Warns in the log when something keeps the running event loop busy for more than `limit` seconds.

    A thread asks the loop for a sign of life, and where none comes it takes the stack of the loop's
    thread, which shows the culprit at work. All stalls longer than `limit` are seen, none shorter
    than three quarters of it. C code that does not release the GIL stops the watchdog as well: such
    a stall is reported afterwards, without its stack.

    It costs 0.3 to 0.7 per cent of a core (`time.process_time` over two idle seconds, with and
    without, Python 3.14 and 3.14t), and up to 5 per cent of a loop that only switches tasks.
    """

    def __init__(self, limit: float = 0.1) -> None:
        self.limit = limit

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._alive, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._alive.set()
        self._thread.join(1)

    def _watch(self) -> None:
        pause = self.limit / 4
        while not self._stop.wait(pause):
            self._alive.clear()
            if self._stop.is_set():  # before the line above, which undid what `__exit__` did
                return
            asked = time.perf_counter()
            try:
                self._loop.call_soon_threadsafe(self._alive.set)
            except RuntimeError:  # the loop is closed
                return
            stack = [] if self._alive.wait(self.limit - pause) else self._stack()
            self._alive.wait()
            if (seconds := time.perf_counter() - asked) > self.limit - pause:
                message = "the event loop was blocked for %.0f ms by %s"
                logger.warning(message, 1000 * seconds, where(stack))

    def _stack(self) -> list[traceback.FrameSummary]:
        if FREE_THREADED:
            frame = sys._current_frames().get(self._loop_thread)
            return traceback.extract_stack(frame) if frame else []
        # With GILs, the above looks into other interpreters while they run, and crashes the process.
        with tempfile.TemporaryFile("w+") as file:
            faulthandler.dump_traceback(file)
            file.seek(0)
            of_loop = file.read().partition(f"0x{self._loop_thread:016x} ")[2].partition("\n\n")[0]
        calls = re.findall(r'^  File "(.*)", line (\d+) in (.*)$', of_loop, re.MULTILINE)
        return [traceback.FrameSummary(file, int(n), name) for file, n, name in reversed(calls)]


def where(stack: list[traceback.FrameSummary]) -> str:
    """Return the line at work: the innermost of the project's own, else the innermost of all."""
    if not stack and not FREE_THREADED:
        return "C code that kept the GIL"
    callbacks = [n for n, frame in enumerate(stack) if frame.filename.endswith(RUNS_CALLBACKS)]
    if not callbacks:  # the loop has nothing to do, and still it, or this thread, didn't run
        return "other threads, which kept the GIL or the cores"
    stack = stack[callbacks[-1] :]
    own = [
        frame
        for frame in stack
        if frame.filename.startswith(PACKAGE) or not frame.filename.startswith(FOREIGN)
    ]
    frame = (own or stack)[-1]
    return f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
