"""`uv run demo`, and the folders that it leaves alone."""

import shlex
import shutil
import urllib.request
from pathlib import Path

import pytest

from dev import demo
from dev.project import REPOSITORY, run
from dev.serve import served


def test_it_refuses_a_folder_that_it_did_not_make(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")
    assert demo.main([str(tmp_path)]) == 1
    assert "no demo made it: name another folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_it_refuses_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis").write_text("ten years of work")
    assert demo.main([str(tmp_path / "thesis")]) == 1
    assert "is a file" in capsys.readouterr().err
    assert (tmp_path / "thesis").read_text() == "ten years of work"


def test_it_refuses_its_own_folder_once_it_has_changes(tmp_path: Path) -> None:
    demo.claim(tmp_path)
    (tmp_path / "half").write_text("an interrupted demo")
    demo.claim(tmp_path)
    assert not (tmp_path / "half").exists(), "an interrupted demo is begun anew"

    (tmp_path / "file").write_text("as the demo made it")
    run("git add --all", cwd=tmp_path)
    run(demo.COMMIT, cwd=tmp_path)
    demo.marker(tmp_path).write_text(run("git rev-parse HEAD", cwd=tmp_path))
    (tmp_path / "file").write_text("changed")
    with pytest.raises(demo.FolderRefused, match="has changes"):
        demo.claim(tmp_path)
    run("git add --all", cwd=tmp_path)
    run(demo.COMMIT, cwd=tmp_path)
    with pytest.raises(demo.FolderRefused, match="has changes"):
        demo.claim(tmp_path)
    assert (tmp_path / "file").read_text() == "changed"


def test_its_children_can_be_interrupted_in_the_background() -> None:
    """Where a shell has SIGINT ignored: Python takes Ctrl-C only if it was not."""
    child = "python -c 'import signal; print(signal.getsignal(signal.SIGINT).__name__)'"
    code = f"import os; from dev.environment import take_interrupts as t; t(); os.system({child!r})"
    told = run(["bash", "-c", 'trap "" INT; exec python -c "$0"', code], cwd=REPOSITORY)
    assert told.strip() == "default_int_handler"


@pytest.mark.slow
def test_it_shows_a_project_working_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "a demo"

    # tests/test_life.py runs all tests of such a project.
    monkeypatch.setattr(demo, "TEST", "uv run pytest tests/test_cli.py")
    for again in (False, True):
        if again:  # in the folder that it made
            monkeypatch.setattr(demo, "SHOWN", {})
        assert demo.main([str(folder)]) == 0, capsys.readouterr().err
        printed = capsys.readouterr().out
        assert "passed" in printed
        assert f"CPython {demo.PIN}" in printed
        commands = [
            line.partition("#")[0] for line in printed.splitlines() if line.startswith("  uv")
        ]
        assert "espresso" in printed
        assert len(commands) == 4, printed
        run(commands[0], cwd=tmp_path)
        run(f"{commands[1]} tests/test_cli.py", cwd=tmp_path)
        with served(shlex.split(commands[2]), tmp_path) as address:
            page = urllib.request.urlopen(address, timeout=10).read()  # noqa: S310 - our own
            assert b"<html" in page
        # The last asks its questions.
        run(
            f"{commands[3].replace('copy', 'copy --defaults --quiet --vcs-ref HEAD')}", cwd=tmp_path
        )
        shutil.rmtree(tmp_path / "my-app")
