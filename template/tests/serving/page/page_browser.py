"""Chromium, the pages that a test opens in it, and what they mirror of themselves."""

import shutil
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

HURRY = """
    const later = setTimeout;
    window.setTimeout = (work, wait) => later(work, wait / 20);
"""  # a script: the page's timers, and nothing else, are twenty times as fast
LINKS = """
    window.links = [];
    addEventListener("DOMContentLoaded", () => {
      const note = () => links.push(document.body.dataset.link);
      new MutationObserver(note).observe(document.body, { attributeFilter: ["data-link"] });
    });
"""  # a script: notes how the connection was, since that may change faster than a test looks
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",  # as root, in a container
    "--host-resolver-rules=MAP page.test 127.0.0.1",  # a site without TLS
]


class Visit:
    """Opens pages, and keeps what went wrong in them: errors, and what the CSP forbade."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def __call__(
        self, url: str, camera: bool = True, script: str = "", **options: Any
    ) -> Page:  # Any: what Playwright takes
        """Open `url` in a new profile, where the camera is allowed or not, after running `script`."""
        options = {"locale": "en-GB", "permissions": ["camera"] if camera else []} | options
        context = self.browser.new_context(**options)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self.heard)
        page.on("response", self.got)
        if script:
            page.add_init_script(script)
        page.goto(url)
        return page

    def heard(self, said: ConsoleMessage) -> None:
        """Keep errors and warnings, but not a browser's own about failed requests or pages without TLS."""
        own = (
            "WebSocket connection to",
            "Failed to load resource",
            "The Cross-Origin-Opener-Policy",
        )
        if said.type in ("error", "warning") and not said.text.startswith(own):
            self.faults.append(said.text)

    def got(self, response: Response) -> None:
        """Keep each file of the page that was not there."""
        if response.status >= 400 and response.request.method == "GET":
            self.faults.append(f"{response.status} {response.url}")


def stat(page: Page, name: str) -> float:
    """Return a figure that the page mirrors as `<body data-name>`."""
    return float(page.locator("body").get_attribute(f"data-{name}") or "nan")


def live(page: Page) -> Page:
    """Wait for the first label of the camera."""
    page.locator("body[data-state=live][data-link=open][data-top]").wait_for()
    return page
