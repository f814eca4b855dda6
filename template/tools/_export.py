"""From a trained module to a model that takes an image's pixels and returns probabilities."""

import logging
import sys
import warnings

import onnx
import torch
from _model_file import ToolError
from _models import Recipe
from torch import Tensor, nn
from torch.nn.functional import batch_norm

logging.getLogger("torch").setLevel(logging.ERROR)  # it misses torchvision and triton, unused here
sys.modules["triton"] = None  # ty: ignore[invalid-assignment] - torch.onnx imports it for nothing, and it turns the GIL on


class Served(nn.Module):
    """A module with what is around it in the graph: uint8 [batch, height, width, 3] in, probabilities out."""

    mean: Tensor
    variance: Tensor

    def __init__(self, recipe: Recipe, *, softmax: bool) -> None:
        super().__init__()
        self.module = recipe.module
        self.softmax = softmax
        mean, std = (
            torch.tensor(values, dtype=torch.float64) * 255 for values in (recipe.mean, recipe.std)
        )
        self.register_buffer("mean", mean.float())
        self.register_buffer("variance", (std * std).float())

    def forward(self, image: Tensor) -> Tensor:
        """Return float32 [batch, classes]."""
        pixels = image.permute(0, 3, 1, 2).to(torch.float32)
        # As one node, for which ONNX Runtime keeps the layout: an int8 MobileNetV2 takes 2.7 ms, and with a subtraction
        # and a division 3.5.
        pixels = batch_norm(pixels, self.mean, self.variance, eps=0.0)
        said = self.module(pixels)
        return said.softmax(-1) if self.softmax else said


def export(recipe: Recipe, *, softmax: bool) -> onnx.ModelProto:
    """Return the model, checked; raises ToolError when PyTorch can't export it or the labels don't fit it."""
    size = recipe.card.input_size
    example = torch.zeros(2, size, size, 3, dtype=torch.uint8)
    served = Served(recipe, softmax=softmax).eval()
    try:
        said = served(example)
        classes = tuple(said.shape)[1:]
        if classes != (len(recipe.card.labels),):
            raise ToolError(
                f"There are {len(recipe.card.labels)} labels, and the module's output is {classes}."
            )
        if said.min() < 0 or (said.sum(-1) - 1).abs().max() > 1e-3:  # as the server asks
            raise ToolError(
                "The module's output is no probabilities, which sum up to 1: leave --no-softmax out."
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations inside of PyTorch
            logging.getLogger("torch.onnx").setLevel(
                logging.ERROR
            )  # it misses torchvision, unused here
            program = torch.onnx.export(
                served,
                (example,),
                input_names=["image"],
                output_names=["probabilities"],
                dynamic_shapes={"image": {0: torch.export.Dim("batch", min=1, max=1024)}},
                external_data=False,  # one file, so that one hash says what it is
                verbose=False,
            )
    except ToolError:
        raise
    except Exception as error:  # the module's own code may raise anything
        why = f"{type(error).__name__}: {error}"
        raise ToolError(f"PyTorch can't export {recipe.card.name}: {why}") from error
    if not program:
        raise ToolError(f"PyTorch exported nothing of {recipe.card.name}.")
    model = program.model_proto
    forget(model)
    recipe.card.attach(model)
    onnx.checker.check_model(model, full_check=True)
    return model


def forget(model: onnx.ModelProto) -> None:
    """Take out what PyTorch notes of the source: line by line, with the paths of this machine."""
    graph = model.graph
    for part in (graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        del part.metadata_props[:]
        part.ClearField("doc_string")
