"""Versions come, go and fail while clients send requests."""

import asyncio
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import get_model_status_pb2, model_management_pb2, predict_pb2, prediction_log_pb2
from tensorflow_serving.apis.model_pb2 import ModelSpec

from serving.model_server.batching import Limits
from serving.model_server.core import AsyncCore
from serving.model_server.servable import Servable
from tests.serving.model_server import saved_models
from tests.serving.model_server.running import Running
from tests.serving.model_server.test_grpc import listed, predict, refused


@contextmanager
def running(models: Path, **options: Any) -> Iterator[Running]:
    server = Running(models, **options)
    try:
        yield server
    finally:
        server.stop()


def push(models: Path, version: int, add: float = 2.0, name: str = "half") -> Path:
    """A version as the Pusher shows it: whole, by a rename."""
    part = models / f".{name}-{version}"
    saved_models.half_plus_two(part, add)
    (models / name).mkdir(exist_ok=True)
    return part.rename(models / name / str(version))


def answer(server: Running, **more: Any) -> tuple[int, float]:
    """The version that answers, and y for x = 0."""
    response = predict(server, "half", {"x": np.float32([0])}, **more)
    return response.model_spec.version.value, response.outputs["y"].float_val[0]


def states(server: Running, name: str = "half") -> dict[int, tuple[str, str]]:
    """State and error by version."""
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = name
    return {
        status.version: (
            get_model_status_pb2.ModelVersionStatus.State.Name(status.state), status.status.error_message.partition("\n")[0]
        )
        for status in server.model.GetModelStatus(request).model_version_status
    }  # fmt: skip


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def test_a_new_version_takes_over_without_a_failed_request(models: Path) -> None:
    push(models, 1, add=1)
    with running(models) as server:
        seen: list[tuple[int, float]] = []
        stop = threading.Event()

        def send() -> None:
            while not stop.is_set():
                seen.append(answer(server))

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for version in (2, 3):
            push(models, version, add=version)
            wait_for(lambda version=version: answer(server)[0] == version)
        stop.set()
        for thread in threads:
            thread.join()
        assert {version for version, _ in seen} == {1, 2, 3}
        assert all(value == version for version, value in seen)
        wait_for(lambda: states(server)[1][0] == "END")
        assert states(server)[3] == ("AVAILABLE", "")


def test_a_broken_version_is_reported_and_the_old_one_stays(models: Path) -> None:
    push(models, 1)
    with running(models) as server:
        broken = models / "half" / "2"
        broken.mkdir()
        (broken / "saved_model.pb").write_bytes(b"not a model")
        wait_for(lambda: states(server).get(2, ("", ""))[0] == "END")
        assert "Read less bytes than requested" in states(server)[2][1]
        assert answer(server)[0] == 1
        assert refused(lambda: answer(server, version=2))[0].name == "NOT_FOUND"
        shutil.rmtree(broken)
        push(models, 2)  # mended: what is in the folder is something else now
        wait_for(lambda: answer(server)[0] == 2)


def test_a_slow_copy_is_loaded_when_it_is_whole(models: Path) -> None:
    push(models, 1, add=1)
    whole = saved_models.half_plus_two(models / ".whole", add=2)
    with running(models) as server:
        copy = models / "half" / "2"
        (copy / "variables").mkdir(parents=True)
        shutil.copy(whole / "saved_model.pb", copy)
        wait_for(lambda: states(server).get(2, ("", ""))[0] == "END")
        for file in (whole / "variables").iterdir():
            shutil.copy(file, copy / "variables")
        wait_for(lambda: answer(server) == (2, 2))


def test_a_removed_version_gives_way_to_the_one_before(models: Path) -> None:
    push(models, 1)
    newest = push(models, 2)
    with running(models) as server:
        assert answer(server)[0] == 2
        shutil.rmtree(newest)
        wait_for(lambda: answer(server)[0] == 1)
        shutil.rmtree(models / "half" / "1")
        wait_for(lambda: states(server)[1][0] == "END")
        assert refused(lambda: answer(server))[1] == "Servable not found for request: Latest(half)"
        shutil.rmtree(models / "half")  # a missing folder changes nothing for others
        push(models, 1, name="other")
        wait_for(lambda: server.manager.available().get("other") == [1])


