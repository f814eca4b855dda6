"""What the page says when something fails: in plain words, and always with a way on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from page_browser import Visit, live, stat
from page_server import Server
from playwright.sync_api import Page, Route, WebSocketRoute, expect

pytestmark = [pytest.mark.browser, pytest.mark.thread_unsafe]

KEY = "a key of sixteen characters"
HELLO = {
    "type": "hello", "model": {"name": "mock", "version": "1", "sha256": "0"}, "input_size": 64,
    "max_bytes": 1 << 20, "max_fps": 30, "key_required": False,
}  # fmt: skip
RESULT = {
    "type": "result",
    "predictions": [{"index": 0, "label": "<img src=x onerror=fail()>", "probability": 0.9}],
    "timing": {"queue_ms": 0, "decode_ms": 1, "inference_ms": 2},
}


def answering(visit: Visit, server: Server, answer: Callable[[WebSocketRoute], None]) -> Page:
    """Open the page with a server whose WebSocket says hello, and answers each frame as a test says."""

    def connect(socket: WebSocketRoute) -> None:
        socket.on_message(lambda _: answer(socket))
        socket.send(json.dumps(HELLO))

    page = visit("about:blank")
    page.route_web_socket("**/v1/stream", connect)
    page.goto(server.url)
    return page


@pytest.mark.parametrize(
    ("error", "trouble", "words"),
    [
        ("NotAllowedError", "denied", "not allowed"),
        ("NotFoundError", "missing", "no camera"),
        ("NotReadableError", "taken", "in use"),
        ("TypeError", "failed", "does not start"),
    ],
)
def test_each_reason_for_no_camera(
    server: Server, visit: Visit, error: str, trouble: str, words: str
) -> None:
    script = f"""
        window.getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia =
          () => Promise.reject(new DOMException("why", "{error}"));
    """
    page = visit(server.url, script=script)
    page.locator(f"body[data-trouble={trouble}]").wait_for()
    expect(page.locator("#card-title")).to_contain_text(words)
    expect(page.locator("#card-title")).to_be_focused()
    expect(page.locator("#choose-too")).to_be_visible()
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = getUserMedia; }")
    page.get_by_role("button", name="Try again").click()
    live(page)


def test_a_camera_that_the_browser_denies(server: Server, visit: Visit) -> None:
    page = visit(server.url, camera=False)
    page.get_by_role("button", name="Start the camera").press("Enter")
    page.locator("body[data-trouble=denied]").wait_for()


def test_a_page_without_tls(server: Server, visit: Visit) -> None:
    page = visit(server.url.replace("localhost", "page.test"))
    expect(page.locator("#card-title")).to_contain_text("secure page")
    expect(page.get_by_role("button", name="Choose a photo")).to_be_visible()


def test_a_camera_that_is_unplugged(server: Server, visit: Visit) -> None:
    page = live(visit(server.url))
    page.evaluate("video.srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.locator("#card-title")).to_contain_text("stopped")


def test_the_newest_frame_wins_when_the_server_is_slow(server: Server, visit: Visit) -> None:
    waiting: list[WebSocketRoute] = []
    page = answering(visit, server, waiting.append)
    page.locator("body[data-sent='1']").wait_for()
    page.wait_for_timeout(600)
    assert len(waiting) == 1, "a second frame went before the reply to the first"
    waiting[0].send(json.dumps(RESULT))
    page.locator("body[data-sent='2']").wait_for()
    assert stat(page, "skipped") > 5
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

    page = answering(visit, server, answer)
    page.locator(f"body[data-link={link}]").wait_for()
    live(page)


def test_waits_grow_and_differ(server: Server, visit: Visit) -> None:
    """A server that comes back is not met by all pages at once."""
    script = """
        window.waits = [];
        const later = setTimeout;
        window.setTimeout = (work, wait) => later(work, (waits.push(wait), wait / 20));
    """
    page = visit("about:blank", script=script, camera=False)
    page.route_web_socket("**/v1/stream", lambda socket: socket.close(code=1013))
    page.goto(server.url)
    page.wait_for_timeout(3_000)
    waits: list[float] = page.evaluate("waits.filter((wait) => wait !== 4_000)")
    assert 250 <= waits[0] <= 500
    assert len(waits) >= 6
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


def test_the_key_is_asked_for_and_kept_in_memory(model_file: Path, visit: Visit) -> None:
    server = Server(model_file, api_key=KEY)
    try:
        page = visit(server.url)
        for key, title in (("", "wants a key"), ("not the right key", "refused this key")):
            if key:
                page.get_by_label("API key").fill(key)
                page.keyboard.press("Enter")
            expect(page.locator("#card-title")).to_contain_text(title)
            expect(page.get_by_label("API key")).to_be_focused()
        page.get_by_label("API key").fill(KEY)
        page.get_by_role("button", name="Continue").click()
        live(page)
        kept = "JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])"
        assert KEY not in page.evaluate(kept)

        headers: list[str] = []

        def note(route: Route) -> None:
            headers.append(route.request.headers.get("x-api-key", ""))
            route.continue_()

        page.route("**/v1/classify*", note)
        page.locator("#file").set_input_files(
            {"name": "blue.png", "mimeType": "image/png", "buffer": b"no picture"}
        )
        expect(page.locator("#card-title")).to_contain_text("No label")
        assert headers == [KEY]
    finally:
        server.kill()
