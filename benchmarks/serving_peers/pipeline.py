"""What each peer does with a photograph. MODEL is the model's path; TUNED=1 gives it what the project gives itself.

Without: the session's default threads and the preprocessing of most tutorials. With: a thread for each session run, JPEGs
decoded at reduced size and resized once.
"""

import io
import json
import os
from typing import Any

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # as the project does

import numpy as np
import onnxruntime as ort
from PIL import Image

MODEL = os.environ["MODEL"]
TUNED = os.environ.get("TUNED") == "1"
CORES = len(os.sched_getaffinity(0))


class Pipeline:
    """Decode, infer, and name the five most probable labels."""

    def __init__(self, threads: int = 1 if TUNED else 0) -> None:
        """Load the model; each run takes `threads`, 0 for ONNX Runtime's default, all cores."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        if threads:
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = ort.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
        card = self.session.get_modelmeta().custom_metadata_map
        self.size, self.crop = int(card["input_size"]), float(card["crop"])
        self.labels = json.loads(card["labels"])

    def decode(self, body: bytes) -> np.ndarray:
        """Return the middle of a JPEG as uint8 [size, size, 3]."""
        image = Image.open(io.BytesIO(body))
        if TUNED:
            image.draft("RGB", (round(self.size / self.crop),) * 2)
        image = image.convert("RGB")
        width, height = image.size
        side = min(width, height) * self.crop
        left, top = (width - side) / 2, (height - side) / 2
        resized = image.resize(
            (self.size, self.size),
            Image.Resampling.BICUBIC,
            (left, top, left + side, top + side),
            reducing_gap=2.0 if TUNED else None,
        )
        return np.asarray(resized)

    def infer(self, batch: np.ndarray) -> np.ndarray:
        """Return probabilities [batch, classes] of uint8 [batch, size, size, 3]."""
        return self.session.run(None, {"image": batch})[0]

    def name(self, probabilities: np.ndarray) -> list[dict[str, Any]]:
        """Return the five most probable labels of float32 [classes]."""
        best = np.argpartition(probabilities, -5)[-5:]
        best = best[np.argsort(probabilities[best])[::-1]]
        return [
            {"label": self.labels[n], "probability": float(probabilities[n])} for n in best.tolist()
        ]

    def __call__(self, body: bytes) -> list[dict[str, Any]]:
        """Return the five most probable labels of a JPEG."""
        return self.name(self.infer(self.decode(body)[None])[0])
