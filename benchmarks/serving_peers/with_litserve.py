"""LitServe: photographs come as uploads, and its workers, which are processes, do the rest."""

import sys
from typing import Any

import litserve
import numpy as np
from fastapi import Request
from pipeline import CORES, TUNED, Pipeline


class API(litserve.LitAPI):
    """The four methods that LitServe asks for."""

    def setup(self, device: object) -> None:  # noqa: ARG002 - LitServe calls it by this name
        """Load the model in a worker."""
        self.pipeline = Pipeline()

    def decode_request(self, request: Request) -> np.ndarray:
        """Take the photograph out of the form."""
        return self.pipeline.decode(request["image"].file.read())

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Infer one photograph."""
        return self.pipeline.infer(x[None])[0]

    def encode_response(self, output: np.ndarray) -> dict[str, Any]:
        """Name the labels."""
        return {"predictions": self.pipeline.name(output)}


if __name__ == "__main__":
    server = litserve.LitServer(API(), accelerator="cpu", workers_per_device=CORES if TUNED else 1)
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        generate_client_file=False,
        log_level="warning",
        access_log=False,
    )
