"""`tools/export_onnx.py` proves what it writes, and writes nothing that it can't prove; with PyTorch, 5 GB of it."""

import hashlib
import json
import os
import pickle
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from test_tools import KEYS, project_with_tools

from dev.project import CommandError, run

pytestmark = pytest.mark.slow

NETS = '''
import torch
from torch import nn


class Net(nn.Module):
    """Two classes: is it bright?"""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2))

    def forward(self, x):
        said = x.mean((2, 3))[:, :2] * self.scale
        return said


class Flips(Net):
    """Exported, it is another one."""

    def forward(self, x):
        said = super().forward(x)
        return -said if torch.compiler.is_exporting() else said


class Single(Net):
    """What it says of an image depends on the others of its batch."""

    def forward(self, x):
        said = super().forward(x)
        return said + said - said.flip(0) if torch.compiler.is_exporting() else said


class NotANumber(Net):
    def forward(self, x):
        return super().forward(x) * float("nan")


class Pair(Net):
    def forward(self, x):
        return super().forward(x), 1


class Lost(Net):
    def forward(self, x):
        return {}["nothing"]


class OnlyTwo(Net):
    def forward(self, x):
        return super().forward(x.reshape(2, *x.shape[1:]))


class Unbuilt(Net):
    def __init__(self) -> None:
        raise RuntimeError("no weights")


def no_module():
    return 7
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, interpreter: Callable[[str], Path]) -> Path:
    """Return a project with the tools and PyTorch for them, or skip where that can't be installed."""
    interpreter("3.14")
    made = project_with_tools(tmp_path_factory.mktemp("export"))
    (made / ".python-version").write_text("3.14\n")
    (made / "src" / "my_app").mkdir(parents=True)
    (made / "src" / "my_app" / "nets.py").write_text(NETS)
    (made / "labels.txt").write_text("dark\nbright\n")
    try:
        run("uv sync --quiet --script tools/export_onnx.py", cwd=made)
    except CommandError as error:
        pytest.skip(f"needs PyTorch, 5 GB, which can't be installed here: {str(error)[-500:]}")
    return made


@pytest.fixture(scope="module")
def python(project: Path) -> str:
    """Return the interpreter of the script's environment."""
    return run("uv python find --script tools/export_onnx.py", cwd=project).strip()


@pytest.fixture(scope="module")
def exported(project: Path) -> dict[str, dict[str, object]]:
    """Export EfficientNet-Lite0 with all there is, and return the report."""
    run("uv run --quiet tools/export_onnx.py --int8 --triton triton", cwd=project)
    return json.loads((project / "models" / "efficientnet-lite0.report.json").read_text())


def test_the_report_has_the_proof(project: Path, exported: dict[str, dict[str, object]]) -> None:
    parity = exported["parity"]
    assert parity["images"] == 7
    assert parity["max_abs_diff"] < 1e-5
    assert parity["max_abs_diff_in_a_batch"] < 1e-5
    for one in parity["top_5"]:
        assert list(one["pytorch"]) == list(one["onnx"]), one
    int8 = exported["int8"]
    assert int8["agreement"] >= 0.9
    assert 0 < int8["milliseconds"] < 1000
    whole, small = (
        exported[name] for name in ("efficientnet-lite0.onnx", "efficientnet-lite0-int8.onnx")
    )
    assert small["bytes"] < 0.3 * whole["bytes"]
    for name in ("efficientnet-lite0.onnx", "efficientnet-lite0-int8.onnx"):
        content = (project / "models" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == exported[name]["sha256"]
        assert str(project).encode() not in content, "a model has paths of the machine that made it"
        assert b"site-packages" not in content


def test_both_ways_give_the_same_model(
    project: Path, python: str, exported: dict[str, dict[str, object]]
) -> None:
    """What `demo_model.py` writes without PyTorch says what PyTorch's export says, and what a person would."""
    assert exported
    run("uv run --quiet tools/demo_model.py --output demo.onnx", cwd=project)
    code = f"""
import json, sys
sys.path.insert(0, {str(project / "tools")!r})
import numpy as np
from _model_file import Card
from _parity import Runner, milliseconds, photos
import onnxruntime
names = "demo.onnx", "models/efficientnet-lite0.onnx", "models/efficientnet-lite0-int8.onnx"
runners = [Runner(open(name, "rb").read()) for name in names]
meta = [r.session.get_modelmeta().custom_metadata_map for r in runners]
ends = [[(v.name, v.type, v.shape) for v in r.session.get_inputs() + r.session.get_outputs()] for r in runners]
labels = json.loads(meta[0]["labels"])
card = Card("", "", labels, 224, 0.875, "bicubic", "", "")
squares = {{photo.path.stem: photo.square(card) for photo in photos(None)}}
noise = np.random.default_rng(1).integers(0, 256, (8, 224, 224, 3), np.uint8)
batch = np.concatenate([np.stack(list(squares.values())), noise, noise[:1] * 0, noise[:1] * 0 + 255])
said = [r.run(batch) for r in runners]
print(json.dumps({{
    "meta": meta, "ends": ends,
    "apart": float(np.abs(said[0] - said[1]).max()),
    "top": [{{name: labels[i] for name, i in zip(squares, s.argmax(1)[:len(squares)].tolist())}} for s in said],
    "milliseconds": [milliseconds(batch[0], *runners) for _ in range(5)],
}}))
"""
    (project / "both.py").write_text(code)
    said = json.loads(run([python, "both.py"], cwd=project).splitlines()[-1])
    demo, whole, small = said["meta"]
    assert set(demo) == KEYS
    assert demo == whole
    assert small == whole | {"name": "efficientnet-lite0-int8"}
    assert said["ends"][0] == said["ends"][1] == said["ends"][2]
    assert said["apart"] < 1e-5
    for top in said["top"]:
        assert top["china"] == "palace"
        assert top["chelsea"] in {"tiger cat", "Egyptian cat", "tabby"}
        assert top["coffee"] == "espresso"
        assert top["flower"] == "daisy"
    # In turns, and the best of five, since neighbours on the machine take their share.
    without, with_torch, as_int8 = map(min, zip(*said["milliseconds"], strict=True))
    assert without < 1.25 * with_torch, "the graph without PyTorch is slower"
    assert as_int8 < 0.8 * with_torch, "int8 has no use"


def test_the_second_model(project: Path) -> None:
    """Normalised by ImageNet's mean and deviation, and resized by another filter."""
    run("uv run --quiet tools/export_onnx.py --model mobilenet-v2 --output m/net.onnx", cwd=project)
    parity = json.loads((project / "m" / "net.report.json").read_text())["parity"]
    assert parity["max_abs_diff"] < 1e-5
    first = {one["image"]: next(iter(one["onnx"])) for one in parity["top_5"]}
    assert first["china.jpg"] == "698 palace"
    assert first["motorcycle_left.png"] in {"665 moped", "670 motor scooter"}
    assert first["coffee.png"] == "967 espresso"
    assert first["chelsea.png"] in {"281 tabby", "282 tiger cat", "285 Egyptian cat"}


def test_triton_reads_the_configuration(
    project: Path, exported: dict[str, dict[str, object]], tmp_path: Path
) -> None:
    """By the schema that Triton's own client has."""
    for name, file in (
        ("efficientnet-lite0", "efficientnet-lite0.onnx"),
        ("efficientnet-lite0-int8", "efficientnet-lite0-int8.onnx"),
    ):
        model = project / "triton" / name
        assert {str(path.relative_to(model)) for path in model.rglob("*") if path.is_file()} == {
            "1/model.onnx",
            "config.pbtxt",
            "labels.txt",
        }
        content = (model / "1" / "model.onnx").read_bytes()
        assert hashlib.sha256(content).hexdigest() == exported[file]["sha256"]
        assert (model / "labels.txt").read_text().splitlines()[985] == "daisy"
        (tmp_path / "read.py").write_text(f"""
import json
from google.protobuf import json_format, text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig
config = text_format.Parse(open({str(model / "config.pbtxt")!r}).read(), ModelConfig())
print(json.dumps(json_format.MessageToDict(config)))
""")
        printed = run(
            "uv run --no-project --quiet --python 3.13 --with tritonclient[grpc] python read.py",
            cwd=tmp_path,
        )
        config = json.loads(printed.splitlines()[-1])
        assert config["name"] == name
        assert config["backend"] == "onnxruntime"
        assert config["maxBatchSize"] > 1
        assert "dynamicBatching" in config
        (given,), (got,) = config["input"], config["output"]
        assert (given["name"], given["dataType"], given["dims"]) == (
            "image",
            "TYPE_UINT8",
            ["224", "224", "3"],
        )
        assert (got["name"], got["dataType"], got["dims"]) == (
            "probabilities",
            "TYPE_FP32",
            ["1000"],
        )
        assert got["labelFilename"] == "labels.txt"


def test_a_module_of_ones_own(project: Path, python: str) -> None:
    """By its import path, with a checkpoint, labels, and the preprocessing that it was trained with."""
    (project / "save.py").write_text(
        "import torch\ntorch.save({'scale': torch.tensor([-50.0, 50.0])}, 'net.pth')\n"
    )
    run([python, "save.py"], cwd=project)
    run(
        "uv run --quiet tools/export_onnx.py --model my_app.nets:Net --checkpoint net.pth --labels labels.txt "
        "--size 32 --crop 1 --interpolation bicubic --mean 0 0 0 --std 1 1 1 --model-version 7 --license MIT "
        "--output own/net.onnx",
        cwd=project,
    )
    report = json.loads((project / "own" / "net.report.json").read_text())
    assert report["parity"]["max_abs_diff"] < 1e-5
    assert all(next(iter(one["onnx"])) == "1 bright" for one in report["parity"]["top_5"])
    (project / "read.py").write_text(
        "import json, onnxruntime\ns = onnxruntime.InferenceSession('own/net.onnx')\n"
        "print(json.dumps([s.get_modelmeta().custom_metadata_map, s.get_inputs()[0].shape]))\n"
    )
    metadata, shape = json.loads(run([python, "read.py"], cwd=project).splitlines()[-1])
    assert shape == ["batch", 32, 32, 3]
    assert metadata == {
        "name": "net",
        "version": "7",
        "labels": '["dark", "bright"]',
        "input_size": "32",
        "crop": "1.0",
        "interpolation": "bicubic",
        "license": "MIT",
        "source": "my_app.nets:Net",
    }


OWN = "--labels labels.txt --size 32 --model my_app.nets:"
REFUSED = {
    OWN + "Flips": r"No parity with PyTorch.* differ by up to 0\.\d.* have other top-5: \['astro",
    OWN + "Single": r"No parity with PyTorch.* up to \S+e-\d+, in a batch by 0\.\d",
    OWN + "NotANumber": r"No parity with PyTorch.* up to nan",
    OWN + "Net --int8 --agreement 1.01": r"int8 has the label of float32 on \d+% of 70 views",
    OWN + "Net --labels three.txt": r"There are 3 labels, and the module's output is \(2,\)",
    OWN + "Net --checkpoint hostile.pth": r"hostile\.pth does not fit Net",
    OWN + "Net --checkpoint other.pth": r"other\.pth does not fit Net.*shift",
    OWN + "Net --checkpoint missing.pth": r"can't be read.*missing\.pth",
    OWN + "Missing": r"makes no module.*Missing",
    OWN + "no_module": r"makes int, and no torch\.nn\.Module",
    OWN + "Net --images empty": r"empty has no image",
    OWN + "Net --images .": r"can't be read.*cannot identify",
    OWN + "Net --triton triton-7 --model-version 1.2": r"whole numbers from 1: 1\.2 is none",
    OWN + "Pair": r"can't export pair: .*tuple",
    OWN + "Lost": r"can't export lost: KeyError: 'nothing'",
    OWN + "OnlyTwo": r"export onlytwo|ONNX Runtime can't run it on 1 image",
    OWN + "Unbuilt": r"makes no module: RuntimeError: no weights",
    "--labels labels.txt --model my_app.wrong:Net": r"makes no module: SyntaxError",
    OWN + "Net --no-softmax": r"no probabilities",
    OWN + "Net --int8 --agreement nan": r"int8 has the label of float32 on \d+% of 70 views",
    OWN + "Net --crop 0": r"--crop",
    OWN + "Net --crop 1.5": r"--crop",
    OWN + "Net --size 5000": r"--size",
    OWN + "Net --mean 124 116 104": r"--mean",
    OWN + "Net --std 0.2 nan 0.2": r"--std",
    OWN + "Net --name ../net": r"--name",
    OWN + "Net --output models --triton triton-8": r"Nothing was written.*models is a folder",
    OWN + "Net --output triton-8/m.onnx --triton labels.txt": r"Nothing was written.*labels\.txt",
    "--model my_app.nets:Net": r"needs --labels",
    "--model mobilenet-v2 --size 96": r"--size: for a model of your own",
}


def test_what_is_not_proved_is_not_written(project: Path, python: str) -> None:
    """All are tried in one process, since each would load PyTorch."""

    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return os.system, (f"touch {project / 'ran'}",)

    (project / "three.txt").write_text("a\nb\nc\n")
    (project / "src" / "my_app" / "wrong.py").write_text("class Net(:\n")
    (project / "models").mkdir(exist_ok=True)
    (project / "hostile.pth").write_bytes(pickle.dumps({"scale": Hostile()}))
    (project / "empty").mkdir()
    (project / "refuse.py").write_text(f"""
import contextlib, io, json, sys
sys.path.insert(0, "tools")
import torch
from export_onnx import main
torch.save({{"shift": torch.ones(2)}}, "other.pth")
said = {{}}
for options in {list(REFUSED)!r}:
    with contextlib.redirect_stderr(io.StringIO()) as words:
        try:
            code = main(["--output", "refused/m.onnx", *options.split()])
        except SystemExit as stop:
            code = stop.code
    said[options] = code, words.getvalue()
print(json.dumps(said))
""")
    said = json.loads(run([python, "refuse.py"], cwd=project).splitlines()[-1])
    wrong = {
        options: (code, words)
        for options, (code, words) in said.items()
        if code not in {1, 2} or not re.search(REFUSED[options], words, re.DOTALL)
    }
    assert not wrong
    assert len(said) == len(REFUSED)
    assert not (project / "refused").exists()
    assert not (project / "triton-7").exists()
    assert not [path for path in project.glob("triton-8/**/*") if path.is_file()]
    assert not (project / "ran").exists()


def test_the_tools_are_typed(project: Path, python: str) -> None:
    """A project leaves them out of its own type check, since it lacks what they need."""
    ty = str(Path(sys.executable).with_name("ty"))
    options = "--python-version 3.13 --error-on-warning --extra-search-path tools"
    run([ty, "check", "--python", python, *options.split(), "tools"], cwd=project)
