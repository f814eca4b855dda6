"""What this interpreter and each dependency allow."""

import json

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from ..runtime.doctor import Report, examine


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Show what this Python and each dependency allow; exit with 1 if a promise is broken."""
    columns = (TextColumn("importing dependencies"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("")
        report = examine(lambda done, total: bar.update(task, completed=done, total=total))
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        show(report, Console(highlight=False))
    if report["problems"]:
        context.exit(1)


def show(report: Report, console: Console) -> None:
    """Print the report as text, readable at 80 columns."""
    facts = Table.grid(padding=(0, 2))
    for name, value in summary(report).items():
        facts.add_row(name, Text(value))
    console.print(facts)
    if report["dependencies"]:
        console.print()
        console.print(dependencies(report))
    for kind, style in (("problems", "red"), ("warnings", "yellow")):
        for text in report[kind]:
            console.print()
            console.print(f"{kind[:-1]}: {text}", style=style, markup=False)
    if not report["problems"]:
        console.print("\nEvery promise is kept.", style="green")


def summary(report: Report) -> dict[str, str]:
    """Return the lines above the table."""
    python, promised, gil = report["python"], report["promise"], report["gil"]
    cores, code, backend = report["cores"], report["bytecode"], report["backend"]
    by = [
        f"{at['name']} ({at['turns_gil_on']})"
        for at in report["dependencies"]
        if at["turns_gil_on"]
    ]
    cause = gil["set_by"] or (f"until one of these turns it on: {', '.join(by)}" if by else "")
    limits = [] if cores["affinity"] is None else [f"affinity {cores['affinity']}"]
    limits += ["no CPU quota" if cores["quota"] is None else f"CPU quota {cores['quota']:g}"]
    if cores["set_explicitly"]:
        limits = ["set by PYTHON_CPU_COUNT or -X cpu_count"]
    return {
        "Python": f"{python['version']} {python['build']}, {python['executable']}",
        "pin": f"{promised['pin'] or 'none'}, requires-python {promised['requires_python']}"
        + (", declares free threading" if promised["free_threading"] else ""),
        "GIL": ("on" if gil["on"] else "off") + (f", {cause}" if cause else ""),
        "cores": f"{cores['usable']} ({', '.join(limits)})",
        "bytecode": f"{'on' if code['written'] else 'off'}, {code['modules'] - code['missing']} of "
        f"{code['modules']} modules compiled{'' if code['writable'] else ', folder not writable'}",
        "backend": f"{backend['name']}: {backend['why']}" if backend["name"] else "none",
    }


def dependencies(report: Report) -> Table:
    """Return the table: a row for each dependency."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("dependency", no_wrap=True)
    table.add_column("native", justify="right")
    table.add_column("in a subinterpreter", overflow="fold")
    table.add_column("GIL", no_wrap=True)
    table.add_column("wheel")
    styles = {"refuses": "red", "falls back": "yellow"}
    free_threaded = report["python"]["build"] == "free-threaded"
    for at in report["dependencies"]:
        state, modules = at["subinterpreter"] or "-", at["modules"] or []
        text = f"{state}: {modules[0]}" if modules else state
        more = f" and {len(modules) - 1} more" if modules[1:] else ""
        gil = "-" if not free_threaded or at["native"] is None else "off"
        table.add_row(
            f"{at['name']} {at['version']}",
            "?" if at["native"] is None else str(len(at["native"])),
            Text(text + more, styles.get(state, "")),
            Text("turns it on", "red") if at["turns_gil_on"] else gil,
            at["wheel"],
        )
    return table
