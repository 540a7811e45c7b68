"""`slipway rollback`: an older version is served as the newest again."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Debug, Json, Name, Why

if TYPE_CHECKING:
    from registry.version_map import Entry
    from schemas.home import Home
    from schemas.model_card import ModelCard


def rollback(
    name: Name,
    version: Annotated[
        str | None, typer.Argument(help="The version, semantic or integer; without it the one below the newest.")
    ] = None,
    why: Why = "",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Serve an older version as the newest again; the next run is compared with it."""
    from cli.registry import locked, make_baseline
    from registry import rollback as registry_rollback
    from registry.decisions import ROLLBACK, decision
    from schemas.home import Home

    home = Home.from_environment()
    with locked(home, name) as registry:
        card = registry_rollback.target(home.models(name), name, version)
        entry = registry_rollback.roll_back(home.models(name), registry, card, why)
        decided = entry.decision if entry is not None else None
        # Also where nothing was pushed: an attempt may have been stopped, or the metadata server away, after its push.
        compared = make_baseline(home, name, str(card.version), decided or decision(ROLLBACK, why, card.version))
    _report(name, home, card, entry, compared, as_json)


def _report(name: str, home: "Home", card: "ModelCard", entry: "Entry | None", compared: bool, as_json: bool) -> None:
    from cli.registry import note_baseline

    number = entry.serving_version if entry is not None else card.serving_version
    if as_json:
        found = {
            "dataset": name,
            "version": card.version,
            "serving_version": number,
            "pushed_to": str(home.models(name) / str(number)),
            "changed": entry is not None,
            "decision": entry.decision if entry is not None else None,
            "baseline": compared,
        }
        print(json.dumps(found))
    elif entry is None:
        print(f"{name} {card.version} is the newest version already")
    else:
        assert entry.decision is not None
        print(
            f"{name} {card.version} is the newest again, as serving version {number}, in place of {entry.decision['replaced']}"
        )
    note_baseline(compared)
