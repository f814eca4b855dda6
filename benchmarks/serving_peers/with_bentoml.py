"""BentoML: its documentation advises as many threads as cores for models that release the GIL, which is what TUNED has."""

from typing import Any

import bentoml
from pipeline import CORES, TUNED, Pipeline


@bentoml.service(
    name="classify",
    workers=1,
    threads=CORES if TUNED else 1,
    logging={"access": {"enabled": False}},
)
class Classify:
    """One endpoint; the body is the photograph."""

    def __init__(self) -> None:
        """Load the model."""
        self.pipeline = Pipeline()

    @bentoml.api(route="/predict")
    def classify(self, image: bytes, /) -> dict[str, Any]:
        """Return the five most probable labels."""
        return {"predictions": self.pipeline(image)}
