"""Titanic on a real Flink session on this machine gives what the local run gives."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.beam import flink_session
from pipelines.beam import job_server
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
            found[where] = (slipway.json("run", "titanic", "--set", "ensemble=1", *chosen), folder / where)
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
    # Of ExampleGen, StatisticsGen, Transform, Evaluator and ErrorAnalyzer.
    assert [job["state"] for job in jobs] == ["FINISHED"] * 5


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


def test_a_pod_finds_the_session_by_its_environment(
    session: flink_session.Session, runs: dict[str, Any], tmp_path: Path, data: Path
) -> None:
    before = len(session.get("jobs/overview")["jobs"])
    environment = (
        os.environ
        | session.environment
        | {
            "SLIPWAY_HOME": str(tmp_path),
            "SLIPWAY_DATA": str(data),
            "SLIPWAY_BEAM": "flink",
            "SLIPWAY_FLINK_MASTER": session.address,
            "SLIPWAY_BEAM_ARGS": json.dumps(session.beam_args),
        }
    )
    command = [sys.executable, "-m", "cli.node", "titanic", "--node=ExampleGen", "--run-id=pod"]
    done = subprocess.run(command, env=environment, cwd=flink_session.REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(session.get("jobs/overview")["jobs"]) == before + 1
    assert examples(tmp_path, "train") == examples(runs["local"][1], "train")


def test_no_job_server_is_left(runs: dict[str, Any]) -> None:
    left = subprocess.run(
        ["pgrep", "--full", f"java.* -jar {flink_session.JOB_SERVER}"], capture_output=True, text=True
    )
    assert left.stdout == ""


def test_a_job_server_that_does_not_start_is_an_error_with_its_log(tmp_path: Path) -> None:
    jar = tmp_path / "broken.jar"
    jar.write_text("no jar")
    args = [f"--flink_job_server_jar={jar}", "--flink_master=localhost:1"]
    with (
        job_server.running(args, tmp_path / "log") as ready,
        pytest.raises(RuntimeError, match=r"did not start.*broken\.jar"),
    ):
        ready()
