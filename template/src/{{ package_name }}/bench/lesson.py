"""The first lesson: the same fetches by blocking calls in coroutines, in threads, and by asyncio."""

import asyncio
import http.client
import subprocess
import sys
import time
from contextlib import closing
from statistics import median
from typing import IO, cast

import aiohttp

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def lesson(fetches: int, latency: float, rounds: int) -> list[dict[str, str | float]]:
    """Return for each way the median seconds for all fetches, and how many times as fast it is.

    The server, a process of its own, answers each request after `latency` seconds.
    """
    ways = {
        "blocking calls in coroutines": _blocking,
        "blocking calls in threads": _in_threads,
        "asyncio": _asyncio,
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    command = [sys.executable, "-m", __name__, str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            port = int(cast("IO[bytes]", server.stdout).readline())
            for _ in range(rounds):
                for way, fetch_all in ways.items():
                    begin = time.perf_counter()
                    asyncio.run(fetch_all(port, fetches))
                    seconds[way].append(time.perf_counter() - begin)
        finally:
            server.kill()
    medians = {way: median(taken) for way, taken in seconds.items()}
    slowest = max(medians.values())
    return [{"way": way, "seconds": t, "ratio": slowest / t} for way, t in medians.items()]


def _get(port: int) -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().read()


async def _blocking(port: int, fetches: int) -> None:
    async def fetch() -> bytes:
        return _get(port)  # the mistake: nothing else runs meanwhile, however many are gathered

    await asyncio.gather(*(fetch() for _ in range(fetches)))


async def _in_threads(port: int, fetches: int) -> None:
    # The loop has cores + 4 threads for this, 32 at most: the other fetches queue.
    await asyncio.gather(*(asyncio.to_thread(_get, port) for _ in range(fetches)))


async def _asyncio(port: int, fetches: int) -> None:
    async with aiohttp.ClientSession() as session:

        async def fetch() -> bytes:
            async with session.get(f"http://127.0.0.1:{port}/") as response:
                return await response.read()

        await asyncio.gather(*(fetch() for _ in range(fetches)))


async def _serve(latency: float) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(latency)
        writer.write(ANSWER)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
