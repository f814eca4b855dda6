"""What holds for every file of the corpus, whatever it is."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

CORPUS = Path(__file__).parent / "corpus"
PARTS = {"requirements-deep.txt", "requirements-extra.txt", "limits.txt"}  # of pip-grammar.yml
FILES = sorted(
    path for path in CORPUS.iterdir() if path.name not in PARTS and path.name != "meta.yaml"
)
each_file = pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)

# PyPI has other projects of these names, or none.
NEVER = set(
    """
    apex bcftools blas blast blosc bzip2 ca-certificates cairo caiman cdo cudatoolkit cudnn curl esmf fastqc ffmpeg
    fontconfig gdal git graphviz gxx hdf5 htslib imagemagick jpeg krb5 libblas libcblas libgdal liblapack libpng make mkl mpfr
    ncurses nco nodejs nomkl openssl picard pkg-config postgresql proj python python-abi pytorch pytorch-cuda qt r-base
    readline redis salmon samtools sqlite star tk ucrt vc wget xz yaml yarn zlib zstd pandoc poppler opencv anaconda
    """.split()  # noqa: SIM905
)


def written_lines(text: str, kind: str) -> list[int]:
    """Return the numbers of the lines of a file that say something, told apart by their looks alone."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = re.sub(r"(^|\s)#.*", "", line).strip()
        heading = re.fullmatch(r"-?\s*[\w.()-]+:|---|-|[{}\[\],]*|@EXPLICIT", bare)
        if bare and not heading and kind != "conda-lock":
            found.append(number)
    return found


def test_there_are_files_of_every_kind(plan_of: Callable) -> None:
    kinds = Counter(plan_of(path).source.kind for path in FILES)
    assert len(FILES) >= 28
    assert set(kinds) == {
        "environment file", "environment file with errors", "environment.json", "conda-lock", "conda list",
        "conda list --export", "explicit list", "list of names",
    }  # fmt: skip


@each_file
def test_every_line_has_one_outcome(file: Path, plan_of: Callable, conda2uv: ModuleType) -> None:
    plan = plan_of(file)
    report = conda2uv.data(plan)
    assert all(entry.status in conda2uv.STATUSES for entry in plan.entries())
    assert sum(report["counts"].values()) == len(plan.entries()) == report["entries_in_all"]
    own = [entry.line for entry in plan.entries() if not entry.file]
    assert report["lines_without_entry"] + len(set(own)) == report["lines"]
    missing = set(written_lines(file.read_text(), plan.source.kind)) - set(own)
    if file.name != "environment.json":  # a list in one line has an entry for each of its items
        assert not missing, f"lines that nothing says anything of: {missing}"
    for entry in plan.entries():
        assert entry.requirement or entry.why or entry.where, entry
        assert entry.do or entry.status not in {"system", "needs-you", "unverified"}, entry


@each_file
def test_what_is_emitted_is_pep_508(file: Path, plan_of: Callable) -> None:
    plan = plan_of(file)
    for text in [*plan.emitted(), *plan.constraints.values()]:
        requirement = Requirement(text)
        assert SpecifierSet(str(requirement.specifier)) is not None
        assert not requirement.specifier or not requirement.url


@each_file
def test_no_name_is_emitted_that_is_not_a_python_package(
    file: Path, plan_of: Callable, conda2uv: ModuleType
) -> None:
    plan = plan_of(file)
    from_pip = {
        conda2uv.parse_pip(entry.text).name
        for entry in plan.entries()
        if entry.section != "conda" or "pypi_0" in entry.text
    }
    replacements = {pypi for pypi, _, _ in conda2uv.REPLACED.values()}
    targets = {conda2uv.canonical(name.partition("[")[0]) for name in conda2uv.RENAMED.values()}
    for text in [*plan.emitted(), *plan.constraints.values()]:
        name = conda2uv.canonical(Requirement(text).name)
        assert name in conda2uv.PYTHON | from_pip | replacements | targets | {"pyqt6"}, text

    for entry in plan.entries():
        if entry.section == "conda" and entry.requirement and "pypi_0" not in entry.text:
            name = conda2uv.canonical(conda2uv.parse_spec(entry.text).name)
            same = name == conda2uv.canonical(Requirement(entry.requirement).name)
            assert not same or name not in NEVER, entry


