"""FastAPI as most tutorials have it: the model runs in the coroutine."""

from typing import Any

from fastapi import FastAPI, Request
from pipeline import Pipeline

app, pipeline = FastAPI(), Pipeline()


@app.post("/predict")
async def predict(request: Request) -> dict[str, Any]:
    """Return the five most probable labels."""
    return {"predictions": pipeline(await request.body())}
