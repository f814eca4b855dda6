"""`uv run image`: the container image of a project that serves a model, built and run without a daemon.

Its Dockerfile is built as it is, on images that are made here under the names of the registries' ones: Debian, from this
machine's mirror, and uv with an interpreter of this machine. Then the image is run, shut up, and what was checked printed.
"""

import argparse
import json
import os
import re
import shutil
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from copier.errors import DirtyLocalWarning

from dev.container import FOLDER, NAME, SHUT, build, inside, podman, status, works
from dev.cpython import APT, apt_pools
from dev.environment import UV
from dev.interpreters import InterpreterUnavailable, find
from dev.project import CommandError, render, run
from dev.serve import PATIENCE, answers, coffee

TOOLS = ("buildah", "debootstrap", "podman", "runc")  # Debian's packages have the same names
DEBIAN, BASE = "docker.io/library/debian:trixie-slim", "ghcr.io/astral-sh/uv:trixie-slim"
RELEASE = "trixie"
MOUNTS = Path("/proc/mounts")
UNWANTED = re.compile(r"_?(torch|pytest|ruff|ty|prek)$")
INDEX = re.compile(r"UV_(DEFAULT_INDEX|INDEX(_.+)?|EXTRA_INDEX_URL|INSECURE_HOST)")
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
GRACE, DRAIN = 10, 5  # seconds: what `docker stop` gives; of them, not ready and still serving
AT_EXIT = "import atexit, sys; atexit.register(lambda: print('GIL:', sys._is_gil_enabled()))"
ASK = """
import errno, json
from urllib.request import urlopen
at = "http://127.0.0.1:8000"
photograph = open("/given/coffee.png", "rb").read()
said = [urlopen(at + "/readyz").status]
said.append(json.load(urlopen(at + "/v1/classify", photograph))["predictions"][0]["label"])
try:
    open("/tmp/file", "w")
except OSError as error:
    said.append(errno.errorcode[error.errno])
print(*said)
"""


class ImageUnavailable(Exception):  # noqa: N818 - the name says what happened
    """The image can't be made on this machine. The message says what to do."""


class Check(NamedTuple):
    """What was looked at, what was found, and whether it is as it should be."""

    what: str
    found: object
    good: bool = True


