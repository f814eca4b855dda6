import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from dev.project import REPOSITORY, CommandError

NAMES = {"pool", "pool_driver", "pool_tasks"}


@pytest.fixture(scope="module")
def bench() -> Iterator[ModuleType]:
    """Return the benchmark, whose modules are in no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(REPOSITORY / "benchmarks")
        for name in NAMES:
            patch.delitem(sys.modules, name, raising=False)
        yield import_module("pool")
        for name in NAMES:
            sys.modules.pop(name, None)


def taken(bench: ModuleType, loop: float, ours: float, peer: float) -> dict[str, dict[str, float]]:
    """Return a round at one size, 1 ms; times are those of a task."""
    times = {
        bench.LOOP: loop,
        bench.BY_HAND: loop / 2,
        bench.OURS: ours,
        bench.UNORDERED: ours,
        "peer | with a bar": peer,
        bench.DASK: 3.0,
        f"{bench.LOOP} beside {bench.DASK}": 1.5,
    }
    return {name: {"0.001": seconds} for name, seconds in times.items()}


@pytest.fixture
def result(bench: ModuleType):
    """Return what the driver finds, with 2 workers in 3 rounds, the last on a machine half as fast."""
    rounds = [(1.0, 0.52, 0.8), (1.0, 0.5, 1.0), (2.0, 1.04, 1.25)]
    speed = {
        "backend": "threads",
        "workers": 2,
        "absent": {"another": "why | not"},
        "chunksizes": [8],
        "counts": {"0.001": {bench.LOOP: 100, "peer | with a bar": 50}},
        "rounds": [taken(bench, *times) for times in rounds],
        "load": [0.0, 0.1],
        "immortal": True,
        "gil": False,
    }
    times = {"network": 1.8, "network_cpu": 0.2, "analysis_cpu": 3.0, "pipeline": 2.0}
    return {
        "speed": speed,
        "memory": {"items": 10, "samples": [1.0, 9.0, 8.0, 10.9], "seconds": 1.0, "load": [0.0]},
        "pipeline": {"cores": 2, "documents": 9, "rounds": [times], "load": [0.0]},
    }


def test_efficiency_is_of_times_of_the_same_round_and_process(bench: ModuleType, result) -> None:
    assert bench.efficiencies(result["speed"], bench.OURS, 1.0) == pytest.approx(
        [0.5 / 0.52, 1, 1 / 1.04]
    )
    # Not against the loop of the other process, which took 1 s.
    assert bench.efficiencies(result["speed"], bench.DASK, 1.0) == [0.25] * 3


def test_the_best_peer_is_none_of_ours(bench: ModuleType, result) -> None:
    name, ratio = bench.best_peer(result["speed"], 1.0)
    assert name == "peer | with a bar"
    assert ratio == pytest.approx(0.8 / 0.52)  # the median of the rounds' ratios: 1.54, 2, 1.20


def test_a_table_has_medians_half_ranges_and_who_is_absent(bench: ModuleType, result) -> None:
    lines = bench.table("3.14t", result["speed"], [1.0]).splitlines()
    rows = {line.split("|")[1].strip(): line for line in lines}
    assert lines[0] == "| 3.14t (threads) | 1 ms |"
    assert rows[bench.OURS] == "| cpu.map | 0.96 ±0.02 |"
    assert rows[bench.DASK] == "| Dask local | 0.25 ±0.00 |"
    assert rows["another"] == "| another | absent: why / not |"
    assert rows["**cpu.map / best peer**"].endswith(" 1.54 |")
    assert not [name for name in rows if name.startswith(bench.LOOP)]


def test_targets_are_met_or_missed_at_their_bounds(bench: ModuleType, result) -> None:
    def words() -> list[str]:
        lines = bench.verdicts(result, [1.0])
        return [line.rpartition(": ")[2].rpartition(", ")[2] for line in lines]

    assert words() == ["met", "not measured", "met", "met", "met"]
    result["speed"]["rounds"] = [taken(bench, 1.0, 0.53, 0.52)] * 2
    result["memory"]["samples"].append(11.0)
    result["pipeline"]["rounds"][0]["pipeline"] = 2.01
    assert words() == ["missed", "not measured", "missed", "missed", "missed"]
    result["speed"]["rounds"] = [taken(bench, 1.0, 0.52, 0.516)] * 2
    assert words()[2] == "met", "0.8 % slower than the best peer is as fast"


def test_the_pipelines_limit_is_the_network_or_the_cpu(bench: ModuleType, result) -> None:
    (times,) = result["pipeline"]["rounds"]
    assert bench.pipeline_ratio(times, 2) == 0.9
    assert bench.pipeline_ratio(times, 1) == 1.6  # 3.2 s of CPU time


def test_what_spoils_the_figures_is_said(
    bench: ModuleType, result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert "WARNING" not in "".join(bench.facts("3.14t", result))
    result["speed"] |= {"load": [0.1, 0.5], "immortal": False}
    busy, mortal = [line for line in bench.facts("3.14t", result) if "WARNING" in line]
    assert "others used 0.30 cores during speed, 0.50 at worst" in busy
    assert ".pyc" in mortal
    result["speed"] |= {"load": [], "gil": True}
    (gil,) = [line for line in bench.facts("3.14t", result) if "WARNING" in line]
    assert "turned the GIL on" in gil
    assert not [line for line in bench.facts("3.14", result) if "WARNING" in line]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--pins", "3.14,2.7"], "'2.7'; choose of 3.13, 3.14"),
        (["--sizes", "0.1,soon"], "like 0.1,1,10"),
        (["--sizes", "nan"], "like 0.1,1,10"),
        (["--sizes", "0"], "like 0.1,1,10"),
        (["--rounds", "0"], "at least 1"),
        (["--json", "no/such/folder/a.json"], "there is no folder"),
    ],
)
def test_refused_options(
    bench: ModuleType, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(arguments)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_a_project_that_cant_be_made_is_reported(
    bench: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise CommandError("the reason")

    monkeypatch.setattr(bench, "make_project", fail)
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the test run keeps its own
    assert bench.main(["--quick"]) == 1
    assert "the reason" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("pin", ["3.14", "3.14t"])
def test_it_measures_a_rendered_project(
    bench: ModuleType,
    template: Path,
    pin: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bench, "REPOSITORY", template)
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the test run keeps its own
    numbers = tmp_path / "numbers.json"
    arguments = ["--quick", "--pins", pin, "--sizes", "0.1,10", "--json", str(numbers)]
    status = bench.main(arguments)
    printed, progress = capfd.readouterr()
    assert status == 0, progress
    found = json.loads(numbers.read_text())["pins"][pin]
    speed = found["speed"]
    assert speed["backend"] == {"3.14": "interpreters", "3.14t": "threads"}[pin]
    assert speed["gil"] == (pin == "3.14")
    assert speed["immortal"]
    assert not speed["absent"]
    (ways,) = speed["rounds"]
    assert len(ways) == 12
    assert all(0 < seconds < 10 for way in ways.values() for seconds in way.values())
    assert all(len(way) == 2 for way in ways.values())
    assert len(found["memory"]["samples"]) == 10
    assert found["pipeline"]["documents"] > 30
    assert printed.count("\n- target: ") == 5
    assert "not measured" not in printed
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.json"]
