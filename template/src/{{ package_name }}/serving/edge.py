"""What every request gets: an answer, an id, security headers, a count, and a line in the log."""

import logging
import re
import time
from secrets import token_hex

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import classify, telemetry
from .problems import respond
from .security import guards
from .state import Serving

REQUEST_ID = re.compile(rb"[\w.-]{1,64}")

log = logging.getLogger(__name__)


class Edge:
    """A middleware around all routes. It is plain ASGI, since it runs for each request."""

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self.app = app
        self.serving = serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun = time.perf_counter()
        asked = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = asked if REQUEST_ID.fullmatch(asked) else token_hex(16).encode()
        status = 0

        async def send_more(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                more = [*guards(scope["path"]), (b"x-request-id", request_id)]
                if self.serving.phase == "draining":  # clients should connect elsewhere
                    more.append((b"connection", b"close"))
                message["headers"] = [*message["headers"], *more]
            await send(message)

        # FastAPI's telemetry sees a route only where FastAPI finds it.
        plain = classify.is_plain(scope) and not telemetry.is_on()
        app = classify.direct if plain else self.app
        try:
            await app(scope, receive, send_more)
        except Exception as error:
            if status:  # too late for another answer
                raise
            response = await respond(Request(scope), error)
            await response(scope, receive, send_more)
        finally:
            # Never any path: they are endless.
            route = getattr(scope.get("route"), "path", "unknown")
            self.serving.metrics.requests.labels(route, status).inc()
            if status >= self.serving.settings.log_from_status or not status:
                fields = {
                    "request_id": request_id.decode(),
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "ms": round((time.perf_counter() - begun) * 1e3, 2),
                }
                log.info("request", extra=fields)
