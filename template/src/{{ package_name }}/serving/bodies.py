"""The body of a request, within limits, and the work on it for as long as the client waits."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from math import inf

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import File, FormParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from .settings import ServingSettings


async def read_body(request: Request, settings: ServingSettings) -> bytes:
    """Return the body. Raises HTTPException: 413 for too many bytes, 408 for too slow a client."""
    if "content-encoding" in request.headers:
        raise HTTPException(415, "Send it without a Content-Encoding: an image is packed already.")
    announced = request.headers.get("content-length", "")
    total = int(announced) if announced.isdecimal() else 0
    if total > settings.max_bytes:
        raise too_much(settings)
    parts, total = [], 0
    try:
        async with asyncio.timeout(settings.upload_seconds):
            async for part in request.stream():
                total += len(part)
                if total > settings.max_bytes:
                    raise too_much(settings)
                parts.append(part)
    except TimeoutError:
        why = f"The body did not arrive within {settings.upload_seconds:g} s."
        raise HTTPException(408, why) from None
    return b"".join(parts)


def too_much(settings: ServingSettings) -> HTTPException:
    """Return the error for a body above the limit."""
    return HTTPException(413, f"At most {settings.max_bytes:,} bytes are taken.")


@contextlib.asynccontextmanager
async def while_connected(request: Request) -> AsyncGenerator[None]:
    """Cancel what is inside when the client goes away, and raise ClientDisconnect then."""
    task = asyncio.current_task()
    gone = asyncio.ensure_future(request.receive())  # after the body, that's all that can come
    gone.add_done_callback(lambda done: done.cancelled() or task is None or task.cancel())
    try:
        yield
    except asyncio.CancelledError:
        if task and gone.done() and not gone.cancelled() and not task.uncancel():
            raise ClientDisconnect from None
        raise
    finally:
        gone.cancel()


def image_of(body: bytes, content_type: str) -> bytes:
    """Return the first file of a form, or the body itself if it is none. Raises HTTPException: 422."""
    if not content_type.startswith("multipart/form-data"):
        return body
    _, options = parse_options_header(content_type)
    files: list[File] = []
    try:
        parser = FormParser(
            "multipart/form-data",
            None,
            files.append,
            boundary=options.get(b"boundary"),
            config={"MAX_MEMORY_FILE_SIZE": inf},  # the body is in memory and bounded already
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise HTTPException(422, f"The form is broken: {error}.") from None
    if not files:
        raise HTTPException(422, "The form has no file.")
    file = files[0].file_object
    file.seek(0)
    return file.read()
