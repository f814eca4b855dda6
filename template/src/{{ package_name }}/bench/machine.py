"""The machine that the benchmark runs on: what it is, who else uses it, and the memory in use."""

import datetime
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from ..commands.info import runtime

PROC = Path("/proc")
LINUX = sys.platform == "linux"


def conditions() -> dict[str, str | int]:
    """Return what a reader has to know beside the figures: Python, cores, processor, date."""
    facts = runtime()
    processor = platform.processor()
    if LINUX:
        _, _, after = (PROC / "cpuinfo").read_text().partition("model name")
        processor = after.partition("\n")[0].strip("\t :")
    return {key: facts[key] for key in ("python", "build", "gil", "usable_cores")} | {
        "processor": processor or platform.machine(),
        "system": f"{platform.system()} {platform.machine()}",
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def memory() -> float | None:
    """Return the MiB that this process and those below it hold, or None if that can't be told.

    Linux counts a shared page by its share (PSS); elsewhere each process counts all of it (RSS).
    """
    if LINUX:
        return sum(map(_pss, _family({pid: int(stat[1]) for pid, stat in _stats().items()}))) / 1024
    command = ["ps", "-Ao", "pid=,ppid=,rss="]
    try:
        lines = subprocess.check_output(command, text=True).splitlines()  # noqa: S603
    except OSError:  # Windows
        return None
    rows = {pid: (parent, rss) for pid, parent, rss in (map(int, line.split()) for line in lines)}
    return sum(rows[pid][1] for pid in _family({pid: row[0] for pid, row in rows.items()})) / 1024


def _pss(pid: int) -> int:
    _, _, after = _read(PROC / f"{pid}/smaps_rollup").partition("\nPss:")
    return int(after.split()[0]) if after else 0


def _stats() -> dict[int, list[str]]:
    """Return for each process id the fields of /proc/PID/stat, from the state on."""
    read = {int(path.parent.name): _read(path) for path in PROC.glob("[0-9]*/stat")}
    return {pid: text.rpartition(")")[2].split() for pid, text in read.items() if text}


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # the process ended meanwhile
        return ""


def _family(parents: dict[int, int]) -> list[int]:
    """Return this process and all below it, by the parent of each process."""
    found = [os.getpid()]
    for pid in found:  # grows while it is read
        found += [child for child, parent in parents.items() if parent == pid]
    return found


class ForeignLoad:
    """How many of the cores that this process may use others take, since this was made."""

    def __init__(self) -> None:
        self._start = time.monotonic(), self._seconds()

    def cores(self) -> float | None:
        """Return the mean number, with what a hypervisor gave to other machines; off Linux None."""
        wall = time.monotonic() - self._start[0]
        return max(0.0, self._seconds() - self._start[1]) / wall if LINUX else None

    def _seconds(self) -> float:
        if not LINUX:
            return 0.0
        mine = {f"cpu{core}" for core in os.sched_getaffinity(0)}
        used = 0
        for name, *fields in map(str.split, (PROC / "stat").read_text().splitlines()):
            if name in mine:
                user, nice, system, _idle, _io, *interrupts_and_steal = map(int, fields[:8])
                used += user + nice + system + sum(interrupts_and_steal)
        stats = _stats()
        for pid in _family({pid: int(stat[1]) for pid, stat in stats.items()}):
            used -= int(stats[pid][11]) + int(stats[pid][12])
        return used / os.sysconf("SC_CLK_TCK")
