"""What CI would run in a generated project is run here: every script of its workflows, but for the publishing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from variants import PYTHONS

from dev.environment import environment
from dev.project import CommandError, render, run

pytestmark = pytest.mark.slow


@pytest.fixture(params=["3.14", "3.14t"])
def committed(
    request: pytest.FixtureRequest,
    plain_template: Path,
    tmp_path: Path,
    interpreter: Callable[[str], Path],
) -> Callable[[str], Path]:
    """Return a function that makes a project for a forge, with its lock, all committed and tagged v0.1.0."""
    for pin in {"3.14", request.param}:
        interpreter(pin)

    def make(forge: str) -> Path:
        # Without the module whose tests take a minute: tests/test_life.py runs those.
        answers = PYTHONS[request.param] | {"ci": forge, "concurrency": False}
        project = render(tmp_path / "my-app", answers, plain_template)
        for command in (
            "git init --quiet",
            "uv lock --quiet",
            "git add --all",
            "git commit --quiet --message Start",
            "git tag v0.1.0",
        ):
            run(command, cwd=project)
        return project

    return make


def github_scripts(workflow: Path, job: str) -> Iterator[str]:
    for step in yaml.safe_load(workflow.read_text())["jobs"][job]["steps"]:
        if "run" in step:
            yield step["run"]


def test_github(committed: Callable[[str], Path], tmp_path: Path) -> None:
    project = committed("github")
    ci, release = (project / ".github" / "workflows" / name for name in ("ci.yml", "release.yml"))
    variables = yaml.safe_load(ci.read_text())["env"]
    assert variables == {"UV_COMPILE_BYTECODE": "1", "UV_LOCKED": "1"}

    output = tmp_path / "output"
    for script in github_scripts(ci, "check"):
        env = environment(GITHUB_OUTPUT=str(output), **variables)
        run(["bash", "-eo", "pipefail", "-c", script], cwd=project, env=env)
    rows = yaml.safe_load(output.read_text().removeprefix("list="))
    assert rows[0] == "3.14"
    for row in rows:
        for script in github_scripts(ci, "test"):
            env = environment(UV_PYTHON=row, **variables)
            run(["bash", "-eo", "pipefail", "-c", script], cwd=project, env=env)

    for script in github_scripts(release, "build"):
        run(["bash", "-ec", script], cwd=project, env=environment(GITHUB_REF_NAME="v0.1.0"))
    assert len(list(project.glob("dist/*"))) >= 2
    check = next(github_scripts(release, "build"))
    with pytest.raises(CommandError):
        run(["bash", "-ec", check], cwd=project, env=environment(GITHUB_REF_NAME="v0.2.0"))
    assert list(github_scripts(release, "publish")) == ["uv publish --trusted-publishing always"]


def test_gitlab(committed: Callable[[str], Path]) -> None:
    project = committed("gitlab")
    pipeline = yaml.safe_load((project / ".gitlab-ci.yml").read_text())
    release = yaml.safe_load((project / ".gitlab" / "release.yml").read_text())
    variables = pipeline["variables"] | {"CI_COMMIT_TAG": "v0.1.0"}
    for job in (pipeline["check"], pipeline["test"], release["release"]):
        lines = [line for line in job["script"] if not line.startswith("uv publish")]
        shared_cache = {name: value for name, value in variables.items() if name != "UV_CACHE_DIR"}
        run(["bash", "-ec", "\n".join(lines)], cwd=project, env=environment(**shared_cache))
    assert release["release"]["script"][-1] == "uv publish --trusted-publishing always"
