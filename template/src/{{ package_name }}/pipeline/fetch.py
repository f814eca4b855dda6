"""Fetch documents over HTTP, many at once. What one server does wrong stays with one document."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, Self
from urllib.parse import urlsplit

import aiohttp

from .. import DISTRIBUTION

ATTEMPTS = 4
BACKOFF = 0.1  # seconds before the second attempt, at most; before each further one twice as much
RETRIED = {408, 429, 500, 502, 503, 504}
FINAL = (
    aiohttp.ClientResponseError,  # no HTTP, or too many redirects
    aiohttp.ClientSSLError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
IN_FLIGHT = 128  # documents being fetched, or fetched and not yet taken
AHEAD = 1000  # URLs looked at ahead, so that a list sorted by host keeps several hosts busy


class Document(NamedTuple):
    """A whole body, `seconds` after the first of its `attempts` began."""

    url: str
    source: str
    body: bytes
    seconds: float
    attempts: int


class Failure(NamedTuple):
    """Why there is no document, or no analysis of it."""

    url: str
    source: str
    reason: str
    attempts: int


class Fetcher(Protocol):
    """Where documents come from: HTTP here, a table in a test, a bucket in your project."""

    async def fetch(self, url: str) -> Document | Failure: ...


class Refused(aiohttp.ClientError):
    """An answer without the document: the reason, and seconds to wait, None if that is no use."""


class HttpFetcher:
    """A `Fetcher` on aiohttp: of the clients with free-threaded wheels, the least CPU a request.

    `deadline`: seconds for a document with all its attempts. `max_bytes`: of a body, decompressed.
    `proxies`: whether to use those that the environment names (`https_proxy` and the like).
    """

    def __init__(
        self, deadline: float = 15, max_bytes: int = 16_000_000, proxies: bool = False
    ) -> None:
        self.deadline, self.max_bytes, self.proxies = deadline, max_bytes, proxies

    async def __aenter__(self) -> Self:
        silence = self.deadline / 3  # leaves time to ask again where a server hangs
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),  # the limits are those of `fetch_all`
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": DISTRIBUTION},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=silence, sock_read=silence),
            trust_env=self.proxies,
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._session.close()

    async def fetch(self, url: str) -> Document | Failure:
        """Return the document, or why there is none. Nothing that a server does raises.

        Backoff is exponential with full jitter: Marc Brooker, "Exponential Backoff And Jitter", AWS
        Architecture Blog, 2015. What the server wishes in Retry-After comes on top.
        """
        source, start, attempts, reason = source_of(url), time.perf_counter(), 0, ""
        try:
            async with asyncio.timeout(self.deadline):
                for attempts in range(1, ATTEMPTS + 1):
                    try:
                        body = await self._get(url)
                        return Document(url, source, body, time.perf_counter() - start, attempts)
                    except (aiohttp.ClientError, OSError) as error:
                        reason = describe(error)
                        wish = error.args[1] if isinstance(error, Refused) else 0
                        if wish is None or isinstance(error, FINAL) or attempts == ATTEMPTS:
                            break
                    if time.perf_counter() - start + wish > self.deadline:
                        reason += f", to be asked again after {wish} s, beyond the deadline"
                        break
                    jitter = random.uniform(0, BACKOFF * 2 ** (attempts - 1))  # noqa: S311
                    await asyncio.sleep(wish + jitter)
        except TimeoutError:
            reason = f"deadline of {self.deadline:g} s passed" + (reason and f"; before: {reason}")
        except Exception as error:  # noqa: BLE001  whatever it is, it is this document's alone
            reason = describe(error)
        return Failure(url, source, reason, attempts)

    async def _get(self, url: str) -> bytes:
        async with self._session.get(url) as response:
            status = f"status {response.status}"
            if response.status in RETRIED:
                wish = response.headers.get("Retry-After", "")  # a date is rare: taken for 0
                raise Refused(status, int(wish) if wish.isdecimal() else 0)
            if not 200 <= response.status < 300:
                raise Refused(status, None)
            body = bytearray()
            async for piece in response.content.iter_any():  # decompressed piece by piece
                body += piece
                if len(body) > self.max_bytes:
                    raise Refused(f"larger than {self.max_bytes:,} bytes", None)
            return bytes(body)


async def fetch_all(
    urls: Iterable[str],
    fetcher: Fetcher,
    outcomes: asyncio.Queue[Document | Failure],
    per_host: int = 8,
    on_arrival: Callable[[Document | Failure], object] = lambda _: None,
) -> None:
    """Put the outcome of each URL into `outcomes` as it arrives, and shut the queue after the last.

    `per_host` are fetched from one host at a time. While the queue is full and `IN_FLIGHT` wait for
    room in it, nothing more is fetched, so memory stays bounded.
    """
    ahead, in_flight = asyncio.Semaphore(AHEAD), asyncio.Semaphore(IN_FLIGHT)
    hosts = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(per_host))

    async def fetch_one(url: str) -> None:
        async with hosts[source_of(url)]:
            await in_flight.acquire()
            outcome = await fetcher.fetch(url)
        on_arrival(outcome)
        await outcomes.put(outcome)
        in_flight.release()
        ahead.release()

    async with asyncio.TaskGroup() as group:
        for url in urls:
            await ahead.acquire()
            group.create_task(fetch_one(url))
    outcomes.shutdown()


def source_of(url: str) -> str:
    """Return the host of a URL, with its port if it has one and without any password."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def check_url(url: str) -> str:
    """Return the URL as it is, or raise ValueError if it is none."""
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port like 99999, an unfinished [::1
        well_formed = False
    if not well_formed or " " in url or not url.isprintable():
        raise ValueError(f"{url!r} is no URL: write it like https://example.org/documents/1")
    return url


def describe(error: Exception) -> str:
    """Return an error in one line of at most 200 characters."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, Refused):
        text = error.args[0]
    elif isinstance(error, aiohttp.ClientResponseError):
        text = error.message or "too many redirects"
    elif isinstance(error, aiohttp.ClientPayloadError):
        text = f"broken body: {getattr(error.__cause__, 'message', error)}"
    return " ".join(text.split())[:200]
