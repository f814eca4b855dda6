"""An ONNX image classifier: from Python, as an HTTP API, and live in the browser."""

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
