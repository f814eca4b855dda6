"""Fixtures for all tests."""

import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    """Fail a test in which any thread warned: pytest-run-parallel drops a warning that is raised."""
    with warnings.catch_warnings(record=True, action="always") as caught:
        yield
    said = {f"{w.filename}:{w.lineno}: {w.category.__name__}: {w.message}" for w in caught}
    if said:
        pytest.fail("\n".join(sorted(said)), pytrace=False)
