"""New data that differs from the last pushed model's: the run stops, unless the change is accepted."""

import csv
from pathlib import Path

import pytest

from tests.e2e.command import Slipway

SETTINGS = ("--set", "epochs=30", "--set", "ensemble=1")


@pytest.fixture
def passengers(data: Path) -> list[dict[str, str]]:
    file = data / "titanic" / "titanic.csv"
    if not file.exists():
        pytest.skip("titanic.csv is not in SLIPWAY_DATA")
    return list(csv.DictReader(file.read_text().splitlines()))


def write(slipway: Slipway, rows: list[dict[str, str]]) -> None:
    file = slipway.data / "titanic" / "titanic.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_drift_stops_the_run_until_it_is_accepted(slipway: Slipway, passengers: list[dict[str, str]]) -> None:
    write(slipway, passengers)
    first = slipway.json("run", "titanic", *SETTINGS)
    for row in passengers:
        if row["Age"]:
            row["Age"] = str(float(row["Age"]) + 25)  # still people, but others
    write(slipway, passengers)

    line = slipway.refused("run", "titanic", *SETTINGS)
    assert f"drifted from that of version {first['version']}: column 'Age': Jensen-Shannon divergence 0." in line
    assert "allowed 0.2; add --accept-drift" in line
    assert [folder.name for folder in slipway.home.glob("models/titanic/*")] == [str(first["serving_version"])]

    untrained = ("run", "titanic", *SETTINGS, "--set", "learning_rate=1e-9")
    _, err = slipway(*untrained, "--accept-drift", expect=3)
    assert "✓ Trainer" in err
    assert "drifted from that of version" in slipway.refused(*untrained)  # accepted once is not accepted for ever
