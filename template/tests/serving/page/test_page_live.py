"""The page with a camera: labels follow it, one frame is in flight, and the connection comes back."""

from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from page_browser import ARGUMENTS, CHROMIUM, HURRY, Visit, live, stat
from page_server import Server
from playwright.sync_api import Browser, expect

pytestmark = [pytest.mark.browser, pytest.mark.thread_unsafe]

NEXT = {"red": "green", "green": "blue", "blue": "red"}  # scenes of the video
WATCH = """
    window.tops = [];
    addEventListener("DOMContentLoaded", () => {
      new MutationObserver(() => {
        const top = document.body.dataset.top;
        if (top !== tops.at(-1)) tops.push(top);
      }).observe(document.body, { attributeFilter: ["data-top"] });
    });
"""
MORE = "([name, before]) => +document.body.dataset[name] > before"
COUNT = """
    window.flights = { now: 0, most: 0, replies: [] };
    window.WebSocket = class extends WebSocket {
      constructor(address) {
        super(address);
        this.addEventListener("message", ({ data }) => {
          if (JSON.parse(data).type === "hello") return;
          flights.now -= 1;
          flights.replies.push(performance.now());
        });
      }
      send(data) {
        flights.now += 1;
        flights.most = Math.max(flights.most, flights.now);
        super.send(data);
      }
    };
"""


def test_labels_follow_the_camera(server: Server, visit: Visit) -> None:
    page = live(visit(server.url, script=WATCH))
    for colour in (*NEXT, "red"):
        expect(page.locator("#bars li:first-child .label")).to_have_text(colour)
    tops = page.evaluate("tops")
    assert len(tops) >= 4
    assert all(after == NEXT[before] for before, after in pairwise(tops)), tops
    share = page.locator("#bars li:first-child .fill").evaluate("bar => bar.style.transform")
    assert 0.5 < float(share.removeprefix("scaleX(").removesuffix(")")) <= 1


def test_one_frame_is_in_flight_and_figures_add_up(server: Server, visit: Visit) -> None:
    page = live(visit(server.url, script=COUNT))
    page.wait_for_function("() => flights.replies.length > 60")
    said = page.evaluate("({ ...document.body.dataset, ...flights, fps_shown: fps.textContent })")
    assert said["most"] == 1
    last = [at for at in said["replies"] if at >= said["replies"][-1] - 2_000]
    rate = 1_000 * (len(last) - 1) / (last[-1] - last[0])
    assert float(said["fps"]) == pytest.approx(rate, rel=0.1)  # 30, but on a machine that is busy
    assert rate < 31
    parts = [float(said[name]) for name in ("encode", "network", "queue", "decode", "inference")]
    assert min(parts) >= 0
    assert sum(parts) == pytest.approx(float(said["total"]), abs=0.1)
    assert float(said["fps_shown"]) == pytest.approx(float(said["fps"]), abs=6)


def test_a_lost_server_is_said_and_found_again(model_file: Path, visit: Visit) -> None:
    own = Server(model_file)
    try:
        page = live(visit(own.url, script=HURRY))
        own.kill()
        expect(page.locator("#link")).to_contain_text("Lost the server")
        expect(page.locator("#reconnect")).to_be_visible()
        own.start()
        # It may be back by itself, and the button gone.
        page.locator("#reconnect").dispatch_event("click")
        live(page)
        own.kill()
        page.locator("body[data-link=lost]").wait_for()
        own.start()
        page.wait_for_function(MORE, arg=["replies", stat(page, "replies")])  # by itself
    finally:
        own.kill()


def test_a_hidden_tab_sends_nothing(server: Server, visit: Visit) -> None:
    page = live(visit(server.url))
    show = """hidden => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
        return video.srcObject.getVideoTracks()[0].enabled;
    }"""
    assert not page.evaluate(show, True)
    page.locator("body[data-link=closed]").wait_for()
    sent = stat(page, "sent")
    page.wait_for_timeout(400)
    assert stat(page, "sent") == sent
    assert page.evaluate(show, False)
    page.wait_for_function(MORE, arg=["sent", sent])


def test_pause_and_resume_by_keyboard(server: Server, visit: Visit) -> None:
    page = live(visit(server.url))
    page.locator("#pause").focus()
    page.keyboard.press("Enter")
    page.locator("body[data-state=paused]").wait_for()
    expect(page.locator("#pause")).to_have_text("Resume")
    sent = stat(page, "sent")
    page.wait_for_timeout(400)
    assert stat(page, "sent") == sent
    page.keyboard.press("Space")
    live(page)


def test_another_camera_is_chosen(browser: Browser, server: Server) -> None:
    arguments = [*ARGUMENTS, "--use-fake-device-for-media-stream=device-count=2"]
    with browser.browser_type.launch(executable_path=CHROMIUM, args=arguments) as other:
        visit = Visit(other)
        page = live(visit(server.url))
        which = "() => video.srcObject.getVideoTracks()[0].getSettings().deviceId"
        first = page.evaluate(which)
        expect(page.locator("#cameras")).to_be_visible()
        page.locator("#cameras").focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator("#cameras")).not_to_have_value(first)
        live(page)
        assert page.evaluate(which) != first
        assert not visit.faults


def test_what_a_screen_reader_hears_is_throttled(server: Server, visit: Visit) -> None:
    fast = "const now = performance.now.bind(performance); performance.now = () => now() * 4;"
    page = live(visit(server.url, script=fast))
    heard = page.evaluate("""async () => {
        const times = [];
        await new Promise((done) => {
          const hear = () => times.push(performance.now()) < 2 || done();
          new MutationObserver(hear).observe(announcer, { childList: true });
        });
        return times;
    }""")
    assert heard[1] - heard[0] > 2_500
    expect(page.locator("#announcer")).to_contain_text("%")
    assert page.locator("#announcer").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_motion_is_reduced_where_that_is_wished(
    server: Server, visit: Visit, motion: Literal["no-preference", "reduce"]
) -> None:
    script = """
        window.moves = 0;
        const animate = Element.prototype.animate;
        Element.prototype.animate = function (...how) { moves += 1; return animate.apply(this, how); };
    """
    page = live(visit(server.url, script=script, reduced_motion=motion))
    before = page.locator("#bars .label").first.inner_text()
    expect(page.locator("#bars .label").first).not_to_have_text(before)  # rows change places
    seconds = page.locator("#bars .fill").first.evaluate(
        "one => getComputedStyle(one).transitionDuration"
    )
    assert (seconds == "0s", page.evaluate("moves") == 0) == (motion == "reduce",) * 2


def test_what_is_sent_is_what_the_finder_shows(server: Server, visit: Visit) -> None:
    """The video, 640x480, fills 1280x720: 960 pixels high, twice its size, a part above and below is cut."""
    squares = visit(server.url, camera=False).evaluate("""async () => {
        const { square } = await import("/static/frames.js");
        const box = (x, y, width, height) => ({ getBoundingClientRect: () => ({ x, y, width, height }) });
        const finder = box(225, 185, 350, 350);
        return [false, true].map((mirrored) => {
          const classList = { contains: () => mirrored };
          return square({ ...box(0, 0, 1280, 720), videoWidth: 640, videoHeight: 480, classList }, finder, 0.875);
        });
    }""")
    assert squares == [{"x": 100, "y": 140, "side": 200}, {"x": 340, "y": 140, "side": 200}]
