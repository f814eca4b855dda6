import importlib.util
import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from dev.environment import environment
from dev.project import REPOSITORY

PYTHON = shlex.quote(sys.executable)
MAKE = f"""{PYTHON} -c "import pathlib; pathlib.Path('my-app').mkdir()" """
NOTHING = f"{PYTHON} -c pass"
BREAK = f"""{PYTHON} -c "print('a reason', flush=True); raise SystemExit('the last | line')" """


@pytest.fixture(scope="module")
def bench() -> Iterator[ModuleType]:
    """Return the benchmark, which is a script in no package."""
    path = REPOSITORY / "benchmarks" / "first_green.py"
    spec = importlib.util.spec_from_file_location("first_green", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "first_green", module)  # dataclasses look their module up there
        spec.loader.exec_module(module)
        yield module


def times(render: float, sync: float, test: float) -> dict[str, float]:
    return {"render": render, "sync": sync, "test": test}


@pytest.fixture
def results(bench: ModuleType):
    ours = [times(0.5, 0.3, 0.4), times(0.7, 0.3, 0.6), times(0.6, 0.9, 0.5)]
    base = [times(0.1, 0.4, 0.5), times(0.1, 0.3, 0.4), times(0.1, 0.6, 0.7)]
    found = bench.Results({"warm": {bench.OURS: ours, bench.BASELINE: base}, "cold": {}})
    found.sizes = {bench.OURS: (20, 580), bench.BASELINE: (6, 35)}
    return found


def test_a_table_has_medians_ranges_and_the_ratio_of_sums(bench: ModuleType, results) -> None:
    results.failures["hatch new"] = "the last | line"
    heading, rule, ours, base, failed = bench.table(
        results, "warm", [bench.OURS, bench.BASELINE, "hatch new"]
    ).splitlines()
    # The median of the sums, which is not the sum of the medians.
    assert ours == (
        "| copier-multicore | 0.60 (0.50-0.70) | 0.30 (0.30-0.90) | 0.50 (0.40-0.60) "
        "| 1.60 (1.20-2.00) | 1.60 | 20 | 580 |"
    )
    assert base.endswith("| 1.00 (0.80-1.40) | 1.00 | 6 | 35 |")
    assert failed.startswith(r"| hatch new | failed: the last \| line |")
    columns = {line.replace(r"\|", "").count("|") for line in (heading, rule, ours, base, failed)}
    assert columns == {9}


def test_without_a_baseline_there_is_no_ratio_and_no_verdict(bench: ModuleType, results) -> None:
    del results.samples["warm"][bench.BASELINE]
    assert bench.table(results, "warm", [bench.OURS]).endswith("| 1.60 (1.20-2.00) |  | 20 | 580 |")
    assert "not measured" in "".join(bench.verdicts(results))


def test_targets_are_met_or_missed_at_their_bounds(bench: ModuleType, results) -> None:
    assert [line.rpartition(", ")[2] for line in bench.verdicts(results)] == ["met"] * 3
    results.samples["warm"][bench.OURS] = [times(0.8, 0.6, 0.61)]
    results.sizes[bench.OURS] = (25, 580)
    assert [line.rpartition(", ")[2] for line in bench.verdicts(results)] == ["missed"] * 3
    assert "2.01" in bench.verdicts(results)[0]


def test_a_failure_leaves_the_targets_open(bench: ModuleType, results) -> None:
    results.failures[bench.OURS] = "why"
    assert "not measured" in "".join(bench.verdicts(results))


def test_count_takes_only_what_the_project_was_made_with(bench: ModuleType, tmp_path: Path) -> None:
    project = tmp_path / ".venv" / "my-app"  # only what is below the project is ignored
    made = ["a.py", "src/b.py", ".github/ci.yml"]
    later = [".venv/c.py", ".git/HEAD", "src/__pycache__/b.pyc", "uv.lock", ".pytest_cache/README"]
    for name in made + later:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("one\ntwo without an end")
    assert bench.count(project) == (3, 6)


