"""The command line. Every heavy import happens inside the command that needs it.

Exit codes: 0 done (``run``: blessed and pushed), 2 bad usage or input, 3 ran but not blessed, 4 the metadata server was
away for too long, 1 a bug of ours.
"""

import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.compile import compile_command
from cli.doctor import doctor
from cli.gateway import gateway, keys_app
from cli.loadtest import loadtest
from cli.metadata import metadata_app
from cli.options import Debug, Json, Name
from cli.serve import serve
from cli.simulate import simulate
from cli.submit import submit

NOT_BLESSED = 3
INTERRUPTED = 130
_KEPT = {  # what an interrupt leaves, by command
    "run": "finished steps are kept, and the next run carries on from them",
    "simulate": "finished steps are kept, and the next simulation carries on from them",
    "submit": "what was started in the cluster goes on",
}
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def slipway(context: typer.Context) -> None:
    """Slipway builds TensorFlow models, one TFX pipeline per dataset, and launches them."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("list")
def list_command(
    names: Annotated[bool, typer.Option("--names", help="Print the names only, one a line.")] = False,
    as_json: Json = False,
) -> None:
    """List the datasets that have a pipeline."""
    from pipelines.page import catalog

    found = {name: catalog.summary(name) for name in catalog.names()}
    if as_json:
        print(json.dumps({"datasets": [{"name": name, "summary": text} for name, text in found.items()]}))
    else:
        width = max(map(len, found), default=0)
        for name, text in found.items():
            print(name if names else f"{name:<{width}}  {text}")


@app.command()
def run(
    name: Name,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a model or training parameter.")
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Take in a feature that the page leaves out by default.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Take only the first N examples; 0 for all.")] = 0,
    span: Annotated[int, typer.Option(min=0, help="Read the data's span N from its folder span-N; 0 for its own.")] = 0,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Run every step, whatever was done before.")] = False,
    accept_drift: Annotated[
        bool, typer.Option("--accept-drift", help="Train on data that differs from that of the last pushed model.")
    ] = False,
    beam: Annotated[
        str, typer.Option(envvar="SLIPWAY_BEAM", help="Where Beam's work is done: local, flink, spark or dataflow.")
    ] = "local",
    flink_master: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT", envvar="SLIPWAY_FLINK_MASTER", help="With --beam flink: Flink's REST address."
        ),
    ] = "",
    beam_arg: Annotated[
        list[str] | None, typer.Option(metavar="--KEY=VALUE", help="An argument of Beam's own; may be repeated.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Take a dataset through its whole pipeline, from raw data to a pushed model."""
    from rich.console import Console

    from cli import console
    from pipelines.beam import runners
    from pipelines.execution import run as pipeline_run
    from pipelines.page import catalog
    from pipelines.page.resolution import with_included, with_settings
    from schemas.home import Home

    pipeline = with_settings(with_included(catalog.load(name), include or []), settings or [])
    beam_args = runners.arguments(beam, flink_master, (*runners.extra_from_environment(), *(beam_arg or [])))
    options = {"span": span, "beam_args": beam_args}
    request = pipeline_run.Request(pipeline, Home.from_environment(), limit, not no_cache, accept_drift, **options)
    result = pipeline_run.run(request, console.StepDisplay(name))
    if as_json:
        print(json.dumps(result))
    else:
        console.show_result(result, Console(), _program())
    if not result["blessed"]:
        raise typer.Exit(NOT_BLESSED)


