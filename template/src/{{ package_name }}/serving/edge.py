"""What every response has: an id, security headers, a count, and a line in the log."""

import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .classify import direct, is_plain
from .security import DOCS, PAGE
from .state import Serving

REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)

log = logging.getLogger(__name__)


class Edge:
    """The outermost middleware. It is plain ASGI, since it runs for each request."""

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self.app = app
        self.serving = serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun = time.perf_counter()
        asked = Headers(scope=scope).get("x-request-id", "")
        request_id = asked if REQUEST_ID.fullmatch(asked) else uuid4().hex
        status = 0

        async def send_more(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                docs = scope["path"].startswith("/docs")
                headers.raw.extend(DOCS if docs else PAGE)
                headers["x-request-id"] = request_id
                if self.serving.phase == "draining":  # clients should connect elsewhere
                    headers["connection"] = "close"
            await send(message)

        plain = is_plain(scope)
        try:
            await (direct if plain else self.app)(scope, receive, send_more)
        finally:
            # Never any path: they are endless.
            route = scope["path"] if plain else getattr(scope.get("route"), "path", "unknown")
            self.serving.metrics.requests.labels(route, status).inc()
            if status >= self.serving.settings.log_from_status or not status:
                fields = {
                    "request_id": request_id,
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "ms": round((time.perf_counter() - begun) * 1e3, 2),
                }
                log.info("request", extra=fields)
