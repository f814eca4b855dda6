"""The app: routes, limits, and a model that is loaded when it starts."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from .. import DISTRIBUTION, __version__
from ..runtime.cores import usable_cores
from . import classify, health, oip, problems, stream, telemetry
from .edge import Edge
from .model import Identity, Model, ModelError
from .security import require_key
from .settings import PREFIX, ServingSettings
from .state import Serving, load

STATIC = Path(__file__).parent / "static"

router = APIRouter()


@router.get("/metrics", dependencies=[Depends(require_key)], include_in_schema=False)
def metrics(request: Request) -> Response:
    """It reads /proc: not in the event loop."""
    return Response(Serving.of(request).metrics.text(), media_type="text/plain; version=0.0.4")


@router.post(
    "/v1/reload",
    dependencies=[Depends(require_key)],
    responses=problems.documented(401, 403, 409, 422),
)
async def reload(
    request: Request, sha256: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")] = None
) -> Identity:
    """Load the model's file anew and swap it in. A bad one is refused, and the old one goes on."""
    serving = Serving.of(request)
    if serving.settings.api_key is None:
        raise HTTPException(403, f"Set {PREFIX}API_KEY to reload by request, or send SIGHUP.")
    try:
        return (await serving.reload(sha256)).identity
    except ModelError as error:
        raise HTTPException(409, str(error)) from None


@router.get("/", include_in_schema=False)
async def page() -> Response:
    return FileResponse(STATIC / "index.html")


def create_app(settings: ServingSettings, model: Model | None = None) -> FastAPI:
    """Return the app. Without a loaded `model` it loads the one of the settings when it starts.

    Its startup raises model.ModelError then.
    """
    serving = Serving(settings, settings.threads or usable_cores())

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncGenerator[None]:
        serving.start(model or await asyncio.to_thread(load, settings))
        try:
            yield
        finally:
            serving.engine.close()

    app = FastAPI(
        title=DISTRIBUTION,
        version=__version__,
        lifespan=lifespan,
        docs_url="/docs" if settings.docs else None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.docs else None,
        telemetry=telemetry.REQUESTS,
        exception_handlers={
            HTTPException: problems.respond,
            RequestValidationError: problems.respond,
        },
    )
    app.state.serving = serving
    for routes in (classify, stream, oip, health):
        app.include_router(routes.router)
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_middleware(Edge, serving=serving)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.allowed_origins, allow_methods=["GET", "POST"],
            allow_headers=["*"], expose_headers=["Server-Timing", "X-Request-Id"],
        )  # fmt: skip
    return app
