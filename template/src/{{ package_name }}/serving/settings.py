"""What may be set, with defaults that are safe on the open internet, and where from."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = f"{__name__.partition('.')[0].upper()}_SERVE_"
DEFAULT_MODEL = Path("models/efficientnet-lite0.onnx")

MiB = 1 << 20


class ServingSettings(BaseSettings):
    """The settings of the server: from the command line, else from variables named `PREFIX` + NAME.

    Raises pydantic.ValidationError for a value out of bounds.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, env_ignore_empty=True
    )

    model: Path = DEFAULT_MODEL
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    provider: Literal["cpu", "cuda"] = "cpu"
    # Inference at once; the usable cores if None.
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    # Images in one run: what queued up meanwhile. A GPU gains by it, a CPU loses 5 to 10 %.
    max_batch: int = Field(1, ge=1, le=1024)

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    api_key: SecretStr | None = Field(None, min_length=16)
    allowed_origins: list[str] = []  # other sites whose pages may call; browsers only
    docs: bool = True

    # Requests that are being received, waiting or computed. Bodies in memory: places * max_bytes.
    places: int = Field(128, ge=1)
    max_queue_seconds: float = Field(2.0, gt=0)  # waiting for a core; 503 after that
    upload_seconds: float = Field(10.0, gt=0)  # for a request's head to arrive, then for its body
    max_bytes: int = Field(8 * MiB, ge=1)
    # Up to 8 bytes each are taken while a PNG is decoded, 16 for WebP, on each thread.
    max_pixels: int = Field(25_000_000, ge=1)

    max_sockets: int = Field(32, ge=0)
    max_frame_bytes: int = Field(MiB, ge=1)
    max_fps: float = Field(30.0, gt=0)  # of each socket; faster ones are slowed down
    socket_idle_seconds: float = Field(60.0, gt=0)

    drain_seconds: float = Field(1.0, ge=0)  # after SIGTERM: not ready, but still serving
    grace_seconds: int = Field(
        8, ge=1
    )  # then for what is in flight; below the 10 s of `docker stop`
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_from_status: int = 400  # 0 logs every request, which costs some speed
