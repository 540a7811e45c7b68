"""Options that several commands share, as the command line declares them."""

from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from schemas.errors import InputError

Name = Annotated[str, typer.Argument(help="The dataset, as `slipway list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, everything else on stderr.")]
Events = Annotated[
    bool,
    typer.Option("--events", help="Print what happens on stdout, one JSON object a line; the last is the result."),
]
Why = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason; it is recorded with your name and the time.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback for an error.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a model or training parameter.")
]
Include = Annotated[
    list[str] | None, typer.Option(metavar="COLUMN", help="Take in a feature that the page leaves out by default.")
]
Graph = Annotated[
    Path | None,
    typer.Option("--graph", metavar="FILE", help="Train the Keras graph of a file instead of the page's model."),
]
Limit = Annotated[int, typer.Option(min=0, help="Take only the first N examples; 0 for all.")]
Span = Annotated[int, typer.Option(min=0, help="Read the data's span N from its folder span-N; 0 for its own.")]
Window = Annotated[int, typer.Option(min=1, metavar="K", help="With --span N: read the spans N-K+1 to N together.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Run every step, whatever was done before.")]
AcceptDrift = Annotated[
    bool, typer.Option("--accept-drift", help="Train on data that differs from that of the last pushed model.")
]


def need_kubeflow() -> None:
    """Raises InputError where the libraries of Kubeflow Pipelines, an extra of this package, are not installed."""
    # By their metadata: importing kfp takes half a second, also where it is not needed in the end.
    for library in ("kfp", "kfp-kubernetes"):
        try:
            metadata.version(library)
        except metadata.PackageNotFoundError:
            raise InputError(
                f"this command needs {library}; install it with: pip install 'slipway[kubeflow]'"
            ) from None
