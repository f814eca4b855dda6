"""The documentation says the same in both languages, and builds into a site whose links lead somewhere."""

import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from dev import screenshots, site
from dev.project import REPOSITORY

ENGLISH = {
    Path("README.md"): Path("README.zh-TW.md"),
    **{
        path.relative_to(REPOSITORY): Path("docs", "zh-TW", path.name)
        for path in sorted(REPOSITORY.glob("docs/*.md"))
    },
}
"""The README and the pages by task, and their translations. Decisions and the changelog are in English only."""


def blocks(text: str) -> list[str]:
    """Return the code blocks, without comments, which are translated."""
    found = re.findall(r"```\w+\n.*?```", text, re.DOTALL)
    return [re.sub(r"(?m)(^|\s\s)# .*$", "", block) for block in found]


def spans(text: str) -> Counter[str]:
    """Return the code in lines of text."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return Counter(" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose))


def targets(text: str) -> list[str]:
    """Return what a page links to, by the file's name."""
    found = re.findall(r"\]\(([^)]+)\)", text)
    return sorted(
        link if "://" in link else Path(link).name for link in found if "README" not in link
    )


def test_each_page_has_a_translation() -> None:
    lacking = [
        f"{page} lacks {other}"
        for page, other in ENGLISH.items()
        if not (REPOSITORY / other).exists()
    ]
    assert not lacking, "\n".join(lacking)
    others = {path.relative_to(REPOSITORY) for path in REPOSITORY.glob("docs/zh-TW/*.md")}
    assert not others - set(ENGLISH.values()), "translations of nothing"


TRANSLATED = [page for page, other in ENGLISH.items() if (REPOSITORY / other).exists()]


@pytest.mark.parametrize("page", TRANSLATED, ids=str)
def test_both_languages_say_the_same_commands(page: Path) -> None:
    english, chinese = ((REPOSITORY / path).read_text() for path in (page, ENGLISH[page]))
    assert blocks(chinese) == blocks(english)
    missing, added = spans(english) - spans(chinese), spans(chinese) - spans(english)
    assert not missing + added, f"only in English: {dict(missing)}; only in Chinese: {dict(added)}"
    assert targets(chinese) == targets(english)
    assert chinese.count("\n## ") == english.count("\n## ")
    assert chinese.count("\n|") == english.count("\n|"), "rows of tables"


@pytest.mark.parametrize("page", TRANSLATED, ids=str)
def test_the_chinese_is_traditional(page: Path) -> None:
    """Characters that only simplified Chinese has, and words that are said differently in Taiwan."""
    text = (REPOSITORY / ENGLISH[page]).read_text()
    assert re.search("[\u4e00-\u9fff]", text)
    simplified = set(
        "这个们为会说时间应该开关线进运软网络数据库环变类测试项标签码样过还没对从给见块执构发图统"
    )
    assert not set(text) & simplified
    wide = "[\u3000-\u9fff\uff00-\uffef]"
    broken = re.search(rf"{wide}\n {{0,3}}{wide}", text)
    assert not broken, f"a line break between Chinese characters shows as a blank: {broken}"
    for word in (
        "软件",
        "信息",
        "軟件",
        "網絡",
        "默認",
        "線程",
        "進程",
        "代碼",
        "數據庫",
        "倉庫",
        "緩存",
        "文件夾",
        "命令行上運行",
    ):
        assert word not in text, word


def test_each_decision_is_listed_and_short() -> None:
    folder = REPOSITORY / "docs" / "decisions"
    listed = re.findall(r"\]\((\d{4}-[^)]+)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))
    for name in listed:
        text = (folder / name).read_text()
        assert re.findall(r"\*\*(\w+)\.\*\*", text) == ["Context", "Decision", "Consequences"], name
        assert text.count("\n") < 16, name


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text())

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src"} and value:
                self.links.append(value)
            elif name in {"id", "name"} and value:
                self.anchors.add(value)


def test_the_site_builds_and_its_links_lead_somewhere(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    assert site.main([str(folder)]) == 0
    found = {path: Page(path) for path in folder.rglob("*.html") if path.name != "404.html"}
    assert {path.relative_to(folder).as_posix() for path in found} >= {
        *(f"{part}{name}.html" for part in ("", "zh-TW/") for name in ("index", "create", "team")),
        "decisions/index.html",
    }
    for path, page in found.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                assert not re.search(r"\.(css|js|woff2?|svg|png)$", link), (
                    f"{link} is loaded from elsewhere"
                )
                continue
            address, _, anchor = unquote(link).partition("#")
            target = (path.parent / address).resolve() if address else path
            assert target.exists(), f"{path.relative_to(folder)} links to {link}"
            if anchor and target in found and not anchor.startswith("__"):
                assert anchor in found[target].anchors, (
                    f"{path.relative_to(folder)} links to {link}"
                )
    chinese = (folder / "zh-TW" / "team.html").read_text()
    assert '<html lang="zh-TW"' in chinese
    assert "推行到整個團隊" in chinese


def test_a_site_never_empties_another_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")
    assert site.main([str(tmp_path)]) == 1
    assert "something else than a site" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").exists()


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, screenshots.BROWSERS)), reason="needs Chromium")
def test_a_picture_is_of_the_page(tmp_path: Path) -> None:
    page, picture = tmp_path / "page.html", tmp_path / "page.png"
    page.write_text("<body style='background: #123456'>")
    browser = next(filter(None, map(shutil.which, screenshots.BROWSERS)))
    screenshots.take(browser, page, picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
