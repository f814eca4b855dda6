"""Photos instead of a camera: picked, dropped and pasted."""

import base64

import pytest
from page_browser import Visit, live
from page_server import Server
from playwright.sync_api import FilePayload, Page, Route, expect
from tiny_model import picture

pytestmark = [pytest.mark.browser, pytest.mark.thread_unsafe]

HAND_OVER = """([event, data, kind, name, size]) => {
    const bytes = new Uint8Array(size);
    bytes.set(Uint8Array.from(atob(data), (one) => one.charCodeAt(0)));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], name, { type: kind }));
    const given = { bubbles: true, cancelable: true };
    const made = event === "paste"
      ? new ClipboardEvent(event, { ...given, clipboardData: carried })
      : new DragEvent(event, { ...given, dataTransfer: carried });
    document.body.dispatchEvent(made);
    return made.defaultPrevented;
}"""


def hand_over(page: Page, event: str, data: bytes, kind: str, name: str, size: int = 0) -> bool:
    """Dispatch a drop or a paste with one file, padded to `size`; return whether the page took it over."""
    told = base64.b64encode(data).decode()
    return page.evaluate(HAND_OVER, [event, told, kind, name, max(size, len(data))])


def first_label(page: Page) -> str:
    page.locator("body[data-state=photo][data-top]").wait_for()
    return page.locator("#bars .label").first.inner_text()


@pytest.mark.parametrize(("colour", "kind"), [("blue", "JPEG"), ("green", "PNG"), ("red", "WEBP")])
def test_a_picked_photo(server: Server, visit: Visit, colour: str, kind: str) -> None:
    page = visit(server.url, camera=False)
    photo = picture(colour, kind)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a photo").click()
    chooser.value.set_files(
        FilePayload(name="a b.x", mimeType=f"image/{kind.lower()}", buffer=photo)
    )
    assert first_label(page) == colour
    expect(page.get_by_alt_text("Photo: a b.x")).to_be_visible()
    expect(page.locator("#total")).not_to_be_empty()
    expect(page.locator("#announcer")).to_contain_text(colour)


def test_a_dropped_and_a_pasted_photo(server: Server, visit: Visit) -> None:
    page = visit(server.url, camera=False)
    photo = picture("green")
    assert hand_over(page, "dragover", photo, "image/jpeg", "g.jpg")
    expect(page.get_by_text("Drop the photo")).to_be_visible()
    assert hand_over(page, "drop", photo, "image/jpeg", "g.jpg")
    expect(page.get_by_text("Drop the photo")).to_be_hidden()
    assert first_label(page) == "green"
    hand_over(page, "paste", picture("red"), "image/png", "image.png")
    expect(page.locator("#bars .label").first).to_have_text("red")


def test_from_the_camera_to_a_photo_and_back(server: Server, visit: Visit) -> None:
    page = live(visit(server.url))
    track = page.evaluate_handle("video.srcObject.getVideoTracks()[0]")
    hand_over(page, "paste", picture("blue"), "image/png", "image.png")
    page.locator("body[data-state=photo]").wait_for()
    assert track.evaluate("track => track.readyState") == "ended", "the camera is still on"
    assert first_label(page) == "blue"
    page.get_by_role("button", name="Camera", exact=True).click()
    live(page)


def test_the_newest_photo_wins(server: Server, visit: Visit) -> None:
    page = visit(server.url, camera=False)
    held: list[Route] = []
    page.route("**/v1/classify*", lambda route: held.extend([route]))
    for number, colour in enumerate(["red", "blue"]):
        hand_over(page, "paste", picture(colour), "image/jpeg", "image.jpg")
        page.wait_for_timeout(300)
        assert len(held) == number + 1
    held[1].continue_()
    assert first_label(page) == "blue"
    held[0].continue_()
    page.wait_for_timeout(300)
    assert first_label(page) == "blue"


@pytest.mark.parametrize(
    ("data", "size", "kind", "words"),
    [
        (b"words", 0, "text/plain", "no picture that the server can read"),
        (picture("red")[:500], 0, "image/jpeg", "no picture that the server can read"),
        (b"", 9 << 20, "image/png", "larger than the server takes"),
    ],
    ids=["text", "truncated", "large"],
)
def test_a_file_that_is_refused(
    server: Server, visit: Visit, data: bytes, size: int, kind: str, words: str
) -> None:
    page = visit(server.url, camera=False)
    hand_over(page, "drop", data, kind, "file", size)
    expect(page.locator("#card-text")).to_contain_text(words)
    hand_over(page, "drop", picture("red"), "image/jpeg", "file")
    assert first_label(page) == "red"


def test_a_photo_of_too_many_pixels_is_sent_smaller(server: Server, visit: Visit) -> None:
    """A telephone's of fifty megapixels, say."""
    page = visit(server.url, camera=False)
    hand_over(page, "drop", picture("green", "PNG", size=(6500, 4500)), "image/png", "phone.png")
    assert first_label(page) == "green"
    expect(page.locator("#panel")).to_be_visible()


def test_no_server_for_a_photo(server: Server, visit: Visit) -> None:
    page = visit(server.url, camera=False)
    page.route("**/v1/classify*", lambda route: route.abort())
    hand_over(page, "drop", picture("red"), "image/jpeg", "file")
    expect(page.locator("#card-text")).to_contain_text("cannot be reached")
    page.unroute("**/v1/classify*")
    busy = {
        "status": 503,
        "content_type": "application/problem+json",
        "body": '{"detail": "Full."}',
    }
    page.route("**/v1/classify*", lambda route: route.fulfill(**busy))
    hand_over(page, "drop", picture("red"), "image/jpeg", "file")
    expect(page.locator("#card-text")).to_have_text("The server is busy. Try again in a moment.")
    expect(page.locator("#card-detail")).to_have_text("Full.")
