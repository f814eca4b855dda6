"""What every response has: an id, security headers, a count, and a line in the log."""

import logging
import re
import time
from secrets import token_hex

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from .classify import quickly
from .security import guards

REQUEST_ID = re.compile(rb"[\w.-]{1,64}")

log = logging.getLogger(__name__)


class App(FastAPI):
    """FastAPI with this around it, which is plain ASGI, since it runs for each request."""

    quick = True  # whether what is asked most goes past all middleware

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await super().__call__(scope, receive, send)
        begun, serving = time.perf_counter(), self.state.serving
        asked = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = asked if REQUEST_ID.fullmatch(asked) else token_hex(16).encode()
        status = 0

        async def send_more(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                more = [*guards(scope["path"]), (b"x-request-id", request_id)]
                if serving.phase == "draining":  # clients should connect elsewhere
                    more.append((b"connection", b"close"))
                message["headers"] = [*message["headers"], *more]
            await send(message)

        scope["app"] = self
        try:
            if response := await quickly(serving, scope, receive) if self.quick else None:
                await response(scope, receive, send_more)
            else:
                await super().__call__(scope, receive, send_more)
        finally:
            # Never any path: they are endless.
            route = getattr(scope.get("route"), "path", "unknown")
            serving.metrics.requests.labels(route, status).inc()
            if status >= serving.settings.log_from_status or not status:
                fields = {
                    "request_id": request_id.decode(),
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "ms": round((time.perf_counter() - begun) * 1e3, 2),
                }
                log.info("request", extra=fields)
