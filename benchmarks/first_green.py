"""How long is it from nothing to the first green test, here and with what a person would use?

    uv run benchmarks/first_green.py [--rounds N] [--warm] [--cold] [--only NAME] [--json FILE]

Each contender makes a project named my-app, installs what its tests need, and runs them until they
pass, with the commands of its own documentation. A round is each contender once, in turn, so that a
busy minute hits all alike.

* render: the command that makes the project. Where it makes no test, a minimal one is then written,
  untimed.
* sync: the commands that make the environment. For `uv init --package`, the baseline, that is
  `uv add --dev pytest`, which locks and installs as `uv sync` does for copier-multicore.
* copier-multicore leaves its concurrency module out, whose pool, pipeline and 400 tests no other
  has.
* test: all tests that the project came with, or the minimal one. Python starts there for the first
  time, so this also compiles what is imported.

A contender's command line tool is installed beforehand and not measured, so `copier` stands for
what `uvx copier` runs once it is installed. Nor is fetching a template from its host measured:
copier-multicore is rendered, at HEAD, from a clone on this disk. Warm means that an untimed pass
has filled the caches of uv, Poetry, Hatch and virtualenv. Cold means that these are empty folders
on the same disk, while tools and interpreters stay installed.

Of cookiecutter templates cookiecutter-pypackage takes part, since its wheel on PyPI has the
template in it; those of cookiecutter-uv, uvi and cookiecutter-data-science have commands that fetch
theirs from GitHub. The benchmark is for Linux and macOS.
"""

import argparse
import contextlib
import dataclasses
import datetime as dt
import importlib.metadata
import json
import os
import platform
import shlex
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

from dev.environment import environment
from dev.interpreters import InterpreterUnavailable, find
from dev.project import REPOSITORY, CommandError, run

NAME = "my-app"
OURS, BASELINE = "copier-multicore", "uv init --package"
LABELS, STATES = ("render", "sync", "test"), ("warm", "cold")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
TOOLS = CACHE / "copier-multicore" / "first-green"
MINIMAL_TEST = 'import my_app\n\n\ndef test_it() -> None:\n    assert my_app.__name__ == "my_app"\n'
POETRY_SOURCE = '\n[[tool.poetry.source]]\nname = "index"\nurl = "{}"\npriority = "primary"\n'
# Not part of a project as it was made.
IGNORED = {".git", ".venv", "__pycache__", ".pytest_cache", ".ruff_cache", "uv.lock", "poetry.lock"}


@dataclasses.dataclass(frozen=True)
class Contender:
    """A way to a new project.

    The commands of a step stand on lines of their own; those of `render` run beside the project,
    the others in it. `tool` is installed beforehand, and `adds` goes to the end of the project's
    files, untimed.
    """

    name: str
    render: str
    sync: str
    test: str
    tool: str = ""
    adds: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Results:
    """Seconds by state of caches, contender and round; files and lines; why a contender failed."""

    samples: dict[str, dict[str, list[dict[str, float]]]]
    sizes: dict[str, tuple[int, int]] = dataclasses.field(default_factory=dict)
    failures: dict[str, str] = dataclasses.field(default_factory=dict)

    def seconds(self, state: str, name: str, label: str = "") -> list[float]:
        """Return the seconds of a step, or of their sum, round by round."""
        rounds = self.samples.get(state, {}).get(name, [])
        return [times[label] if label else sum(times.values()) for times in rounds]

    def fail(self, name: str, error: Exception) -> None:
        """Report a failure in full, and keep its last line, which mostly says why."""
        say(f"{name} failed: {error}")
        self.failures[name] = (str(error).strip() or repr(error)).splitlines()[-1].strip()


