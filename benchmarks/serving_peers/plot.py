# /// script
# requires-python = ">=3.11"
# dependencies = ["matplotlib"]
# ///
"""Draw what benchmarks/serving.py measured: plot.py NUMBERS.json PICTURE."""

import json
import sys
from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib import pyplot as plt

OURS = "my-app serve"


def main(numbers: Path, picture: Path) -> None:
    """Draw a panel for each pin and model: bars for each server, at 8 and 64 connections."""
    mpl.rcParams |= {"font.size": 9, "svg.fonttype": "none", "figure.dpi": 160}
    pins = json.loads(numbers.read_text())["pins"]
    panels = [
        (f"{model}, Python {pin}", rows)
        for pin, result in pins.items()
        for model, rows in result["models"].items()
        if rows
    ]
    columns = min(2, len(panels))
    lines = -(-len(panels) // columns)
    figure, axes = plt.subplots(
        lines, columns, figsize=(4.8 * columns, 2.6 * lines), squeeze=False, layout="constrained"
    )
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, (title, rows) in zip(axes.flat, panels, strict=False):
        ratios: dict[tuple[str, int], list[float]] = {}
        for row in rows:
            if row["connections"] > 1:
                ratios.setdefault((row["contender"], row["connections"]), []).append(row["ratio"])
        names = sorted({name for name, _ in ratios}, key=lambda n: median(ratios.get((n, 8), [0])))
        for shift, connections in ((0.2, 8), (-0.2, 64)):
            values = [median(ratios.get((name, connections), [0])) for name in names]
            colors = [
                ("#0b6e4f" if connections == 8 else "#3f8f5c")
                if name == OURS
                else ("#7a8793" if connections == 8 else "#98a4ad")
                for name in names
            ]
            places = [n + shift for n in range(len(names))]
            axis.barh(places, values, height=0.38, color=colors)
            for place, value in zip(places, values, strict=True):
                axis.text(
                    max(0, value - 0.01) or 0.01,
                    place,
                    f"{value:.2f}" if value else "not kept",
                    ha="right" if value else "left",
                    va="center",
                    color="white" if value else "black",
                    fontsize=7,
                )
        axis.axvline(1, color="#c0392b", linewidth=1)
        axis.set(yticks=range(len(names)), xlim=(0, 1.12), title=title)
        axis.set_yticklabels(names)
        axis.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(
        "photographs a second, as a part of the raw pipeline's (red line);\n"
        "darker: 8 connections, lighter: 64"
    )
    figure.savefig(picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
