"""The physical limit: the pipeline alone, in threads, without a server. Run with TUNED=1.

    python raw.py PHOTOGRAPH

Reads a line of JSON for each measurement, and answers with one: {"threads": 2, "intra": 1, "seconds": 1.5} measures the
pipeline in that many threads, each session run taking `intra` threads: photographs a second, and the median time of one in
ms. {"probe": 0.3} says how many cores the machine gives at the moment: two threads against one, compressing.
"""

import json
import statistics
import sys
import threading
import time
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pipeline import CORES, Pipeline

NOISE = bytes(range(256)) * 256


def spread(work: Callable[[], object], threads: int, seconds: float) -> tuple[float, list[float]]:
    """Repeat `work` in threads; return the calls a second, and the seconds of each."""
    times: list[list[float]] = [[] for _ in range(threads)]
    start = time.perf_counter()

    def repeat(own: list[float]) -> None:
        before = start
        while before - start < seconds:
            work()
            after = time.perf_counter()
            own.append(after - before)
            before = after

    workers = [threading.Thread(target=repeat, args=(own,)) for own in times]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(len(own) / sum(own) for own in times), [each for own in times for each in own]


def main() -> None:
    """Answer until the input ends."""
    body = Path(sys.argv[1]).read_bytes()
    pipelines = {threads: Pipeline(threads) for threads in (1, CORES)}
    for line in sys.stdin:
        asked = json.loads(line)
        if seconds := asked.get("probe"):
            one, _ = spread(lambda: zlib.compress(NOISE), 1, seconds)
            all_, _ = spread(lambda: zlib.compress(NOISE), CORES, seconds)
            answer = {"cores": all_ / one}
        else:
            work = partial(pipelines[asked["intra"]], body)
            rate, times = spread(work, asked["threads"], asked["seconds"])
            answer = {"rate": rate, "median_ms": 1000 * statistics.median(times)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
