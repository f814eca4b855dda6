"""The command line. Each module in `commands/` is a command: add one by adding a file with a `command` in it."""

import difflib
import pkgutil
from importlib import import_module
from importlib.metadata import metadata

import click

from . import DISTRIBUTION, __version__, commands


class Commands(click.Group):
    """The commands of the package `commands`, each imported only when its name is typed or help is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [module.name for module in pkgutil.iter_modules(commands.__path__)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        names = self.list_commands(ctx)
        if cmd_name not in names:
            near = difflib.get_close_matches(cmd_name, names, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {cmd_name!r}.{hint}")
        return import_module(f"{commands.__name__}.{cmd_name}").command


@click.group(
    cls=Commands,
    invoke_without_command=True,
    help=metadata(DISTRIBUTION).get("Summary"),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name=DISTRIBUTION, message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        context.invoke(import_module(f"{commands.__name__}.info").command)


def main() -> None:
    """Run the command that the arguments name, or `info` when they name none, and exit with its code."""
    cli(prog_name=DISTRIBUTION)
