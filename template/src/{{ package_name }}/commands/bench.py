"""What parallel work gains on this machine."""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ..bench import measure
from ..bench.plot import plot
from ..bench.pools import QUICK, Plan, Tell
from ..bench.report import markdown
from ..parallel.choice import BackendError
from ..runtime.cores import usable_cores


@click.command("bench")
@click.option(
    "--backend",
    "backends",
    multiple=True,
    type=click.Choice([*measure.LOCAL, "dask"]),
    help="Measure this one; may be given several times. By default all that work here, without Dask.",
)
@click.option("--address", help="Measure Dask too, with the scheduler at tcp://HOST:PORT.")
@click.option("--workers", type=click.IntRange(min=1), help="By default as many as usable cores.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("benchmarks"),
    show_default=True,
    help="The folder for bench.json, bench.md, bench.svg and bench.png.",
)
@click.option("--quick", is_flag=True, help="Take some 10 s; the figures are rougher.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    backends: tuple[str, ...],
    address: str | None,
    workers: int | None,
    output: Path,
    quick: bool,
    as_json: bool,
) -> None:
    """Measure on this machine from which task size on each backend pays, and what a pool costs."""
    wanted = [*(backends or measure.LOCAL), *(["dask"] if address else [])]
    usable, left_out = measure.usable(list(dict.fromkeys(wanted)), address)
    for backend in backends:
        if backend in left_out:
            raise click.ClickException(left_out[backend])
    plan = QUICK if quick else Plan()
    seconds = plan.estimate(len(usable))
    click.echo(
        f"This takes about {seconds:.0f} s, and is best done with nothing else running.", err=True
    )
    try:
        output.mkdir(parents=True, exist_ok=True)
        with _progress() as tell:
            result = measure.run(plan, usable, workers or usable_cores(), address, tell)
        result["left_out"] = left_out
        files = {
            "bench.json": json.dumps(result, indent=2).encode() + b"\n",
            "bench.md": markdown(result).encode(),
        }
        try:
            files |= plot(result)
        except ImportError:
            click.echo("No plot without matplotlib: uv sync --group plot", err=True)
        _write(output, files)
    except (BackendError, RuntimeError, OSError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(files["bench.json"], nl=False)
    elif sys.stdout.isatty():
        Console().print(Markdown(files["bench.md"].decode()))
    else:
        click.echo(files["bench.md"].decode(), nl=False)
    click.echo(f"Written to {output}: {', '.join(files)}", err=True)


@contextmanager
def _progress() -> Generator[Tell]:
    """Show a bar on a terminal, and a line a step elsewhere; draw only between measurements."""
    console = Console(stderr=True)
    said: set[str] = set()
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    bars = Progress(
        *columns,
        console=console,
        transient=True,
        auto_refresh=False,
        disable=not console.is_terminal,
    )
    with bars:
        bar = bars.add_task("", total=1)

        def tell(step: str, share: float) -> None:
            if console.is_terminal:
                bars.update(bar, description=step, completed=share, refresh=True)
            elif step not in said:
                said.add(step)
                click.echo(step, err=True)

        yield tell


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write all files elsewhere first, so that none is ever half there."""
    with TemporaryDirectory(dir=folder) as new:
        for name, content in files.items():
            Path(new, name).write_bytes(content)
        for name in files:
            Path(new, name).replace(folder / name)
