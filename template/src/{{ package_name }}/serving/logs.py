"""The log: one JSON object a line, on standard error, written by a thread of its own."""

import json
import logging
import logging.config
import logging.handlers
import queue
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

KNOWN = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "color_message"}


class JsonFormatter(logging.Formatter):
    """Formats a record with what was passed as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields |= {name: value for name, value in vars(record).items() if name not in KNOWN}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False, default=str)


class Enqueue(logging.handlers.QueueHandler):
    """Hands records over as they are: the thread that writes formats them."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record


@contextmanager
def logging_to_stderr(level: str) -> Generator[None]:
    """Log JSON while this lasts. A slow reader of standard error never holds up the event loop."""
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    writer = logging.StreamHandler()
    writer.setFormatter(JsonFormatter())
    listener = logging.handlers.QueueListener(records, writer)
    root = logging.getLogger()
    handler = Enqueue(records)
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(True)  # Pillow warns of odd images: no line may be anything but JSON
    listener.start()
    try:
        yield
    finally:
        listener.stop()
        logging.captureWarnings(False)
        root.removeHandler(handler)
