"""benchmarks/serving_holds.py: what its users notice. That servers hold is seen by running it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import serving_holds


@contextmanager
def answering(*statuses: int) -> Iterator[int]:
    """Yield the port of a server that gives these statuses in turn, 0 for none at all, then says to go elsewhere."""
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            if status := left.pop(0):
                self.send_response(status)
                self.send_header("content-length", "0")
                if not left:
                    self.send_header("connection", "close")
                self.end_headers()
            else:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("statuses", "held", "told"),
    [
        ((200, 503, 200), True, "2 x 200, 1 x 503, 0 lost"),
        ((200, 500), False, "1 x 200, 1 x 500, 0 lost"),
        ((200, 200, 0), False, "2 x 200, 1 lost"),
    ],
)
def test_users_notice_what_they_get(statuses: tuple[int, ...], held: bool, told: str) -> None:
    with answering(*statuses) as port:
        users = serving_holds.Users(1, port, b"photograph")
        users.threads[0].start()
        users.threads[0].join(10)
    assert users.told().startswith(told)
    assert users.held() == held


def test_users_stop_when_the_block_ends() -> None:
    with answering(*[200] * 10_000) as port, serving_holds.Users(4, port, b"photograph") as users:
        threading.Event().wait(0.1)
    assert not any(thread.is_alive() for thread in users.threads)
    assert users.held()
    assert "p99" in users.told()
