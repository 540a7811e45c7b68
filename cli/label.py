"""`slipway label`: names that stand for versions."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Debug, Json, Name, Why

if TYPE_CHECKING:
    from schemas.home import Home


def label(
    name: Name,
    version: Annotated[
        str | None, typer.Argument(help="A version, semantic or integer; without it labels are listed.")
    ] = None,
    label: Annotated[str | None, typer.Argument(help="Its label, such as stable; another version loses it.")] = None,
    remove: Annotated[str | None, typer.Option("--remove", metavar="LABEL", help="Take this label away.")] = None,
    why: Why = "",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Give a version a label; gateway and model server follow within a second."""
    from cli.registry import registry_of
    from schemas.home import Home

    home = Home.from_environment()
    if remove is not None:
        line = _remove(home, name, remove, version)
    elif version is not None:
        line = _put(home, name, version, label, why)
    else:
        line = ""
    registry = registry_of(home, name)
    if as_json:
        _print_json(name, registry)
    elif line:
        print(line)
    else:
        _print_list(name, registry)


def _put(home: "Home", name: str, version: str, label: str | None, why: str) -> str:
    from cli.registry import locked
    from registry import labels, pushed
    from schemas.errors import InputError
    from schemas.model_card import ModelCard

    if label is None:
        raise InputError(f"LABEL is missing: slipway label {name} {version} LABEL, such as stable")
    labels.check_name(label)
    with locked(home, name) as registry:
        card = ModelCard.read(pushed.find(home.models(name), name, version))
        before = labels.read(registry).get(label)
        labels.put(registry, label, card, why)
    moved = f"; it was {before.version}" if before is not None and before.version != card.version else ""
    return f"{name}: {label} is version {card.version}{moved}"


def _remove(home: "Home", name: str, label: str, version: str | None) -> str:
    from cli.registry import locked
    from registry import labels
    from schemas.errors import InputError

    if version is not None:
        raise InputError(f"--remove takes the label alone: slipway label {name} --remove {label}")
    with locked(home, name) as registry:
        gone = labels.remove(registry, label)
    return f"{name}: {label} is no label any more; it was version {gone.version}"


def _print_json(name: str, registry: Path) -> None:
    from registry import labels

    found = {label: one.to_json() for label, one in labels.read(registry).items()}
    print(json.dumps({"dataset": name, "labels": found}))


def _print_list(name: str, registry: Path) -> None:
    from registry import labels

    found = labels.read(registry)
    if not found:
        print(f"{name} has no labels; to give one: slipway label {name} VERSION stable")
    width = max(map(len, found), default=0)
    for label, one in found.items():
        why = f": {one.why}" if one.why else ""
        print(f"{label:<{width}}  {one.version:<8}  {one.at[:16].replace('T', ' ')} UTC by {one.by}{why}")
