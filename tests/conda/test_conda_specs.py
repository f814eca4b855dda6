"""conda's specs are read as py-rattler reads them, and mean the same in PEP 508."""

import re
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from rattler import MatchSpec

CORPUS = Path(__file__).parent / "corpus"

SPECS = [
    # spec, PEP 440; None where only the parse is compared
    ("n", ""),
    ("n=1.2", "==1.2.*"),
    ("n =1.2", "==1.2.*"),
    ("n = 1.2", "==1.2.*"),
    ("n=1.2.3", "==1.2.3.*"),
    ("n=1.2.*", "==1.2.*"),
    ("n==1.2.*", "==1.2.*"),
    ("n=1.2*", "==1.2.*"),
    ("n 1.2.*", "==1.2.*"),
    ("n==1.2", "==1.2"),
    ("n 1.2", "==1.2"),
    ("n=1.2=py39_0", "==1.2"),
    ("n 1.2 py39_0", "==1.2"),
    ("n==1.2=py39_0", "==1.2"),
    ("n ==1.2 h_0", "==1.2"),
    ("n=1.2.*=py39_0", "==1.2.*"),
    ("n=*=*cuda*", ""),
    ("n * cuda*", ""),
    ("n[build=*cuda*]", ""),
    ("n=*", ""),
    ("n *", ""),
    ("n>=1.2,<2.0a0", ">=1.2,<2.0a0"),
    ("n >= 1.2 , < 2", ">=1.2,<2"),
    ("n>=1.2=py_0", ">=1.2"),
    ("n~=1.8", "~=1.8"),
    ("n~=1.2.3.*", "~=1.2.3"),
    ("n~=1", ">=1"),
    ("n!=1.20.1", "!=1.20.1"),
    ("n!=1.8.*", "!=1.8.*"),
    ("n!=1.8*", "!=1.8.*"),
    ("n>=1.2.*", ">=1.2"),
    ("n>1.2.*", ">=1.2"),
    ("n<1.2.*", "<1.2"),
    ("n>=1.2,=1.3", ">=1.2,==1.3.*"),
    ("n 1.8|1.9", "==1.9"),
    ("n =1.2|=1.3", "==1.3.*"),
    ("n=1.2|1.3", "==1.3"),
    ("n 1.10.*|1.9.*", "==1.10.*"),
    ("n<3.20.3|>=3.23.0", ">=3.23.0"),
    ("n>=1,<2|>3", ">3"),
    ("n[version='>=1,<2']", ">=1,<2"),
    ("n[version=\">=1,<2\",build=py_0]", ">=1,<2"),
    ("chan::n", ""),
    ("chan/label/dev::n>=1", ">=1"),
    ("chan/linux-64::n=1.2", "==1.2.*"),
    ("https://conda.anaconda.org/chan::n=1.2", "==1.2.*"),
    ("n=2.1b", "==2.1b"),
    ("n=1.2rc1", "==1.2rc1"),
    ("n=1!2.0", "==1!2.0.*"),
    ("n=9d", ""),
    ("n=1.1.1l", ""),
    ("n=2020.1_1", ""),
    ("n==2.6.1d", ""),
    ("n (>=1)", ">=1"),
    ("python 3.9.* *_cpython", "==3.9.*"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), SPECS, ids=lambda value: str(value))
def test_meaning(text: str, meaning: str, conda2uv: ModuleType) -> None:
    spec = conda2uv.parse_spec(text)
    words, notes = conda2uv.specifiers(spec)
    assert words == meaning
    assert str(SpecifierSet(words)) is not None
    if not words and any(atoms for atoms in spec.alternatives):
        assert notes, "a pin was dropped without a word"


def like_rattler(text: str, conda2uv: ModuleType) -> None:
    """Compare name, version, build and channel of both parsers."""
    ours, theirs = conda2uv.parse_spec(text), MatchSpec(text)
    assert f'"{ours.name}"' in str(theirs.name).lower()
    assert re.sub(r"\b0+(?=\d)", "", ours.version()) == str(theirs.version or "*"), text  # 03 is 3
    assert ours.build == str(theirs.build or ""), text
    channel = ours.channel.rpartition("/")[2] if "://" in ours.channel else ours.channel
    for part in ("/linux-64", "/noarch"):
        channel = channel.removesuffix(part)
    assert channel == (theirs.channel.name if theirs.channel else ""), text


