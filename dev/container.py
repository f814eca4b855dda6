"""A container image and a container of it, with buildah, podman and runc: no daemon, no systemd, a folder of their own."""

from collections.abc import Sequence
from pathlib import Path

from dev.environment import environment
from dev.project import CommandError, run

FOLDER = Path.home() / ".cache" / "copier-multicore" / "image"
NAME = "my-app"  # of the project, of the image, and of the container
STORE = ("--storage-driver=vfs", f"--root={FOLDER}/images", f"--runroot={FOLDER}/running")
WITHOUT_SYSTEMD = ("--runtime=runc", "--cgroup-manager=cgroupfs", "--events-backend=file")
SHUT = (
    "--network=none", "--read-only", "--read-only-tmpfs=false", "--cap-drop=all",
    "--security-opt=no-new-privileges", "--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096",
)  # fmt: skip


def build(context: Path, tag: str) -> None:
    """Build the Dockerfile of a folder. Raises CommandError."""
    # Docker's format, because OCI's has no health check.
    how = ["--isolation=chroot", "--format=docker", "--pull-never", f"--tag={tag}"]
    run(["buildah", *STORE, "bud", *how, "."], context, environment(TMPDIR=f"{FOLDER}/temporary"))


def podman(*arguments: str) -> str:
    """Run podman and return what it printed. Raises CommandError."""
    return run(["podman", *STORE, *WITHOUT_SYSTEMD, *arguments], FOLDER).strip()


def inside(command: Sequence[str]) -> str:
    """Return what a command prints in the running container. Raises CommandError."""
    return podman("exec", "--env=PYTHONPATH=", NAME, *command)


def works(command: Sequence[str]) -> bool:
    """Tell whether a command ends with 0 in the running container."""
    try:
        inside(command)
    except CommandError:
        return False
    return True


def status() -> dict[str, str]:
    """Return what the kernel says of the running container's first process, as `words` does."""
    pid = podman("inspect", "--format={{.State.Pid}}", NAME)
    return words(Path("/proc", pid, "status").read_text())


def words(text: str) -> dict[str, str]:
    """Return the names and values of a process's status: of numbers the last, which is the container's; sizes in MiB."""
    pairs = (line.partition(":")[::2] for line in text.splitlines())
    values = {name: value.split() for name, value in pairs if value.strip()}
    return {
        name: f"{int(value[0]) / 1024:.0f} MiB" if value[-1] == "kB" else value[-1]
        for name, value in values.items()
    }
