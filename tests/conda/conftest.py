import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from dev.project import REPOSITORY

SCRIPT = REPOSITORY / "template" / "tools" / "conda2uv.py"
CORPUS = Path(__file__).parent / "corpus"


@pytest.fixture(scope="session")
def conda2uv() -> ModuleType:
    """Return the script as a module."""
    spec = spec_from_file_location("conda2uv", SCRIPT)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules["conda2uv"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def plan_of(conda2uv: ModuleType, tmp_path: Path) -> Callable[..., object]:
    """Return a function from a file, or a text, to the plan for it in an empty project."""

    def plan(file: Path | str, pins: str = "", mapping: dict | None = None, **project: str):
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        for name, text in project.items():
            (folder / name.replace("__", ".")).write_text(text)
        if isinstance(file, str):
            path = folder / "environment.yml"
            path.write_text(file)
            file = path
        return conda2uv.make_plan(
            conda2uv.read(file), conda2uv.look_at(folder), pins, mapping or {}, ""
        )

    return plan