@pytest.mark.parametrize(
    ("versions", "loaded"), [("latest", {3}), ("latest:2", {2, 3}), ("all", {1, 2, 3}), ("1,3,9", {1, 3})]
)
def test_policies(models: Path, versions: str, loaded: set[int]) -> None:
    for version in (1, 2, 3):
        push(models, version, add=version)
    (models / "half" / "notes").mkdir()  # not a number: not a version
    with running(models, versions=versions) as server:
        found = {version for version, (state, _) in states(server).items() if state == "AVAILABLE"}
        assert found == loaded
        assert {answer(server, version=version) for version in loaded} == {(version, version) for version in loaded}


def test_a_folder_that_appears_later_is_served(models: Path) -> None:
    with running(models) as server:
        assert refused(lambda: answer(server))[0].name == "NOT_FOUND"
        push(models, 5)
        wait_for(lambda: server.manager.available() == {"half": [5]})
        assert answer(server)[0] == 5


def reload(server: Running, models: Path, *names: str, labels: dict[str, int] | None = None, **policy: Any) -> Any:
    request = model_management_pb2.ReloadConfigRequest()
    for name in names:
        model = request.config.model_config_list.config.add(
            name=name, base_path=str(models / name), model_platform="tensorflow"
        )
        model.version_labels.update(labels or {})
        if policy.get("all"):
            model.model_version_policy.all.SetInParent()
    return server.model.HandleReloadConfigRequest(request)


def test_reload_replaces_the_served_models(models: Path) -> None:
    push(models, 1)
    push(models.parent, 4, name="elsewhere")
    with running(models) as server:
        reload(server, models.parent, "elsewhere")
        assert predict(server, "elsewhere", {"x": np.float32([0])}).model_spec.version.value == 4
        wait_for(lambda: states(server)[1][0] == "END")
        code, text = refused(lambda: reload(server, models, "half", "half"))
        assert (code.name, text) == ("INVALID_ARGUMENT", "Illegal to list model half multiple times in config list")


def test_labels_point_to_loaded_versions_only(models: Path) -> None:
    push(models, 1, add=1)
    push(models, 2, add=2)
    with running(models, versions="all") as server:
        code, text = refused(lambda: reload(server, models, "half", labels={"stable": 9}, all=True))
        assert code.name == "FAILED_PRECONDITION"
        assert text == (
            "Request to assign label to version 9 of model half, which is not currently available for inference"
        )
        reload(server, models, "half", labels={"stable": 1, "canary": 2}, all=True)
        assert answer(server, label="stable") == (1, 1)
        assert answer(server, label="canary") == (2, 2)
        reload(server, models, "half", labels={"stable": 2}, all=True)  # the whole table is replaced
        assert answer(server, label="stable") == (2, 2)
        assert refused(lambda: answer(server, label="canary"))[0].name == "INVALID_ARGUMENT"


def warm_up(version: Path, *records: bytes) -> None:
    (version / "assets.extra").mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(version / "assets.extra" / "tf_serving_warmup_requests")) as file:
        for record in records:
            file.write(record)


def predict_log(value: Any) -> bytes:
    log = prediction_log_pb2.PredictionLog()
    log.predict_log.request.model_spec.name = "another name"
    log.predict_log.request.inputs["x"].CopyFrom(tf.make_tensor_proto(value))
    return log.SerializeToString()


def test_warm_up_requests_run_before_the_version_is_available(models: Path) -> None:
    log = prediction_log_pb2.PredictionLog()
    log.regress_log.request.input.CopyFrom(listed(1.0))
    log.regress_log.request.model_spec.signature_name = "regress_x_to_y"
    (models / "counted").mkdir()
    counting = saved_models.counter(models / "counted" / "1")
    count = prediction_log_pb2.PredictionLog()
    count.predict_log.request.model_spec.signature_name = "incr_counter"
    warm_up(counting, *[count.SerializeToString()] * 3)
    warm_up(push(models, 1), predict_log([1.0]), log.SerializeToString())
    with running(models) as server:
        assert states(server)[1] == ("AVAILABLE", "")
        assert predict(server, "counted", {}, "get_counter").outputs["output"].float_val[0] == 3


