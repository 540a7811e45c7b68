"""`slipway serve`: the model server."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import Debug
from cli.settings_options import command_of, given
from cli.version import show_version

_FLAGS = "slipway.serve.flags"


class ServeCommand(command_of("serving.model_server.settings:Options")):  # type: ignore[misc]
    """Takes tensorflow_model_server's flags out of the command line, whose form click does not know; the rest are options."""

    def parse_args(self, context: typer.Context, args: list[str]) -> list[str]:
        """As click's; the flags lie in the context's meta."""
        from serving.model_server import flags

        context.meta[_FLAGS], rest = flags.taken(args)
        return list(super().parse_args(context, rest))


def serve(
    context: typer.Context,
    models: Annotated[
        Path | None, typer.Option(help="The folder whose subfolders are the models; $SLIPWAY_HOME/models without it.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Serve pushed models by TensorFlow Serving's gRPC and REST: its local stand-in.

    tensorflow_model_server's own flags are taken as they are, with its defaults: docs/model_server.md lists them.
    """
    from schemas.home import Home
    from schemas.quiet import output_to
    from serving.model_server.settings import Options, check

    options = given(context, Options, models=(models or Home.from_environment().root / "models").absolute())
    named, flags = _named(context), context.meta[_FLAGS]
    show_version(bool(flags.get("version")))
    if flags:
        from serving.model_server import from_flags

        options = from_flags.options(flags, options, named)
    check(options, named)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # no line for each step of loading a model
    with output_to(Path(os.devnull)):  # what TensorFlow prints while it loads
        from serving.model_server import server, session

        device = session.prepare()
    server.serve(options, device)


def _named(context: Any) -> list[str]:
    """The options that stand on the command line."""
    sources = {one.name: context.get_parameter_source(one.name) for one in context.command.params}
    # By name: typer may carry a click of its own.
    return [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