@app.command()
def predict(
    name: Name,
    value: Annotated[
        str | None, typer.Argument(metavar="INPUT", help="A JSON object of columns, a text, or the path of a picture.")
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(metavar="INPUT", help="Predict a .csv, .csv.gz, .parquet, .jsonl or .txt file, or a folder."),
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="OUT", help="With --file: the .csv or .parquet to write; - for stdout.")
    ] = None,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="With --file: a column for each class's probability.")
    ] = False,
    submission: Annotated[
        bool, typer.Option("--submission", help="With --file: write the format that Kaggle takes.")
    ] = False,
    version: Annotated[str | None, typer.Option(help="A version of `slipway versions`; the newest without it.")] = None,
    example: Annotated[bool, typer.Option("--example", help="Print an input that the model takes, and end.")] = False,
    url: Annotated[
        str | None,
        typer.Option(help="Ask a server: http://HOST:PORT of a gateway, grpc://HOST:PORT of a model server."),
    ] = None,
    api_key: Annotated[
        str | None, typer.Option(envvar="SLIPWAY_API_KEY", help="With --url: the key that the gateway asks for.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Ask a pushed model a question, or predict a whole file or folder, in this process or of a server."""
    from contextlib import nullcontext

    from prediction import in_process, local_model
    from prediction.files import file_request
    from schemas.home import Home

    asked = None if example else file_request.options(value, file, out, probabilities, submission, as_json)
    home = Home.from_environment()
    if url is None:
        found: Any = nullcontext(local_model.LocalModel(in_process.find(home.models(name), name, version)))
    else:
        from serving.client.remote_model import RemoteModel

        found = RemoteModel(url, api_key, home.root / "models", name, version)
    with found as model:
        if example:
            print(json.dumps(model.card.example, ensure_ascii=False))
        elif asked is None:
            answer = model.answer(value)
            print(json.dumps(answer, ensure_ascii=False) if as_json else local_model.as_text(answer))
        else:
            from prediction.files import batch

            summary = batch.run(model.card, asked, model.load)
            shown = json.dumps(summary, ensure_ascii=False) if as_json else batch.as_text(summary, model.where)
            print(shown, file=sys.stderr if asked.out == file_request.STDOUT else sys.stdout)


@app.command()
def versions(name: Name, as_json: Json = False, debug: Debug = False) -> None:
    """Show a model's versions: semantic and integer version, data, metrics and verdict."""
    from cli import history
    from pipelines.page import catalog
    from schemas.home import Home

    found = history.entries(Home.from_environment(), name, catalog.names())
    if as_json:
        print(json.dumps({"dataset": name, "versions": found}))
    else:
        history.show(name, found)


app.command("compile")(compile_command)
app.command()(submit)
app.command()(simulate)
app.command()(doctor)
app.command()(serve)
app.command()(gateway)
app.add_typer(keys_app, name="keys")
app.add_typer(metadata_app, name="metadata")
app.command()(loadtest)


def _program() -> str:
    """How this program was called, for commands that are shown to be typed next."""
    name = Path(sys.argv[0]).name
    found = shutil.which(name)
    return name if found and Path(found).samefile(sys.argv[0]) else sys.argv[0]


def main() -> None:
    """The console script: runs a command, and turns an error into one line and an exit code."""
    from schemas.errors import InputError

    try:
        # Returns the code of a typer.Exit or of an interrupt, and None for a command that ends by itself.
        code = app(standalone_mode=False) or 0
        if code == INTERRUPTED:
            print(f"slipway: stopped; {_KEPT.get(''.join(sys.argv[1:2]), 'nothing was written')}", file=sys.stderr)
    except InputError as error:
        code = _failed(error, error.exit_code)
    except Exception as error:
        code = _failed(error, _usage_code(error))
    _end(code)


def _usage_code(error: Exception) -> int:
    """2 for what the command line's parser refuses, else 1."""
    return int(getattr(error, "exit_code", 1))


def _failed(error: Exception, code: int) -> int:
    from schemas.errors import InputError

    if "--debug" in sys.argv:
        traceback.print_exception(error)
    elif code == 1 and not isinstance(error, InputError):
        notes = "; ".join(getattr(error, "__notes__", []))
        line = f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
        print(
            f"slipway: a bug of ours: {line}; {notes + '; ' if notes else ''}run with --debug for the traceback",
            file=sys.stderr,
        )
    else:
        message = getattr(error, "format_message", lambda: str(error))()
        print(f"slipway: {' '.join(message.split())}", file=sys.stderr)
    return code


def _end(code: int) -> Any:
    """Ends the process at once: taking down TensorFlow's and Beam's threads in order takes two seconds, and keeps nothing."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code) if "tensorflow" in sys.modules else sys.exit(code)


if __name__ == "__main__":
    main()