@pytest.mark.parametrize(
    ("records", "text"),
    [
        ([predict_log(["text"])], "Expects arg[0] to be float but string is provided"),
        ([b"\xff\xff\xff"], "Failed to parse warmup record"),
        ([predict_log([1.0])] * 1001, "Number of warmup records exceeds the maximum (1000) at "),
        ([prediction_log_pb2.PredictionLog().SerializeToString()], "Unsupported log_type for warmup"),
    ],
)
def test_a_failing_warm_up_fails_the_version(models: Path, records: list[bytes], text: str) -> None:
    push(models, 1)
    part = models / ".new"
    saved_models.half_plus_two(part)
    warm_up(part, *records)
    with running(models) as server:
        part.rename(models / "half" / "2")
        wait_for(lambda: states(server).get(2, ("", ""))[0] == "END")
        assert text in states(server)[2][1]
        assert answer(server)[0] == 1


def test_a_warm_up_file_of_another_format_fails_the_version(models: Path) -> None:
    version = push(models, 1)
    (version / "assets.extra").mkdir()
    (version / "assets.extra" / "tf_serving_warmup_requests").write_bytes(b"these are not records at all")
    with running(models) as server:
        assert "Please verify your warmup data is in TFRecord format." in states(server)[1][1]


def test_requests_beyond_the_limit_are_refused_at_once(served: Running, models: Path) -> None:
    (models / "slow").mkdir()
    saved_models.slow(models / "slow" / "1")
    with running(models, limits=Limits(rows=1), most=2) as server:
        waiting = [server.prediction.Predict.future(_slow_request(), timeout=3) for _ in range(2)]
        wait_for(lambda: server.core._in_progress == 2)
        begun = time.monotonic()
        code, text = refused(lambda: server.prediction.Predict(_slow_request()))
        assert time.monotonic() - begun < 1
        assert (code.name, text) == (
            "UNAVAILABLE", "The batch scheduling queue to which this task was submitted is full"
        )  # fmt: skip
        assert {call.exception().code() for call in waiting} == {grpc.StatusCode.DEADLINE_EXCEEDED}
        wait_for(lambda: server.core._in_progress == 0)


def _slow_request() -> Any:
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "slow"
    request.inputs["n"].CopyFrom(tf.make_tensor_proto(np.int64([2**62])))
    return request


def test_reload_reports_the_increase_of_a_counter(models: Path) -> None:
    push(models, 1)
    name = "/tensorflow/cc/saved_model/load_attempt_count"
    with running(models) as server:
        push(models.parent, 1, name="other")
        request = model_management_pb2.ReloadConfigRequest(metric_names=[name])
        request.config.model_config_list.config.add(
            name="other", base_path=str(models.parent / "other"), model_platform="tensorflow"
        )
        (metric,) = server.model.HandleReloadConfigRequest(request).metric
        assert (metric.name, metric.int64_value_increase) == (name, 1)


def test_a_version_is_freed_only_after_its_last_run_even_a_disconnected_clients(models: Path) -> None:
    (models / "slow").mkdir()
    saved_models.slow(models / "slow" / "1")
    with running(models) as server:
        core = AsyncCore(server.core)
        spec = ModelSpec(name="slow")

        async def leave() -> Servable:
            with core.servable(spec) as servable:
                run = asyncio.create_task(core.run(servable, "", {"n": np.int64([2**62])}, timeout=1.5))
                await asyncio.sleep(0.2)
                run.cancel()
            return servable

        servable = server.do(leave())
        freed = threading.Thread(target=servable.close)
        freed.start()
        freed.join(0.5)
        assert freed.is_alive()  # the run goes on until its timeout
        freed.join(10)
        assert not freed.is_alive()


def test_a_closing_version_stays_loaded_until_its_last_reference_is_released(models: Path) -> None:
    (models / "slow").mkdir()
    saved_models.slow(models / "slow" / "1")
    with running(models) as server:
        core = AsyncCore(server.core)

        async def send() -> None:
            with core.servable(ModelSpec(name="slow")) as servable:
                closing = threading.Thread(target=servable.close)
                closing.start()
                while servable.try_acquire():
                    servable.release()
                for _ in range(2):
                    assert (await core.run(servable, "", {"n": np.int64([3])}))["n"].tolist() == [3]
                    await asyncio.to_thread(closing.join, 0.2)
                    assert closing.is_alive()
            await asyncio.to_thread(closing.join, 10)
            assert not closing.is_alive()

        server.do(send())
