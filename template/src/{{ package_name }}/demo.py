"""A demo source: small HTTP APIs on loopback, of differing latency, size and reliability.

The seed decides all that it serves: the same documents and the same faults in every run.
"""

import asyncio
import contextlib
import json
import random
from collections import Counter
from itertools import chain, zip_longest
from typing import NamedTuple, Self

from aiohttp import web


class Api(NamedTuple):
    """An API: `latency` in seconds, from once to four times of it; `size` in paragraphs, on average."""

    name: str
    documents: int
    latency: float
    size: int


APIS = (
    Api("weather", 180, 0.005, 70),
    Api("news", 180, 0.020, 130),
    Api("papers", 100, 0.050, 260),
    Api("archive", 60, 0.100, 160),
)
FAULTS = {"": 93, "busy once": 3, "missing": 2, "slow": 1, "cut short": 1}  # per cent of documents


class DemoSource:
    """Serves while `async with` lasts: `urls` to fetch, and the `names` of the hosts in them."""

    def __init__(self, seed: int = 0, apis: tuple[Api, ...] = APIS) -> None:
        self.seed, self.apis = seed, {api.name: api for api in apis}
        self._requests = Counter[str]()  # by path

    async def __aenter__(self) -> Self:
        self._paragraphs = write_paragraphs(self.seed)  # once, so that an answer costs little
        self._runner = web.ServerRunner(web.Server(self._answer))
        await self._runner.setup()
        self.names: dict[str, str] = {}
        lists = []
        for api in self.apis.values():
            await web.TCPSite(self._runner, "127.0.0.1", 0).start()
            host = "{}:{}".format(*self._runner.addresses[-1])
            self.names[host] = api.name
            lists.append([f"http://{host}/{api.name}/{n}" for n in range(api.documents)])
        self.urls = [url for url in chain(*zip_longest(*lists)) if url]
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        api = self.apis[request.path.split("/")[1]]
        law = random.Random(f"{self.seed} {request.path}")  # noqa: S311
        (fault,) = law.choices([*FAULTS], [*FAULTS.values()])
        latency = api.latency * (1 + min(law.expovariate(), 3)) + (0.5 if fault == "slow" else 0)
        paragraphs = law.choices(self._paragraphs, k=int(api.size * law.uniform(0.5, 1.5)))
        body = b'{"id": "%s", "text": [%s]}' % (request.path.encode(), b", ".join(paragraphs))
        self._requests[request.path] += 1
        await asyncio.sleep(latency)
        if fault == "missing":
            return web.Response(status=404)
        if fault == "busy once" and self._requests[request.path] == 1:
            return web.Response(status=503, headers={"Retry-After": "0"})
        response = web.StreamResponse(headers={"Content-Length": str(len(body))})
        with contextlib.suppress(ConnectionError):  # the client went away
            await response.prepare(request)
            await response.write(body[: len(body) // 2] if fault == "cut short" else body)
        if fault == "cut short" and request.transport:
            request.transport.abort()
        return response


def write_paragraphs(seed: int) -> list[bytes]:
    """Return 400 paragraphs of a made-up language, as JSON; its word frequencies follow Zipf's law."""
    law = random.Random(seed)  # noqa: S311
    syllables = [a + b for a in "bdfgklmnprstv" for b in "aeiou"]
    words = ["".join(law.choices(syllables, k=law.randint(1, 4))) for _ in range(4000)]
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    return [json.dumps(" ".join(law.choices(words, weights, k=80))).encode() for _ in range(400)]