@each_file
def test_each_way_to_treat_pins_can_be_read(file: Path, plan_of: Callable) -> None:
    floors = [Requirement(text) for text in plan_of(file, "floor").emitted()]
    assert all(part.operator in {">=", ">"} for found in floors for part in found.specifier)
    dropped = [Requirement(text) for text in plan_of(file, "drop").emitted()]
    assert not any(found.specifier for found in dropped)
    assert {found.name for found in floors} == {found.name for found in dropped}


@each_file
def test_the_report_shows_each_line_and_no_secret(
    file: Path, plan_of: Callable, conda2uv: ModuleType
) -> None:
    plan = plan_of(file)
    words = conda2uv.report(plan)
    table = words.partition("## Every line")[2]
    assert len(re.findall(r"^\| \S*\d+ \| `", table, re.MULTILINE)) == len(plan.entries())
    printed = words + str(conda2uv.data(plan)) + str(plan.variables)
    for secret in ("glpat-", "ghp_", "wJalr", "lovelace", "user:secret", "tk-12345"):
        assert secret not in printed


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_and_line_ends_make_no_difference(
    encoding: str, newline: str, plan_of: Callable, tmp_path: Path
) -> None:
    expected = plan_of(CORPUS / "course.yml").emitted()
    text = (CORPUS / "course.yml").read_text().replace("\n", newline)
    mark = "\ufeff" if encoding in {"utf-16-le", "utf-16-be"} else ""
    file = tmp_path / "environment.yml"
    for marked in {mark, ""}:
        file.write_bytes((marked + text).encode(encoding))
        assert plan_of(file).emitted() == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("[project]\nname = 'x'\n", "is TOML"),
        ("version: 6\nenvironments:\n  default: {}\npackages:\n- conda: x\n", "pixi's lock"),
        ("def main():\n    print(1)\n", "no line that reads like a requirement"),
        ("\x7fELF\0\0\x01", "no text file"),
        ("# nothing\n", "no environment file"),
    ],
)
def test_what_is_no_environment_is_refused_with_the_reason(
    text: str, reason: str, conda2uv: ModuleType, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text(text)
    with pytest.raises(conda2uv.UnreadableError, match=reason):
        conda2uv.read(file)


def test_a_recipe_is_refused_with_what_to_do_instead(
    conda2uv: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert conda2uv.main([str(CORPUS / "meta.yaml")]) == 2
    assert "conda env export --from-history" in capsys.readouterr().err


LINES = sorted({line for path in FILES for line in path.read_text().splitlines()})
ODD = [
    "dependencies: numpy", "- [a, b]", "- {a: [b, c]}", "  - &a numpy", "  - *a", "  - |", "    folded", "  - null",
    "  - numpy =", "  - numpy[", "  - =1.2", "  - a::b::c", "  - -e", "  - -r", "  - --index-url", "  - x @ y ; ",
    "  - x ; python", "  - x==1.*.2", "  - python>=3.x", "  - pytorch-cuda=*", "  - torch==1+cu1", "\t- tab", "@EXPLICIT",
    "  - é=1.2", "variables: x", "    - too far in", "- pip:", "  - pip: {a: b}", "- pip: requests",
]  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(LINES + ODD * 20), min_size=1, max_size=12), st.booleans())
def test_no_mixture_of_lines_is_lost_or_makes_it_stumble(
    conda2uv: ModuleType, plan_of: Callable, lines: list[str], heading: bool
) -> None:
    text = "\n".join(["dependencies:", *lines] if heading else lines)
    try:
        plan = plan_of(text)
    except conda2uv.UnreadableError:
        return
    for entry in plan.entries():
        assert entry.status in conda2uv.STATUSES
        assert entry.do or entry.status not in {"system", "needs-you", "unverified"}, entry
    for requirement in [*plan.emitted(), *plan.constraints.values()]:
        Requirement(requirement)
    assert conda2uv.report(plan).count("\n| ") == len(plan.entries()) + 2


def test_the_example_of_the_documentation(
    plan_of: Callable, conda2uv: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (CORPUS.parents[2] / "docs" / "leave-anaconda.md").read_text()
    (environment,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (printed,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    conda2uv.show(plan_of(environment), colour=False)
    shown = capsys.readouterr().out
    assert all(line in shown for line in printed.splitlines())
    for status in conda2uv.STATUSES:
        assert re.search(rf"^\| [^|]*\b{status}\b[^|]* \|", page, re.MULTILINE), status
