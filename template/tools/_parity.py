"""Does an exported model say what PyTorch says? Asked with real photographs, and with PyTorch's own arithmetic.

The expected values don't come through what was exported: pixels are normalised by numpy, and the module is run as it was
loaded.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
import torch
from _model_file import Card, ToolError
from _models import Recipe
from PIL import Image

PHOTOGRAPHS = {  # of things that ImageNet has names for; read without importing their packages
    "scikit-image": ("skimage/data", "astronaut.png chelsea.png coffee.png motorcycle_left.png rocket.jpg"),
    "scikit-learn": ("sklearn/datasets/images", "china.jpg flower.jpg"),
}  # fmt: skip
CENTRE, CORNERS = (0.5, 0.5), ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
BATCH = 4  # images in the run that shows that the batch is dynamic
RUNS = 50

type Place = tuple[float, float]


@dataclass(frozen=True)
class Photo:
    """An image file, and the squares that a model sees of it."""

    path: Path
    image: Image.Image

    def square(self, card: Card, place: Place = CENTRE, share: float = 1) -> np.ndarray:
        """Return uint8 [input_size, input_size, 3]: `share` of the square that the server takes, at another place."""
        width, height = self.image.size
        side = min(width, height) * card.crop * share
        left, top = (width - side) * place[0], (height - side) * place[1]
        filters = Image.Resampling[card.interpolation.upper()]
        size = (card.input_size, card.input_size)
        box = (left, top, left + side, top + side)
        return np.asarray(self.image.resize(size, filters, box))

    def squares(self, card: Card) -> Iterator[np.ndarray]:
        """Yield ten: the centre and the corners, each as large as the server's and smaller."""
        for share in (1.0, 0.7):
            for place in (CENTRE, *CORNERS):
                yield self.square(card, place, share)


def photos(folder: Path | None) -> list[Photo]:
    """Return the images in a folder, in the order of their names, or those that come with this tool's packages."""
    try:
        if folder:
            paths = sorted(path for path in folder.iterdir() if path.is_file())
        else:
            paths = [
                Path(str(distribution(package).locate_file(f"{where}/{name}")))
                for package, (where, names) in PHOTOGRAPHS.items()
                for name in names.split()
            ]
        found = [Photo(path, Image.open(path).convert("RGB")) for path in paths]
    except (OSError, PackageNotFoundError, SyntaxError, Image.DecompressionBombError) as error:
        raise ToolError(f"An image for the comparison can't be read: {error}") from error
    if not found:
        raise ToolError(f"--images {folder} has no image: parity is proved on real ones.")
    return found


class Runner:
    """A model file's content, run on one thread."""

    def __init__(self, content: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self.session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ToolError(f"ONNX Runtime can't load what was exported: {error}") from error

    def run(self, images: np.ndarray) -> np.ndarray:
        """Return probabilities [batch, classes] of uint8 images [batch, height, width, 3]."""
        try:
            return np.asarray(self.session.run(["probabilities"], {"image": images})[0])
        except Exception as error:  # ONNX Runtime's errors have no base class of their own
            raise ToolError(
                f"ONNX Runtime can't run it on {len(images)} image(s): {error}"
            ) from error


def milliseconds(image: np.ndarray, *runners: Runner) -> list[float]:
    """Return how long one image takes each runner: the median of 50 runs, in turns, after 10 that warm up."""
    spans: list[list[float]] = [[] for _ in runners]
    for _ in range(10 + RUNS):
        for runner, own in zip(runners, spans, strict=True):
            started = time.perf_counter()
            runner.run(image[None])
            own.append(time.perf_counter() - started)
    return [round(median(own[-RUNS:]) * 1000, 2) for own in spans]


def expected(recipe: Recipe, images: np.ndarray, *, softmax: bool = True) -> np.ndarray:
    """Return what PyTorch says to uint8 images [batch, height, width, 3], as float64 [batch, classes]."""
    pixels = (images / 255 - np.array(recipe.mean)) / np.array(recipe.std)
    with torch.inference_mode():
        inputs = torch.from_numpy(pixels.transpose(0, 3, 1, 2).astype(np.float32))
        said = recipe.module(inputs).double()
        return (said.softmax(-1) if softmax else said).numpy()


def compare(
    recipe: Recipe, runner: Runner, shown: Sequence[Photo], tolerance: float, *, softmax: bool
) -> dict[str, object]:
    """Return the report on parity; raises ToolError where the two differ.

    They differ where a probability does by more than `tolerance`, or where the five likeliest classes of an image are
    others or in another order. A batch must say what its images say alone.
    """
    squares = np.stack([photo.square(recipe.card) for photo in shown])
    alone = np.concatenate([runner.run(square[None]) for square in squares])
    told = np.concatenate([expected(recipe, square[None], softmax=softmax) for square in squares])
    batch = np.resize(squares, (BATCH, *squares.shape[1:]))
    apart = float(np.abs(runner.run(batch) - np.resize(alone, (BATCH, alone.shape[1]))).max())
    difference = float(np.abs(alone - told).max())
    said = [
        {
            "image": photo.path.name,
            "pytorch": top(of_torch, recipe.card),
            "onnx": top(of_onnx, recipe.card),
        }
        for photo, of_torch, of_onnx in zip(shown, told, alone, strict=True)
    ]
    others = [
        one["image"]
        for one, a, b in zip(said, told, alone, strict=True)
        if ranking(a) != ranking(b)
    ]
    if not (difference <= tolerance and apart <= tolerance) or others:  # NaN fails, too
        raise ToolError(
            f"No parity with PyTorch, so no model was written: probabilities differ by up to {difference:.2g}, in a "
            f"batch by {apart:.2g}, where {tolerance:g} is allowed (--tolerance); "
            f"{len(others)} of {len(shown)} images have other top-5: {others[:5]}."
        )
    return {
        "images": len(shown),
        "tolerance": tolerance,
        "max_abs_diff": difference,
        "max_abs_diff_in_a_batch": apart,
        "top_5": said,
    }


def ranking(probabilities: np.ndarray) -> list[int]:
    """Return the indices of the five likeliest classes."""
    return np.argsort(-probabilities, kind="stable")[:5].tolist()


def top(probabilities: np.ndarray, card: Card) -> dict[str, float]:
    """Return the five likeliest labels with their probabilities, likeliest first."""
    return {
        f"{index} {card.labels[index]}": round(float(probabilities[index]), 4)
        for index in ranking(probabilities)
    }
