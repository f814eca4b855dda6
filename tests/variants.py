"""The variants whose life is tested, in one table, and every combination of answers that is rendered."""

from itertools import product
from typing import NamedTuple


class Variant(NamedTuple):
    """A project that the tests bring up: its name in reports, the pin that it runs on, and the answers."""

    name: str
    pin: str
    answers: dict[str, object]


# Each pin is lived through; the other answers are spread over the pins, so that each value is lived through too.
VARIANTS = [
    Variant("defaults", "3.14", {}),
    Variant("bare", "3.14", {"concurrency": False}),
    Variant("bare-free-threaded", "3.14t", {"concurrency": False, "free_threaded": True}),
    Variant(
        "free-threaded",
        "3.14t",
        {
            "free_threaded": True,
            "ci": "gitlab",
            "license": "Apache-2.0",
            "user_name": "Ada Lovelace",
        },
    ),
    Variant(
        "oldest",
        "3.13",
        {
            "python_version": "3.13",
            "ci": "none",
            "license": "Proprietary",
            "package_name": "another_name",
        },
    ),
    Variant(
        "newest",
        "3.15",
        {
            "python_version": "3.15",
            "license": "BSD-3-Clause",
            "project_name": "資料管線",
            "project_slug": "pipeline",
        },
    ),
    Variant(
        "newest-free-threaded",
        "3.15t",
        {
            "python_version": "3.15",
            "free_threaded": True,
            "license": "GPL-3.0-or-later",
            "user_name": 'Zoë "Z" Šimůnek',
            "user_email": "zoe@example.org",
            "github_user": "zoe",
        },
    ),
]

PYTHONS: dict[str, dict[str, object]] = {
    "3.13": {"python_version": "3.13"},
    "3.14": {"python_version": "3.14"},
    "3.14t": {"python_version": "3.14", "free_threaded": True},
    "3.15": {"python_version": "3.15"},
    "3.15t": {"python_version": "3.15", "free_threaded": True},
}
LICENSES = ["MIT", "Apache-2.0", "BSD-3-Clause", "GPL-3.0-or-later", "Proprietary"]
FORGES = ["github", "gitlab", "none"]
OWNERS: dict[str, dict[str, object]] = {
    "bare": {"project_description": ""},
    "named": {
        "project_name": "Data & Pipes",
        "package_name": "pipes",
        "project_description": 'Moves "data" from A\\B to C, 100 % of it.',
        "user_name": "Ada Lovelace",
        "user_email": "ada@example.org",
        "github_user": "ada",
    },
}

MODULES: dict[str, dict[str, object]] = {"concurrent": {}, "plain": {"concurrency": False}}

COMBINATIONS = [
    Variant(
        f"{pin}-{license_}-{forge}-{owner}-{modules}",
        pin,
        PYTHONS[pin] | {"license": license_, "ci": forge} | OWNERS[owner] | MODULES[modules],
    )
    for pin, license_, forge, owner, modules in product(PYTHONS, LICENSES, FORGES, OWNERS, MODULES)
]
"""Every combination of the choices that change files, with and without the answers that may stay empty."""


CONCURRENCY = """
    bench/__init__.py bench/lesson.py bench/machine.py bench/measure.py bench/plot.py bench/pools.py bench/report.py
    bench/startup.py bench/tasks.py commands/bench.py commands/doctor.py commands/run.py demo.py page.html page.py
    parallel/__init__.py parallel/backends.py parallel/choice.py
    parallel/executors.py parallel/pool.py parallel/transport.py parallel/worker.py
    pipeline/__init__.py pipeline/analyse.py pipeline/fetch.py pipeline/report.py pipeline/run.py
    runtime/__init__.py runtime/cores.py runtime/doctor.py runtime/examine.py runtime/probe.py watchdog.py
""".split()  # noqa: SIM905
CONCURRENCY_TESTS = """
    parallel/contract_tasks.py parallel/test_choice.py parallel/test_contract.py
    pipeline/test_analyse.py pipeline/test_demo.py pipeline/test_fetch.py pipeline/test_never_block.py
    pipeline/test_report.py pipeline/test_run.py pipeline/test_watchdog.py
    runtime/test_cores.py runtime/test_doctor.py runtime/test_probe.py test_bench.py
""".split()  # noqa: SIM905


def files(answers: dict[str, object]) -> set[str]:
    """Return the files that a project of these answers has: the table that `_exclude` in copier.yml must agree with."""
    package = answers.get(
        "package_name", str(answers.get("project_slug", "my-app")).replace("-", "_")
    )
    found = {
        ".copier-answers.yml",
        ".dockerignore",
        ".editorconfig",
        ".gitattributes",
        ".gitignore",
        ".pre-commit-config.yaml",
        ".python-version",
        "AGENTS.md",
        "Dockerfile",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        f"src/{package}/__init__.py",
        f"src/{package}/__main__.py",
        f"src/{package}/cli.py",
        f"src/{package}/commands/__init__.py",
        f"src/{package}/commands/info.py",
        f"src/{package}/py.typed",
        "tests/conftest.py",
        "tests/test_cli.py",
    }
    forge = answers.get("ci", "github")
    published = answers.get("license") != "Proprietary"
    if forge == "github":
        found |= {"renovate.json", ".github/workflows/ci.yml", ".github/workflows/template.yml"}
        found |= {".github/workflows/release.yml"} if published else set()
    if forge == "gitlab":
        found |= {"renovate.json", ".gitlab-ci.yml"}
        found |= {".gitlab/release.yml"} if published else set()
    if answers.get("free_threaded"):
        found |= {"tests/test_free_threading.py"}
    if answers.get("concurrency", True):
        found |= {f"src/{package}/{name}" for name in CONCURRENCY}
        found |= {f"tests/{name}" for name in CONCURRENCY_TESTS}
    return found
