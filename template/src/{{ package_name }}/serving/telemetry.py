"""Traces over OTLP/HTTP, where the standard variables name a collector. Metrics are at /metrics."""

import logging
import os
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace

from .. import DISTRIBUTION
from .engine import Timing

UNTRACED = ("/livez", "/startupz", "/readyz", "/metrics")
# FastAPI makes a span of each request once there is a provider; looking for its others costs 5 µs.
REQUESTS: TelemetryConfig = {
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "exclude": lambda scope: scope["path"] in UNTRACED,
}
FLUSH_SECONDS = 2  # for the last spans, whatever the collector does

log = logging.getLogger(__name__)
told: dict[str, float] = {}  # when each kind of OpenTelemetry's messages was logged last


def is_on() -> bool:
    """Tell whether somebody, `tracing` or the program around the app, collects spans."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def image(timing: Timing) -> None:
    """Say in the request's span, if there is one, where the time of its image went."""
    if (span := trace.get_current_span()).is_recording():
        span.set_attributes({f"serving.{stage}": value for stage, value in vars(timing).items()})


@contextmanager
def tracing() -> Generator[None]:
    """Send spans while this lasts, if there is where to."""
    shutdown = start()
    try:
        yield
    finally:
        if shutdown:
            flush = threading.Thread(target=shutdown, daemon=True)
            flush.start()
            flush.join(FLUSH_SECONDS)


def start() -> Callable[[], None] | None:
    """Send spans from now on, and return what ends it; None if there is no collector."""
    named = any(os.getenv(f"OTEL_EXPORTER_OTLP_{of}ENDPOINT") for of in ("TRACES_", ""))
    if not named or os.getenv("OTEL_TRACES_EXPORTER") == "none":
        return None
    try:  # it takes a while, and others have no need of it
        from opentelemetry.exporter.otlp.proto.http import trace_exporter as otlp  # noqa: PLC0415
        from opentelemetry.sdk import resources  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider, export  # noqa: PLC0415
    except ModuleNotFoundError:
        log.warning("no traces are sent: the extra otel is missing")
        return None
    resource = resources.Resource.create({"service.name": DISTRIBUTION})
    resource = resource.merge(resources.OTELResourceDetector().detect())  # the variables win
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    for handler in logging.getLogger().handlers:
        handler.addFilter(tell_the_trace)
    return provider.shutdown


def tell_the_trace(record: logging.LogRecord) -> bool:
    """Name the trace in a record. Of a collector's troubles, let each kind through once an hour."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        record.trace_id = trace.format_trace_id(context.trace_id)
    if not record.name.startswith("opentelemetry."):
        return True
    if record.created - told.get(record.msg, 0) < 3600:
        return False
    told[record.msg] = record.created
    return True
