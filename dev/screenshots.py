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

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE = "1100,1000"


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


if __name__ == "__main__":
    sys.exit(main())
