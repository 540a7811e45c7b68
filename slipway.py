"""The command line. Every heavy import happens inside the command that needs it.

Exit codes: 0 done (``run``: blessed and pushed), 2 bad usage or input, 3 ran but not blessed, 1 a bug of ours.
"""

import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

NOT_BLESSED = 3
INTERRUPTED = 130
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

keys_app = typer.Typer(help="API keys of the gateway.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")

Name = Annotated[str, typer.Argument(help="The dataset, as `slipway list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, everything else on stderr.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback for an error.")]
KeysFile = Annotated[
    Path | None, typer.Option("--keys", metavar="FILE", help="The keys; $SLIPWAY_HOME/gateway_keys.json without it.")
]


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
    from pipelines import catalog

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
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Run every step, whatever was done before.")] = False,
    accept_drift: Annotated[
        bool, typer.Option("--accept-drift", help="Train on data that differs from that of the last pushed model.")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Take a dataset through its whole pipeline, from raw data to a pushed model."""
    from rich.console import Console

    from pipelines import catalog, console
    from pipelines import run as pipeline_run
    from pipelines.effective import with_included, with_settings
    from schemas.home import Home

    pipeline = with_settings(with_included(catalog.load(name), include or []), settings or [])
    request = pipeline_run.Request(pipeline, Home.from_environment(), limit, not no_cache, accept_drift)
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
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Ask a pushed model a question, or predict a whole file or folder, in this process."""
    from schemas.home import Home
    from schemas.model_card import ModelCard
    from serving import answers, batch_options, in_process

    asked = None if example else batch_options.options(value, file, out, probabilities, submission, as_json)
    model = in_process.find(Home.from_environment().models(name), name, version)
    card = ModelCard.read(model)
    if example:
        print(json.dumps(card.example, ensure_ascii=False))
        return
    if asked is None:
        answer = answers.of_argument(model, card, value)
        print(json.dumps(answer, ensure_ascii=False) if as_json else answers.as_text(answer))
        return
    from serving import batch

    summary = batch.run(model, card, asked)
    shown = json.dumps(summary, ensure_ascii=False) if as_json else batch.as_text(summary)
    print(shown, file=sys.stderr if asked.out == batch_options.STDOUT else sys.stdout)


@app.command()
def versions(name: Name, as_json: Json = False, debug: Debug = False) -> None:
    """Show a model's versions: semantic and integer version, data, metrics and verdict."""
    from pipelines import catalog, history
    from schemas.home import Home

    found = history.entries(Home.from_environment(), name, catalog.names())
    if as_json:
        print(json.dumps({"dataset": name, "versions": found}))
    else:
        history.show(name, found)


@app.command()
def gateway(
    host: Annotated[str, typer.Option(help="Where to listen; without API keys only this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8080,
    upstream: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="gRPC of `slipway serve` or of TensorFlow Serving.")
    ] = "127.0.0.1:8500",
    upstream_tls_ca: Annotated[
        Path | None, typer.Option(metavar="PEM", help="Speak TLS with the upstream; who signs its certificate.")
    ] = None,
    models: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The pushed models; $SLIPWAY_HOME/models without it.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="TOML", help="Weights and labels of versions; may change while running.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(metavar="FILE", help="API keys; $SLIPWAY_HOME/gateway_keys.json without it.")
    ] = None,
    rate_limit: Annotated[float, typer.Option(help="Requests per second of one key; 0 for no limit.")] = 0,
    max_body_mb: Annotated[float, typer.Option(min=0.001, max=2000, help="Megabytes of a request's body.")] = 16,
    max_batch: Annotated[int, typer.Option(min=1, help="Inputs of one request.")] = 1000,
    timeout: Annotated[float, typer.Option(help="Seconds that a request may take.")] = 10,
    max_in_flight: Annotated[int, typer.Option(min=1, help="Predictions at a time; more are refused at once.")] = 100,
    tls_cert: Annotated[Path | None, typer.Option(metavar="PEM", help="Speak TLS: the certificate.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="PEM", help="Speak TLS: its private key.")] = None,
    cors_origin: Annotated[
        list[str] | None, typer.Option(metavar="ORIGIN", help="A web origin whose pages may call; can be repeated.")
    ] = None,
    request_log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a sample of inputs and answers here, as JSON lines.")
    ] = None,
    request_log_sample: Annotated[float, typer.Option(help="The share of requests that is written, 0 to 1.")] = 0.01,
    request_log_mb: Annotated[float, typer.Option(min=0.001, help="Its size in megabytes before it is rotated.")] = 100,
    redact: Annotated[
        list[str] | None, typer.Option(metavar="FIELD", help="A field that is not written there; can be repeated.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Answer questions over HTTP and JSON, in front of a model server."""
    from schemas.home import Home
    from serving.gateway import server
    from serving.gateway.keys import FILE
    from serving.gateway.settings import Settings

    root = Home.from_environment().root
    server.run(
        Settings(
            models=models or root / "models",
            keys=keys or root / FILE,
            host=host,
            port=port,
            upstream=upstream,
            upstream_tls_ca=upstream_tls_ca,
            config=config,
            rate_limit=rate_limit,
            max_body=int(max_body_mb * 1e6),
            max_batch=max_batch,
            timeout=timeout,
            max_in_flight=max_in_flight,
            tls_cert=tls_cert,
            tls_key=tls_key,
            cors_origins=tuple(cors_origin or ()),
            request_log=request_log,
            request_log_sample=request_log_sample,
            request_log_bytes=int(request_log_mb * 1e6),
            redact=frozenset(redact or ()),
            debug=debug,
        )
    )


@keys_app.command("add")
def keys_add(
    name: Annotated[str, typer.Argument(help="Whose key it is; it stands in the log.")],
    models: Annotated[
        str | None, typer.Option(metavar="A,B", help="The models that it may ask; all without it.")
    ] = None,
    keys: KeysFile = None,
    debug: Debug = False,
) -> None:
    """Make a key for the gateway and print it, this once."""
    from serving.gateway import keys as gateway_keys

    scope = [model.strip() for model in models.split(",")] if models is not None else None
    print(gateway_keys.add(_keys_file(keys), name, scope))


@keys_app.command("list")
def keys_list(keys: KeysFile = None, as_json: Json = False, debug: Debug = False) -> None:
    """Show whose keys there are, and for which models."""
    from serving.gateway import keys as gateway_keys

    found = gateway_keys.listed(_keys_file(keys))
    if as_json:
        shown = [{"name": key.name, "models": key.models, "created": key.created} for key in found]
        print(json.dumps({"keys": shown}))
    else:
        for key in found:
            scope = ", ".join(key.models) if key.models is not None else "all models"
            print(f"{key.name}  {key.created}  {scope}")


@keys_app.command("remove")
def keys_remove(
    name: Annotated[str, typer.Argument(help="The key's name, as `slipway keys list` shows it.")],
    keys: KeysFile = None,
    debug: Debug = False,
) -> None:
    """Take a key back; a running gateway refuses it within a second."""
    from serving.gateway import keys as gateway_keys

    gateway_keys.remove(_keys_file(keys), name)


def _keys_file(named: Path | None) -> Path:
    from schemas.home import Home
    from serving.gateway.keys import FILE

    return named or Home.from_environment().root / FILE


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
            kept = "finished steps are kept, and the next run carries on from them"
            print(f"slipway: stopped; {kept if 'run' in sys.argv[1:2] else 'nothing was written'}", file=sys.stderr)
    except InputError as error:
        code = _failed(error, error.exit_code)
    except Exception as error:
        code = _failed(error, _usage_code(error))
    _end(code)


def _usage_code(error: Exception) -> int:
    """2 for what the command line's parser refuses, else 1."""
    return int(getattr(error, "exit_code", 1))


def _failed(error: Exception, code: int) -> int:
    if "--debug" in sys.argv:
        traceback.print_exception(error)
    elif code == 1:
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
