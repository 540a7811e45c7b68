"""Data that comes in spans, a gateway that keeps what it is asked, and what follows: drift, replay, a workbook."""

import csv
import json
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from tests.e2e.command import Slipway
from tests.e2e.stack import process

QUICK = ("run", "titanic", "--set", "ensemble=1", "--span", "2", "--window", "2", "--json")


def write(file: Path, rows: list[dict[str, str]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def passengers(data: Path) -> list[dict[str, str]]:
    file = data / "titanic" / "titanic.csv"
    if not file.exists():
        pytest.skip("titanic.csv is not in SLIPWAY_DATA")
    return list(csv.DictReader(file.read_text().splitlines()))


def as_input(card: dict[str, Any], row: dict[str, str]) -> dict[str, Any]:
    cells = {name: row[name] or None for name in card}
    return {
        name: float(cell) if cell and card[name]["type"] == "number" else cell
        for name, cell in cells.items()
    }  # fmt: skip


def ask(slipway: Slipway, rows: list[dict[str, str]], log: Path) -> None:
    """Sends all rows through a model server and a gateway that writes every request down."""
    serve = ("serve", "--grpc-port", "0", "--rest-port", "0", "--poll-seconds", "0.2")
    with process(slipway, "stderr", r"gRPC on (\S+) and", *serve) as (_, served):
        gateway = ("gateway", "--port", "0", "--upstream", served[1])
        options = ("--request-log", str(log), "--request-log-sample", "1")
        with (
            process(slipway, "stdout", r"(http://[\w.]+:\d+)", *gateway, *options) as (_, said),
            httpx.Client(base_url=said[1], timeout=60) as client,
        ):
            card = client.get("/v1/models/titanic").json()["inputs"]
            body = {"inputs": [as_input(card, row) for row in rows]}
            assert client.post("/v1/models/titanic/predict", json=body).raise_for_status()


def pushed(slipway: Slipway, *settings: str) -> dict[str, Any]:
    """The card of a new version, which is blessed by force if its verdict is no."""
    code, out, err = slipway.ended(*QUICK, *settings)
    assert code in (0, 3), err
    run = json.loads(out)
    if not run["blessed"]:
        slipway("bless", "titanic", run["run_id"], "--force", "--why", "a test of two versions")
    newest = max((slipway.home / "models" / "titanic").glob("[0-9]*"), key=lambda folder: int(folder.name))
    card: dict[str, Any] = json.loads((newest / "assets.extra" / "model_card.json").read_text())
    return card


@pytest.mark.timeout(1200)
def test_spans_are_learned_together_and_the_gateways_log_is_compared_and_replayed(
    slipway: Slipway, data: Path, tmp_path: Path
) -> None:
    rows = passengers(data)
    for span in (1, 2):
        write(slipway.data / "titanic" / f"span-{span}" / "titanic.csv", rows[span - 1 :: 2])
    assert "spans begin with 1" in slipway.refused("run", "titanic", "--span", "1", "--window", "2")
    first, second = pushed(slipway), pushed(slipway, "--set", "hidden=8")
    assert (first["data"]["span"], first["data"]["window"]) == (2, 2)
    assert sum(first["data"]["rows"].values()) == len(rows)

    log = tmp_path / "requests.jsonl"
    ask(slipway, rows[:200], log)
    near = slipway.json("drift", "titanic", "--log", str(log))
    assert (near["rows"], near["over"], near["version"]) == (200, False, second["version"])
    write(tmp_path / "men.csv", [row for row in rows if row["Sex"] == "male"])
    far = slipway.json("drift", "titanic", "--file", str(tmp_path / "men.csv"), expect=3)
    assert [one["column"] for one in far["columns"] if one["over"]] == ["Sex"]

    same = slipway.json("replay", f"titanic@{second['version']}", "--log", str(log))
    assert (same["lines"], same["agreement"]) == (200, 1.0)
    book = tmp_path / "replayed.xlsx"
    other = slipway.json("replay", f"titanic@{first['version']}", "--log", str(log), "--xlsx", str(book))
    assert other["by_version"][0]["version"] == second["version"]
    outcomes = [cells[-1 - len(first["inputs"])] for cells in openpyxl.load_workbook(book)["Lines"].values]
    assert outcomes[1:].count("same") == other["agreeing"]

    compared = slipway.json("compare", "titanic", "--xlsx", str(tmp_path / "compared.xlsx"))
    assert [version["version"] for version in compared["versions"]] == [first["version"], second["version"]]
    sheets = openpyxl.load_workbook(tmp_path / "compared.xlsx", data_only=True)
    assert {"Summary", "Cases", "Confusion", "Parameters", first["version"], second["version"]} == set(
        sheets.sheetnames
    )
    page = Path(slipway("report", "titanic")[0].strip().splitlines()[-1]).read_text()
    assert "men.csv" in page
