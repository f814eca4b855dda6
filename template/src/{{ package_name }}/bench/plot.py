"""The plot of the benchmark."""

import io
from typing import Any

from .report import duration, footer, lesson_title

STYLES = {  # of Okabe and Ito's colours, which colour-blind people tell apart
    "threads": ("#d55e00", "o"),
    "interpreters": ("#0072b2", "s"),
    "processes": ("#009e73", "^"),
    "dask": ("#cc79a7", "D"),
}
INK, GREY = "#222222", "#6b6b6b"
DECADES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1)  # s


def plot(result: dict[str, Any]) -> dict[str, bytes]:
    """Return the plot of what `measure.run` returned, as bench.svg and bench.png.

    Raises ImportError without matplotlib.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 it is an extra
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415

    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
    figure = Figure(figsize=(11, 4.4), facecolor="white", layout=layout)
    left, right = figure.subplots(1, 2, width_ratios=[3, 1])
    _speedup(left, result)
    _lesson(right, result)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=INK, labelsize=8.5)
    figure.supxlabel(footer(result), fontsize=7.5, color=GREY)
    images = {}
    for kind in ("svg", "png"):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, dpi=150)
        images[f"bench.{kind}"] = buffer.getvalue()
    return images


def _speedup(axes: Any, result: dict[str, Any]) -> None:
    limit, workers = result["limit"], result["conditions"]["workers"]
    sizes = list(dict.fromkeys(row["task_seconds"] for row in result["speedup"]))
    axes.plot([sizes[0], sizes[-1]], [limit, limit], color=INK, lw=1, ls="--")
    axes.plot([sizes[0], sizes[-1]], [1, 1], color=INK, lw=1)
    ends = [(limit, f"limit of {limit} cores", INK), (1, "plain loop", INK)]
    crossings = []
    for even in result["break_even"]:
        name, (colour, marker) = even["backend"], STYLES[even["backend"]]
        rows = [row for row in result["speedup"] if row["backend"] == name]
        low, middle, high = ([row[key] for row in rows] for key in ("low", "speedup", "high"))
        axes.fill_between(sizes, low, high, color=colour, alpha=0.18, lw=0)
        axes.plot(sizes, middle, color=colour, marker=marker, lw=2, ms=5)
        ends.append((middle[-1], name, colour))
        if even["task_seconds"]:
            crossings.append((even["task_seconds"], colour))
    height = 1.08 * max(limit, *(row["high"] for row in result["speedup"]))
    for number, (size, colour) in enumerate(sorted(crossings)):
        axes.plot(size, 1, "o", ms=11, mfc="none", mec=colour, mew=1.5)
        axes.plot([size, size], [0, 1], color=colour, lw=1, ls=":")
        at = size * 1.06, height * (0.02 + 0.055 * number)
        text = axes.annotate(f"pays from {duration(size)}", at, color=colour, fontsize=9)
        text.set_bbox({"facecolor": "white", "lw": 0, "pad": 1})
    place = height
    for value, name, colour in sorted(ends, reverse=True):  # labels keep apart
        place = min(value, place)
        arrow = {"arrowstyle": "-", "color": colour, "lw": 0.6, "relpos": (0, 0.5), "shrinkA": 1}
        at = sizes[-1] * 1.5, place
        axes.annotate(name, (sizes[-1], value), at, va="center", color=colour, arrowprops=arrow)
        place -= height * 0.06
    axes.set_xscale("log")
    axes.set(xlim=(sizes[0] * 0.85, sizes[-1] * 6), ylim=(0, height))
    ticks = [tick for tick in DECADES if sizes[0] <= tick <= sizes[-1]]
    axes.set_xticks(ticks, [duration(tick) for tick in ticks])
    axes.minorticks_off()
    axes.locator_params(axis="y", nbins=5)
    axes.set(xlabel="run time of one task", ylabel="times as fast as a plain loop")
    axes.set_title(f"Speed-up of cpu.map with {workers} workers", loc="left")


def _lesson(axes: Any, result: dict[str, Any]) -> None:
    ways = [row["way"].replace(" in ", "\nin ") for row in result["lesson"]]
    seconds = [row["seconds"] for row in result["lesson"]]
    bars = axes.barh(ways, seconds, color=["#999999", "#56b4e9", "#0072b2"], height=0.4)
    axes.bar_label(bars, [duration(second) for second in seconds], padding=4, fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(0, max(seconds) * 1.25)
    axes.locator_params(axis="x", nbins=3)
    axes.set_xlabel("seconds")
    axes.set_title(lesson_title(result), loc="left")