def contenders(version: str, template: Path, index: str = "") -> list[Contender]:
    """Return all contenders for a Python version; Poetry is told of the index if one is given."""
    pin = f"{version}+gil"  # for a bare version uv may take a free-threaded build
    copier = shlex.quote(str(Path(sys.executable).with_name("copier")))
    source, tools = shlex.quote(str(template)), shlex.quote(str(TOOLS / version))
    hatch, poetry = f"{tools}/hatch/bin/hatch", f"{tools}/poetry/bin/poetry"
    test = {"tests/test_my_app.py": MINIMAL_TEST}
    return [
        Contender(
            OURS,
            render=f"{copier} copy --defaults --quiet --vcs-ref HEAD -d python_version={version} "
            f"-d concurrency=false {source} {NAME}",
            sync="uv sync",
            test="uv run pytest",
        ),
        Contender(
            BASELINE,
            render=f"uv init --package --python {pin} {NAME}",
            sync="uv add --dev pytest",
            test="uv run pytest",
            adds=test,
        ),
        Contender(
            "hatch new",
            render=f"{hatch} new {NAME}",
            # `hatch test` would make this environment too; on its own it can be timed as sync.
            sync=f"{hatch} env create hatch-test.py{version}",
            test=f"{hatch} test",
            tool="hatch",
            adds=test,
        ),
        Contender(
            "poetry new",
            render=f"{poetry} new {NAME}",
            # `add` locks and installs the dependency, and only `install` the project itself.
            sync=f"{poetry} add --group dev pytest\n{poetry} install",
            test=f"{poetry} run pytest",
            tool="poetry",
            adds=test | ({"pyproject.toml": POETRY_SOURCE.format(index)} if index else {}),
        ),
        Contender(
            "pyscaffold",
            render=f"{tools}/pyscaffold/bin/putup {NAME}",
            # Its documentation says `pip install`; uv does the same faster, to its advantage.
            sync=f"uv venv --python {pin}\nuv pip install --editable .[testing]",
            test=".venv/bin/pytest",
            tool="pyscaffold",
        ),
        Contender(
            "cookiecutter-pypackage",
            render=f"{tools}/cookiecutter-pypackage/bin/cookiecutter-pypackage --no-input "
            f"pypi_package_name={NAME}",
            sync=f"uv sync --python {pin}",
            test="uv run pytest",
            tool="cookiecutter-pypackage",
        ),
    ]


def simple_index(folder: Path, env: Mapping[str, str]) -> str:
    """Return the address of the index that uv asks, as a lock of a project in `folder` has it."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "index"\nversion = "0"\ndependencies = ["iniconfig"]\n'
    )
    run("uv lock", folder, env)
    packages = tomllib.loads((folder / "uv.lock").read_text())["package"]
    return next(each["source"]["registry"] for each in packages if each["name"] == "iniconfig")


def has_json_api(index: str) -> bool:
    """Say whether an index has PyPI's JSON API, which Poetry reads and mirrors may lack."""
    with contextlib.suppress(OSError, ValueError):
        page = index.rstrip("/").removesuffix("simple") + "pypi/pytest/9.0.0/json"
        urllib.request.urlopen(page, timeout=10).close()  # noqa: S310
        return True
    return False


def install(tool: str, version: str, env: Mapping[str, str]) -> str:
    """Install the newest release of a tool in an environment that is kept; return what it is."""
    folder = str(TOOLS / version / tool)
    run(["uv", "venv", "--allow-existing", "--python", f"{version}+gil", folder], TOOLS, env)
    run(["uv", "pip", "install", "--upgrade", "--python", folder, tool], TOOLS, env)
    listed = run(
        ["uv", "pip", "list", "--format", "json", "--quiet", "--python", folder], TOOLS, env
    )
    return next(f"{tool} {each['version']}" for each in json.loads(listed) if each["name"] == tool)


def settings(folder: Path) -> dict[str, str]:
    """Write settings that keep a person's own out of the result; return the variables for them."""
    files = {
        "COPIER_SETTINGS_PATH": "{}\n",
        "COOKIECUTTER_CONFIG": f"replay_dir: {folder}/replay\n",
        "GIT_CONFIG_GLOBAL": "[user]\nname = Ada\nemail = ada@example.org\n",  # PyScaffold commits
        "HATCH_CONFIG": "",
    }
    for variable, text in files.items():
        (folder / variable).write_text(text)
    # `hatch new` fetches the licence from GitHub, unless it has done so before.
    (folder / "HATCH_CACHE_DIR" / "licenses").mkdir(parents=True)
    shutil.copy(REPOSITORY / "LICENSE", folder / "HATCH_CACHE_DIR" / "licenses" / "MIT.txt")
    return {variable: str(folder / variable) for variable in (*files, "HATCH_CACHE_DIR")}


def caches(folder: Path) -> dict[str, str]:
    """Make an empty folder for each cache of the tools; return the variables for them."""
    variables = (
        "COPIER_CACHE_DIR", "HATCH_DATA_DIR", "PIP_CACHE_DIR", "POETRY_CACHE_DIR", "UV_CACHE_DIR",
        "VIRTUALENV_OVERRIDE_APP_DATA", "XDG_CACHE_HOME",
    )  # fmt: skip
    for variable in variables:
        (folder / variable).mkdir(parents=True)
    return {variable: str(folder / variable) for variable in variables}


