"""Where onnxruntime has no wheel, serving is refused; the day that it has one, a test says so."""

from pathlib import Path

import pytest

from dev.project import CommandError, render, run

COMPILE = [
    "uv",
    "pip",
    "compile",
    "--quiet",
    "--no-header",
    "--python-platform",
    "linux",
    "--only-binary",
    ":all:",
]


@pytest.mark.parametrize("free_threaded", [False, True])
def test_python_3_15_is_refused_with_the_reason(
    free_threaded: bool, plain_template: Path, tmp_path: Path
) -> None:
    answers = {"onnx_serving": True, "python_version": "3.15", "free_threaded": free_threaded}
    with pytest.raises(
        ValueError, match=r"no wheel for Python 3\.15 .* choose python_version\s+3\.14"
    ):
        render(tmp_path / "project", answers, plain_template)
    assert not (tmp_path / "project").exists()


def has_wheel(python: str, folder: Path) -> bool:
    """Return whether the index has a wheel of onnxruntime for a Python that is as old as projects take it."""
    (folder / "requirements.in").write_text("onnxruntime\n")
    command = [*COMPILE, "--exclude-newer", "7 days", "--python-version", python, "requirements.in"]
    try:
        run(command, cwd=folder)
    except CommandError as error:
        if "no wheels with a matching Python ABI tag" in " ".join(str(error).split()):
            return False
        raise
    return True


def test_there_is_no_wheel_for_3_15_yet(tmp_path: Path) -> None:
    try:
        assert has_wheel("3.14", tmp_path)
    except CommandError as error:
        pytest.skip(f"the index can't be asked: {error}")
    assert not has_wheel("3.15", tmp_path), (
        "onnxruntime has a wheel for Python 3.15: take it out of `without_onnxruntime` in copier.yml, and "
        "give tests/variants.py a variant that serves on it"
    )
