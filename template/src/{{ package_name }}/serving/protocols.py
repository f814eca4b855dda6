"""uvicorn's protocols with the bounds that they lack, so that no client holds up all the others."""

import asyncio
from typing import cast

from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from .state import Serving

HEAD_BYTES = 1 << 16  # the headers of a request, or frames that are no message


class Http(HttpToolsProtocol):
    """Ends a connection whose headers are too long, and one that asks nothing for `upload_seconds`.

    httptools collects headers without an end, in time that grows with their square. A client that
    was answered before all of its body came gets as long for the rest.
    """

    silent = 0  # bytes that were neither whole headers nor a body
    patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.wait()

    def data_received(self, data: bytes) -> None:
        self.silent += len(data)
        super().data_received(data)
        if self.silent > HEAD_BYTES:
            self.give_up()
        elif self.cycle is None or self.cycle.response_complete:
            self.wait()
        else:
            self.stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_waiting()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        self.silent = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.silent = 0
        super().on_body(body)

    def wait(self) -> None:
        if not self.patience:
            serving: Serving = cast("FastAPI", self.config.app).state.serving
            seconds = serving.settings.upload_seconds
            self.patience = self.loop.call_later(seconds, self.give_up)

    def stop_waiting(self) -> None:
        if self.patience:
            self.patience.cancel()
            self.patience = None

    def give_up(self) -> None:
        if self in self.connections:  # else it is a WebSocket by now
            self.transport.abort()


class Stream(WebSocketsSansIOProtocol):
    """Ends a socket that goes on sending what no one reads: pings, or frames after its end."""

    unread = 0

    def data_received(self, data: bytes) -> None:
        self.unread += len(data)
        super().data_received(data)
        if self.unread > self.config.ws_max_size + HEAD_BYTES:
            self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        if not self.close_sent:
            self.unread = 0
        super().send_receive_event_to_app()
