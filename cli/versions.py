"""`slipway versions`: the version map, for people and as JSON."""

import json
from typing import TYPE_CHECKING, Any

from cli.options import Debug, Json, Name

if TYPE_CHECKING:
    from registry.standing import Standing


def versions(name: Name, as_json: Json = False, debug: Debug = False) -> None:
    """Show a model's versions: verdict, primary metric with its 95% interval, what is served, labels, decisions."""
    from cli.registry import registry_of
    from registry.standing import standings
    from schemas.home import Home

    home = Home.from_environment()
    found = standings(home.models(name), registry_of(home, name))
    if as_json:
        print(json.dumps({"dataset": name, "versions": [_json(one) for one in found]}))
    else:
        from cli import versions_display

        versions_display.show(name, found)


def _json(one: "Standing") -> dict[str, Any]:
    entry = {key: value for key, value in one.entry.to_json().items() if key != "card"}
    return entry | {"primary": one.primary, "there": one.there, "newest": one.newest, "labels": list(one.labels)}
