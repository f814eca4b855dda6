"""What the page says when something fails: in plain words, and always with a way on."""

from pathlib import Path

import pytest
from page_browser import Visit, live
from page_server import Server
from playwright.sync_api import FilePayload, Route, expect
from tiny_model import picture

pytestmark = [pytest.mark.browser, pytest.mark.thread_unsafe]

KEY = "a key of sixteen characters"


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
    page = visit(server.url.replace("localhost", "page.test"), camera=False)
    expect(page.locator("#card-title")).to_contain_text("secure page")
    expect(page.get_by_role("button", name="Choose a photo")).to_be_visible()


def test_a_camera_that_is_unplugged(server: Server, visit: Visit) -> None:
    page = live(visit(server.url))
    page.evaluate("video.srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.locator("#card-title")).to_contain_text("stopped")


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


def test_a_photo_waits_for_the_key(model_file: Path, visit: Visit) -> None:
    server = Server(model_file, api_key=KEY)
    try:
        page = visit(server.url, camera=False)
        page.locator("body[data-card=key]").wait_for()
        photo = FilePayload(name="b.png", mimeType="image/png", buffer=picture("blue", "PNG"))
        page.locator("#file").set_input_files(photo)
        page.locator("body[data-trouble='notice.photo.key']").wait_for()
        page.get_by_label("API key").fill(KEY)
        page.keyboard.press("Enter")
        expect(page.locator("#bars .label").first).to_have_text("blue")
    finally:
        server.kill()
