"""The Open Inference Protocol, version 2, with Triton's extension for binary tensors.

github.com/kserve/open-inference-protocol (required API, HTTP/REST) and
github.com/triton-inference-server/server, docs/protocol/extension_binary_data.md.
"""

import json
import re
from typing import Any, Literal

import numpy as np
from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import JSONResponse, Response

from .. import DISTRIBUTION, __version__
from .bodies import read_body, while_connected
from .model import INPUT, OUTPUT, Metadata, Model, told
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
async def live() -> dict[str, bool]:
    return {"live": True}


@router.get("/health/ready")
async def ready(request: Request) -> JSONResponse:
    is_ready = Serving.of(request).phase == "ready"
    return JSONResponse({"ready": is_ready}, 200 if is_ready else 503)


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
async def model_ready(request: Request) -> JSONResponse:
    metadata_of(request)
    return await ready(request)


class Parameters(BaseModel):
    """Those of a request, an input or an output; others are ignored, as Triton does."""

    binary_data_size: int | None = None
    binary_data: bool | None = None
    binary_data_output: bool = False
    classification: None = None  # an extension that is not here


class Tensor(BaseModel):
    name: Literal["image"]
    datatype: Literal["UINT8"]
    shape: list[int] = Field(min_length=4, max_length=4)
    data: list[Any] | None = None
    parameters: Parameters = Parameters()


class Wanted(BaseModel):
    name: Literal["probabilities"]
    parameters: Parameters = Parameters()


class Inference(BaseModel):
    id: str | None = None
    inputs: list[Tensor] = Field(min_length=1, max_length=1)
    outputs: list[Wanted] = Field([], max_length=1)
    parameters: Parameters = Parameters()


EXAMPLE = {  # of a model that takes 1 x 1 pixel
    "inputs": [{"name": INPUT, "datatype": "UINT8", "shape": [1, 1, 1, 3], "data": [255, 0, 0]}]
}
SCHEMA = {"schema": Inference.model_json_schema(), "example": EXAMPLE}
BODY = {"required": True, "content": {"application/json": SCHEMA}}


@router.post(
    "/models/{name}/infer",
    dependencies=guarded,
    responses={200: {"content": {"application/octet-stream": {}}}} | documented(400, 408, 413, 415),
    openapi_extra={"requestBody": BODY},
)
@router.post("/models/{name}/versions/{version}/infer", dependencies=guarded)
async def infer(request: Request) -> Response:
    """Run the model on tensors, in JSON or binary."""
    serving = Serving.of(request)
    metadata_of(request)
    length = request.headers.get(LENGTH)
    asked: list[Inference] = []  # from one function in the worker's thread to the other

    def images(model: Model) -> np.ndarray:
        asked.append(parse(body, length))
        return pixels(asked[0].inputs[0], body, length, model.metadata.input_size)

    with serving.engine.place():
        body = await read_body(request.scope, request.receive, serving.settings)
        with while_connected(request.receive):
            return await serving.engine.run(
                images, lambda model, rows, _: response(asked[0], model, rows)
            )


def parse(body: bytes, length: str | None) -> Inference:
    """Return the JSON part of a body. Raises HTTPException: 400."""
    if length is not None and not (re.fullmatch(r"\d{1,18}", length) and int(length) <= len(body)):
        raise HTTPException(400, f"No inference request: {LENGTH} is {length[:40]!r}.")
    try:
        return Inference.model_validate_json(body[: None if length is None else int(length)])
    except ValidationError as error:
        raise HTTPException(400, f"No inference request: {told(error)}.") from None


def pixels(tensor: Tensor, body: bytes, length: str | None, size: int) -> np.ndarray:
    """Return uint8 [n, size, size, 3]. Raises HTTPException: 400."""
    binary = tensor.parameters.binary_data_size
    try:
        if binary is None:
            data = np.asarray(tensor.data)
            if data.dtype.kind != "i" or (data < 0).any() or (data > 255).any():
                raise ValueError("data must be integers of 0 to 255")
            data = data.astype(np.uint8)
        else:
            data = np.frombuffer(body, np.uint8, offset=int(length or len(body)))
            if binary != data.size:
                raise ValueError(f"{binary} bytes are announced, {data.size} sent")
        if tensor.shape[1:] != [size, size, 3] or tensor.shape[0] < 1:
            raise ValueError(f"the shape must be [n, {size}, {size}, 3], not {tensor.shape}")
        return data.reshape(tensor.shape)
    except ValueError as error:
        raise HTTPException(400, f"No inference request: {error}.") from None


def response(asked: Inference, model: Model, rows: np.ndarray) -> Response:
    """Return the tensor that was asked for, float32 [n, classes]."""
    output: dict[str, object] = {"name": OUTPUT, "datatype": "FP32", "shape": list(rows.shape)}
    answer = {
        "model_name": model.metadata.name,
        "model_version": model.metadata.version,
        "outputs": [output],
    } | ({"id": asked.id} if asked.id is not None else {})
    binary = asked.outputs[0].parameters.binary_data if asked.outputs else None
    if not (asked.parameters.binary_data_output if binary is None else binary):
        output["data"] = rows.ravel().tolist()
        return JSONResponse(answer)
    output["parameters"] = {"binary_data_size": rows.nbytes}
    head = json.dumps(answer).encode()
    headers = {LENGTH: str(len(head))}
    return Response(head + rows.tobytes(), 200, headers, "application/octet-stream")