def count(project: Path) -> tuple[int, int]:
    """Return how many files and lines a project has, less environments, locks, caches, `.git`."""
    own = [
        path for path in project.rglob("*") if IGNORED.isdisjoint(path.relative_to(project).parts)
    ]
    files = [path for path in own if path.is_file()]
    return len(files), sum(len(path.read_bytes().splitlines()) for path in files)


def measure(
    contender: Contender, root: Path, env: Mapping[str, str]
) -> tuple[dict[str, float], tuple[int, int]]:
    """Run a contender's steps below `root`, in a new folder; return their seconds and the size.

    Raises CommandError or OSError when a step fails.
    """
    times, size = {}, (0, 0)
    # The name is new each time, because Hatch and Poetry find their environments by it.
    with tempfile.TemporaryDirectory(dir=root, ignore_cleanup_errors=True) as work:
        project = Path(work) / NAME
        for label in LABELS:
            started = time.perf_counter()
            for command in getattr(contender, label).splitlines():
                run(command, project.parent if label == "render" else project, env)
            times[label] = time.perf_counter() - started
            if label == "render":
                for path, text in contender.adds.items():
                    (project / path).parent.mkdir(exist_ok=True)
                    with (project / path).open("a") as file:
                        file.write(text)
                size = count(project)
    return times, size


def compare(
    selected: Sequence[Contender],
    states: Sequence[str],
    rounds: int,
    root: Path,
    env: Mapping[str, str],
) -> Results:
    """Measure all contenders round by round; one that fails is reported and left out thereafter."""
    results, warm = Results({state: {} for state in states}), caches(root / "warm")
    # The first pass is not kept: it fills the caches, and compiles the tools' own modules.
    passes = [("first", 1), *((state, number + 1) for state in states for number in range(rounds))]
    for state, number in passes:
        for contender in selected:
            if contender.name in results.failures:
                continue
            cached = caches(root / "cold") if state == "cold" else warm
            try:
                times, size = measure(contender, root, {**env, **cached})
            except (CommandError, OSError) as error:
                results.fail(contender.name, error)
            else:
                say(f"{state} {number}: {contender.name}: {sum(times.values()):.2f} s")
                results.sizes[contender.name] = size
                if state != "first":
                    results.samples[state].setdefault(contender.name, []).append(times)
            shutil.rmtree(root / "cold", ignore_errors=True)
    return results


def table(results: Results, state: str, names: Iterable[str]) -> str:
    """Return the medians of "warm" or "cold", with the least and the most, as a Markdown table."""
    rows = [f"| {state} caches | render s | sync s | test s | sum s | ratio | files | lines |"]
    rows.append("| --- |" + " ---: |" * 7)
    base = results.seconds(state, BASELINE)
    for name in names:
        if name in results.failures:
            why = results.failures[name].replace("|", "\\|")
            rows.append(f"| {name} | failed: {why} |" + " |" * 6)
            continue
        columns = [results.seconds(state, name, label) for label in (*LABELS, "")]
        cells = [f"{median(each):.2f} ({min(each):.2f}-{max(each):.2f})" for each in columns]
        cells.append(f"{median(columns[-1]) / median(base):.2f}" if base else "")
        rows.append(f"| {' | '.join([name, *cells, *map(str, results.sizes[name])])} |")
    return "\n".join(rows)


def verdicts(results: Results) -> list[str]:
    """Say of each target whether copier-multicore met it with warm caches, with the numbers."""
    ours, base = results.seconds("warm", OURS), results.seconds("warm", BASELINE)
    if not ours or not base or {OURS, BASELINE} & results.failures.keys():
        return [f"targets: not measured, which takes warm caches, {OURS} and `{BASELINE}`"]
    render, files = median(results.seconds("warm", OURS, "render")), results.sizes[OURS][0]
    ratio = median(ours) / median(base)
    return [
        f"target: at most 2 times `{BASELINE}`: {ratio:.2f}, {'met' if ratio <= 2 else 'missed'}",
        f"target: render in less than 0.8 s: {render:.2f}, {'met' if render < 0.8 else 'missed'}",
        f"target: fewer than 25 files: {files}, {'met' if files < 25 else 'missed'}",
    ]


