"""An image in, its most probable classes out."""

import json
import re
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from . import telemetry
from .bodies import image_of, read_body, while_connected
from .engine import Finish, Timing
from .images import MEDIA_TYPES
from .model import Identity, Model, Prediction
from .problems import documented, respond
from .security import require_key
from .state import Serving

router = APIRouter(tags=["classify"], dependencies=[Depends(require_key)])

EXAMPLE = {
    "predictions": [
        {"index": 985, "label": "daisy", "probability": 0.327},
        {"index": 947, "label": "mushroom", "probability": 0.048},
    ],
    "model": {"name": "efficientnet-lite0", "version": "1", "sha256": "6f9a4c..."},
    "timing": {"queue_ms": 0.1, "decode_ms": 1.0, "inference_ms": 8.0},
}
TOP_K = re.compile(rb"(?:top_k=([1-9]\d{0,2}))?")  # what needs no explanation
FILE = {"type": "string", "format": "binary"}
FORM = {"type": "object", "properties": {"file": FILE}, "required": ["file"]}
CONTENT = {kind: {"schema": FILE} for kind in MEDIA_TYPES} | {
    "multipart/form-data": {"schema": FORM}
}


@dataclass
class Reply:
    predictions: list[Prediction]
    model: Identity
    timing: Timing


def reply(top_k: int, **more: str) -> Finish[tuple[bytes, Timing]]:
    """Return a function that writes the reply as JSON, with `more` in it, in a worker's thread."""

    def write(model: Model, rows: np.ndarray, timing: Timing) -> tuple[bytes, Timing]:
        told = more | vars(Reply(model.top(rows[0], top_k), model.identity, timing))
        return json.dumps(told, default=vars, ensure_ascii=False).encode(), timing

    return write


@router.post(
    "/v1/classify",
    response_model=Reply,
    responses={200: {"content": {"application/json": {"example": EXAMPLE}}}}
    | documented(401, 408, 413, 415, 422, 500, 503),
    openapi_extra={"requestBody": {"required": True, "content": CONTENT}},
)
async def classify(request: Request, top_k: Annotated[int, Query(ge=1, le=1000)] = 5) -> Response:
    """Send an image as the body, or as a form's file. Its content tells the format, not its type."""
    return await answer(request, top_k)


async def answer(request: Request, top_k: int) -> Response:
    """Return the reply. Raises what problems.py explains."""
    serving = Serving.of(request)
    kind, limit = request.headers.get("content-type", ""), serving.settings.max_pixels
    with serving.engine.place():
        body = await read_body(request, serving.settings)
        async with while_connected(request):
            content, timing = await serving.engine.run(
                lambda model: model.pixels(image_of(body, kind), limit), reply(top_k)
            )
    telemetry.image(timing)
    stages = (f"{name.removesuffix('_ms')};dur={value}" for name, value in vars(timing).items())
    return Response(content, 200, {"Server-Timing": ", ".join(stages)}, "application/json")


def is_plain(scope: Scope) -> bool:
    """Tell whether `direct` can answer a request."""
    plain = scope["path"] == "/v1/classify" and scope["method"] == "POST"
    return plain and TOP_K.fullmatch(scope["query_string"]) is not None


async def direct(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as `classify` does, without FastAPI's routing and validation.

    Without those, and without a line in the log, the loop's thread takes 0.55 instead of 0.8 ms for a
    request (wrk from 8 connections, two busy cores, Python 3.14), which inference gets.
    """
    request = Request(scope, receive)
    found = TOP_K.fullmatch(scope["query_string"])
    try:
        await require_key(request)
        response = await answer(request, int(found[1]) if found and found[1] else 5)
    except Exception as error:  # noqa: BLE001  # it is explained to the client
        response = await respond(request, error)
    await response(scope, receive, send)
