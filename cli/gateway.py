"""`slipway gateway` and `slipway keys`: the options. Every heavy import happens inside the command that needs it."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Debug, Json
from cli.settings_options import given

keys_app = typer.Typer()

KeysFile = Annotated[
    Path | None, typer.Option("--keys", metavar="FILE", help="The keys; $SLIPWAY_HOME/gateway_keys.json without it.")
]


def gateway(
    context: typer.Context,
    models: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The pushed models; $SLIPWAY_HOME/models without it.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(metavar="FILE", help="API keys; $SLIPWAY_HOME/gateway_keys.json without it.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Answer questions over HTTP and JSON, in front of a model server."""
    from schemas.home import Home
    from serving.gateway import server
    from serving.gateway.keys import FILE
    from serving.gateway.settings import Settings

    root = Home.from_environment().root
    own = {"models": models or _made(root / "models"), "keys": keys or root / FILE, "keys_needed": keys is not None}
    server.run(given(context, Settings, **own, debug=debug))


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
    for model in scope or ():  # a note and no error: a key may be made before its model is pushed
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
