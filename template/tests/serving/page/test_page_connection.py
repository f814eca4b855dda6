"""The connection: one frame in flight, what is refused, and how a lost server is found again."""

import json
from collections.abc import Callable

import pytest
from page_browser import HURRY, LINKS, Visit, live, stat
from page_server import Server
from playwright.sync_api import Page, WebSocketRoute, expect

pytestmark = [pytest.mark.browser, pytest.mark.thread_unsafe]

HELLO = {
    "type": "hello", "model": {"name": "mock", "version": "1", "sha256": "0"}, "input_size": 64,
    "max_bytes": 1 << 20, "max_fps": 30, "key_required": False,
}  # fmt: skip
RESULT = {
    "type": "result",
    "model": HELLO["model"],
    "predictions": [{"index": 0, "label": "<img src=x onerror=fail()>", "probability": 0.9}],
    "timing": {"queue_ms": 0, "decode_ms": 1, "inference_ms": 2},
}


def answering(
    visit: Visit,
    server: Server,
    answer: Callable[[WebSocketRoute], None],
    max_fps: float = 30,
    script: str = "",
) -> Page:
    """Open the page with a server whose WebSocket says hello, and answers each frame as a test says."""

    def connect(socket: WebSocketRoute) -> None:
        socket.on_message(lambda _: answer(socket))
        socket.send(json.dumps(HELLO | {"max_fps": max_fps}))

    page = visit("about:blank", script=script)
    page.route_web_socket("**/v1/stream", connect)
    page.goto(server.url)
    return page


def test_the_newest_frame_wins_when_the_server_is_slow(server: Server, visit: Visit) -> None:
    waiting: list[WebSocketRoute] = []
    page = answering(visit, server, waiting.append)
    page.locator("body[data-sent='1']").wait_for()
    page.wait_for_timeout(600)
    assert len(waiting) == 1, "a second frame went before the reply to the first"
    waiting[0].send(json.dumps(RESULT))
    page.locator("body[data-sent='2']").wait_for()
    assert stat(page, "skipped") > 2
    assert len(waiting) == 2


def test_what_the_server_says_is_text(server: Server, visit: Visit) -> None:
    page = answering(visit, server, lambda socket: socket.send(json.dumps(RESULT)))
    label = live(page).locator("#bars .label")
    expect(label).to_have_text("<img src=x onerror=fail()>")
    assert label.locator("*").count() == 0


@pytest.mark.parametrize(
    ("status", "notice", "words"),
    [
        (503, "notice.busy", "busy"),
        (422, "notice.refused", "odd frame"),
        (413, "notice.large", "larger"),
    ],
)
def test_frames_that_are_refused(
    server: Server, visit: Visit, status: int, notice: str, words: str
) -> None:
    problem = {"type": "error", "problem": {"status": status, "detail": "An odd frame."}}
    page = answering(visit, server, lambda socket: socket.send(json.dumps(problem)))
    page.locator(f'body[data-notice="{notice}"]').wait_for()
    expect(page.locator("#notice")).to_contain_text(words, ignore_case=True)
    page.wait_for_timeout(500)
    assert (stat(page, "sent") < 3) == (status == 503), "a busy server is left alone for a second"


@pytest.mark.parametrize(
    ("code", "link"), [(1001, "leaving"), (1011, "lost"), (1009, "large"), (1013, "busy")]
)
def test_sockets_that_are_closed_come_back(
    server: Server, visit: Visit, code: int, link: str
) -> None:
    answered: list[WebSocketRoute] = []

    def answer(socket: WebSocketRoute) -> None:
        answered.append(socket)
        if len(answered) == 1:
            socket.close(code=code, reason="mock")
        else:
            socket.send(json.dumps(RESULT))

    page = answering(visit, server, answer, script=LINKS)
    live(page)
    assert link in page.evaluate("links")


