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
from .engine import Timing
from .images import MEDIA_TYPES
from .model import Identity, Model, Prediction
from .problems import documented
from .security import require_key
from .state import Serving

router = APIRouter(tags=["classify"])

EXAMPLE = {
    "predictions": [
        {"index": 985, "label": "daisy", "probability": 0.327},
        {"index": 947, "label": "mushroom", "probability": 0.048},
    ],
    "model": {"name": "efficientnet-lite0", "version": "1", "sha256": "6f9a4c..."},
    "timing": {"queue_ms": 0.1, "decode_ms": 1.0, "inference_ms": 8.0},
}
PLAIN_QUERY = re.compile(rb"(?:top_k=[1-9]\d{0,2})?")  # what needs no explanation
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


def written(model: Model, row: np.ndarray, timing: Timing, top_k: int, **more: str) -> bytes:
    """Return the reply as JSON, with `more` in it."""
    reply = more | vars(Reply(model.top(row, top_k), model.identity, timing))
    return json.dumps(reply, default=vars, ensure_ascii=False).encode()


@router.post(
    "/v1/classify",
    dependencies=[Depends(require_key)],
    response_model=Reply,
    responses={200: {"content": {"application/json": {"example": EXAMPLE}}}}
    | documented(401, 408, 413, 415, 422, 500, 503),
    openapi_extra={"requestBody": {"required": True, "content": CONTENT}},
)
async def classify(request: Request, top_k: Annotated[int, Query(ge=1, le=1000)] = 5) -> Response:
    """Send an image as the body, or as a form's file. Its content tells the format, not its type."""
    return await answer(Serving.of(request), request.scope, request.receive, top_k)


async def answer(serving: Serving, scope: Scope, receive: Receive, top_k: int) -> Response:
    """Return the reply. Raises what problems.py explains."""

    def prepare(model: Model) -> np.ndarray:
        kind = dict(scope["headers"]).get(b"content-type", b"")
        return model.pixels(image_of(body, kind), serving.settings.max_pixels)

    def finish(model: Model, rows: np.ndarray, timing: Timing) -> tuple[Response, Timing]:
        stages = (f"{name[:-3]};dur={value}" for name, value in vars(timing).items())
        headers = {"Server-Timing": ", ".join(stages)}
        content = written(model, rows[0], timing, top_k)
        return Response(content, 200, headers, "application/json"), timing

    with serving.engine.place():
        body = await read_body(scope, receive, serving.settings)
        with while_connected(receive):
            response, timing = await serving.engine.run(prepare, finish)
    telemetry.image(timing)
    return response


def is_plain(scope: Scope) -> bool:
    """Tell whether `direct` can answer a request."""
    asked = scope["type"], scope.get("path"), scope.get("method")
    plain = asked == ("http", "/v1/classify", "POST")
    return plain and PLAIN_QUERY.fullmatch(scope["query_string"]) is not None


async def direct(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as `classify` does, without FastAPI's routing: inference gets the time that it would take."""
    request = Request(scope)
    scope["route"] = router.routes[0]
    await require_key(request)
    top_k = scope["query_string"].removeprefix(b"top_k=")
    response = await answer(Serving.of(request), scope, receive, int(top_k or 5))
    await response(scope, receive, send)
