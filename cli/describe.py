"""`slipway describe`: what a model of a dataset reads and must answer, and its settings."""

import json
from typing import Annotated, Any

import typer

from cli.options import Debug, Json


def describe(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME ...]", help="Datasets, as `slipway list` shows them; all without any."),
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show what a model of a dataset is given and must answer: inputs, task, output layer, thresholds, settings."""
    from pipelines.page import catalog, describing
    from schemas.home import Home

    home = Home.from_environment()
    rows = {row.name: row for row in catalog.rows()}
    for name in names or ():
        if name not in rows:
            raise catalog.unknown(name)
    found = [describing.described(rows[name], home) for name in names or rows]
    if as_json:
        print(json.dumps({"datasets": found}))
    else:
        for one in found:
            _show(one)


def _show(one: dict[str, Any]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from cli.tables import for_tables
    from schemas.encoding import MATRIX

    console = for_tables()
    console.print(Text.assemble((one["name"], "bold"), f"  {one['summary']}"), soft_wrap=True)
    if one["problem"]:
        console.print(Text(f" {one['problem']}", "red"), soft_wrap=True)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in (" input", "kind", "shape", "dtype", "ids"):
        table.add_column(header)
    for tensor in one["inputs"]:
        ids = "after the first run" if tensor["ids"] is None else str(tensor["ids"] or "")
        kind = "all numbers" if tensor["name"] == MATRIX else tensor["kind"]
        table.add_row(f" {tensor['input_name']}", kind, str(tuple(tensor["shape"])), tensor["dtype"], ids)
    console.print(table)
    for title, text in _facts(one):
        console.print(Text.assemble(f" {title:<12}", text), soft_wrap=True)


def _facts(one: dict[str, Any]) -> list[tuple[str, str]]:
    task = one["task"]
    tasks = ", ".join(f"{part['kind']} of {part['label']}" for part in task.get("tasks", [task]))
    arguments = ", ".join(f"{key}={value!r}" for key, value in task["output"]["config"].items())
    thresholds = ", ".join(f"{name} {bound}" for name, bound in one["thresholds"].items())
    settings = " ".join(f"{form['name']}={_text(form['value'])}" for form in one["settings"])
    return [
        ("task", f"{tasks}, judged by {task['primary_metric']}"),
        ("output", f"{task['output']['layer']}({arguments}), {task['output']['loss']}"),
        ("splits", _division(one)),
        ("thresholds", thresholds or "none"),
        ("model", one["model"]),
        ("settings", settings),
        ("version", one["version"] or "none pushed yet"),
    ]


def _division(one: dict[str, Any]) -> str:
    from schemas.splits import Splits

    return Splits(**{form["name"]: form["value"] for form in one["settings"] if form["part"] == "splits"}).words


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
