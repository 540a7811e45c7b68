"""Options that several commands share."""

from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(help="The dataset, as `slipway list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, everything else on stderr.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback for an error.")]
