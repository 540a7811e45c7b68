"""Whole runs by the pods' entrypoint against a real MariaDB: groups, caching, two at once, outages, signals, retries."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.kubeflow.simulate.mariadb import MariaDB
from registry import version_map
from tests.cluster.pods import ALL, EVALUATE, GROUPS, PREPARE, Cluster, Pod

_QUICK = 'settings=["epochs=8"]'
_LONG = 'settings=["epochs=2000", "patience=2000"]'
_TRAINING = "training on"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[[MariaDB], Cluster]]:
    """Makes a cluster with this server; its pods end with the test."""
    made: list[Cluster] = []

    def make(server: MariaDB) -> Cluster:
        made.append(Cluster(tmp_path / "cluster", server))
        return made[-1]

    yield make
    for one in made:
        one.end()


def test_groups_in_processes_of_their_own_make_one_run_and_the_next_one_is_cached(cluster, own_mariadb, tmp_path):
    pods = cluster(own_mariadb)
    first, second = tmp_path / "first.json", tmp_path / "out" / "second.json"
    for nodes in GROUPS:
        result = first if nodes == EVALUATE else None
        assert pods.start("digits", nodes, "run-1", _QUICK, result=result).code() == 0, pods.started[-1].said
    made = json.loads(first.read_text())
    assert made["blessed"] and made["baseline"] is None
    assert (Path(made["pushed_to"]) / "saved_model.pb").exists()
    assert set(pods.states("run-1")) == set(ALL)

    other = 'settings=["epochs=8", "seed=2"]'
    again = pods.start("digits", ALL, "run-2", other, result=second)
    assert again.code() == 0, again.said
    remade = json.loads(second.read_text())
    assert remade["cached"] == [*PREPARE, "Transform"]
    assert remade["baseline"] == made["metrics"]

    retried = pods.start("digits", EVALUATE, "run-2", other, result=second)
    assert retried.code() == 0
    assert "Evaluator was done by an earlier attempt of run run-2" in retried.said
    assert json.loads(second.read_text()) == remade
    files = [path for path in pods.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if own_mariadb.password.encode() in path.read_bytes()]


def test_pipelines_at_once_on_an_empty_store_do_not_disturb_each_other(cluster, own_mariadb, data):
    pods = cluster(own_mariadb)
    pods.extra["SLIPWAY_DATA"] = str(data)
    asked = {"a": ("digits", "seed=1"), "b": ("digits", "seed=2"), "c": ("auto_mpg", "patience=1")}
    for run_id, (name, setting) in asked.items():
        pods.start(name, ALL, run_id, f"settings={json.dumps([setting, 'epochs=8'])}", "cache=false")
    assert [pod.code() for pod in pods.started] == [0, 0, 0], [pod.said for pod in pods.started]
    for run_id in asked:
        assert pods.states(run_id) == {node: ["COMPLETE"] for node in ALL}
    entries = version_map.entries(pods.home / "registry" / "digits")
    assert {entry.run_id for entry in entries} == {"a", "b"}
    pushed = [entry.serving_version for entry in entries if entry.blessed]
    assert len(set(pushed)) == len(pushed) == len(version_map.folders(pods.home / "models" / "digits"))
    store = pods.store()
    for types in (store.get_artifact_types(), store.get_execution_types(), store.get_context_types()):
        names = [kind.name for kind in types]
        assert len(set(names)) == len(names)


def test_a_server_that_is_away_when_a_training_ends_does_not_lose_it(cluster, own_mariadb):
    pods = cluster(own_mariadb)
    assert pods.start("digits", (*PREPARE, "Transform"), "run", _QUICK).code() == 0
    trainer = pods.start("digits", ("Trainer",), "run", _QUICK)
    trainer.wait_for(_TRAINING)
    own_mariadb.stop()
    trainer.wait_for("waiting for the metadata store")
    assert trainer.process.poll() is None
    own_mariadb.start()
    assert trainer.code() == 0, trainer.said
    assert pods.states("run")["Trainer"] == ["COMPLETE"]
    (model,) = pods.outputs("digits", "Trainer", "model")
    assert (model / "Format-Serving" / "saved_model.pb").exists()


def test_a_pod_that_is_ended_leaves_nothing_visible_and_its_retry_begins_clean(cluster, own_mariadb):
    pods = cluster(own_mariadb)
    assert pods.start("digits", (*PREPARE, "Transform"), "run", _LONG).code() == 0
    ended = pods.start("digits", ("Trainer",), "run", _LONG)
    ended.wait_for(_TRAINING)
    ended.process.send_signal(signal.SIGTERM)
    assert ended.code() == 143
    assert "Trainer is marked as failed" in ended.said
    assert pods.states("run")["Trainer"] == ["FAILED"]
    assert pods.outputs("digits", "Trainer", "model") == []

    killed = pods.start("digits", ("Trainer",), "run", _LONG)
    killed.wait_for(_TRAINING)
    (model,) = pods.outputs("digits", "Trainer", "model")
    (logs,) = pods.outputs("digits", "Trainer", "model_run")
    of_another_run = model.with_name("999999")
    for left_behind in (model / "partial", logs / "checkpoint", of_another_run):
        left_behind.mkdir(parents=True)
    killed.process.kill()
    assert killed.code() == -signal.SIGKILL

    retried = pods.start("digits", ("Trainer",), "run", _LONG)
    retried.wait_for(_TRAINING)
    assert model.is_dir() and not (model / "partial").exists()
    assert (logs / "checkpoint").exists() and of_another_run.exists()
    retried.process.send_signal(signal.SIGTERM)
    assert retried.code() == 143
    assert pods.states("run")["Trainer"] == ["FAILED"]  # one execution, for all attempts


def test_the_tables_are_made_once_and_a_local_run_and_pods_share_a_store(cluster, own_mariadb):
    pods = cluster(own_mariadb)
    pods.folder.mkdir()
    init = [sys.executable, "slipway.py", "metadata", "init"]
    inits = [Pod(init, pods.environment, pods.folder / f"init-{number}.txt") for number in range(4)]
    pods.started += inits
    for pod in inits:
        assert pod.code() == 0, pod.said
        assert f"the metadata store {own_mariadb.url} is ready" in pod.said
    local = [sys.executable, "slipway.py", "run", "digits", "--set", "epochs=8", "--json"]
    ran = subprocess.run(local, env=pods.environment, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    assert not (pods.home / "metadata.db").exists()
    nodes = (*PREPARE, "Transform", "Trainer")
    assert pods.start("digits", nodes, "in-pods", _QUICK).code() == 0
    assert pods.states("in-pods") == {node: ["CACHED"] for node in nodes}


def test_a_node_whose_inputs_are_not_there_fails(cluster, mariadb):
    trainer = cluster(mariadb).start("digits", ("Trainer",), "nothing-before")
    assert trainer.code() == 1
    assert "its inputs are not in the metadata store" in trainer.said


def test_a_server_that_refuses_us_is_told_from_one_that_is_away(cluster, mariadb):
    pods = cluster(mariadb)
    pods.extra = {"SLIPWAY_METADATA_PASSWORD": "not this one"}
    refused = pods.start("digits", ALL, "run")
    assert refused.code() == 2
    assert "refuses the user, its password or the database" in refused.said
    pods.extra = {"SLIPWAY_METADATA": "mysql://slipway@127.0.0.1:1/slipway", "SLIPWAY_METADATA_WAIT": "3"}
    away = pods.start("digits", ALL, "run")
    assert away.code() == 4
    assert "waiting for the metadata store mysql://slipway@127.0.0.1:1/slipway: Connection refused" in away.said
    assert "could not be reached in 3 s" in away.said
