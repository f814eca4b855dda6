"""An ONNX image classifier: from Python, as an HTTP API, and live in the browser."""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else it reports to Microsoft: its Privacy.md

from .app import create_app
from .classifier import Classifier
from .images import ImageError
from .model import Model, ModelError, Prediction
from .settings import ServingSettings

__all__ = [
    "Classifier",
    "ImageError",
    "Model",
    "ModelError",
    "Prediction",
    "ServingSettings",
    "create_app",
]
