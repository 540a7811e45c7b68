"""Adding a step takes a component, a row of the table and its wiring; all else follows from these three."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.command import Slipway, copy_of_code

COMPONENT = '''"""Counts the rows that the pipeline goes on with."""

from pathlib import Path

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact, standard_artifacts

from components.data import summary


class Count(artifact.Artifact):
    TYPE_NAME = "Count"


@component
def RowCount(examples: InputArtifact[standard_artifacts.Examples], count: OutputArtifact[Count]) -> None:
    rows = sum(split["rows"] for split in summary.read(examples.uri)["splits"].values())
    Path(count.uri).mkdir(parents=True, exist_ok=True)
    (Path(count.uri) / "rows").write_text(str(rows))
'''
ROW = """    Step(
        "RowCount",
        "count what was read",
        "count",
        follows=("ExampleGen",),
        modules=("components.data.row_count",),
        memory="5Gi",
    ),
"""
WIRING = """
from components.data.row_count import RowCount

WIRING["RowCount"] = lambda parts: RowCount(examples=parts.output("ExampleGen", "examples"))
"""
RUN = ("run", "digits", "--limit", "400", "--set", "epochs=1")
NOT_BLESSED = 3


@pytest.fixture(scope="module")
def slipway(tmp_path_factory: pytest.TempPathFactory) -> Slipway:
    """The command line of a copy that has the step; its home is on the volume of the simulated cluster."""
    folder = tmp_path_factory.mktemp("step")
    code = copy_of_code(folder)
    (code / "components" / "data" / "row_count.py").write_text(COMPONENT)
    table = code / "pipelines" / "steps.py"
    last = '    Step(\n        "Pusher",'
    assert last in table.read_text()
    table.write_text(table.read_text().replace(last, ROW + last))
    with (code / "pipelines" / "execution" / "wiring.py").open("a") as file:
        file.write(WIRING)
    volume = folder / "cluster" / "slipway"
    volume.mkdir(parents=True)
    return Slipway(volume / "home", folder / "no-data", code)


def shown(err: str) -> str:
    (line,) = [line for line in err.splitlines() if " RowCount " in line]
    return " ".join(line.split())


def test_it_runs_and_is_shown_and_is_cached(slipway: Slipway) -> None:
    _, err = slipway(*RUN, expect=NOT_BLESSED)
    mark, name, seconds, unit, *words = shown(err).split()
    assert (mark, name, unit, " ".join(words)) == ("✓", "RowCount", "s", "count what was read")
    assert float(seconds) < 10
    (count,) = slipway.home.glob("pipelines/digits/RowCount/count/*/rows")
    assert count.read_text() == "400"
    out, err = slipway(*RUN, "--set", "learning_rate=0.002", "--json", expect=NOT_BLESSED)
    assert shown(err) == "• RowCount cached count what was read"
    assert "RowCount" in json.loads(out)["cached"]


def test_it_is_compiled_and_simulated(slipway: Slipway, tmp_path: Path) -> None:
    file = tmp_path / "digits.yaml"
    slipway("compile", "digits", "--image", "registry.example.com/slipway-trainer:1", "-o", str(file))
    compiled, _ = yaml.safe_load_all(file.read_text())
    task = compiled["root"]["dag"]["tasks"]["count"]
    container: dict[str, Any] = compiled["deploymentSpec"]["executors"]["exec-count"]["container"]
    assert task["dependentTasks"] == ["prepare"]
    assert container["args"][:3] == ["digits", "--node", "RowCount"]
    assert container["resources"]["resourceMemoryRequest"] == "5Gi"
    cluster = str(slipway.home.parents[1])
    simulated = slipway.json(
        "simulate", str(file), "--folder", cluster, "-p", "limit=400", "-p", 'settings=["epochs=1"]'
    )
    assert simulated["state"] == "SUCCEEDED"
    (attempt,) = simulated["tasks"]["count"]["attempts"]
    assert "count what was read" in Path(attempt["log"]).read_text()
    result = json.loads(simulated["tasks"]["evaluate"]["outputs"]["result"])
    assert "RowCount" in result["seconds"]
