"""Each pipeline is fed corrupted copies of its own data: the right stop, or the right tolerance."""

import re
from pathlib import Path
from typing import Any

import pytest

from components.data import sources, summary
from pipelines import steps
from pipelines.page import catalog
from pipelines.page.resolution import with_domains
from schemas.errors import InputError
from schemas.home import Home
from tests.e2e.corrupted_archives import IdxPictures, ReutersArchive, TextArchive
from tests.e2e.corrupted_tables import Corruption, CsvTable, SpacedTable

COPIES = {
    "Columns": SpacedTable,
    "Csv": CsvTable,
    "IdxImages": IdxPictures,
    "ReutersSgml": ReutersArchive,
    "TextTar": TextArchive,
}
IN_A_LIBRARY = {"Digits"}  # there is no file to corrupt
KINDS = (
    "half",
    "half the labels",
    "cut inside a row",
    "cut off",
    "renamed",
    "one folder renamed",
    "an attribute renamed",
    "shifted",
    "a new name in a closed column",
    "a new name in an open column",
)


@pytest.fixture(scope="module")
def corruptions(data: Path) -> dict[str, dict[str, Corruption]]:
    """By dataset and kind, for the datasets whose files are there."""
    found = {}
    for name in catalog.names():
        page = catalog.load(name)
        copy = COPIES.get(type(page.source).__name__)
        if copy is not None and (data / name).is_dir():
            found[name] = copy(page, data).corruptions()
    return found


def checked(name: str, home: Home) -> int:
    """Runs a dataset's steps up to the ExampleValidator; returns how many rows were read."""
    from tfx.orchestration import pipeline as tfx_pipeline

    from components.data.past_statistics import Past
    from pipelines.beam.memoising import LOCAL_ARGS
    from pipelines.execution import builder, launching, local_runner, metadata_store
    from pipelines.execution.session import Session
    from pipelines.execution.wiring import Parts

    page = with_domains(catalog.load(name))
    home.prepare(name)
    located = sources.prepare(page.source, name, home.data, page.columns())
    prepare = [step for step in steps.TABLE if step.task == "prepare"]
    part = tfx_pipeline.Pipeline(
        pipeline_name=name,
        pipeline_root=str(home.pipeline(name)),
        components=builder.components(Parts(page, located, home, 0, Past()), prepare),
        beam_pipeline_args=list(LOCAL_ARGS),
    )
    connection = launching.Connection(metadata_store.of_file(home.metadata))
    run_id = str(home.data)
    ir = launching.compiled(part, run_id)
    done = local_runner.run(Session(ir, connection, home.pipeline(name), run_id, home.root / "log"))
    (examples,) = done["ExampleGen"].outputs["examples"]
    return sum(split["rows"] for split in summary.read(examples.uri)["splits"].values())


def test_every_kind_of_source_has_corrupted_copies() -> None:
    kinds = {type(catalog.load(name).source).__name__ for name in catalog.names()}
    assert kinds <= set(COPIES) | IN_A_LIBRARY


def test_every_corruption_is_run(corruptions: dict[str, dict[str, Corruption]]) -> None:
    assert {kind for found in corruptions.values() for kind in found} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", catalog.names())
def test_a_corrupted_copy(
    name: str, kind: str, corruptions: dict[str, dict[str, Any]], home: Path, tmp_path: Path
) -> None:
    if name not in corruptions:
        pytest.skip(f"{name} has no file in the folder of datasets")
    if kind not in corruptions[name]:
        pytest.skip(f"{name}: {kind}: its format or its columns have no such thing")
    corruption = corruptions[name][kind]
    folder = tmp_path / name
    folder.mkdir()
    corruption.write(folder)
    if corruption.error is None:
        rows = checked(name, Home(home, tmp_path))
        assert rows == corruption.rows if corruption.rows is not None else rows > 0
        return
    with pytest.raises(InputError) as caught:
        checked(name, Home(home, tmp_path))
    message = str(caught.value)
    assert type(caught.value) is corruption.error, message
    assert all(word in message for word in corruption.words), message
    if corruption.broken is not None:
        counts = [int(found.replace(",", "")) for found in re.findall(r"([\d,]+) of [\d,]+ values", message)]
        assert sum(counts) == corruption.broken, message
