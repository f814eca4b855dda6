"""The model from Python, without a server."""

import os
from pathlib import Path
from typing import Self

from ..runtime.cores import usable_cores
from .model import Model, Prediction


class Classifier:
    """Says what an image shows. Any number of threads may share one."""

    def __init__(self, model: Model, max_pixels: int = 25_000_000) -> None:
        self.model = model
        self.max_pixels = max_pixels

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], *, sha256: str | None = None) -> Self:
        """Load a model that tools/export_onnx.py made. Raises model.ModelError."""
        return cls(Model.load(Path(path), sha256, usable_cores()))

    def classify(
        self, image: bytes | str | os.PathLike[str], *, top_k: int = 5
    ) -> list[Prediction]:
        """Return the `top_k` most probable classes of an image file's bytes, or of the file at a path.

        It uses all cores. Raises OSError if there is no such file, and images.ImageError.
        """
        data = image if isinstance(image, bytes) else Path(image).read_bytes()
        pixels = self.model.pixels(data, self.max_pixels)
        return self.model.top(self.model.run(pixels, alone=True)[0], top_k)
