"""What the routes share: one object for each app."""

import asyncio
import contextlib
import ctypes
import logging
import os
from dataclasses import dataclass, field
from typing import Literal, Self

from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from ..runtime.cores import usable_cores
from .engine import Engine
from .metrics import Metrics
from .model import Model
from .settings import ServingSettings

M_MMAP_THRESHOLD = -3  # malloc.h of glibc: blocks above it go back to the system when freed
CLOSING_SECONDS = 0.5  # for the sockets to take what says that they are closed

log = logging.getLogger(__name__)


def load(settings: ServingSettings, sha256: str | None = None) -> Model:
    """Load the model that the settings name; it blocks. Raises model.ModelError."""
    threads = settings.threads or usable_cores()
    libc = ctypes.CDLL(None) if os.name == "posix" else None
    if set_option := getattr(libc, "mallopt", None):
        set_option(M_MMAP_THRESHOLD, 4 << 20)  # glibc would keep 200 MB of big images, and not less
    model = Model.load(settings.model, sha256 or settings.sha256, threads, settings.provider)
    if trim := getattr(libc, "malloc_trim", None):
        trim(0)  # loading leaves 30 MB that glibc would keep
    return model


@dataclass(eq=False)
class Serving:
    """An app's settings, engine and phase. Only the event loop's thread changes it."""

    settings: ServingSettings
    threads: int  # inferences at once
    metrics: Metrics = field(default_factory=Metrics)
    phase: Literal["starting", "ready", "draining"] = "starting"
    sockets: int = 0
    idle_sockets: set[WebSocket] = field(default_factory=set)  # those that wait for a frame
    reloading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of(cls, connection: HTTPConnection) -> Self:
        """Return that of the app that got a request."""
        return connection.app.state.serving

    def start(self, model: Model) -> None:
        """Start the threads; from now on it is ready."""
        at = self.settings
        self.engine = Engine(
            model, self.threads, at.max_batch, at.places, at.max_queue_seconds, self.metrics.image
        )
        self.metrics.watch(self.engine, lambda: self.sockets)
        self.phase = "ready"
        log.info("ready", extra={"model": vars(model.identity), "threads": self.threads})

    async def reload(self, sha256: str | None = None) -> Model:
        """Load the model beside the one that serves, then swap them; no request notices.

        Raises model.ModelError, and the old one goes on serving.
        """
        async with self.reloading:
            model = await asyncio.to_thread(load, self.settings, sha256)
            self.engine.model = model
        self.metrics.serves(model)
        log.info("reloaded", extra={"model": vars(model.identity)})
        return model

    async def drain(self) -> None:
        """Say that it is not ready, and close the sockets; a frame in work is answered first."""
        self.phase = "draining"
        closing = [at.close(1001, "The server is shutting down.") for at in self.idle_sockets]
        with contextlib.suppress(TimeoutError):  # a client that reads nothing holds up no one
            async with asyncio.timeout(CLOSING_SECONDS):
                await asyncio.gather(*closing, return_exceptions=True)  # it may be closed already
