"""The Open Inference Protocol, version 2, with Triton's extension for binary tensors.

github.com/kserve/open-inference-protocol (required API, HTTP/REST) and
github.com/triton-inference-server/server, docs/protocol/extension_binary_data.md.
"""

import json
from http import HTTPStatus
from typing import Any

import numpy as np
from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import JSONResponse, Response

from .. import DISTRIBUTION, __version__
from .bodies import read_body, while_connected
from .engine import Timing
from .model import INPUT, OUTPUT, Metadata, Model
from .problems import documented
from .security import require_key
from .state import Serving

LENGTH = "inference-header-content-length"  # bytes of JSON, before the binary tensors

router = APIRouter(
    prefix="/v2", tags=["open inference protocol"], responses=documented(401, 404, 503)
)
guarded = [Depends(require_key)]


def metadata_of(request: Request) -> Metadata:
    """Return the model's metadata. Raises HTTPException if the path names another model."""
    found = Serving.of(request).engine.model.metadata
    asked = request.path_params
    if asked["name"] != found.name or asked.get("version", found.version) != found.version:
        raise HTTPException(404, f"Only {found.name}, version {found.version}, is served.")
    return found


@router.get("/health/live")
async def live() -> Response:
    return Response()


@router.get("/health/ready")
async def ready(request: Request) -> Response:
    return Response(status_code=200 if Serving.of(request).phase == "ready" else 503)


@router.get("", dependencies=guarded)
async def server() -> dict[str, object]:
    return {"name": DISTRIBUTION, "version": __version__, "extensions": ["binary_tensor_data"]}


@router.get("/models/{name}", dependencies=guarded)
@router.get("/models/{name}/versions/{version}", dependencies=guarded)
async def model_metadata(request: Request) -> dict[str, object]:
    found = metadata_of(request)
    image = [-1, found.input_size, found.input_size, 3]
    return {
        "name": found.name,
        "versions": [found.version],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": INPUT, "datatype": "UINT8", "shape": image}],
        "outputs": [{"name": OUTPUT, "datatype": "FP32", "shape": [-1, len(found.labels)]}],
    }


@router.get("/models/{name}/ready")
@router.get("/models/{name}/versions/{version}/ready")
async def model_ready(request: Request) -> Response:
    metadata_of(request)
    return await ready(request)


@router.post("/models/{name}/infer", dependencies=guarded, responses=documented(400, 408, 413, 422))
@router.post("/models/{name}/versions/{version}/infer", dependencies=guarded)
async def infer(request: Request) -> Response:
    """Run the model on tensors, in JSON or binary."""
    serving = Serving.of(request)
    metadata_of(request)
    length = request.headers.get(LENGTH)
    with serving.engine.place():
        body = await read_body(request, serving.settings)
        call = Call(body, length)
        async with while_connected(request):
            return await serving.engine.run(call.images, call.response)


class Call:
    """One inference. All of it happens in a worker's thread: tensors in JSON take long to read."""

    def __init__(self, body: bytes, length: str | None) -> None:
        self.body, self.length = body, length

    def images(self, model: Model) -> np.ndarray:
        """Return uint8 [n, size, size, 3]. Raises HTTPException: 400 with the reason."""
        size = model.metadata.input_size
        try:
            at = len(self.body) if self.length is None else int(self.length)
            self.request: dict[str, Any] = json.loads(self.body[:at])
            (tensor,) = self.request["inputs"]
            if (tensor["name"], tensor["datatype"]) != (INPUT, "UINT8"):
                raise ValueError(f"the input is {INPUT}, UINT8")
            binary = tensor.get("parameters", {}).get("binary_data_size")
            if binary is None:
                data = np.asarray(tensor["data"])
                if data.dtype.kind != "i" or (data < 0).any() or (data > 255).any():
                    raise ValueError("data must be integers of 0 to 255")
                data = data.astype(np.uint8)
            elif binary != len(self.body) - at:
                raise ValueError(f"{binary} bytes are announced, {len(self.body) - at} sent")
            else:
                data = np.frombuffer(self.body, np.uint8, offset=at)
            shape = tensor["shape"]
            if len(shape) != 4 or shape[1:] != [size, size, 3] or shape[0] < 1:
                raise ValueError(f"the shape must be [n, {size}, {size}, 3], not {shape}")
            for output in self.request.get("outputs", []):
                if output["name"] != OUTPUT:
                    raise ValueError(f"the only output is {OUTPUT}")
            return data.reshape(shape)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"No inference request: {error}.") from None

    def response(self, model: Model, rows: np.ndarray, _: Timing) -> Response:
        """Return the tensor that was asked for."""
        wanted = (self.request.get("outputs") or [{}])[0].get("parameters", {})
        everywhere = self.request.get("parameters", {}).get("binary_data_output", False)
        output: dict[str, object] = {"name": OUTPUT, "datatype": "FP32", "shape": list(rows.shape)}
        answer = {
            "model_name": model.metadata.name,
            "model_version": model.metadata.version,
            "outputs": [output],
        }
        if "id" in self.request:
            answer["id"] = self.request["id"]
        if not wanted.get("binary_data", everywhere):
            output["data"] = rows.ravel().tolist()
            return JSONResponse(answer)
        data = rows.tobytes()
        output["parameters"] = {"binary_data_size": len(data)}
        head = json.dumps(answer).encode()
        return Response(head + data, 200, {LENGTH: str(len(head))}, "application/octet-stream")
