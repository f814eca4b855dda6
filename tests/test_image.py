"""`uv run image`: what it asks of a machine, and what it makes of answers. It builds and runs for minutes, so it is run by hand."""

import os
import shutil
from pathlib import Path

import pytest

from dev import container, image


def test_it_names_the_packages_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(image, "FOLDER", tmp_path / "none")
    monkeypatch.setattr(shutil, "which", lambda tool: None if tool == "buildah" else f"/bin/{tool}")
    assert image.main([]) == 1
    assert "apt-get install buildah\n" in capsys.readouterr().err


def test_it_wants_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda tool: f"/bin/{tool}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(image.ImageUnavailable, match="root"):
        image.needs()


def test_a_build_takes_packages_from_where_the_machine_does() -> None:
    variables = {
        "UV_INDEX_URL": "https://me:a$b@index.example/simple",
        "UV_DEFAULT_INDEX": 'https://a"b.example',
        "SSL_CERT_FILE": "/home/me/certificates.pem",
        "UV_PYTHON": "3.11",
        "PATH": "/bin",
    }
    assert image.base_file(variables).splitlines() == [
        "FROM docker.io/library/debian:trixie-slim",
        "COPY . /",
        'ENV SSL_CERT_FILE="/etc/ssl/certs/ca-certificates.crt"',
        r'ENV UV_DEFAULT_INDEX="https://a\"b.example"',
        r'ENV UV_INDEX_URL="https://me:a\$b@index.example/simple"',
    ]


def test_the_status_of_a_process_is_that_inside_the_container() -> None:
    text = "Uid:\t0\t10001\nNSpid:\t417\t1\nVmHWM:\t  201728 kB\nGroups:\t \n"
    assert container.words(text) == {"Uid": "10001", "NSpid": "1", "VmHWM": "197 MiB"}


def test_what_is_not_as_it_should_be_is_marked() -> None:
    checks = [image.Check("one", 1), image.Check("another", "no", good=False)]
    assert image.table(checks) == "    one      1\nBAD another  no"


@pytest.mark.parametrize("name", ["torch", "pytest", "_pytest", "ty"])
def test_tools_are_unwanted_in_an_image(name: str) -> None:
    assert image.UNWANTED.match(name)
    assert not image.UNWANTED.match("typing_extensions")
