"""What Prometheus reads at /metrics."""

from collections.abc import Callable

import prometheus_client as prometheus

from .engine import Engine, Timing
from .model import Model

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)  # seconds


class Metrics:
    """The counters of one app, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=registry)
        prometheus.PlatformCollector(registry=registry)
        self.requests = prometheus.Counter(
            "serving_requests", "Requests answered", ["route", "status"], registry=registry
        )
        seconds = prometheus.Histogram(
            "serving_seconds", "Time of an image", ["stage"], registry=registry, buckets=BUCKETS
        )
        self.stages = {
            f"{stage}_ms": seconds.labels(stage) for stage in ("queue", "decode", "inference")
        }
        self.model = prometheus.Info("serving_model", "The model that serves", registry=registry)

    def watch(self, engine: Engine, sockets: Callable[[], int]) -> None:
        """Show what a serving app is doing."""
        for name, help_, read in (
            ("serving_waiting", "Images that wait for a core", lambda: len(engine.waiting)),
            ("serving_places", "Requests that have a place", lambda: engine.taken),
            ("serving_sockets", "Open WebSockets", sockets),
        ):
            prometheus.Gauge(name, help_, registry=self.registry).set_function(read)
        self.serves(engine.model)

    def serves(self, model: Model) -> None:
        """Say which model serves from now on."""
        self.model.info(vars(model.identity))

    def image(self, timing: Timing) -> None:
        """Count an image."""
        for stage, milliseconds in vars(timing).items():
            self.stages[stage].observe(milliseconds / 1e3)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' format."""
        return prometheus.generate_latest(self.registry)
