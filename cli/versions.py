"""`slipway versions`: the version map, for people and as JSON."""

import json
from typing import TYPE_CHECKING

from cli.options import Debug, Json, Name
from schemas.home import Home

if TYPE_CHECKING:
    from registry.version_map import Entry


def versions(name: Name, as_json: Json = False, debug: Debug = False) -> None:
    """Show a model's versions: semantic and integer version, data, metrics and verdict."""
    from pipelines.page import catalog

    found = entries(Home.from_environment(), name, catalog.names())
    if as_json:
        lines = [{key: value for key, value in entry.to_json().items() if key != "card"} for entry in found]
        print(json.dumps({"dataset": name, "versions": lines}))
    else:
        show(name, found)


def entries(home: Home, name: str, known: list[str]) -> list["Entry"]:
    """The version map of a dataset, oldest first. Raises InputError for an unknown dataset."""
    from pipelines.page import catalog
    from registry import version_map

    found = version_map.entries(home.registry(name))
    if not found and name not in known:
        raise catalog.unknown(name)
    return found


def show(name: str, found: list["Entry"]) -> None:
    """Prints two lines for each entry, the newest last."""
    from rich.console import Console

    console = Console()
    if not found:
        console.print(f"no model of {name} has been trained yet; run: slipway run {name}", highlight=False)
    for entry in found:
        console.print(
            f"[bold]{entry.version or '-':<9}[/]{(entry.at or '')[:16].replace('T', ' ')} UTC   "
            + (f"[green]blessed[/], serving version {entry.serving_version}" if entry.blessed else "[red]refused[/]"),
            highlight=False,
        )
        for line in _details(entry):
            console.print(f"{'':<9}{line}", highlight=False, soft_wrap=True, style="dim")


def _details(entry: "Entry") -> list[str]:
    """Data and metrics, the outcome of the cases, and each check that was missed."""
    from cli.console import metric_text
    from reports import case_words

    metrics = ", ".join(f"{metric} {metric_text(value)}" for metric, value in entry.metrics.items())
    rows = sum(entry.data["rows"].values())
    failed = [f"{c.metric} missed {c.kind} {c.bound:.4f}" for c in entry.checks if not c.passed]
    cases = [f"cases: {case_words.summary(entry.cases)}"] if entry.cases and entry.cases.count else []
    return [f"{rows} rows of {entry.data['fingerprint'][:8]}; {metrics}", *cases, *failed]
