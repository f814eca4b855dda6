"""The page in both languages, by keyboard, for a screen reader, in both schemes, on a phone."""

import json
import re

import pytest
from page_browser import Visit, live
from page_server import STATIC, Server
from playwright.sync_api import Page, WebSocketRoute, expect

pytestmark = [pytest.mark.browser, pytest.mark.thread_unsafe]

WORDS = """async () => {
    const { WORDS, choose } = await import("/static/words.js");
    const asked = [["zh-TW"], ["de", "zh-Hant-HK"], ["en-GB", "zh"], ["de"], []];
    return { words: WORDS, chosen: asked.map(choose) };
}"""


def visible_text(page: Page) -> str:
    return page.locator("main").inner_text()


def test_both_languages_are_complete(server: Server, visit: Visit) -> None:
    found = visit(server.url, camera=False).evaluate(WORDS)
    assert found["chosen"] == ["zh-Hant", "zh-Hant", "en", "en", "en"]
    english, chinese = found["words"]["en"], found["words"]["zh-Hant"]
    assert list(english) == list(chinese)
    for key, words in english.items():
        translated = chinese[key]
        assert re.search(r"[\u4e00-\u9fff]", translated) or key.startswith("result.said"), key
        assert sorted(re.findall(r"{\w+}", words)) == sorted(re.findall(r"{\w+}", translated)), key


def test_no_word_is_unknown_or_unused(server: Server, visit: Visit) -> None:
    known = set(visit(server.url, camera=False).evaluate(WORDS)["words"]["en"])
    sources = {
        path.name: path.read_text("utf-8")
        for path in STATIC.iterdir()
        if path.name.endswith((".html", ".js")) and path.name != "words.js"
    }
    named = set(re.findall(r'data-(?:words|label)="([^"]+)"', sources["index.html"]))
    assert named <= known
    script = " ".join(sources.values())
    said = set(re.findall(r'"([a-z]+(?:\.[a-z]+)+)"', script))
    made = tuple(re.findall(r"`((?:[a-z]+\.)+)\$", script))  # `card.${kind}.title`
    assert {
        key for key in said if key.partition(".")[0] in {k.partition(".")[0] for k in known}
    } <= known
    assert not [key for key in known - said - {"title"} if not key.startswith(made)], "unused"
    text = re.sub(
        r"<(script|title|noscript).*?</\1>|<!--.*?-->|<[^>]*>",
        "",
        sources["index.html"],
        flags=re.DOTALL,
    )
    assert not text.strip(), "words stand in index.html"


@pytest.mark.parametrize("camera", [True, False])
def test_the_page_in_chinese(server: Server, visit: Visit, camera: bool) -> None:
    page = visit(server.url, camera=camera, locale="zh-TW")
    if camera:
        live(page)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(page).to_have_title("即時展示")
    expect(page.locator("#link")).to_have_text("已連線")
    english = set(re.findall(r"[A-Za-z]+", visible_text(page)))
    assert english <= {"colours", "red", "green", "blue"}, "of the model, not of the page"


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    server: Server, visit: Visit
) -> None:
    page = visit(server.url, camera=False)
    expect(page.locator("#model-name")).to_have_text("colours")
    reached = []
    for _ in range(2):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        reached.append(focused.inner_text())
        assert focused.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    assert reached == ["Start the camera", "Choose a photo"]


def test_the_focus_goes_on_when_the_camera_has_started(server: Server, visit: Visit) -> None:
    page = visit(server.url, script="navigator.permissions.query = async () => ({});")
    page.get_by_role("button", name="Start the camera").press("Enter")
    live(page)
    expect(page.locator("#pause")).to_be_focused()


