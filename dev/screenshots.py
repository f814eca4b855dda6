"""`uv run screenshots`: the pictures of web pages in the docs, of the real thing; those of `fleet` come from its benchmark."""

import argparse
import shutil
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

from copier.errors import DirtyLocalWarning

from dev.project import REPOSITORY, CommandError, render, run
from dev.serve import coffee, served

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE = "1100,1000"
LIVE = """
import io, sys
from PIL import Image, ImageOps
from playwright.sync_api import sync_playwright

browser, address, photograph, wide, tall = sys.argv[1:]
frame = io.BytesIO()
ImageOps.fit(Image.open(photograph).convert("RGB"), (1280, 800)).save(frame, "JPEG", quality=95)
with open("camera.mjpeg", "wb") as video:
    video.write(frame.getvalue() * 30)
arguments = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-file-for-fake-video-capture=camera.mjpeg"]
with sync_playwright() as playwright:
    chromium = playwright.chromium.launch(executable_path=browser, args=arguments)
    for picture, scheme, size in ((wide, "dark", (1280, 800)), (tall, "light", (390, 844))):
        viewport = {"width": size[0], "height": size[1]}
        page = chromium.new_page(permissions=["camera"], color_scheme=scheme, viewport=viewport)
        page.goto(address)
        page.locator("body[data-top]").wait_for()
        page.wait_for_timeout(6_000)
        page.screenshot(path=picture, type="jpeg", quality=80)
        page.close()
    chromium.close()
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures; return 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="screenshots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=REPOSITORY / "docs" / "images")
    folder = parser.parse_args(argv).folder.absolute()
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"screenshots: none of {', '.join(BROWSERS)} is here", file=sys.stderr)
        return 1
    try:
        with tempfile.TemporaryDirectory() as temporary, warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DirtyLocalWarning
            )  # whoever works on the template knows
            project = render(Path(temporary) / "my-app")
            run("uv sync --quiet", cwd=project)
            run("uv run my-app run --html report.html", cwd=project)
            take(browser, project / "report.html", folder / "report.png")
            take_live(
                browser, render(Path(temporary, "live", "my-app"), {"onnx_serving": True}), folder
            )
    except CommandError as error:
        print(f"screenshots: {error}", file=sys.stderr)
        return 1
    return 0


def take(browser: str, page: Path, picture: Path) -> None:
    """Take a picture of a page, as the browser shows it."""
    # Without its sandbox, which containers mostly don't allow; the page is our own.
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--window-size={SIZE}",
    ]
    run([browser, *options, f"--screenshot={picture}", page.as_uri()], cwd=page.parent)


def take_live(browser: str, project: Path, folder: Path) -> None:
    """Take pictures of the page that names what a camera sees: a photograph that scikit-image carries."""
    run("uv sync --quiet", cwd=project)
    run("uv run --quiet tools/demo_model.py", cwd=project)
    (project / "take.py").write_text(LIVE)
    pictures = [str(folder / "live.jpg"), str(folder / "live-phone.jpg")]
    photograph = str(coffee(project))
    with served(["uv", "run", "my-app", "serve"], project) as address:
        run(["uv", "run", "python", "take.py", browser, address, photograph, *pictures], project)


if __name__ == "__main__":
    sys.exit(main())
