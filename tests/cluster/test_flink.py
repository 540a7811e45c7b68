"""Titanic on a real Flink session on this machine gives what the local run gives."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.beam import flink_session
from tests.e2e.command import Slipway

if reason := flink_session.missing():
    pytest.skip(f"no Flink session: {reason}", allow_module_level=True)

pytestmark = pytest.mark.timeout(1200)
SPLITS = ("train", "eval", "test")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[flink_session.Session]:
    with flink_session.session(tmp_path_factory.mktemp("flink"), task_managers=2) as running:
        yield running


@pytest.fixture(scope="module")
def runs(session: flink_session.Session, tmp_path_factory: pytest.TempPathFactory, data: Path) -> dict[str, Any]:
    """Result and home of a local run and of one on Flink, which knows nothing of each other."""
    folder = tmp_path_factory.mktemp("runs")
    flink = ["--beam", "flink", "--flink-master", session.address]
    options = {"local": [], "flink": [*flink, *(f"--beam-arg={argument}" for argument in session.beam_args)]}
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in session.environment.items():
            patch.setenv(name, value)
        for where, chosen in options.items():
            slipway = Slipway(folder / where, data)
            found[where] = (slipway.json("run", "titanic", *chosen), folder / where)
    return found


def artifact(home: Path, step: str, output: str) -> Path:
    (folder,) = (home / "pipelines" / "titanic" / step / output).iterdir()
    return folder


def examples(home: Path, split: str) -> Counter[bytes]:
    """The examples of a split. A proto's map has no order, so they are written anew."""
    import tensorflow as tf

    files = sorted(map(str, (artifact(home, "ExampleGen", "examples") / f"Split-{split}").iterdir()))
    records = tf.data.TFRecordDataset(files, compression_type="GZIP").as_numpy_iterator()
    return Counter(tf.train.Example.FromString(record).SerializeToString(deterministic=True) for record in records)


def test_all_beam_steps_ran_on_flink(session: flink_session.Session, runs: dict[str, Any]) -> None:
    jobs = session.get("jobs/overview")["jobs"]
    assert [job["state"] for job in jobs] == ["FINISHED"] * 4  # ExampleGen, StatisticsGen, Transform, Evaluator


@pytest.mark.parametrize("split", SPLITS)
def test_the_examples_are_the_same(runs: dict[str, Any], split: str) -> None:
    local, flink = (examples(runs[where][1], split) for where in ("local", "flink"))
    assert local.total() > 100 and local == flink


@pytest.mark.parametrize("split", SPLITS)
def test_the_statistics_are_the_same(runs: dict[str, Any], split: str) -> None:
    from tensorflow_metadata.proto.v0 import statistics_pb2

    def features(home: Path) -> dict[str, bytes]:
        file = artifact(home, "StatisticsGen", "statistics") / f"Split-{split}" / "FeatureStats.pb"
        (found,) = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes()).datasets
        return {feature.path.step[0]: feature.SerializeToString(deterministic=True) for feature in found.features}

    local, flink = (features(runs[where][1]) for where in ("local", "flink"))
    assert "Age" in local and local == flink


def test_the_transform_graph_does_the_same_to_the_same_rows(runs: dict[str, Any]) -> None:
    import numpy as np
    import tensorflow as tf
    import tensorflow_transform as tft

    rows = list(examples(runs["local"][1], "test"))
    outputs = []
    for _, home in runs.values():
        graph = tft.TFTransformOutput(str(artifact(home, "Transform", "transform_graph")))
        encode = tf.saved_model.load(graph.transform_savedmodel_dir).transform_fn
        outputs.append(encode(tf.io.parse_example(rows, graph.raw_feature_spec())))
    local, flink = outputs
    assert local.keys() == flink.keys()
    for name, values in local.items():
        np.testing.assert_allclose(values, flink[name], rtol=1e-6, err_msg=name)


def test_the_metrics_are_the_same(runs: dict[str, Any]) -> None:
    local, flink = (runs[where][0] for where in ("local", "flink"))
    assert local["blessed"] and flink["blessed"]
    assert flink["metrics"] == pytest.approx(local["metrics"], abs=1e-6)
