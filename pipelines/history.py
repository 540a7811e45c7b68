"""`slipway versions`: the version map as a table."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from schemas import version_map
from schemas.errors import InputError
from schemas.home import Home


def entries(home: Home, name: str, known: list[str]) -> list[dict[str, Any]]:
    """The version map of a dataset, oldest first. Raises InputError for an unknown dataset."""
    found = version_map.entries(home.registry(name))
    if not found and name not in known:
        raise InputError(f"unknown dataset {name!r}; known are {', '.join(known)} (slipway list)")
    return [{key: value for key, value in entry.items() if key != "card"} for entry in found]


def show(name: str, found: list[dict[str, Any]]) -> None:
    """Prints the newest version last."""
    console = Console()
    if not found:
        console.print(f"no model of {name} has been trained yet; run: slipway run {name}", highlight=False)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("version", "serving", "pushed at (UTC)", "rows", "metrics", "verdict"):
        table.add_column(column)
    for entry in found:
        failed = [f"{c['metric']} missed {c['kind']} {c['bound']:.4f}" for c in entry["checks"] if not c["passed"]]
        table.add_row(
            entry["version"] or "-",
            str(entry["serving_version"] or "-"),
            entry["at"][:16].replace("T", " "),
            str(sum(entry["data"]["rows"].values())),
            "\n".join(
                f"{metric} {'-' if value is None else f'{value:.4f}'}" for metric, value in entry["metrics"].items()
            ),
            "blessed" if entry["blessed"] else f"refused: {'; '.join(failed)}",
        )
    console.print(table)