def test_caches_are_empty_folders_of_their_own(bench: ModuleType, tmp_path: Path) -> None:
    first, second = bench.caches(tmp_path / "1"), bench.caches(tmp_path / "2")
    assert {"UV_CACHE_DIR", "PIP_CACHE_DIR", "POETRY_CACHE_DIR", "HATCH_DATA_DIR"} <= set(first)
    folders = [Path(folder) for folder in (*first.values(), *second.values())]
    assert len(set(folders)) == len(folders)
    assert all(folder.is_dir() and not list(folder.iterdir()) for folder in folders)


def test_one_that_fails_is_reported_and_the_others_go_on(
    bench: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = {"tests/test_my_app.py": "pass\n"}
    green = bench.Contender("green", MAKE, f"{NOTHING}\n{NOTHING}", NOTHING, adds=tests)
    broken = bench.Contender("broken", MAKE, BREAK, NOTHING)
    absent = bench.Contender("absent", "no-such-program-anywhere", NOTHING, NOTHING)
    found = bench.compare([broken, green, absent], ["warm", "cold"], 1, tmp_path, environment())
    assert found.failures["broken"] == "the last | line"
    assert "no-such-program-anywhere" in found.failures["absent"]
    assert {state: list(names) for state, names in found.samples.items()} == {
        "warm": ["green"],
        "cold": ["green"],
    }
    assert list(found.samples["warm"]["green"][0]) == list(bench.LABELS)
    assert found.sizes == {"green": (1, 1)}
    progress = capsys.readouterr().err
    assert progress.count("broken") == 1
    assert "a reason" in progress
    assert [path.name for path in tmp_path.iterdir()] == ["warm"]


def test_each_cold_round_has_empty_caches_and_each_project_a_new_path(
    bench: ModuleType, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    code = (
        "import json, os, pathlib; cache = pathlib.Path(os.environ['UV_CACHE_DIR']); "
        "print(json.dumps([str(pathlib.Path.cwd()), len(list(cache.iterdir()))]), "
        f"file=open({str(log)!r}, 'a')); (cache / 'wheel').touch()"
    )
    sync = f"{PYTHON} -c {shlex.quote(code)}"
    contender = bench.Contender("fake", MAKE, sync, NOTHING)
    bench.compare([contender], ["warm", "cold"], 2, tmp_path, environment())
    folders, cached = zip(*map(json.loads, log.read_text().splitlines()), strict=True)
    assert len(set(folders)) == 5
    assert cached == (0, 1, 1, 0, 0)  # the first pass, two warm, two cold


def test_commands_survive_blanks_in_paths(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "TOOLS", tmp_path / "with a blank")
    ours, _, hatch, *_ = bench.contenders("3.14", Path("/a template"))
    assert "/a template" in shlex.split(ours.render)
    assert shlex.split(hatch.test) == [str(bench.TOOLS / "3.14" / "hatch/bin/hatch"), "test"]


def test_poetry_is_told_of_an_index_only_if_there_is_one(bench: ModuleType) -> None:
    def added(index: str) -> str:
        (poetry,) = [
            each for each in bench.contenders("3.14", Path(), index) if each.tool == "poetry"
        ]
        return poetry.adds.get("pyproject.toml", "")

    assert not added("")
    assert re.search(
        r'^url = "https://index.example/simple/"$',
        added("https://index.example/simple/"),
        re.MULTILINE,
    )


def test_main_reports_whether_ours_failed(
    bench: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fakes = [
        bench.Contender(bench.OURS, MAKE, BREAK, NOTHING),
        bench.Contender(bench.BASELINE, MAKE, NOTHING, NOTHING),
    ]
    monkeypatch.setattr(bench, "contenders", lambda *_: fakes)
    monkeypatch.setattr(bench, "simple_index", lambda *_: "no address")  # no network
    monkeypatch.setattr(bench, "find", lambda _: sys.executable)
    monkeypatch.setattr(bench, "TOOLS", tmp_path / "tools")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the test run keeps its own
    numbers = tmp_path / "numbers.json"
    assert bench.main(["--warm", "--rounds", "1", "--json", str(numbers)]) == 1
    printed = capsys.readouterr().out
    assert r"| copier-multicore | failed: the last \| line |" in printed
    assert "cold caches" not in printed
    assert "load average" in printed
    assert json.loads(numbers.read_text())["failures"] == {bench.OURS: "the last | line"}
    assert bench.main(["--warm", "--rounds", "1", "--only", bench.BASELINE]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"tools", "numbers.json"}
