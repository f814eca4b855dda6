"""The figures of the benchmark in words and tables."""

from collections.abc import Sequence
from typing import Any


def markdown(result: dict[str, Any]) -> str:
    """Return the tables of what `measure.run` returned, the conditions and the warnings."""
    backends = [row["backend"] for row in result["break_even"]]
    speedups: dict[float, list[str]] = {}
    for row in result["speedup"]:
        cell = f"{row['speedup']:.2f} ({row['low']:.2f}-{row['high']:.2f})"
        speedups.setdefault(row["task_seconds"], []).append(cell)
    pays = [_pays_from(row["task_seconds"], min(speedups)) for row in result["break_even"]]
    costs = {backend: ["", ""] for backend in backends}
    for row in result["startup"]:
        mib = row["mib_per_worker"]
        costs[row["backend"]] = [duration(row["seconds"]), "" if mib is None else f"{mib:.1f} MiB"]
    for row in result["transfer"]:
        costs[row["backend"]].append(duration(row["seconds"]))
    blocks = dict.fromkeys(f"{r['bytes'] // 10**6} MB {r['block']}" for r in result["transfer"])
    lesson = result["lesson"]
    left_out = [f"{name} left out: {reason}" for name, reason in result["left_out"].items()]
    warnings = [f"Warning: {warning}" for warning in result["warnings"]]
    return "\n".join(
        [
            f"## Speed-up over a plain loop, by task size (limit {result['limit']})\n",
            *_table(
                ["task", *backends],
                *([duration(size), *cells] for size, cells in speedups.items()),
                ["pays from", *pays],
            ),
            "\n## Cost of a pool\n",
            *_table(
                ["backend", "first result", "a worker", *blocks],
                *([backend, *cells] for backend, cells in costs.items()),
            ),
            f"\n## {lesson_title(result)}\n",
            *_table(
                ["way", "time", "times as fast"],
                *([row["way"], duration(row["seconds"]), f"{row['ratio']:.1f}"] for row in lesson),
            ),
            "",
            *(f"- {note}" for note in [footer(result), *left_out, *warnings]),
            "",
        ]
    )


def _table(head: Sequence[str], *rows: Sequence[str]) -> list[str]:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def lesson_title(result: dict[str, Any]) -> str:
    return f"{result['fetches']} fetches of {duration(result['latency_seconds'])}"


def footer(result: dict[str, Any]) -> str:
    """Return the conditions in one line."""
    had = result["conditions"]
    others = had["cores_used_by_others"]
    parts = [
        f"{had['python']} {had['build']}",
        f"{had['workers']} workers on {had['usable_cores']} cores, {had['processor']}",
        f"median and middle half of {result['speedup'][0]['rounds']} rounds",
        "" if others is None else f"others used {others:.2f} cores",
        had["date"][:10],
    ]
    return " · ".join(filter(None, parts))


def duration(seconds: float) -> str:
    """Return a time with its unit, to two digits."""
    unit, scale = ("µs", 1e-6) if seconds < 95e-6 else ("ms", 1e-3) if seconds < 0.95 else ("s", 1)
    return f"{float(f'{seconds / scale:.2g}'):g} {unit}"


def _pays_from(seconds: float | None, smallest: float) -> str:
    if seconds is None:
        return "not reached"
    return duration(seconds) if seconds else f"below {duration(smallest)}"
