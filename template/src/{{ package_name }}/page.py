"""How the report of a run reads: in words, as a table, as a web page that stands alone with plots."""

import html
import io
from collections.abc import Iterable, Sequence
from importlib.resources import files
from string import Template
from typing import Any

from . import DISTRIBUTION
from .pipeline.report import Report, Source

COLUMNS = ("source", "docs", "failed", "MB", "ratio", "words", "median ms", "p95 ms")
GREY = "#848d97"  # reads well on white and on black
COLOURS = {"fetched": "#3b82c4", "analysed": "#e07b39"}


def headline(report: Report) -> str:
    """Return the totals in one line."""
    total = report.total
    parts = [f"{total.documents:,} documents, {total.size / 1e6:.1f} MB in {report.seconds:.1f} s"]
    if total.failures:
        parts.append(f"{total.failures:,} failed")
    if report.interrupted:
        parts.append("interrupted")
    return ", ".join(parts)


def decision_line(report: Report) -> str:
    """Return which backend worked, and why that one."""
    decision = report.decision
    return f"CPU work on {decision.backend}: {decision.why}" if decision else "nothing was analysed"


def cells(source: Source) -> list[str]:
    """Return the row of a source in the table that `COLUMNS` heads."""
    name, documents, failures, size, _, words, ratio, *times = source.as_dict().values()
    counts = [f"{documents:,}", f"{failures:,}", f"{size / 1e6:.1f}", f"{ratio:.1f}"]
    return [name, *counts, f"{words:,}", *(f"{1000 * seconds:.0f}" for seconds in times)]


def render(report: Report) -> str:
    """Return the page. All text in it is escaped. Needs matplotlib."""
    page = Template((files(__package__) / "page.html").read_text("utf-8"))
    words = ", ".join(word for word, _ in report.frequent.most_common(10))
    failures = [(failure.url, failure.reason) for failure in report.failures]
    return page.substitute(
        program=html.escape(DISTRIBUTION),
        headline=html.escape(headline(report)),
        decision=html.escape(decision_line(report)),
        plot=plot(report),
        sources=table(COLUMNS, [cells(source) for source in report.rows()]),
        words=html.escape(words or "none"),
        failures=table(("document", "reason"), failures or [("none", "")]),
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the rows of an HTML table."""
    lines = [f"<tr><th>{'<th>'.join(map(html.escape, head))}"]
    lines += [f"<tr><td>{'<td>'.join(map(html.escape, row))}" for row in rows]
    return "\n".join(lines)


def plot(report: Report) -> str:
    """Return an SVG element: how many documents were done when, and how long each source took."""
    import matplotlib as mpl  # noqa: PLC0415  an extra, and slow to import
    from matplotlib.figure import Figure  # noqa: PLC0415

    colours = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    style: dict[Any, Any] = dict.fromkeys(colours, GREY)
    style |= {"axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "none"}
    with mpl.rc_context(style):
        figure = Figure((10, 3.6), layout="constrained")
        progress, times = figure.subplots(1, 2)
        for name, moments in (("fetched", report.fetched), ("analysed", report.analysed)):
            steps = range(len(moments) + 1)
            progress.step([0, *moments], steps, where="post", label=name, color=COLOURS[name])
        progress.set(title="documents done, by time", xlabel="seconds", xlim=0, ylim=0)
        progress.legend(frameon=False)
        shown = [source for source in reversed(report.rows()[:-1]) if source.times][-20:]
        for height, source in enumerate(shown):
            milliseconds = [1000 * seconds for seconds in source.times]
            jitter = [height + (n * 0.618 % 1 - 0.5) * 0.6 for n in range(len(milliseconds))]
            times.plot(milliseconds, jitter, ".", color=COLOURS["fetched"], alpha=0.5, ms=5, mew=0)
        times.set(title="time to fetch a document", xlabel="milliseconds", xscale="log")
        times.xaxis.set_major_formatter("{x:g}")
        times.set_yticks(range(len(shown)), [source.name for source in shown])
        svg = io.StringIO()
        figure.savefig(svg, format="svg", transparent=True)
    return svg.getvalue()[svg.getvalue().index("<svg") :]