@pytest.mark.parametrize("text", [text for text, _ in SPECS])
def test_parse_is_py_rattlers(text: str, conda2uv: ModuleType) -> None:
    like_rattler(text, conda2uv)


def test_parse_is_py_rattlers_over_the_corpus(conda2uv: ModuleType) -> None:
    compared = 0
    for path in CORPUS.iterdir():
        if path.name in {"meta.yaml", "limits.txt"}:
            continue
        for entry in conda2uv.read(path).entries:
            text = entry.text
            quoted = "'" in text and "[" not in text
            if entry.section != "conda" or entry.broken or quoted or "://" in text:
                continue
            try:
                conda2uv.parse_spec(text)
            except ValueError:
                # py-rattler takes `n>1 <2` for a build `<2`, and `n:1` for a package `1`, which no channel has.
                assert text in {"intake>0.5 <0.7", "pyyaml:5.4"}
                continue
            if not re.search(r"\[\w+\]", text):  # py-rattler knows no extras
                like_rattler(text, conda2uv)
                compared += 1
    assert compared > 600


versions = st.from_regex(
    r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]?)){0,3}(a1|b2|rc1|\.post1)?", fullmatch=True
)
operators = st.sampled_from(["=", "==", ">=", "<=", ">", "<", "!=", "~=", " ", " ==", " >= "])
builds = st.sampled_from(["", "", "", "=py39_0", "=h1234567_0", "=*cuda*"])


@given(st.lists(st.tuples(operators, versions), min_size=1, max_size=3), builds)
def test_parse_is_py_rattlers_for_any_spec(
    conda2uv: ModuleType, parts: list[tuple[str, str]], build: str
) -> None:
    if len(parts) > 1:
        parts = [(operator if operator.strip() else ">=", version) for operator, version in parts]
        build = ""
    like_rattler(
        "name" + ",".join(operator + version for operator, version in parts) + build, conda2uv
    )


@given(st.text(max_size=40))
def test_any_text_is_parsed_or_refused(conda2uv: ModuleType, text: str) -> None:
    try:
        spec = conda2uv.parse_spec(text)
    except ValueError:
        return
    SpecifierSet(conda2uv.specifiers(spec)[0])


@pytest.mark.parametrize(
    ("selector", "marker"),
    [
        ("linux", "sys_platform == 'linux'"),
        ("osx and arm64", "sys_platform == 'darwin' and platform_machine == 'arm64'"),
        ("not win", "sys_platform != 'win32'"),
        ("py<38", "python_version < '3.8'"),
        ("not py>=310", "python_version < '3.10'"),
        ("optional", ""),
        ("linux and", ""),
    ],
)
def test_selectors(selector: str, marker: str, conda2uv: ModuleType) -> None:
    assert conda2uv.marker_of(selector) == marker


@pytest.mark.parametrize(
    ("spec", "pin"),
    [
        ("python=3.9", "3.13"),
        ("python 3.13.*", "3.13"),
        ("python=3.14", "3.14"),
        ("python=3.15", "3.15"),
        ("python=3.16", "3.15"),
        ("python=3", "3.14"),
        ("python", "3.14"),
        ("python>=3.8", "3.14"),
        ("python>=3.8,<3.11", "3.13"),
        ("python<3.14", "3.13"),
        ("python<=3.14", "3.14"),
        ("python>=3.15", "3.15"),
        ("python!=3.14.*", "3.15"),
        ("python~=3.9", "3.14"),
        ("python 3.8|3.13", "3.13"),
        ("python=2.7", "3.13"),
    ],
)
def test_the_nearest_python_that_is_offered(spec: str, pin: str, conda2uv: ModuleType) -> None:
    assert conda2uv.nearest(conda2uv.parse_spec(spec).alternatives) == pin
