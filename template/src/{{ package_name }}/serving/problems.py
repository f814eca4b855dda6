"""Errors as problem documents (RFC 9457), whatever went wrong. No traceback leaves the process."""

import logging
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from .engine import Overloaded
from .images import ImageError

MEDIA_TYPE = "application/problem+json"
CLIENT_GONE = 499  # only the log reads it; nginx's number for it

log = logging.getLogger(__name__)


class Problem(BaseModel):
    """What a client is told about an error."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str


def documented(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Return OpenAPI's `responses` for these statuses."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {at: {"description": HTTPStatus(at).phrase, "content": content} for at in statuses}


def explain(error: Exception) -> tuple[int, str, dict[str, str]]:
    """Return the status, the detail and the headers that tell a client of an error."""
    match error:
        case HTTPException():
            return error.status_code, error.detail, dict(error.headers or {})
        case ImageError():
            return error.status, str(error), {}
        case Overloaded():
            return 503, str(error), {"Retry-After": "1"}
        case RequestValidationError():
            return 422, "; ".join(f"{at['loc'][-1]}: {at['msg']}" for at in error.errors()), {}
        case ClientDisconnect():
            return CLIENT_GONE, "The client went away.", {}
    log.error("unexpected", exc_info=error)
    return 500, "The server failed; its log tells why.", {}


def problem(error: Exception, path: str) -> tuple[Problem, dict[str, str]]:
    """Return the document and the headers for an error at a path."""
    status, detail, headers = explain(error)
    title = "Client Gone" if status == CLIENT_GONE else HTTPStatus(status).phrase
    return Problem(title=title, status=status, detail=detail, instance=path), headers


async def respond(request: Request, error: Exception) -> JSONResponse:
    """Answer a request with the problem document of an error."""
    found, headers = problem(error, request.url.path)
    document = found.model_dump()
    if f"{found.instance}/".startswith("/v2/"):
        document["error"] = found.detail  # where clients of the Open Inference Protocol look
    return JSONResponse(document, found.status, headers, MEDIA_TYPE)
