"""What workers are told, where their checkpoint is, and who they are."""

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines import workers
from pipelines.workers import worker
from pipelines.workers.local import gpu_shares
from pipelines.workers.order import Order, checkpoint_folder, remove_old
from pipelines.workers.worker import tf_config
from schemas.errors import InputError
from schemas.training import Training


def test_an_order_is_read_as_it_was_written(tmp_path: Path) -> None:
    order = Order("ZXhlY3V0aW9u", "c3BlYw==", "/kept")
    order.write(tmp_path / "there" / "order.json")
    assert Order.read(tmp_path / "there" / "order.json") == order
    assert [file.name for file in (tmp_path / "there").iterdir()] == ["order.json"]


def test_a_checkpoint_is_that_of_the_same_data_and_parameters() -> None:
    inputs, properties = {"examples": ["/a/1"]}, {"custom_config": "{}", "run_fn": "f"}
    folder = checkpoint_folder(Path("s"), inputs, properties)
    assert folder == checkpoint_folder(Path("s"), inputs, dict(reversed(properties.items())))
    assert folder != checkpoint_folder(Path("s"), {"examples": ["/a/2"]}, properties)
    assert folder != checkpoint_folder(Path("s"), inputs, properties | {"custom_config": '{"epochs": 2}'})
    assert folder != checkpoint_folder(Path("s"), inputs, properties, "run-1")
    assert not folder.name.isdigit()  # a run removes folders that are named as an unfinished execution


def test_two_runs_that_train_the_same_in_a_cluster_at_once_write_two_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.workers.operator import WorkersOperator

    def folder(run_id: str) -> Path:
        info: Any = SimpleNamespace(input_dict={}, exec_properties={"run_fn": "f"}, pipeline_run_id=run_id)
        return WorkersOperator._checkpoints(info, tmp_path / "executor_execution" / "7" / "executor_output.pb")

    assert folder("first") == folder("second")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KFP_POD_NAME", "digits-train")
    monkeypatch.setenv("NAMESPACE", "team")
    assert folder("first") == folder("first") != folder("second")
    assert {path.parent for path in (folder("first"), folder("second"))} == {tmp_path / "checkpoints"}


def test_a_worker_finds_nothing_of_an_attempt_before(tmp_path: Path) -> None:
    model: Any = SimpleNamespace(uri="")
    info: Any = SimpleNamespace(output_dict={"model": [model]}, execution_output_uri="")
    for _ in range(2):
        worker._redirect(info, tmp_path / "worker-1")
        (Path(model.uri) / "Format-Serving").mkdir()
    assert Path(info.execution_output_uri).parent == tmp_path / "worker-1"


def test_checkpoints_that_nobody_came_back_to_are_removed(tmp_path: Path) -> None:
    for name in ("training-old", "training-new", "training-own", "other"):
        (tmp_path / name).mkdir()
    for name in ("training-old", "training-own", "other"):
        os.utime(tmp_path / name, (0, 0))
    remove_old(tmp_path / "training-own")
    assert {folder.name for folder in tmp_path.iterdir()} == {"training-new", "training-own", "other"}


def test_tensorflow_is_told_the_cluster_as_it_expects() -> None:
    assert json.loads(tf_config(["a:1", "b:2"], 1)) == {
        "cluster": {"worker": ["a:1", "b:2"]},
        "task": {"type": "worker", "index": 1},
    }


@pytest.mark.parametrize(
    ("gpus", "count", "expected"),
    [(0, 2, [None, None]), (2, 2, ["0", "1"]), (4, 2, ["0,1", "2,3"]), (5, 2, ["0,1", "2,3"])],
)
def test_the_gpus_of_a_machine_are_divided(gpus: int, count: int, expected: list[str | None]) -> None:
    assert gpu_shares(gpus, count) == expected


def test_workers_share_no_gpu() -> None:
    with pytest.raises(InputError, match=r"workers=3: this machine has 2 GPUs.*set workers=1"):
        gpu_shares(2, 3)


def test_one_worker_needs_no_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(workers.WORKERS, raising=False)
    assert workers.operators_for(Training()) is None
    assert workers.count(Training(workers=3)) == 3


def test_a_compiled_pipeline_says_how_many_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(workers.WORKERS, "4")
    assert workers.count(Training(workers=2)) == 4


@pytest.mark.parametrize("text", ["0", "two", "-1", "2.0", "²"])
def test_a_wrong_number_of_workers_is_named(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(workers.WORKERS, text)
    with pytest.raises(InputError, match=rf"SLIPWAY_WORKERS='{text}': a whole number"):
        workers.count(Training())
