"""A model repository of the Triton Inference Server, which serves the same file by the same protocol."""

import json
from pathlib import Path

from _model_file import Card, ToolError

CONFIG = """\
# {source}
name: {name}
backend: "onnxruntime"
max_batch_size: 16
input [{{ name: "image", data_type: TYPE_UINT8, dims: [ {size}, {size}, 3 ] }}]
output [{{
  name: "probabilities", data_type: TYPE_FP32, dims: [ {classes} ], label_filename: "labels.txt"
}}]
# A request waits for others for half a millisecond at most.
dynamic_batching {{ max_queue_delay_microseconds: 500 }}
"""


def repository(folder: Path, content: bytes, card: Card) -> dict[Path, bytes]:
    """Return what to write to `NAME/config.pbtxt`, `NAME/labels.txt` and `NAME/VERSION/model.onnx`.

    The model comes first and the configuration last, so that Triton, which may be polling, finds nothing half-written.
    """
    if not card.version.isdecimal() or int(card.version) < 1:
        raise ToolError(f"Triton's versions are whole numbers from 1: {card.version} is none.")
    model = folder / card.name
    config = CONFIG.format(
        source=card.source.replace("\n", " "),
        name=json.dumps(card.name),
        size=card.input_size,
        classes=len(card.labels),
    )
    return {
        model / card.version / "model.onnx": content,
        model / "labels.txt": "".join(f"{label}\n" for label in card.labels).encode(),
        model / "config.pbtxt": config.encode(),
    }
