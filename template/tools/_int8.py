"""A quarter of the size and twice the speed, for some accuracy: static int8, behind a gate."""

import logging
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnx
from _model_file import Card, ToolError
from _parity import Photo, Runner, milliseconds, top
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

# Without Softmax, whose 256 steps would be the probabilities' own.
OPERATORS = ["Add", "Clip", "Conv", "Flatten", "Gemm", "GlobalAveragePool", "MatMul", "Relu"]


class _Calibration(CalibrationDataReader):
    """What is fed to the model to see which values each tensor takes: mirror images of the squares that judge it."""

    def __init__(self, squares: Iterable[np.ndarray]) -> None:
        self.squares = iter(squares)

    def get_next(self) -> dict[str, np.ndarray]:
        """Return the next input, or an empty dictionary at the end."""
        square = next(self.squares, None)
        return {} if square is None else {"image": square[None, :, ::-1]}


def quantise(content: bytes, card: Card, shown: Sequence[Photo]) -> bytes:
    """Return the model with int8 weights for each channel and uint8 activations, in QDQ form."""
    squares = (square for photo in shown for square in photo.squares(card))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "float32.onnx", Path(folder) / "int8.onnx"
        source.write_bytes(content)
        logging.disable(logging.WARNING)  # it asks for a preparation that the export has made
        try:
            quantize_static(
                source,
                target,
                _Calibration(squares),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                calibrate_method=CalibrationMethod.MinMax,
                op_types_to_quantize=OPERATORS,
            )
        finally:
            logging.disable(logging.NOTSET)
        model = onnx.load(target)
    card.attach(model)
    return model.SerializeToString(deterministic=True)


def judge(
    whole: Runner, small: Runner, card: Card, shown: Sequence[Photo], agreement: float
) -> dict[str, object]:
    """Return the report on int8; raises ToolError when it agrees with float32 less often than `agreement`.

    To agree is to have the same likeliest class, over ten squares of each photo. It says nothing on whether both are
    right: for that, images with known labels are needed.
    """
    squares = [square for photo in shown for square in photo.squares(card)]
    same = [
        int(whole.run(square[None]).argmax()) == int(small.run(square[None]).argmax())
        for square in squares
    ]
    share = sum(same) / len(same)
    if not share >= agreement:  # NaN asks for more than there is
        raise ToolError(
            f"int8 has the label of float32 on {share:.0%} of {len(same)} views of {len(shown)} images, where "
            f"{agreement:.0%} is asked for (--agreement), so no model was written. More images help: --images."
        )
    quick, slow = milliseconds(shown[0].square(card), small, whole)
    return {
        "agreement": round(share, 4),
        "agreement_asked_for": agreement,
        "views": len(same),
        "milliseconds": quick,
        "milliseconds_float32": slow,
        "top_5": [
            {"image": photo.path.name, "int8": top(small.run(photo.square(card)[None])[0], card)}
            for photo in shown
        ],
    }
