"""What a run did: totals, a row for each source, and the failures with their reasons."""

import time
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..parallel.choice import Decision
from .analyse import Summary
from .fetch import Document, Failure


@dataclass
class Source:
    """Sums over the documents of one source; sizes in bytes before and after compression."""

    name: str
    documents: int = 0
    failures: int = 0
    size: int = 0
    compressed: int = 0
    words: int = 0
    times: array[float] = field(default_factory=lambda: array("d"))  # to fetch each, in seconds

    def as_dict(self) -> dict[str, Any]:
        """Return the sums, the compression ratio, and median and 95th percentile of the times."""
        times = sorted(self.times) or [0.0]
        return {name: value for name, value in vars(self).items() if name != "times"} | {
            "ratio": self.size / max(self.compressed, 1),
            "median_seconds": times[(len(times) - 1) // 2],
            "p95_seconds": times[(len(times) - 1) * 95 // 100],
        }


@dataclass
class Report:
    """What was done so far. `names` calls hosts by better names."""

    names: Mapping[str, str] = field(default_factory=dict)
    decision: Decision | None = None
    interrupted: bool = False
    start: float = field(default_factory=time.perf_counter)
    seconds: float = 0.0
    received: int = 0  # bytes
    total: Source = field(default_factory=lambda: Source("all"))
    sources: dict[str, Source] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    frequent: Counter[str] = field(default_factory=Counter)
    fetched: array[float] = field(default_factory=lambda: array("d"))  # seconds after the start
    analysed: array[float] = field(default_factory=lambda: array("d"))

    def add_fetched(self, document: Document) -> None:
        self.fetched.append(time.perf_counter() - self.start)
        self.received += len(document.body)

    def add_analysed(self, document: Document, summary: Summary) -> None:
        self.analysed.append(time.perf_counter() - self.start)
        for source in (self.total, self._source(document)):
            source.documents += 1
            source.size += summary.size
            source.compressed += summary.compressed
            source.words += summary.words
            source.times.append(document.seconds)
        self.frequent.update(dict(summary.frequent))

    def add_failure(self, failure: Failure) -> None:
        self.failures.append(failure)
        for source in (self.total, self._source(failure)):
            source.failures += 1

    def rows(self) -> list[Source]:
        """Return the sources by name, and last the sum of all."""
        return [*(self.sources[name] for name in sorted(self.sources)), self.total]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "seconds": self.seconds,
            "interrupted": self.interrupted,
            "cpu": self.decision and self.decision._asdict(),
            "total": self.total.as_dict(),
            "sources": [source.as_dict() for source in self.rows()[:-1]],
            "frequent_words": self.frequent.most_common(10),
            "failures": [failure._asdict() for failure in self.failures],
        }

    def _source(self, item: Document | Failure) -> Source:
        name = self.names.get(item.source, item.source)
        return self.sources.setdefault(name, Source(name))
