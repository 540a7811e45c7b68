"""Every dataset that has a page, through one small run: a new one is tested by existing."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import tensorflow as tf

from analysis import predictions
from analysis.records import Analysis
from components.evaluation.forecast_state import EXAMPLE_COUNT
from components.evaluation.metrics import state_of
from components.features.raw import DTYPES, MISSING
from pipelines.execution import run as pipeline_run
from pipelines.execution.session import Request
from pipelines.page import catalog, handpicked
from pipelines.page.resolution import with_settings
from pipelines.spec import Pipeline
from registry import dossier
from schemas.home import Home
from schemas.model_card import ModelCard
from tests.e2e import parity
from tests.e2e.command import Slipway
from tests.e2e.stack import Stack, running

LIMIT = 1500
SETTINGS = {"epochs": 2, "ensemble": 1}
# A resolver has no cache; the others write where the cache cannot see.
UNCACHED = {"LatestBlessed", "Pusher", "Registrar"}
OUTPUTS = (
    "ExampleGen/examples", "StatisticsGen/statistics", "Schema/schema", "ExampleValidator/anomalies",
    "Transform/transform_graph", "Trainer/model", "Trainer/model_run", "Cases/results", "Evaluator/evaluation",
    "Evaluator/blessing", "ErrorAnalyzer/analysis",
)  # fmt: skip


def files_of(page: Pipeline) -> tuple[str, ...]:
    return tuple(file.name for file in page.source.files)


def run(page: Pipeline, home: Home) -> dict[str, Any]:
    settings = [f"{key}={value}" for key, value in SETTINGS.items()]
    return pipeline_run.run(Request(with_settings(page, settings), home, LIMIT)).to_json()


def only(folder: Path) -> Path:
    (found,) = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return found


def test_examples(home: Home, page: Pipeline) -> tuple[list[bytes], dict[str, list[Any]]]:
    """The test split: serialized, and by column with what stands for a missing value."""
    files = sorted(map(str, only(home.pipeline(page.name) / "ExampleGen/examples").glob("Split-test/*")))
    records = list(tf.data.TFRecordDataset(files, compression_type="GZIP").as_numpy_iterator())
    columns: dict[str, list[Any]] = {}
    kinds = page.description.raw() | {page.task.label: "label"}
    for record in records:
        features = tf.train.Example.FromString(record).features.feature
        for name, kind in kinds.items():
            held = features[name]
            values = getattr(held, held.WhichOneof("kind") or "bytes_list").value
            columns.setdefault(name, []).append(values[0] if values else MISSING[DTYPES[kind]])
    return records, columns


test_examples.__test__ = False  # type: ignore[attr-defined]


def check_parity(page: Pipeline, model: Path, home: Home, result: dict[str, Any]) -> None:
    """Both signatures give the same answers, and those give the metrics that the Evaluator reported."""
    records, columns = test_examples(home, page)
    signatures = tf.saved_model.load(str(model)).signatures
    by_example = signatures["serving_default"](examples=tf.constant(records))
    kinds, tensors = page.description.raw(), page.description.tensors()
    by_column = signatures["predict"](
        **{tensor: tf.constant(columns[name], DTYPES[kinds[name]]) for name, tensor in tensors.items()}
    )
    output = "probabilities" if page.task.classes_or_none else "value"
    np.testing.assert_allclose(by_example[output], by_column[output], rtol=1e-5, atol=1e-5)
    state = state_of(page.task)
    state.add(np.asarray(columns[page.task.label]), by_example[output].numpy())
    measured = state.metrics()
    assert measured.pop(EXAMPLE_COUNT) == result["examples"] == len(records)
    assert measured == pytest.approx(result["metrics"], rel=1e-4, abs=1e-5)
    encoded = signatures["transform_features"](examples=tf.constant(records))
    assert all(len(tensor) == len(records) for tensor in encoded.values())
    if page.task.classes_or_none:
        answers = by_example["class"].numpy().astype(str)
        assert set(answers) <= set(page.task.classes_or_none)
        np.testing.assert_allclose(by_example["confidence"], by_example["probabilities"].numpy().max(axis=1))


def check_card(page: Pipeline, model: Path) -> None:
    card = ModelCard.read(model)
    assert (card.name, card.label, type(page.task).__name__) == (page.name, page.task.label, card.task)
    assert {name: spec["type"] for name, spec in card.inputs.items()} == page.description.raw()
    assert card.example and card.example.keys() <= card.inputs.keys()
    assert card.outputs == (["class", "confidence", "probabilities"] if page.task.classes_or_none else ["value"])
    assert set(card.configuration["features"]) == set(page.features)


def check_dossier(page: Pipeline, home: Home, result: dict[str, Any]) -> None:
    """Whether it was blessed or not: every answer, an analysis with its parts, and a report."""
    folder = dossier.folder(home.registry(page.name), result["version"], result["run_id"])
    answers = predictions.read(folder)
    assert len(answers) == result["examples"] == pq.read_metadata(folder / predictions.FILE).num_rows
    assert set(answers.info.inputs) == set(page.description.raw())
    analysis = Analysis.from_json(json.loads((folder / dossier.ANALYSIS).read_text(encoding="utf-8")))
    assert (analysis.classification is None) is (page.task.classes_or_none is None)
    assert tuple(one.row for one in analysis.attributions) == analysis.worst and analysis.fit is not None
    for one in analysis.attributions:
        assert bool(one.heat) is ("image" in page.description.raw().values())
    assert {result.contract for result in dossier.read(folder).verdict.contracts} == set(map(str, page.contracts))
    assert Path(result["report"]).stat().st_size < 5e6


def run_dataset_test(name: str, home: Home, stack: Stack) -> None:
    """Artifacts, three splits, card, signatures, parity, cases, slices, serving; then a second run from the cache."""
    page = catalog.load(name)
    result = run(page, home)
    folder = home.pipeline(name)
    assert all(list(only(folder / output).iterdir()) for output in OUTPUTS)
    splits = {path.name for path in only(folder / "ExampleGen/examples").glob("Split-*")}
    assert splits == {"Split-train", "Split-eval", "Split-test"} and result["split"] == "test"
    assert bool(result["slices"]) is bool(page.slices)
    assert result["metrics"].keys() == {metric.name for metric in page.task.metrics}
    check_dossier(page, home, result)
    if page.task.classes_or_none:
        assert {entry["slice"].get(page.task.label) for entry in result["slices"]} <= {None, *page.task.classes_or_none}
    assert result["cases"]["count"] == len(handpicked.of_page(page))
    model = only(folder / "Trainer/model") / "Format-Serving"
    check_card(page, model)
    check_parity(page, model, home, result)
    parity.check_served(page, model, only(folder / "ExampleGen/examples"), stack, result["metrics"])
    assert bool(result["pushed_to"]) is result["blessed"]

    assert run(page, home)["repeated"] is True
    (folder / pipeline_run.RECORD).unlink()
    again = run(page, home)
    steps = again["seconds"].keys() - {"Imports", "Report", "total"}
    assert set(again["cached"]) == steps - UNCACHED
    assert again["metrics"] == result["metrics"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The two servers over a folder of models that is empty at first."""
    folder = tmp_path_factory.mktemp("served")
    with running(Slipway(folder / "home", folder)) as found:
        yield found


@pytest.mark.parametrize("name", catalog.names())
def test_a_dataset(name: str, data: Path, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> None:
    absent = [file for file in files_of(catalog.load(name)) if not (data / name / file).exists()]
    if absent:
        pytest.skip(f"{name}: {', '.join(absent)} is not in {data / name}")
    folder = tmp_path_factory.mktemp(name)
    run_dataset_test(name, Home(folder, data), stack)
    shutil.rmtree(folder)
