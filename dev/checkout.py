"""One checkout of a project that follows a template: what it is like, and its update on a branch of its own."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from packaging.version import InvalidVersion, Version

from dev.environment import environment

ANSWERS = ".copier-answers.yml"
MARKERS = ("-e", "^<<<<<<< ", "-e", "^>>>>>>> ")
SHORTCUTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
"""What Copier makes of them."""


class Trouble(Exception):  # noqa: N818 - the name says what happened
    """A checkout can't be read or updated. The message says why in one line, `output` what was printed."""

    def __init__(self, why: str, output: str = "") -> None:
        super().__init__(why)
        self.output = output


@dataclass
class Checkout:
    """A checkout, and what is known of it.

    Attributes:
        path: Where it is.
        template: The template's address; empty for a repository that follows none.
        version: The template's version that it has, as `git describe` says it.
        latest: The template's newest release, a tag; empty where there is none.
        behind: How many releases are newer.
        differs: Answers that are not the standard's: `{"license": {"is": "MIT", "standard": "Apache-2.0"}}`.
        python: The Python that it pins, `3.14`.
        free_threaded: Whether it pins the free-threaded build.
        changes: Files with changes that are not committed, untracked ones included.
        conflicts: Files with conflict markers, and `.rej` files.
        broken: Why it can't be read, in one line; empty where it can.
        update: What came of its update; nothing where none was asked for.
    """

    path: Path
    template: str = ""
    version: str = ""
    latest: str = ""
    behind: int = 0
    differs: dict[str, dict[str, object]] = field(default_factory=dict)
    python: str = ""
    free_threaded: bool | None = None
    changes: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    broken: str = ""
    update: "Update | None" = None


@dataclass
class Update:
    """What came of an update.

    Attributes:
        result: `current`, `green`, or who is left to a person: `red` (a check failed), `conflict`, `failed`, `left alone`.
        why: The reason in one line, where it takes a person.
        branch: The branch with the update; only green and red ones leave one.
        output: The last lines of what failed.
    """

    result: str
    why: str = ""
    branch: str = ""
    output: str = ""


# ------------------------------------------------------------------------------------------- commands

_children: set[subprocess.Popen[str]] = set()
_ending = threading.Event()


def call(command: Sequence[str], cwd: Path, timeout: float = 60) -> str:
    """Run a command and return what it printed on both streams.

    Raises:
        Trouble: It can't be started, ends with another exit code than zero, or takes too long; it and all that it started
            are ended then.
    """
    name = spoken(command)
    if _ending.is_set() and command[0] != "git":  # git puts things in order
        raise Trouble(f"{name}: interrupted")
    env = environment(GIT_TERMINAL_PROMPT="0", FORCE_COLOR="", NO_COLOR="1")
    try:
        child = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise Trouble(f"{name}: {error.strerror}") from error
    _children.add(child)
    try:
        printed, _ = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        _kill(child)
        printed, _ = child.communicate()
        raise Trouble(f"{name}: still at work after {timeout:.0f} s", printed) from None
    finally:
        _children.discard(child)
    if child.returncode:
        lines = [line for each in printed.splitlines() if (line := each.strip("= \t"))]
        fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]  # as git says it
        why = (fatal[:1] or lines[-1:] or [f"ended with {child.returncode}"])[0]
        raise Trouble(f"{name}: {why}", printed)
    return printed


def spoken(command: Sequence[str]) -> str:
    """Return a command as one speaks of it: `git status` for git's, all words for others."""
    if command[0] == sys.executable:
        return shlex.join(command[2:])
    return shlex.join(command[:2] if command[0] == "git" else command)


def end_children() -> None:
    """End every command under way, so that each update puts its checkout in order and stops."""
    _ending.set()
    for child in list(_children):
        _kill(child)


