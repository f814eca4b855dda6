"""Frames in over a WebSocket, one reply for each, in order: what the page uses."""

import asyncio
import contextlib
import json
import time

import numpy as np
from fastapi import APIRouter
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from .classify import written
from .engine import Timing
from .model import Model
from .problems import problem
from .security import allowed_origin, right_key
from .state import Serving

router = APIRouter()

AWAY, POLICY, TOO_BIG, TRY_LATER = 1001, 1008, 1009, 1013  # RFC 6455, 7.4.1, and IANA's registry


class Refused(Exception):  # noqa: N818
    """The socket is to be closed with a code and a reason."""


@router.websocket("/v1/stream")
async def stream(socket: WebSocket) -> None:
    """Greet, then answer each frame. A client has one frame in flight, or waits for itself."""
    serving = Serving.of(socket)
    await socket.accept()  # a refusal before it would hide the reason from a browser
    serving.sockets += 1
    try:
        await greet(socket, serving)
        while True:
            begun = time.monotonic()
            await socket.send_text(await answer(await frame(socket, serving), serving))
            await asyncio.sleep(1 / serving.settings.max_fps - (time.monotonic() - begun))
    except Refused as refusal:
        await socket.close(*refusal.args)
    except WebSocketDisconnect:
        pass
    finally:
        serving.sockets -= 1


async def greet(socket: WebSocket, serving: Serving) -> None:
    """Check who it is, and say what is served. Raises Refused."""
    settings = serving.settings
    if not allowed_origin(socket, settings.allowed_origins):
        raise Refused(POLICY, "Pages of other sites may not connect.")
    if serving.sockets > settings.max_sockets:
        raise Refused(TRY_LATER, f"All {settings.max_sockets} sockets are taken.")
    if settings.api_key:
        await socket.send_json({"type": "key_required"})
        presented = ""
        with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
            told = json.loads(
                (await receive(socket, serving, settings.upload_seconds)).get("text") or ""
            )
            presented = str(told["key"]) if told["type"] == "key" else ""
        if not right_key(settings.api_key, presented):
            raise Refused(POLICY, "The key is wrong.")
    model = serving.engine.model
    hello = {
        "type": "hello",
        "model": vars(model.identity) | {"crop": model.metadata.crop},
        "input_size": model.metadata.input_size,
        "max_bytes": settings.max_frame_bytes,
        "max_fps": settings.max_fps,
        "key_required": settings.api_key is not None,
    }
    await socket.send_json(hello)


async def receive(socket: WebSocket, serving: Serving, seconds: float) -> Message:
    """Return the next message. Raises Refused, and WebSocketDisconnect."""
    if serving.phase == "draining":
        raise Refused(AWAY, "The server is shutting down.")
    serving.idle_sockets.add(socket)
    try:
        async with asyncio.timeout(seconds):
            message = await socket.receive()
    except TimeoutError:
        raise Refused(POLICY, "Nothing came for too long.") from None
    finally:
        serving.idle_sockets.discard(socket)
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"])
    return message


async def frame(socket: WebSocket, serving: Serving) -> bytes:
    """Return the next frame. Raises Refused, and WebSocketDisconnect."""
    seconds = serving.settings.socket_idle_seconds
    data = (await receive(socket, serving, seconds)).get("bytes")
    if not isinstance(data, bytes):
        raise Refused(POLICY, "Frames are binary.")
    if len(data) > serving.settings.max_frame_bytes:
        raise Refused(TOO_BIG, f"At most {serving.settings.max_frame_bytes:,} bytes are taken.")
    return data


async def answer(data: bytes, serving: Serving) -> str:
    """Return the reply to a frame: a result, or an error that leaves the socket open."""

    def prepare(model: Model) -> np.ndarray:
        return model.pixels(data, serving.settings.max_pixels)

    def finish(model: Model, rows: np.ndarray, timing: Timing) -> bytes:
        return written(model, rows[0], timing, 5, type="result")

    try:
        with serving.engine.place():
            return (await serving.engine.run(prepare, finish)).decode()
    except Exception as error:  # noqa: BLE001  # the problem says what it was, and the log
        document, _ = problem(error, "/v1/stream")
        return json.dumps({"type": "error", "problem": document.model_dump()})
