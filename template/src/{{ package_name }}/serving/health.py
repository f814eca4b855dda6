"""What an orchestrator asks. It is never queued and never behind the key."""

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse

from .state import Serving

router = APIRouter(tags=["health"], default_response_class=PlainTextResponse)
NOT_READY: dict[int | str, dict[str, object]] = {
    503: {"description": "Not now", "content": {"text/plain": {}}}
}


@router.get("/livez")
async def live() -> str:
    """The process answers."""
    return "live"


@router.get("/startupz", responses=NOT_READY)
async def started(request: Request) -> PlainTextResponse:
    """The model is loaded and warm."""
    phase = Serving.of(request).phase
    return PlainTextResponse(phase, 503 if phase == "starting" else 200)


@router.get("/readyz", responses=NOT_READY)
async def ready(request: Request) -> PlainTextResponse:
    """Requests are welcome; not while it starts or shuts down."""
    phase = Serving.of(request).phase
    return PlainTextResponse(phase, 200 if phase == "ready" else 503)
