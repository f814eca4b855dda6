"""The server process: a socket without Nagle's delay, signals, and an orderly end."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Generator
from types import FrameType
from typing import Any

import uvicorn
from pydantic import ValidationError

from .app import create_app
from .logs import logging_to_stderr
from .model import ModelError, told
from .protocols import Http, Stream
from .settings import ServingSettings
from .state import Serving, load
from .telemetry import tracing

log = logging.getLogger(__name__)
RELOAD = getattr(signal, "SIGHUP", None)  # Windows has none


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises OSError.

    asyncio turns Nagle's algorithm off only where the protocol is named: else each reply waits some
    40 ms for the client's delayed acknowledgement.
    """
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


class Server(uvicorn.Server):
    """Drains before it stops, reloads on SIGHUP, and exits with 0."""

    def __init__(self, config: uvicorn.Config, serving: Serving) -> None:
        super().__init__(config)
        self.serving = serving
        self.tasks: set[asyncio.Task[None]] = set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Take SIGHUP, too."""
        with super().capture_signals():
            if RELOAD:
                signal.signal(RELOAD, self.handle_exit)
            yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Go on in the event loop. uvicorn would raise the signal again at the end."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            asyncio.get_running_loop().call_soon_threadsafe(self.on_signal, sig)

    def on_signal(self, number: int) -> None:
        """Reload, or drain and stop; at once when it was asked before."""
        log.info("signal", extra={"signal": signal.Signals(number).name})
        if number == RELOAD:
            work = self.reload()
        elif self.serving.phase == "draining":
            self.should_exit = self.force_exit = True
            return
        else:
            # A person at a terminal does not wait for a load balancer.
            settings = self.serving.settings
            work = self.drain(0 if number == signal.SIGINT else settings.drain_seconds)
        self.tasks.add(task := asyncio.ensure_future(work))
        task.add_done_callback(self.tasks.discard)

    async def drain(self, seconds: float) -> None:
        """Serve on for a while as one that is not ready, then stop."""
        try:
            await self.serving.drain()
            await asyncio.sleep(seconds)
        finally:
            self.should_exit = True

    async def reload(self) -> None:
        """Reload the model; a bad one is only logged."""
        try:
            await self.serving.reload()
        except ModelError as error:
            log.error("the old model goes on serving: %s", error)


def main(options: dict[str, Any]) -> None:
    """Serve until SIGTERM or SIGINT. `options` are settings that win over the environment.

    Raises ValueError for a setting or a model that can't be, and OSError for an address.
    """
    try:
        settings = ServingSettings(**options)
    except ValidationError as error:
        raise ValueError(told(error)) from None
    app = create_app(settings, load(settings))  # what is wrong with it is told before listening
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing here asks who the client is
        http=Http,
        ws=Stream,
        ws_max_size=settings.max_frame_bytes,
        timeout_graceful_shutdown=settings.grace_seconds,
    )
    with (
        logging_to_stderr(settings.log_level),
        tracing(),
        listen(settings.host, settings.port) as listener,
    ):
        log.info("listening", extra={"address": "{}:{}".format(*listener.getsockname())})
        Server(config, app.state.serving).run([listener])
