"""What it takes to start a pool. `python -m PACKAGE.bench.startup BACKEND WORKERS` starts one."""

import json
import subprocess
import sys
import time

from ..parallel.executors import cpu_executor
from . import machine, tasks


def startup(backend: str, workers: int) -> dict[str, float | None]:
    """Return the seconds to the first result of a new pool, and the MiB it adds per worker.

    A fresh process does it: here, modules are imported and memory lies ready from earlier pools.
    """
    program = [sys.executable, "-m", __name__, backend, str(workers)]
    child = subprocess.run(program, check=False, capture_output=True, text=True)  # noqa: S603
    if child.returncode:
        raise RuntimeError(f"a pool of {backend} did not start:\n{child.stderr}")
    return json.loads(child.stdout)


def _measure(backend: str, workers: int) -> dict[str, float | None]:
    before = machine.memory()
    begin = time.perf_counter()
    with cpu_executor(backend, tasks=[tasks], workers=workers) as executor:
        executor.submit(tasks.spin, 1).result()
        seconds = time.perf_counter() - begin
        for _ in executor.map(tasks.spin, [500_000] * 8 * workers):
            pass  # takes long enough for every worker to start
        after = machine.memory()
    grown = None if before is None or after is None else max(0.0, after - before) / workers
    return {"seconds": seconds, "mib_per_worker": grown}


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]))))