@pytest.mark.parametrize("camera", [True, False])
def test_everything_has_a_name(server: Server, visit: Visit, camera: bool) -> None:
    page = visit(server.url, camera=camera)
    if camera:
        live(page)
    for role in ("button", "combobox", "textbox", "img"):
        for element in page.get_by_role(role).all():
            assert element.evaluate("one => one.innerText || one.ariaLabel || one.alt"), role
    expect(page.get_by_role("heading", level=1)).to_have_text("Live demo")
    expect(page.get_by_role("main")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(server: Server, visit: Visit, scheme: str) -> None:
    page = visit(server.url, camera=False, color_scheme=scheme)
    ratios = page.evaluate("""() => {
        const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        const light = (name) => {
          probe.fillStyle = getComputedStyle(document.body).getPropertyValue("color");
          const mark = document.body.appendChild(document.createElement("i"));
          mark.style.color = `var(--${name})`;
          probe.fillStyle = getComputedStyle(mark).color;
          mark.remove();
          probe.fillRect(0, 0, 1, 1);
          const linear = [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) =>
            value <= 10 ? value / 3295 : ((value / 255 + 0.055) / 1.055) ** 2.4);
          return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        };
        const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        return [["ink", "ground"], ["soft", "ground"], ["accent", "ground"], ["on-accent", "accent"]]
          .map(([a, b]) => ratio(light(a), light(b)));
    }""")
    assert min(ratios) > 4.5, ratios  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize("camera", [True, False])
@pytest.mark.parametrize("locale", ["en", "zh-TW"])
def test_it_fits_a_phone(server: Server, visit: Visit, camera: bool, locale: str) -> None:
    page = visit(server.url, camera=camera, locale=locale, is_mobile=True, has_touch=True)
    if camera:
        live(page)
    for width, height in [(360, 640), (740, 360)]:
        page.set_viewport_size({"width": width, "height": height})
        fits_a_phone(page)


def fits_a_phone(page: Page) -> None:
    outside = page.evaluate("""() => [...document.querySelectorAll("button, select, h2, li, dd, p")]
        .filter((one) => one.checkVisibility() && one.textContent.trim())
        .filter((one) => one.offsetParent && !one.closest(".unseen"))
        .map((one) => [one.id || one.tagName, one.getBoundingClientRect()])
        .filter(([, box]) => box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight)
        .map(([name, box]) => [name, box.left, box.top, box.right, box.bottom])""")
    assert not outside
    small = page.evaluate("""() => [...document.querySelectorAll("button, select")]
        .filter((one) => one.checkVisibility() && one.offsetHeight < 40).map((one) => one.id)""")
    assert not small, "too small for a finger"


@pytest.mark.parametrize("camera", [True, False])
def test_a_small_or_magnified_window_scrolls(server: Server, visit: Visit, camera: bool) -> None:
    """Nothing is cut, and the square that the model sees stays one that shows something (WCAG 2.2, 1.4.10)."""
    page = visit(server.url, camera=camera)
    if camera:
        live(page)
    for width, height in [
        (320, 568),
        (568, 320),
        (640, 360),
        (320, 256),
    ]:  # the last: 200 and 400 %
        page.set_viewport_size({"width": width, "height": height})
        scrolls(page, camera)


def scrolls(page: Page, camera: bool) -> None:
    page.evaluate("scrollTo(0, 0)")
    assert not camera or page.evaluate("finder.clientWidth") > 140
    seen = page.evaluate("""() => ({
        aside: document.documentElement.scrollWidth > innerWidth,
        cut: [...document.querySelectorAll("button, select, h2, li, dt, dd, p")]
          .filter((one) => one.checkVisibility() && one.offsetParent && !one.closest(".unseen"))
          .map((one) => [one.id || one.textContent, one.getBoundingClientRect()])
          .filter(([, box]) => box.left < 0 || box.top < 0 || box.right > innerWidth)
          .map(([name]) => name),
        covered: card.checkVisibility() && card.getBoundingClientRect().top < model.getBoundingClientRect().bottom,
    })""")
    assert seen == {"aside": False, "cut": [], "covered": False}
    page.mouse.move(100, 100)
    page.mouse.wheel(0, 2_000)
    last = page.locator("#parts dd" if camera else "#card-hint").last
    expect(last).to_be_in_viewport(ratio=0.9)


LABELS = {  # and whether it is written from the right
    "a label of sixty characters, as some lists of classes do have": False,
    "American Staffordshire terrier": False,
    "義式濃縮咖啡與手工拉花拿鐵以及卡布奇諾咖啡": False,
    "قهوة إسبريسو (ثقيلة)": True,
}


def test_labels_of_all_kinds(server: Server, visit: Visit) -> None:
    """No label of ImageNet is cut, nor does a line show that is not there."""
    label = ""
    model = {"name": "mock", "version": "1", "sha256": "0"}
    hello = {"type": "hello", "model": model, "input_size": 64, "max_bytes": 1 << 20, "max_fps": 30}
    result = {
        "type": "result",
        "model": model,
        "timing": {"queue_ms": 0, "decode_ms": 1, "inference_ms": 2},
    }

    def answer(socket: WebSocketRoute) -> None:
        best = {"index": len(label), "label": label, "probability": 0.9}
        socket.send(json.dumps(result | {"predictions": [best]}))

    def connect(socket: WebSocketRoute) -> None:
        socket.on_message(lambda _: answer(socket))
        socket.send(json.dumps(hello))

    page = visit("about:blank", viewport={"width": 1280, "height": 800})
    page.route_web_socket("**/v1/stream", connect)
    page.goto(server.url)
    for label, right in LABELS.items():
        found = page.locator(f'#bars .label[title="{label}"]').evaluate("""one => ({
            cut: one.scrollHeight > one.clientHeight,
            right: getComputedStyle(one).direction === "rtl",
            padding: getComputedStyle(one).paddingBottom,
        })""")
        assert found == {"cut": False, "right": right, "padding": "0px"}, label


def test_bars_are_seen_in_forced_colours(server: Server, visit: Visit) -> None:
    page = live(visit(server.url, forced_colors="active"))
    fill, ground = (
        page.locator(one).first.evaluate("one => getComputedStyle(one).backgroundColor")
        for one in ("#bars .fill", "body")
    )
    assert fill != ground
