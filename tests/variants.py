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
    Variant("bare", "3.14", {"concurrency": False, "conda_env_file": "environment.yml"}),
    Variant("bare-free-threaded", "3.14t", {"concurrency": False, "free_threaded": True}),
    Variant(
        "free-threaded",
        "3.14t",
        {
            "free_threaded": True,
            "onnx_serving": True,
            "ci": "gitlab",
            "license": "Apache-2.0",
            "user_name": "Ada Lovelace",
        },
    ),
    Variant("serving", "3.14", {"onnx_serving": True, "concurrency": False}),
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

COMBINATIONS = (
    [
        Variant(
            f"{pin}-{license_}-{forge}-{owner}-{modules}",
            pin,
            PYTHONS[pin] | {"license": license_, "ci": forge} | OWNERS[owner] | MODULES[modules],
        )
        for pin, license_, forge, owner, modules in product(
            PYTHONS, LICENSES, FORGES, OWNERS, MODULES
        )
    ]
    + [  # serving shares no file with licence, forge and owner but pyproject.toml and README.md
        Variant(
            f"{pin}-MIT-github-{owner}-{modules}-serving",
            pin,
            PYTHONS[pin]
            | {"license": "MIT", "ci": "github", "onnx_serving": True}
            | OWNERS[owner]
            | MODULES[modules],
        )
        for pin, owner, modules in product(PYTHONS, OWNERS, MODULES)
        if not pin.startswith("3.15")
    ]
    + [
        Variant(
            f"{pin}-{modules}-conda",
            pin,
            PYTHONS[pin]
            | {
                "license": "MIT",
                "conda_env_file": "environment.yml",
                "concurrency": not MODULES[modules],
            },
        )
        for pin, modules in [("3.13", "plain"), ("3.14t", "concurrent"), ("3.15", "plain")]
    ]
)
"""Every combination of the choices that change files, with and without the answers that may stay empty."""


CONCURRENCY = """
    bench/__init__.py bench/lesson.py bench/machine.py bench/measure.py bench/plot.py bench/pools.py bench/report.py
    bench/startup.py bench/tasks.py commands/bench.py commands/doctor.py commands/run.py demo.py page.html page.py
    parallel/__init__.py parallel/backends.py parallel/choice.py
    parallel/executors.py parallel/pool.py parallel/transport.py parallel/worker.py
    pipeline/__init__.py pipeline/analyse.py pipeline/fetch.py pipeline/report.py pipeline/run.py
    runtime/doctor.py runtime/examine.py runtime/probe.py watchdog.py
""".split()  # noqa: SIM905
CONCURRENCY_TESTS = """
    parallel/contract_tasks.py parallel/test_choice.py parallel/test_contract.py
    pipeline/test_analyse.py pipeline/test_demo.py pipeline/test_fetch.py pipeline/test_never_block.py
    pipeline/test_report.py pipeline/test_run.py pipeline/test_watchdog.py
    runtime/test_doctor.py runtime/test_probe.py test_bench.py
""".split()  # noqa: SIM905
CORES = ["runtime/__init__.py", "runtime/cores.py"]
CORES_TESTS = ["runtime/test_cores.py"]
SERVING = """
    commands/serve.py serving/__init__.py serving/app.py serving/bodies.py serving/classifier.py serving/classify.py
    serving/edge.py serving/engine.py serving/health.py serving/images.py serving/logs.py serving/metrics.py
    serving/model.py serving/oip.py serving/problems.py serving/protocols.py serving/security.py serving/server.py serving/settings.py
    serving/state.py serving/stream.py serving/telemetry.py
    serving/static/app.css serving/static/app.js serving/static/bars.js serving/static/camera.js
    serving/static/favicon.svg serving/static/figures.js serving/static/frames.js serving/static/index.html
    serving/static/loop.js serving/static/panel.css serving/static/photos.js serving/static/stream.js serving/static/view.js
    serving/static/words.js
""".split()  # noqa: SIM905
SERVING_TESTS = """
    serving/conftest.py serving/running_server.py serving/test_api.py serving/test_engine.py serving/test_images.py
    serving/test_model.py serving/test_oip.py serving/test_openapi.py serving/test_server.py serving/test_stream.py
    serving/test_telemetry.py serving/tiny_model.py
    serving/page/conftest.py serving/page/page_browser.py serving/page/page_server.py
    serving/page/test_page_connection.py serving/page/test_page_failures.py serving/page/test_page_live.py
    serving/page/test_page_photos.py serving/page/test_page_words.py
""".split()  # noqa: SIM905
SERVING_TOOLS = """
    tools/_checkpoint.py tools/_export.py tools/_int8.py tools/_model_file.py tools/_models.py tools/_parity.py
    tools/_triton.py tools/demo_model.py tools/export_onnx.py
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
    if answers.get("conda_env_file"):
        found |= {"tools/conda2uv.py"}
    if answers.get("free_threaded"):
        found |= {"tests/test_free_threading.py"}
    if answers.get("concurrency", True):
        found |= {f"src/{package}/{name}" for name in CONCURRENCY}
        found |= {f"tests/{name}" for name in CONCURRENCY_TESTS}
    if answers.get("onnx_serving"):
        found |= {f"src/{package}/{name}" for name in SERVING}
        found |= {f"tests/{name}" for name in SERVING_TESTS}
        found |= set(SERVING_TOOLS)
    if answers.get("concurrency", True) or answers.get("onnx_serving"):
        found |= {f"src/{package}/{name}" for name in CORES}
        found |= {f"tests/{name}" for name in CORES_TESTS}
    return found
