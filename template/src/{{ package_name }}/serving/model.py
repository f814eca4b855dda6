"""One ONNX file: checked, warmed up, and ready to run."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
import onnxruntime as ort
from pydantic import BaseModel, Field, Json, ValidationError

from .images import decode

INPUT, OUTPUT = "image", "probabilities"
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class ModelError(ValueError):
    """The model can't be served; the message says why, in one line."""


class Metadata(BaseModel, frozen=True):
    """What a model's file says of itself, so that the server needs nothing else."""

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    labels: Json[list[str]]
    input_size: int = Field(ge=1, le=4096)  # pixels, of a square
    crop: float = Field(gt=0, le=1)  # share of the shorter side that the centre square takes
    interpolation: Literal["bicubic", "bilinear"]
    license: str = ""
    source: str = ""


@dataclass
class Prediction:
    """A class that the model knows, and how probable it takes it to be (0 to 1)."""

    index: int
    label: str
    probability: float


@dataclass
class Identity:
    """What a reply says of the model."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class Model:
    """An immutable model, which any number of threads may run at once."""

    metadata: Metadata
    identity: Identity
    narrow: ort.InferenceSession  # a thread for each run: the most images a second
    wide: ort.InferenceSession  # all cores for one run: the quickest answer to a lone request

    @classmethod
    def load(
        cls, path: Path, sha256: str | None = None, threads: int = 1, provider: str = "cpu"
    ) -> Self:
        """Read a model, check it and run it once.

        The sessions are made from the very bytes that were hashed. `threads` are those of a lone
        run. Raises ModelError.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            hint = "; `uv run tools/demo_model.py` makes one" if not path.exists() else ""
            raise ModelError(f"can't read the model {path}: {error.strerror}{hint}") from error
        found = hashlib.sha256(data).hexdigest()
        if sha256 and found != sha256:
            raise ModelError(f"{path} has the SHA-256 {found}, but {sha256} was asked for")
        try:
            narrow = session(data, 1, provider)
            wide = session(data, threads, provider) if provider == "cpu" else narrow
            metadata = Metadata.model_validate(narrow.get_modelmeta().custom_metadata_map)
            check_tensors(narrow, metadata)
            model = cls(metadata, Identity(metadata.name, metadata.version, found), narrow, wide)
            model.warm_up()
        except ValidationError as error:
            raise ModelError(f"{path} has wrong metadata: {told(error)}") from None
        except ModelError as error:
            raise ModelError(f"{path} can't be served: {error}") from None
        except Exception as error:  # ONNX Runtime's errors have no base class of their own
            reason = " ".join(str(error).split())
            raise ModelError(f"{path} is no model that ONNX Runtime can run: {reason}") from error
        return model

    def pixels(self, data: bytes, max_pixels: int) -> np.ndarray:
        """Return an image file as this model takes it: uint8 [1, input_size, input_size, 3].

        Raises images.ImageError.
        """
        made = self.metadata
        return decode(data, made.input_size, made.crop, made.interpolation, max_pixels)

    def run(self, images: np.ndarray, alone: bool = False) -> np.ndarray:
        """Return float32 [batch, classes] for uint8 [batch, input_size, input_size, 3].

        It blocks for milliseconds without the GIL. `alone` says that no other run competes.
        """
        chosen = self.wide if alone else self.narrow
        return np.asarray(chosen.run([OUTPUT], {INPUT: images})[0])

    def top(self, probabilities: np.ndarray, k: int) -> list[Prediction]:
        """Return the `k` most probable classes of one image, the best first; all if `k` is more."""
        labels = self.metadata.labels
        k = min(k, len(labels))
        best = np.argpartition(probabilities, -k)[-k:]
        best = best[np.argsort(-probabilities[best], kind="stable")].tolist()
        return [Prediction(at, labels[at], round(float(probabilities[at]), 6)) for at in best]

    def warm_up(self) -> None:
        """Run each session once: the first run is slow. Raises ModelError for what can't be right."""
        size = self.metadata.input_size
        for alone in (False, True):
            probabilities = self.run(np.zeros((1, size, size, 3), np.uint8), alone)
            if not np.isclose(probabilities.sum(), 1, atol=1e-3) or probabilities.min() < 0:
                raise ModelError(f"its {OUTPUT} of a black image don't sum up to 1")


def told(error: ValidationError) -> str:
    """Return what is wrong with which fields, in one line."""
    return "; ".join(
        f"{'.'.join(map(str, at['loc'])) or 'all'}: {at['msg']}" for at in error.errors()
    )


def session(data: bytes, threads: int, provider: str) -> ort.InferenceSession:
    """Return a session on `threads` cores. Raises ModelError if the provider is not there."""
    wanted = PROVIDERS[provider]
    if wanted not in ort.get_available_providers():
        raise ModelError(f"{wanted} is not installed: see 'On a GPU' in the README")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Weights outside of the file would be outside of its hash: they are sought where there are none.
    folder = "session.model_external_initializers_file_folder_path"
    options.add_session_config_entry(folder, "/nonexistent")
    made = ort.InferenceSession(data, options, [wanted])
    if wanted not in made.get_providers():  # without a driver it falls back to the CPU
        raise ModelError(f"{wanted} found no device")
    return made


def check_tensors(made: ort.InferenceSession, metadata: Metadata) -> None:
    """Raise ModelError if the input or the output is not as it should be."""
    size, classes = metadata.input_size, len(metadata.labels)
    for found, name, kind, shape in (
        (made.get_inputs(), INPUT, "tensor(uint8)", [size, size, 3]),
        (made.get_outputs(), OUTPUT, "tensor(float)", [classes]),
    ):
        tensors = [(at.name, at.type, at.shape[1:]) for at in found if at.shape]
        dynamic = found[0].shape and not isinstance(found[0].shape[0], int)
        if tensors != [(name, kind, shape)] or not dynamic:
            is_ = "; ".join(f"{at.name} {at.type} {at.shape}" for at in found)
            raise ModelError(f"{name} must be {kind} [any batch, {str(shape)[1:]}, but it is {is_}")
