"""The live demo as a user has it: the real model, and photographs that others took, turned into the video of a camera."""

import json
import shutil
from collections.abc import Callable
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from dev.project import render, run

pytestmark = pytest.mark.slow

SHOWN = {  # what a person would say, and ImageNet's classes for it
    "coffee": {"espresso", "cup", "coffee mug"},
    "china": {"palace", "bell cote", "monastery"},
    "chelsea": {"Egyptian cat", "tiger cat", "tabby"},
}
PHOTOS = ("--with", "scikit-image", "--with", "scikit-learn")  # they carry photographs

WATCH = """
import io, json, sys
from itertools import groupby
from pathlib import Path

import skimage, sklearn
from PIL import Image, ImageOps
from playwright.sync_api import sync_playwright

sys.path.insert(0, "tests/serving/page")
from page_browser import ARGUMENTS, CHROMIUM, Visit, live
from page_server import Server

photos = {
    "coffee": Path(skimage.__path__[0]) / "data" / "coffee.png",
    "china": Path(sklearn.__path__[0]) / "datasets" / "images" / "china.jpg",
    "chelsea": Path(skimage.__path__[0]) / "data" / "chelsea.png",
}
with open("photos.mjpeg", "wb") as video:
    for photo in photos.values():
        frame = io.BytesIO()
        ImageOps.fit(Image.open(photo).convert("RGB"), (640, 480)).save(frame, "JPEG", quality=90)
        video.write(frame.getvalue() * 60)
NOTE = '''window.seen = []; addEventListener("DOMContentLoaded", () => new MutationObserver(
    () => seen.push(document.body.dataset.top)
).observe(document.body, { attributeFilter: ["data-replies"] }))'''
arguments = [
    *ARGUMENTS, "--use-fake-device-for-media-stream",
    "--use-file-for-fake-video-capture=photos.mjpeg",
]
server = Server(Path("models/efficientnet-lite0.onnx"))
try:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        visit = Visit(browser)
        page = live(visit(server.url, script=NOTE, viewport={"width": 1440, "height": 900}))
        page.wait_for_timeout(10_000)
        told = page.evaluate("({ ...document.body.dataset, seen })")
        picked = {}
        for name, photo in photos.items():
            page = visit(server.url, camera=False)
            page.locator("#file").set_input_files(photo)
            page.locator("body[data-top]").wait_for()
            picked[name] = page.locator("#bars .label").first.inner_text()
        browser.close()
finally:
    server.kill()
runs = [(label, len(list(run))) for label, run in groupby(told.pop("seen"))]
print(json.dumps({"told": told, "runs": runs, "picked": picked, "faults": visit.faults}))
"""


def test_the_page_names_what_photographs_show(
    plain_template: Path, tmp_path: Path, interpreter: Callable[[str], Path]
) -> None:
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        pytest.skip("needs Chromium: Debian's package chromium")
    interpreter("3.14")
    answers = {"onnx_serving": True, "concurrency": False}
    project = render(tmp_path / "my-app", answers, plain_template)
    run("uv sync --quiet", cwd=project)
    run("uv run tools/demo_model.py", cwd=project)
    (project / "watch.py").write_text(WATCH)
    printed = run(["uv", "run", "--quiet", *PHOTOS, "python", "watch.py"], cwd=project)
    said = json.loads(printed.splitlines()[-1])

    assert not said["faults"]
    assert float(said["told"]["fps"]) > 5, said["told"]  # 29 where both cores are free
    scene = {label: name for name, labels in SHOWN.items() for label in labels}
    steady = [scene.get(label) for label, frames in said["runs"] if frames > 10]
    order = [name for name, _ in groupby(steady)]
    assert len(order) >= 4, said["runs"]
    after = dict(zip(SHOWN, [*list(SHOWN)[1:], "coffee"], strict=True))
    assert all(after[one] == other for one, other in pairwise(order)), said["runs"]
    strange = sum(frames for label, frames in said["runs"] if label not in scene)
    assert strange < 0.1 * sum(frames for _, frames in said["runs"]), said["runs"]
    assert {name: scene.get(label) for name, label in said["picked"].items()} == {
        name: name for name in SHOWN
    }, said["picked"]
