"""Who may call, from where, and what a browser may do with what it gets."""

import hmac
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request

from .state import Serving

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# Swagger UI comes from the CDN that FastAPI names, and starts by an inline script.
DOCS_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' https:; style-src 'unsafe-inline' https:; "
    "img-src 'self' data: https:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
NO_SNIFFING = (b"x-content-type-options", b"nosniff")
HEADERS = [
    NO_SNIFFING,
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
]
PAGE = [*HEADERS, (b"content-security-policy", PAGE_POLICY.encode())]
DOCS = [*HEADERS, (b"content-security-policy", DOCS_POLICY.encode())]
API = [NO_SNIFFING, (b"content-security-policy", API_POLICY.encode())]


def guards(path: str) -> list[tuple[bytes, bytes]]:
    """Return the security headers for a path; those of the API are few, since each costs time."""
    if path.startswith("/docs"):
        return DOCS
    return PAGE if path == "/" or path.startswith("/static/") else API


def right_key(key: SecretStr, presented: str) -> bool:
    """Compare in constant time, so that no part of the key can be guessed from how long it takes."""
    told = presented.encode(errors="replace")  # JSON can hold half a character
    return hmac.compare_digest(key.get_secret_value().encode(), told)


async def require_key(request: Request) -> None:
    """Let a request pass that has the key, if one is set. Raises HTTPException."""
    key = Serving.of(request).settings.api_key
    if key is None:
        return
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    presented = bearer if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
    if not right_key(key, presented):
        why = "Send the key in X-API-Key, or as Authorization: Bearer."
        raise HTTPException(401, why, {"WWW-Authenticate": "Bearer"})


def allowed_origin(connection: HTTPConnection, allowed: list[str]) -> bool:
    """Tell whether a page may open a WebSocket: browsers let any page try, and say which it was."""
    origin = connection.headers.get("origin")
    if origin is None or origin in allowed:
        return True
    try:
        return urlsplit(origin).netloc == connection.headers.get("host")
    except ValueError:  # no address at all
        return False