def conditions(version: str, tools: Iterable[str], index: str, *, json_api: bool) -> list[str]:
    """Describe the machine and the versions, and warn of what spoils the result."""
    now, model = dt.datetime.now(dt.UTC), platform.processor() or platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        cpu = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line for line in cpu if line.startswith("model name")).partition(": ")[2]
    python = run([str(find(version)), "-VV"], REPOSITORY).strip()
    uv, commit = (
        run(command, REPOSITORY).strip()
        for command in ("uv --version", "git rev-parse --short HEAD")
    )
    copier = f"copier {importlib.metadata.version('copier')} on Python {platform.python_version()}"
    facts = [
        f"{now:%Y-%m-%d %H:%M} UTC; {model}, {os.cpu_count()} cores; {platform.platform()}",
        f"projects on {python}; {uv}; {', '.join([copier, *tools])}",
        f"template at {commit}; temporary files in {tempfile.gettempdir()}; tools kept in {TOOLS}",
    ]
    if run("git status --porcelain", REPOSITORY).strip():
        facts.append("WARNING: the work tree has changes; what was measured is HEAD without them")
    if not json_api:  # the index is not named: its address may hold a password
        facts.append("Poetry is told of the simple index, in place of PyPI's JSON API")
    with contextlib.suppress(OSError, ValueError):
        page = f"{index.rstrip('/')}/pytest/"
        with urllib.request.urlopen(page, timeout=10) as answer:  # noqa: S310
            if "cache-control" not in answer.headers:
                facts.append("the index sends no Cache-Control, so uv asks again also when warm")
    return facts


def say(line: str) -> None:
    """Report progress."""
    print(line, file=sys.stderr, flush=True)


def report(options: argparse.Namespace, root: Path) -> int:
    """Measure and print, with all temporary files below `root`; return the exit code."""
    busy, template = os.getloadavg()[0], root / "template"
    states = [state for state in STATES if getattr(options, state)] or STATES
    find(options.python)  # makes the interpreter where there is none
    TOOLS.mkdir(parents=True, exist_ok=True)
    run(["git", "clone", "--quiet", str(REPOSITORY), str(template)], REPOSITORY)
    env = environment(UV_PYTHON_DOWNLOADS="never", **settings(root))
    index = simple_index(root / "index", env)
    json_api = has_json_api(index)
    every = contenders(options.python, template, "" if json_api else index)
    selected = [each for each in every if not options.only or each.name in options.only]
    tools, missing = [], Results({})
    for contender in selected:
        try:
            tools += [install(contender.tool, options.python, env)] if contender.tool else []
        except (CommandError, OSError) as error:
            missing.fail(contender.name, error)
    able = [contender for contender in selected if contender.name not in missing.failures]
    facts = [
        f"medians of {options.rounds} rounds (least-most); ratio: to the sum of `{BASELINE}`",
        *conditions(
            options.python, tools, index, json_api=json_api
        ),  # before others change the repository
    ]
    results = compare(able, states, options.rounds, root, env)
    results.failures |= missing.failures
    facts.append(f"load average {busy:.2f} before and {os.getloadavg()[0]:.2f} after")
    if busy > 0.25 * (os.cpu_count() or 1):
        facts.append("WARNING: the machine was busy before this: run it again when it is quiet")
    tables = [table(results, state, [each.name for each in selected]) for state in states]
    print("\n\n".join([*tables, "\n".join(f"- {line}" for line in [*facts, *verdicts(results)])]))
    if options.json:
        numbers = {"conditions": facts, **dataclasses.asdict(results)}
        options.json.write_text(json.dumps(numbers, indent=2) + "\n")
    return int(OURS in results.failures)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, and leave nothing behind but the tools, also when interrupted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="for each state of the caches")
    for state in STATES:
        parser.add_argument(f"--{state}", action="store_true", help=f"only {state} caches")
    versions = ["3.13", "3.14", "3.15"]
    parser.add_argument("--python", choices=versions, default="3.14", help="that of the projects")
    names = [contender.name for contender in contenders("", Path())]
    parser.add_argument("--only", action="append", choices=names, help="may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every number there")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory(prefix="first-green-", ignore_cleanup_errors=True) as root:
            try:
                return report(options, Path(root).resolve())
            except KeyboardInterrupt:
                # A second one must not stop the removal.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                raise
    except KeyboardInterrupt:
        return 130
    except (CommandError, InterpreterUnavailable) as error:
        say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