def _kill(child: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _git(path: Path, *words: str, timeout: float = 60) -> str:
    return call(["git", *words], path, timeout)


# ------------------------------------------------------------------------------------------- versions


class Releases:
    """The releases of templates, each asked for once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tags: dict[str, list[str] | Trouble] = {}

    def __call__(self, template: str) -> list[str]:
        """Return a template's released tags, oldest first; pre-releases are none, as for Copier.

        Raises:
            Trouble: The template can't be read.
        """
        with self._lock:
            if template not in self._tags:
                try:
                    self._tags[template] = self._read(template)
                except Trouble as trouble:
                    self._tags[template] = trouble
            found = self._tags[template]
        if isinstance(found, Trouble):
            raise Trouble(f"its template can't be read: {found}", found.output) from found
        return found

    @staticmethod
    def _read(template: str) -> list[str]:
        listed = _git(Path.cwd(), "ls-remote", "--tags", "--refs", "--", address(template))
        tags = [line.partition("refs/tags/")[2] for line in listed.splitlines()]
        versions = {tag: version for tag in tags if (version := parsed(tag))}
        stable = [tag for tag, version in versions.items() if not version.is_prerelease]
        return sorted(stable, key=versions.__getitem__)


def address(template: str) -> str:
    """Return what git understands of a template's address, as Copier writes it."""
    for short, long in SHORTCUTS.items():
        if template.startswith(short):
            return f"{long}{template.removeprefix(short).removesuffix('.git')}.git"
    return os.path.expanduser(template.removeprefix("git+"))  # noqa: PTH111 - mostly no path


def parsed(tag: str) -> Version | None:
    """Return a tag's version; nothing for a tag that is none."""
    try:
        return Version(tag)
    except InvalidVersion:
        return None


def version_of(commit: str) -> Version:
    """Return the release that a recorded `_commit` is or comes after; 0 for a commit before the first."""
    return parsed(re.sub(r"-\d+-g[0-9a-f]+$", "", commit)) or Version("0")


# ------------------------------------------------------------------------------------------- the survey


def survey(each: Checkout, releases: Releases, standard: Mapping[str, object]) -> None:
    """Read what a checkout is like; what can't be read is said in it, and never raised."""
    try:
        _read(each, releases, standard)
    except Trouble as trouble:
        each.broken = str(trouble)
    except Exception as error:  # noqa: BLE001 - one broken repository must not stop the others
        each.broken = f"{type(error).__name__}: {error}".partition("\n")[0]


def _read(each: Checkout, releases: Releases, standard: Mapping[str, object]) -> None:
    if not (each.path / ".git").exists():
        raise Trouble("no git repository")
    for entry in _git(each.path, "status", "--porcelain=v1", "-z", "--no-renames").split("\0"):
        if entry:
            each.changes.append(entry[3:])
            if "U" in entry[:2] or entry[:2] in {"AA", "DD"}:
                each.conflicts.append(entry[3:])
    each.conflicts = sorted({*each.conflicts, *conflicts(each.path)})
    if not (each.path / ANSWERS).exists():
        return
    answers = _answers(each.path / ANSWERS)
    each.template, each.version = str(answers["_src_path"]), str(answers["_commit"])
    pin = (each.path / ".python-version").read_text().strip()
    each.free_threaded = pin.endswith(("t", "+freethreaded"))
    each.python = re.sub(r"(t|\+\w+)$", "", pin)
    each.differs = {
        name: {"is": answers.get(name), "standard": value}
        for name, value in standard.items()
        if answers.get(name) != value
    }
    tags = releases(each.template)
    newer = [tag for tag in tags if Version(tag) > version_of(each.version)]
    each.latest = tags[-1] if tags else ""
    each.behind = len(newer)


def _answers(path: Path) -> dict[str, object]:
    try:
        answers = yaml.safe_load(path.read_text())
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise Trouble(f"{ANSWERS} is no YAML") from error
    if not isinstance(answers, dict) or not {"_src_path", "_commit"} <= set(answers):
        raise Trouble(f"{ANSWERS} does not name the template and its version")
    return answers


def conflicts(path: Path) -> list[str]:
    """Return the files that hold conflict markers, and the `.rej` files, whether committed or not."""
    # `git grep` ends with 1 where it finds nothing.
    marked = ["sh", "-c", 'git grep -I -l --untracked -z "$@" || test $? = 1', "sh", *MARKERS]
    rejected = _git(path, "ls-files", "-z", "-co", "--exclude-standard", "--", "*.rej")
    return sorted({name for name in (call(marked, path) + rejected).split("\0") if name})


# ------------------------------------------------------------------------------------------- the update


def update(each: Checkout, checks: Sequence[str], timeout: float = 600) -> None:
    """Update a clean checkout on a branch, in a work tree of its own, and run its checks there.

    The checkout keeps its branch, its files and its environment. Nothing is pushed. Only an update without conflicts leaves
    a branch, `template-v1.2.3`, with one commit. Never raises: `each.update` says what came of it.

    Args:
        each: A checkout that was surveyed.
        checks: Commands that have to end with 0, in this order.
        timeout: How many seconds each command may take.
    """
    try:
        each.update = _left_alone(each) or _update(each, checks, timeout)
    except Trouble as trouble:
        each.update = Update("failed", str(trouble), output=trouble.output[-4000:])
    except Exception as error:  # noqa: BLE001 - one broken repository must not stop the others
        each.update = Update("failed", f"{type(error).__name__}: {error}".partition("\n")[0])


def _left_alone(each: Checkout) -> Update | None:
    if each.broken:
        return Update("left alone", f"broken: {each.broken}")
    if each.conflicts:
        return Update("left alone", f"conflict in {', '.join(each.conflicts)}")
    if each.changes:
        return Update("left alone", f"{len(each.changes)} changed, and not committed")
    if not each.behind:
        return Update("current")
    branch = f"template-{each.latest}"
    if _git(each.path, "branch", "--list", branch):
        return Update("left alone", f"has the branch {branch} already: merge it, or delete it")
    return None


def _update(each: Checkout, checks: Sequence[str], timeout: float) -> Update:
    branch = f"template-{each.latest}"
    with _work_tree(each.path, branch) as tree:
        copier = [sys.executable, "-m", "copier", "update", "--defaults", "--skip-answered"]
        call([*copier, "--vcs-ref", each.latest], tree, timeout)
        if left := conflicts(tree):
            return Update("conflict", ", ".join(left))
        # The lock belongs to the update; a project that keeps none shall not get one.
        locked = ["uv lock"] if _git(tree, "ls-files", "uv.lock") else []
        done = _checked(tree, locked, timeout, branch)
        _git(tree, "add", "--all")
        message = f"Update the template from {each.version} to {each.latest}"
        _git(tree, "commit", "--quiet", "--no-verify", "--message", message)
        return _checked(tree, checks, timeout, branch) if done.result == "green" else done


def _checked(tree: Path, checks: Sequence[str], timeout: float, branch: str) -> Update:
    for check in checks:
        try:
            call(shlex.split(check), tree, timeout)
        except Trouble as trouble:
            return Update("red", str(trouble), branch, trouble.output[-4000:])
    return Update("green", branch=branch)


@contextlib.contextmanager
def _work_tree(path: Path, branch: str) -> Generator[Path]:
    """Give a work tree on a new branch; afterwards it is gone, and the branch too unless something was committed."""
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        tree = Path(folder) / path.name
        start = _git(path, "rev-parse", "HEAD").strip()
        _git(path, "worktree", "add", "--quiet", "-b", branch, str(tree), "HEAD")
        try:
            yield tree
        finally:
            _git(path, "worktree", "remove", "--force", str(tree))
            if _git(path, "rev-parse", branch).strip() == start:
                _git(path, "branch", "--quiet", "--delete", "--force", branch)
