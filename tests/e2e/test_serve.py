"""`slipway serve` as a process: how it starts, what it refuses, and how it ends."""

import socket
import threading
import time
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from tests.e2e.command import Slipway
from tests.e2e.stack import process
from tests.serving.model_server import saved_models

SERVE = ("serve", "--grpc-port", "0", "--rest-port", "0", "--poll-seconds", "0.1")


def ask(channel: Any, count: int) -> int:
    """The slow model counts to ``count``."""
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "slow"
    request.inputs["n"].CopyFrom(tf.make_tensor_proto(np.int64([count])))
    response = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=60)
    return response.outputs["n"].int64_val[0]


def test_requests_in_progress_are_answered_after_sigterm_and_new_ones_refused(slipway: Slipway) -> None:
    (slipway.home / "models" / "slow").mkdir(parents=True)
    saved_models.slow(slipway.home / "models" / "slow" / "1")
    answers: list[int] = []
    with process(slipway, "stderr", r"gRPC on (\S+) and", *SERVE) as (started, said):
        channel = grpc.insecure_channel(said[1])
        ask(channel, 1)
        begun = time.monotonic()
        ask(channel, 20_000)
        count = int(20_000 * 2 / (time.monotonic() - begun))  # some two seconds
        asking = threading.Thread(target=lambda: answers.append(ask(channel, count)))
        asking.start()
        time.sleep(0.3)
        started.terminate()
        time.sleep(0.3)
        with grpc.insecure_channel(said[1]) as late:
            try:
                ask(late, 1)
                raise AssertionError("a new request was answered")
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAVAILABLE
        assert not answers
        asking.join()
    assert answers == [count]


def test_models_may_come_after_the_server(slipway: Slipway) -> None:
    slipway.home.mkdir()
    with process(slipway, "stderr", r"no model yet.*gRPC on (\S+) and", *SERVE) as (_, said):
        part = saved_models.slow(slipway.home / "slow")
        (slipway.home / "models" / "slow").mkdir(parents=True)
        part.rename(slipway.home / "models" / "slow" / "1")
        channel = grpc.insecure_channel(said[1])
        for _ in range(100):
            try:
                assert ask(channel, 3) == 3
                return
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.NOT_FOUND
                time.sleep(0.1)
        raise AssertionError("the model was not served")


def test_mistakes_are_one_line(slipway: Slipway, tmp_path: Path) -> None:
    slipway.home.mkdir()
    config = tmp_path / "models.config"
    config.write_text("model_config_list { config { name: 'a' base_path: 'relative' model_platform: 'tensorflow' } }")
    (tmp_path / "broken.config").write_text("model_config_list {")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = {
            ("--grpc-port", port): f"slipway: --grpc-port: cannot listen on port {port}",
            ("--grpc-port", "0", "--rest-port", port): f"slipway: --rest-port: cannot listen on port {port}",
            ("--grpc-port", "8500", "--rest-port", "8500"): "slipway: --grpc-port and --rest-port are both 8500",
            ("--versions", "newest"): "slipway: --versions: received 'newest'; latest, latest:N, all, or",
            ("--models", str(config)): f"slipway: --models: {config} is not a folder",
            (
                "--model-config-file",
                str(config),
            ): "slipway: Failed to start server. Error: INVALID_ARGUMENT: Expected model a to have",
            ("--model-config-file", str(tmp_path / "broken.config")): "slipway: --model-config-file: ",
            ("--model-config-file", str(tmp_path / "none")): "slipway: --model-config-file: cannot read",
            ("--port", port, "--model_base_path=/m"): "slipway: Failed to start server. Error: INVALID_ARGUMENT: "
            f"Failed to BuildAndStart gRPC server (--port: cannot listen on port {port}",
        }
        for options, text in refused.items():
            assert slipway.refused("serve", *options).startswith(text), options
