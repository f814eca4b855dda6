"""A model of a kilobyte that says which colour an image is, and pictures for it."""

import io
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

COLOURS = {"red": (230, 20, 30), "green": (20, 220, 40), "blue": (20, 30, 240)}
KEY = "a key that nobody guesses"
METADATA = {
    "name": "colours",
    "version": "1",
    "labels": json.dumps(list(COLOURS)),
    "input_size": "16",
    "crop": "0.875",
    "interpolation": "bicubic",
}


def picture(
    colour: str = "red", format_: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB"
) -> bytes:
    """Return an image file of one colour."""
    return saved(Image.new("RGB", size, COLOURS[colour]).convert(mode), format_)


def saved(image: Image.Image, format_: str = "PNG", **options: object) -> bytes:
    """Return an image as a file."""
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def write_model(
    path: Path,
    metadata: dict[str, str] | None = None,
    size: int = 16,
    dtype: int = TensorProto.UINT8,
    batch: str | int = "batch",
    busy: int = 0,
    scale: float = 0.1,
    external: bool = False,
) -> Path:
    """Write the model: the mean of each channel, times `scale`, through a softmax.

    `busy` multiplies square matrices of that side for each image, for a model that takes its time.
    """
    channels = len(COLOURS)
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["pixels", "axes"], ["means"], keepdims=0),
    ]
    constants = {"axes": np.array([1, 2]), "scale": np.array(scale, np.float32)}
    last = "means"
    if busy:  # (means @ ones) * 0 + means, too late to be folded
        constants |= {"side": np.array([busy, busy]), "zero": np.array(0, np.float32)}
        nodes += [
            helper.make_node("ReduceMean", ["means"], ["mean"], keepdims=0),
            helper.make_node("Expand", ["mean", "side"], ["square"]),
            helper.make_node("MatMul", ["square", "square"], ["product"]),
            helper.make_node("ReduceMean", ["product"], ["one"], keepdims=0),
            helper.make_node("Mul", ["one", "zero"], ["nothing"]),
            helper.make_node("Add", ["means", "nothing"], ["same"]),
        ]
        last = "same"
    nodes += [
        helper.make_node("Mul", [last, "scale"], ["scaled"]),
        helper.make_node("Softmax" if scale else "Identity", ["scaled"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "colours",
        [helper.make_tensor_value_info("image", dtype, [batch, size, size, channels])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [batch, channels])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    helper.set_model_props(model, METADATA if metadata is None else metadata)
    onnx.checker.check_model(model)
    if external:
        weights = next(at for at in model.graph.initializer if at.name == "scale")
        path.with_name("weights.bin").write_bytes(weights.raw_data)
        onnx.external_data_helper.set_external_data(weights, "weights.bin")
        weights.ClearField("raw_data")
    path.write_bytes(model.SerializeToString())
    return path
