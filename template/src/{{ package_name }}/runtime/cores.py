"""How many cores this process may use."""

import math
import os
import sys
from pathlib import Path


def usable_cores() -> int:
    """Return how many cores to keep busy: the affinity mask's, fewer under a CPU quota, 1 at least.

    `-X cpu_count` and `PYTHON_CPU_COUNT` win over both.
    """
    cores = os.process_cpu_count() or 1
    quota = None if explicit_cores() else cpu_quota()
    return cores if quota is None else max(1, min(cores, math.ceil(quota)))


def explicit_cores() -> bool:
    """Return whether `-X cpu_count` or `PYTHON_CPU_COUNT` sets the number of cores."""
    variable = None if sys.flags.ignore_environment else os.environ.get("PYTHON_CPU_COUNT")
    return sys._xoptions.get("cpu_count", variable) not in (None, "", "default")


def cpu_quota(root: Path = Path("/")) -> float | None:
    """Return how many cores' time the cgroups of this process allow, None without a limit.

    The tightest of its own and those above wins. Linux, version 1 and 2: docs.kernel.org,
    admin-guide/cgroup-v2 and scheduler/sched-bwc. `root` is the root of the file system.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:  # not Linux
        return None
    quotas = []
    for line in lines:
        _, controllers, group = line.split(":", 2)  # version 2 names no controllers
        if not controllers or "cpu" in controllers.split(","):
            for mount in (controllers, "cpu") if controllers else ("", "unified"):
                # In a container the group may be the host's name for it: what isn't there is skipped.
                top, path = root / "sys/fs/cgroup" / mount, Path(group.strip("/"))
                quotas += [_quota(top / folder) for folder in (path, *path.parents)]
    return min((quota for quota in quotas if quota is not None), default=None)


def _quota(folder: Path) -> float | None:
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        try:
            quota, period = " ".join((folder / name).read_text() for name in names).split()
        except OSError:
            continue
        return None if quota in ("max", "-1") else int(quota) / int(period)
    return None