def test_waits_grow_and_differ(server: Server, visit: Visit) -> None:
    """A server that comes back is not met by all pages at once."""
    script = """
        window.waits = [];
        const later = setTimeout;
        window.setTimeout = (work, wait) => later(work, (waits.push(wait), wait / 50));
    """
    page = visit("about:blank", script=script, camera=False)
    page.route_web_socket("**/v1/stream", lambda socket: socket.close(code=1013))
    page.goto(server.url)
    known = "waits.filter((wait) => wait !== 4_000)"
    page.wait_for_function(f"() => {known}.length > 7")
    waits: list[float] = page.evaluate(known)
    assert 250 <= waits[0] <= 500
    assert all(7_500 <= wait <= 15_000 for wait in waits[5:])
    assert len(set(waits)) == len(waits)


def test_a_refused_origin_is_final(server: Server, visit: Visit) -> None:
    page = visit("about:blank", camera=False)
    why = "Pages of other sites may not connect."
    page.route_web_socket("**/v1/stream", lambda socket: socket.close(code=1008, reason=why))
    page.goto(server.url)
    expect(page.locator("#link")).to_contain_text(why)
    page.wait_for_timeout(800)
    expect(page.locator("#reconnect")).to_be_visible()


def test_no_more_frames_than_the_server_takes(server: Server, visit: Visit) -> None:
    page = answering(visit, server, lambda socket: socket.send(json.dumps(RESULT)), max_fps=5)
    live(page)
    before = stat(page, "sent")
    page.wait_for_timeout(1_000)
    assert 0 < stat(page, "sent") - before < 8


def test_a_silent_server_is_lost(server: Server, visit: Visit) -> None:
    page = answering(visit, server, lambda _: None, script=HURRY + LINKS)
    page.wait_for_function("() => links.join().includes('open,lost,open')")


def test_a_connection_that_was_idle_comes_back_silently(server: Server, visit: Visit) -> None:
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.send(json.dumps(HELLO))

    clock = (
        "const now = performance.now.bind(performance); performance.now = () => now() + window.on;"
    )
    page = visit("about:blank", camera=False, script=f"window.on = 0; {clock}")
    page.route_web_socket("**/v1/stream", connect)
    page.goto(server.url)
    page.locator("body[data-link=open]").wait_for()
    page.evaluate("window.on = 60_000")
    sockets[0].close(code=1008, reason="Nothing came for too long.")
    page.wait_for_timeout(500)
    assert len(sockets) == 2
    expect(page.locator("#link")).to_have_text("Connected")


def test_a_model_that_was_reloaded_greets_anew(server: Server, visit: Visit) -> None:
    """Its name and its labels are shown, and frames have the size that it wants."""
    second = {"name": "second", "version": "2", "sha256": "2", "crop": 1.0}
    known = [{"index": 0, "label": "new", "probability": 0.9}]
    greeted: list[WebSocketRoute] = []
    frames: list[str | bytes] = []

    def answer(socket: WebSocketRoute, frame: str | bytes) -> None:
        frames.append(frame)
        reloaded = {"model": second, "predictions": known} if len(frames) > 2 else {}
        socket.send(json.dumps(RESULT | reloaded))

    def connect(socket: WebSocketRoute) -> None:
        greeted.append(socket)
        model = second if len(greeted) > 1 else HELLO["model"]
        socket.on_message(lambda frame: answer(socket, frame))
        socket.send(json.dumps(HELLO | {"model": model}))

    page = visit("about:blank")
    page.route_web_socket("**/v1/stream", connect)
    page.goto(server.url)
    expect(page.locator("#model")).to_have_text("second 2")
    live(page)
    expect(page.locator("#bars .label")).to_have_text(["new"])
    page.wait_for_timeout(500)
    assert len(greeted) == 2


def test_a_lost_server_is_said_once(server: Server, visit: Visit) -> None:
    """And not read aloud at each new try."""
    page = visit("about:blank", camera=False, script=HURRY)
    tries: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        tries.append(socket)
        socket.close(code=1011)

    page.route_web_socket("**/v1/stream", connect)
    page.goto(server.url)
    page.locator("body[data-link=lost]").wait_for()
    page.evaluate("""() => {
        window.said = 0;
        new MutationObserver(() => (said += 1))
          .observe(document.getElementById("link-words"), { childList: true });
    }""")
    before = len(tries)
    page.wait_for_timeout(600)
    assert len(tries) > before
    assert page.evaluate("said") == 0
