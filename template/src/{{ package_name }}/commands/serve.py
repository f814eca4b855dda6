"""Serve an ONNX image classifier."""

from pathlib import Path

import click


@click.command("serve")
@click.argument(
    "model", metavar="[MODEL]", required=False, type=click.Path(dir_okay=False, path_type=Path)
)
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.  [default: 8000]")
@click.option("--sha256", metavar="HEX", help="What the model must hash to.")
@click.option("--provider", type=click.Choice(["cpu", "cuda"]), help="[default: cpu]")
@click.option("--threads", type=int, help="Inferences at once.  [default: the usable cores]")
@click.option("--max-batch", type=int, help="Images in one run, for a GPU.  [default: 1]")
def command(**options: str | int | Path | None) -> None:
    """Serve an ONNX image classifier over HTTP, with a live demo for the browser.

    MODEL is a file that tools/export_onnx.py or tools/demo_model.py made, models/efficientnet-lite0.onnx
    by default. Each setting, these and more, is also an environment variable; `settings.py` lists them.

    SIGTERM answers what is in flight and exits; SIGHUP loads the model's file anew.
    """
    try:  # other commands need none of it
        from ..serving.server import main  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "onnxruntime":
            raise
        why = "ONNX Runtime is missing: install the extra cpu or gpu"
        raise click.ClickException(why) from None
    try:
        main({name: value for name, value in options.items() if value is not None})
    except (ValueError, OSError) as error:  # settings, the model, the port
        raise click.ClickException(str(error)) from error
