"""`slipway gateway` and `slipway keys`: the options. Every heavy import happens inside the command that needs it."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Debug, Json

keys_app = typer.Typer()

KeysFile = Annotated[
    Path | None, typer.Option("--keys", metavar="FILE", help="The keys; $SLIPWAY_HOME/gateway_keys.json without it.")
]


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
            models=models or _made(root / "models"),
            keys=keys or root / FILE,
            keys_needed=keys is not None,
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


def _made(folder: Path) -> Path:
    """The home's own folder, so that the gateway can be started before the first model is pushed."""
    from schemas.errors import InputError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make {folder}: {error.strerror}; set SLIPWAY_HOME, or give --models DIR") from error
    return folder


@keys_app.callback(invoke_without_command=True)
def keys_command(context: typer.Context) -> None:
    """Make, list and take back the gateway's API keys."""
    if context.invoked_subcommand is None:
        print(context.get_help())


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
    from schemas.errors import InputError
    from schemas.home import Home
    from serving.gateway import keys as gateway_keys

    scope = [model.strip() for model in models.split(",")] if models is not None else None
    if scope is not None and "" in scope:
        raise InputError(f"--models: received {models!r}; names of models with commas are expected")
    print(gateway_keys.add(_keys_file(keys), name, scope))
    pushed = Home.from_environment().root / "models"
    for model in scope or ():
        if keys is None and not (pushed / model).is_dir():
            print(f"slipway: {pushed} has no model {model!r} yet; is the name right?", file=sys.stderr)


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
