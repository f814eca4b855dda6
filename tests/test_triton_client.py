"""Triton's own client, unchanged, talks to a project that serves."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from variants import PYTHONS

from dev.environment import environment
from dev.project import render, run

pytestmark = pytest.mark.slow

MODEL = "import sys; from pathlib import Path; from tiny_model import write_model; write_model(Path(sys.argv[1]))"
CLIENT = """
import sys
import numpy as np
import tritonclient.http as triton

client = triton.InferenceServerClient(sys.argv[1])
assert client.is_server_live() and client.is_server_ready()
assert client.is_model_ready("colours") and client.is_model_ready("colours", "1")
assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
assert client.get_model_metadata("colours")["inputs"][0]["shape"] == [-1, 16, 16, 3]
images = np.zeros((3, 16, 16, 3), np.uint8)
for at in range(3):
    images[at, :, :, at] = 255  # red, green, blue


def tensor(images, binary=True):
    tensor = triton.InferInput("image", list(images.shape), "UINT8")
    tensor.set_data_from_numpy(images, binary_data=binary)
    return tensor


for binary_in in (True, False):
    for outputs in (None, [True], [False]):
        wanted = outputs and [triton.InferRequestedOutput("probabilities", binary_data=outputs[0])]
        found = client.infer("colours", [tensor(images, binary_in)], outputs=wanted, request_id="7")
        assert found.get_response()["id"] == "7"
        assert found.as_numpy("probabilities").argmax(1).tolist() == [0, 1, 2]
later = client.async_infer("colours", [tensor(images)])
assert later.get_result().as_numpy("probabilities").shape == (3, 3)
classes = [triton.InferRequestedOutput("probabilities", class_count=2)]
for name, arguments, reason in (
    ("other", {"inputs": [tensor(images)]}, "Only colours, version 1, is served"),
    ("colours", {"inputs": [tensor(images[:, :8])]}, "the shape must be [n, 16, 16, 3]"),
    ("colours", {"inputs": [tensor(images)], "outputs": classes}, "classification"),
    ("colours", {"inputs": [tensor(images)], "request_compression_algorithm": "gzip"}, "Content-Encoding"),
):
    try:
        client.infer(name, **arguments)
    except triton.InferenceServerException as error:
        assert reason in error.message(), error
    else:
        raise AssertionError(reason)
"""


@pytest.fixture(params=["3.14", "3.14t"])
def address(
    request: pytest.FixtureRequest,
    plain_template: Path,
    tmp_path: Path,
    interpreter: Callable[[str], Path],
) -> Iterator[str]:
    """Serve a tiny model in a rendered project."""
    interpreter(request.param)
    answers = {**PYTHONS[request.param], "onnx_serving": True, "concurrency": False}
    project = render(tmp_path / "my-app", answers, plain_template)
    run("uv sync --quiet", cwd=project)
    model = str(tmp_path / "model.onnx")
    run(["uv", "run", "python", "-c", MODEL, model], project / "tests/serving")
    command = [str(project / ".venv/bin/my-app"), "serve", model, "--port", "0"]
    with subprocess.Popen(
        command, cwd=project, env=environment(), stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr
        line = next(line for line in server.stderr if '"listening"' in line)
        yield line.partition('"address": "')[2].partition('"')[0]
        server.terminate()
        server.stderr.read()
        assert server.wait(20) == 0


def test_the_stock_client(address: str, tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text(CLIENT)
    # In an environment of its own: it brings modules that turn the GIL on.
    uv = "uv run --no-project --isolated --python 3.14+gil --with tritonclient[http] client.py"
    run(f"{uv} {address}", cwd=tmp_path)
