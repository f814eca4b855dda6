"""The body of a request, within limits, and the work on it for as long as the client waits."""

import asyncio
import contextlib
from collections.abc import Generator
from math import inf

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import File, FormParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from .settings import ServingSettings

# Seconds until it is watched whether a client is still there. That takes a task, and the event loop's
# time is taken from inference; most answers are there by then.
PATIENCE = 0.25


async def read_body(scope: Scope, receive: Receive, settings: ServingSettings) -> bytes:
    """Return the body. Raises HTTPException: 413 for too many bytes, 408 for too slow a client."""
    headers = dict(scope["headers"])
    if b"content-encoding" in headers:
        raise HTTPException(415, "Send it without a Content-Encoding: an image is packed already.")
    length = headers.get(b"content-length", b"")
    announced, size, more = int(length) if length.isdigit() else 0, 0, True
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(settings.upload_seconds):
            while more and max(announced, size) <= settings.max_bytes:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                more = message.get("more_body", False)
    except TimeoutError:
        why = f"The body did not arrive within {settings.upload_seconds:g} s."
        raise HTTPException(408, why) from None
    if max(announced, size) > settings.max_bytes:
        raise HTTPException(413, f"At most {settings.max_bytes:,} bytes are taken.")
    return b"".join(parts)


@contextlib.contextmanager
def while_connected(receive: Receive) -> Generator[None]:
    """Cancel what is inside when the client goes away, and raise ClientDisconnect then."""
    task = asyncio.current_task()
    watches: list[asyncio.Future[Message]] = []

    def watch() -> None:
        gone = asyncio.ensure_future(receive())  # after the body, that's all that can come
        gone.add_done_callback(lambda done: done.cancelled() or task is None or task.cancel())
        watches.append(gone)

    timer = asyncio.get_running_loop().call_later(PATIENCE, watch)
    try:
        yield
    except asyncio.CancelledError:
        if task and any(gone.done() for gone in watches) and not task.uncancel():
            raise ClientDisconnect from None
        raise
    finally:
        timer.cancel()
        for gone in watches:
            gone.cancel()


def image_of(body: bytes, content_type: bytes) -> bytes:
    """Return the first file of a form, or the body itself if it is none. Raises HTTPException: 422."""
    if not content_type.startswith(b"multipart/form-data"):
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
