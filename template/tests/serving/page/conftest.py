"""The page in a real browser: Chromium with a video for a camera, and the server with a tiny model.

Nothing is downloaded: Chromium is the one of the machine, the model and the video are made here.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from page_browser import ARGUMENTS, CHROMIUM, Visit
from page_server import Server
from playwright.sync_api import Browser, sync_playwright
from tiny_model import COLOURS, picture

SCENE = 36  # frames, at 30 a second


@pytest.fixture(autouse=True)
def blockbuster() -> None:
    """Lift the guard of the other tests: below Playwright's API runs a loop, in the test's thread."""


@pytest.fixture(scope="session")
def server(model_file: Path) -> Iterator[Server]:
    server = Server(model_file)
    yield server
    server.kill()


@pytest.fixture(scope="module")  # its event loop must not be there for other tests
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start Chromium with a camera that shows COLOURS, one after the other, again and again."""
    if not CHROMIUM:
        pytest.skip("there is no Chromium: install Debian's package chromium")
    video = tmp_path_factory.mktemp("video") / "colours.mjpeg"  # JPEGs, one after the other
    frames = [picture(colour, size=(640, 480)) for colour in COLOURS]
    video.write_bytes(b"".join(frame * SCENE for frame in frames))
    arguments = [
        *ARGUMENTS,
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    visit = Visit(browser)
    yield visit
    for context in visit.contexts:
        context.close()
    assert not visit.faults
