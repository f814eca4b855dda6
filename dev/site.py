"""`uv run site`: the documentation site in English and Traditional Chinese, from README, docs/ and the changelog, in site/."""

import argparse
import json
import os
import re
import shutil
import string
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from dev.project import REPOSITORY, CommandError, run

PAGES = ("create", "choose", "parallel", "serve", "leave-anaconda", "update", "team")
"""The pages in the order in which one needs them; what else is in docs/ follows them."""
LANGUAGES = {
    "en": {
        "folder": "docs", "readme": "README.md", "name": "copier-multicore", "decisions": "Decisions", "home": "Start",
        "description": "A Copier template for uv projects that use every core", "changes": "Changelog",
        "to_dark": "Switch to dark mode", "to_light": "Switch to light mode", "english": "./index.html", "chinese": "./zh-TW/index.html",
    },
    "zh-TW": {
        "folder": "docs/zh-TW", "readme": "README.zh-TW.md", "name": "copier-multicore", "decisions": "決策紀錄",
        "home": "開始", "description": "讓 uv 專案用上每一顆核心的 Copier 範本", "changes": "變更紀錄",
        "to_dark": "切換至深色模式", "to_light": "切換至淺色模式", "english": "../index.html", "chinese": "./index.html",
    },
}  # fmt: skip
LINK = re.compile(r"(\]\()([^)#\s]+)(#[^)]*)?(\))")


def main(argv: Sequence[str] | None = None) -> int:
    """Build the site; return 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="site", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=REPOSITORY / "site")
    folder = parser.parse_args(argv).folder.absolute()
    try:
        build(folder)
    except (CommandError, ValueError) as error:
        print(f"site: {error}", file=sys.stderr)
        return 1
    print(f"Built: {folder / 'index.html'}")
    return 0


def build(folder: Path) -> None:
    """Build both languages into a folder, which is emptied first.

    Raises:
        CommandError: Zensical reports a problem.
        ValueError: A link leads to nothing that is in the site.
    """
    if folder.exists():
        if any(folder.iterdir()) and not (folder / "index.html").exists():
            raise ValueError(f"{folder} has something else than a site in it: name another folder")
        shutil.rmtree(folder)
    for language in LANGUAGES:
        with tempfile.TemporaryDirectory() as temporary:
            stage(language, Path(temporary))
            run("zensical build --strict", cwd=Path(temporary))
            built = Path(temporary) / "site"
            shutil.copytree(
                built, folder / ("" if language == "en" else language), dirs_exist_ok=True
            )


def pages(language: str) -> dict[Path, Path]:
    """Return the sources of a language's pages, relative to the repository, and their paths in the site, in order."""
    words = LANGUAGES[language]
    found = {Path(words["readme"]): Path("index.md")}
    order = {f"{name}.md": number for number, name in enumerate(PAGES)}
    sources = (REPOSITORY / words["folder"]).glob("*.md")
    for path in sorted(sources, key=lambda path: (order.get(path.name, len(order)), path.name)):
        found[path.relative_to(REPOSITORY)] = Path(path.name)
    records = (REPOSITORY / "docs" / "decisions").glob("*.md")
    for path in sorted(records, key=lambda path: (path.name != "README.md", path.name)):
        found[path.relative_to(REPOSITORY)] = Path(
            "decisions", path.name.replace("README", "index")
        )
    for path in sorted((REPOSITORY / "docs" / "images").iterdir()):
        found[path.relative_to(REPOSITORY)] = Path("images", path.name)
    return found | {
        Path("CHANGELOG.md"): Path("changelog.md"),
        Path("AGENTS.md"): Path("agents.md"),
    }


def stage(language: str, folder: Path) -> None:
    """Write what Zensical needs for a language into a folder."""
    words, found = LANGUAGES[language], pages(language)
    for source, target in found.items():
        path = folder / "docs" / target
        path.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            text = (REPOSITORY / source).read_text()
            path.write_text(LINK.sub(relinked(source, found), text))
        else:
            shutil.copy(REPOSITORY / source, path)
    shutil.copy(REPOSITORY / "docs" / "extra.css", folder / "docs" / "extra.css")
    settings = string.Template((REPOSITORY / "docs" / "zensical.toml").read_text())
    values = {name: json.dumps(word, ensure_ascii=False) for name, word in words.items()}
    values |= {"language": json.dumps(language), "nav": navigation(words, found)}
    (folder / "zensical.toml").write_text(settings.substitute(values))


def relinked(source: Path, found: dict[Path, Path]) -> Callable[[re.Match[str]], str]:
    """Return what writes a link between the repository's files as one between the pages that they become.

    A link to the other language's page leads to that page in the other part of the site.
    """

    def rewrite(link: re.Match[str]) -> str:
        before, address, anchor, after = link.groups(default="")
        if "://" in address:
            return link[0]
        target = Path(os.path.normpath(source.parent / address))
        if target in found:
            away = os.path.relpath(found[target], found[source].parent)
        else:
            away = elsewhere(target, found[source].parent, source)
        return f"{before}{Path(away).as_posix()}{anchor}{after}"

    return rewrite


def elsewhere(target: Path, start: Path, source: Path) -> str:
    """Return the way to a page of the other language, as HTML, since it is not in this part of the site.

    Raises:
        ValueError: There is no such page.
    """
    for language, root in (("en", ".."), ("zh-TW", "zh-TW")):
        if (page := pages(language).get(target)) is not None:
            return os.path.relpath(Path(root) / page.with_suffix(".html"), start)
    raise ValueError(f"{source} links to {target}, which is not in the site")


def navigation(words: dict[str, str], found: dict[Path, Path]) -> str:
    """Return the navigation as TOML: each page under its own title."""
    tasks = [
        (source, target)
        for source, target in found.items()
        if str(source.parent) == words["folder"]
    ]
    records = [
        (source, target) for source, target in found.items() if target.parts[0] == "decisions"
    ]
    entries = [
        f'  {{ {json.dumps(words["home"], ensure_ascii=False)} = "index.md" }}',
        *(f"  {entry(source, target)}" for source, target in tasks),
        f"  {{ {json.dumps(words['decisions'], ensure_ascii=False)} = [",
        *(f"    {entry(source, target)}" for source, target in records),
        "  ] }",
        f'  {{ {json.dumps(words["changes"], ensure_ascii=False)} = "changelog.md" }}',
    ]
    return (
        "[\n"
        + "".join(f"{line},\n" if not line.endswith("[") else f"{line}\n" for line in entries)
        + "]"
    )


def entry(source: Path, target: Path) -> str:
    """Return a page's line in the navigation."""
    title = (REPOSITORY / source).read_text().partition("\n")[0].removeprefix("# ").replace("`", "")
    return f"{{ {json.dumps(title, ensure_ascii=False)} = {json.dumps(target.as_posix())} }}"


if __name__ == "__main__":
    sys.exit(main())