def main(argv: Sequence[str] | None = None) -> int:
    """Build and run the image, and print what was checked; return 0, or 1 if something is not as it should be."""
    parser = argparse.ArgumentParser(prog="image", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--free-threaded", action="store_true", help="on 3.14t")
    parser.add_argument(
        "--keep", action="store_true", help=f"keep {FOLDER}, also for the next time"
    )
    options = parser.parse_args(argv)
    try:
        needs()
        checks = [*built(free_threaded=options.free_threaded), *contents()]
        checks += served(gil=not options.free_threaded)
    except (CommandError, ImageUnavailable, InterpreterUnavailable) as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    finally:
        # An interrupted build may have left folders of this machine mounted in there.
        if not options.keep and FOLDER.exists() and str(FOLDER) not in MOUNTS.read_text():
            shutil.rmtree(FOLDER, ignore_errors=True)
    print(table(checks))
    return 0 if all(check.good for check in checks) else 1


def needs() -> None:
    """See that this machine has what it takes. Raises ImageUnavailable."""
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        raise ImageUnavailable(f"as root, apt-get update && apt-get install {' '.join(missing)}")
    if os.geteuid():
        raise ImageUnavailable("debootstrap needs root: say it as root")


def table(checks: Sequence[Check]) -> str:
    """Return a line for each check, with a mark at those that are not as they should be."""
    width = max(len(check.what) for check in checks)
    return "\n".join(
        f"{'   ' if good else 'BAD'} {what:{width}}  {found}" for what, found, good in checks
    )


def built(*, free_threaded: bool) -> list[Check]:
    """Render a project, make what a container is given, and build the image.

    Raises CommandError, ImageUnavailable or InterpreterUnavailable when it does not get that far.
    """
    python = find("3.14t" if free_threaded else "3.14").parents[1]
    if not python.name.startswith("cpython-"):
        raise ImageUnavailable(f"{python} is not uv's, and an image takes one of `uv python dir`")
    project, given = FOLDER / "project", FOLDER / "given"
    for folder in (project, given, FOLDER / "temporary"):
        shutil.rmtree(folder, ignore_errors=True)
    (FOLDER / "temporary").mkdir(parents=True)
    answered = {"free_threaded": free_threaded, "onnx_serving": True, "concurrency": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DirtyLocalWarning)  # whoever works on the template knows
        render(project, {"project_name": "My App", "python_version": "3.14", **answered})
    run("uv lock", project)
    run(["uv", "run", "tools/demo_model.py", "--output", str(given / "x.onnx")], project)
    (given / "sitecustomize.py").write_text(AT_EXIT)
    coffee(given)
    started = time.monotonic()
    bases(FOLDER / "bases", python)
    based = time.monotonic()
    build(project, NAME)
    seconds = f"{time.monotonic() - based:.0f}, and {based - started:.0f} for what it starts from"
    size = int(podman("image", "inspect", "--format", "{{.Size}}", NAME))
    return [Check("seconds to build", seconds), Check("size of the image", f"{size / 1e6:.0f} MB")]


def bases(folder: Path, python: Path) -> None:
    """Make the two images that the Dockerfile starts from; Debian's is there if it was kept."""
    if not podman("images", "--quiet", DEBIAN):
        shutil.rmtree(folder, ignore_errors=True)
        (folder / RELEASE).mkdir(parents=True)
        mirrors = [pool.partition("/pool/")[0] for pool in apt_pools(APT)]
        mirror = next((m for m in mirrors if answers(f"{m}/dists/{RELEASE}/InRelease")), None)
        if mirror is None:
            raise ImageUnavailable(f"no mirror that {APT} names has Debian's {RELEASE}")
        # uv's own interpreters have libffi inside; those that are built on a machine don't.
        run(
            ["debootstrap", "--variant=minbase", "--include=libffi8", RELEASE, RELEASE, mirror],
            folder,
        )
        left_out = [
            f"--exclude=./{each}/*"
            for each in ("usr/share/doc", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists")
        ]
        run(
            ["tar", f"--directory={RELEASE}", *left_out, "--create", "--file=debian.tar", "."],
            folder,
        )
        (folder / "Dockerfile").write_text("FROM scratch\nADD debian.tar /\n")
        build(folder, DEBIAN)
    shutil.rmtree(folder, ignore_errors=True)
    files = {"usr/local/bin/uv": Path(UV), "etc/uv/uv.toml": Path("/etc/uv/uv.toml")}
    if (settings := Path.home() / ".config" / "uv" / "uv.toml").exists():
        files["etc/uv/uv.toml"] = settings
    files[CERTIFICATES] = Path(os.environ.get("SSL_CERT_FILE", "none"))
    bare = shutil.ignore_patterns("__pycache__")  # as uv's own come
    shutil.copytree(python, folder / "python" / python.name, symlinks=True, ignore=bare)
    for target, source in files.items():
        if source.is_file():
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / target)
    (folder / ".dockerignore").write_text("Dockerfile\n")
    (folder / "Dockerfile").write_text(base_file(os.environ))
    build(folder, BASE)


def base_file(variables: Mapping[str, str]) -> str:
    """Return the Dockerfile of the image with uv: it takes packages from where this machine does."""
    kept = {name: value for name, value in variables.items() if INDEX.fullmatch(name)}
    if "SSL_CERT_FILE" in variables:
        kept["SSL_CERT_FILE"] = f"/{CERTIFICATES}"
    escaped = {name: re.sub(r'([\\"$])', r"\\\1", value) for name, value in sorted(kept.items())}
    lines = [f"FROM {DEBIAN}", "COPY . /", *(f'ENV {name}="{escaped[name]}"' for name in escaped)]
    return "\n".join(lines) + "\n"


def contents() -> list[Check]:
    """Look at the image's files."""
    root = Path(podman("image", "mount", NAME))
    packages = (path.name for path in root.glob("app/.venv/lib/*/site-packages/*"))
    unwanted = sorted(filter(UNWANTED.match, packages))
    for path in ("app/src", "root/.cache", "usr/local/bin/uv"):
        unwanted += [path] if (root / path).exists() else []
    sizes = []
    for part in ("python", "app/.venv"):
        files = [path for path in (root / part).rglob("*") if not path.is_dir()]
        sizes.append(f"{part} {sum(path.lstat().st_size for path in files) / 1e6:.0f} MB")
    podman("image", "unmount", NAME)
    nothing = "torch, tools for development, sources, uv, its cache"
    return [
        Check("of which", ", ".join(sizes)),
        Check(nothing, ", ".join(unwanted) or "none", good=not unwanted),
    ]


def served(*, gil: bool) -> list[Check]:
    """Run the image as an orchestrator would, ask it, and end it. Raises CommandError when it does not come up."""
    health = json.loads(podman("image", "inspect", NAME))[0]["Healthcheck"]["Test"][1:]
    options = ["--detach", "--no-healthcheck", f"--name={NAME}", "--env=PYTHONPATH=/given"]
    options += [f"--env=MY_APP_SERVE_DRAIN_SECONDS={DRAIN}"]
    options += [f"--volume={FOLDER}/given:/given:ro"]
    options += [f"--volume={FOLDER}/given/x.onnx:/models/x.onnx:ro"]
    try:
        podman("run", *options, *SHUT, NAME, "serve", "/models/x.onnx")
        until = time.monotonic() + PATIENCE
        while not (ready := works(health)) and time.monotonic() < until:
            time.sleep(0.1)
        if not ready:
            raise CommandError(f"it did not come up:\n{podman('logs', NAME)}")
        said = inside(["python", "-c", ASK])
        imported = inside(["python", "-v", "-c", "import my_app.serving.server"])
        process = status()
        asked = time.monotonic()
        podman("kill", "--signal=TERM", NAME)
        draining = works(health)
        code = podman("wait", NAME)
        ended = time.monotonic() - asked
        log = podman("logs", NAME)
    finally:
        podman("rm", "--force", "--time=0", "--ignore", NAME)
    anew, read = (
        len(re.findall(f"^# code object from .*{end}$", imported, re.MULTILINE))
        for end in (r"\.py'?", r"\.pyc'?")
    )
    rights = [process[name] for name in ("Uid", "CapEff", "CapBnd", "NoNewPrivs", "NSpid")]
    state = f"GIL: {gil}"
    told = [line for line in log.splitlines() if not line.startswith(("{", state))]
    return [
        Check(
            "user, capabilities, no new privileges, PID",
            " ".join(rights),
            rights == ["10001", "0" * 16, "0" * 16, "1", "1"],
        ),
        Check("modules from bytecode, compiled anew", f"{read}, {anew}", bool(read) and not anew),
        Check("/readyz, the photograph, a file in /tmp", said, said == "200 espresso EROFS"),
        Check("most memory", process["VmHWM"]),
        Check("health check: ready, draining", f"{ready}, {draining}", ready and not draining),
        Check(
            "exit code after SIGTERM",
            f"{code} in {ended:.1f} s, {DRAIN} of them draining",
            code == "0" and ended < GRACE,
        ),
        Check("after serving", state if state in log else log[-500:], state in log),
        Check("lines in the log that are not JSON", told or "none", good=not told),
    ]


if __name__ == "__main__":
    sys.exit(main())
