"""Started with tensorflow_model_server's flags: when ports open, when the process ends, and what is behind the ports."""

import datetime
import logging
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import numpy as np
import pytest
import tensorflow as tf
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from schemas.errors import InputError
from tests.e2e.command import Slipway
from tests.serving.model_server import saved_models
from tests.serving.model_server.flagged import FlaggedServer, free_port, serving
from tests.serving.model_server.test_loading import push, wait_for

BATCHING = "max_batch_size { value: 8 } allowed_batch_sizes: 4 allowed_batch_sizes: 8"


def predict(channel: grpc.Channel, name: str, inputs: dict[str, Any], signature: str = "") -> Any:
    request = predict_pb2.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = name, signature
    for alias, value in inputs.items():
        request.inputs[alias].CopyFrom(tf.make_tensor_proto(value))
    return prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=30)


def half(channel: grpc.Channel) -> tuple[int, float]:
    """The version that answers, and y for x = 0."""
    response = predict(channel, "half", {"x": np.float32([0])})
    return response.model_spec.version.value, tf.make_ndarray(response.outputs["y"])[0]


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code().name, caught.value.details()


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaggedServer]:
    """A server of two models, one of which comes late, with most of the flags."""
    folder = tmp_path_factory.mktemp("flagged")
    push(folder, 1)
    config = "".join(
        f'config {{ name: "{name}" base_path: "{folder}/{name}" model_platform: "tensorflow" }}'
        for name in ("half", "late")
    )
    for name, text in {
        "models": f"model_config_list {{ {config} }}",
        "monitoring": 'prometheus_config { enable: true path: "/counts" }',
        "batching": BATCHING,
    }.items():
        (folder / f"{name}.config").write_text(text)
    with serving(
        f"--model_config_file={folder}/models.config", f"--monitoring_config_file={folder}/monitoring.config",
        "--enable_batching", f"--batching_parameters_file={folder}/batching.config", "--rest_api_enable_cors_support",
        f"--grpc_socket_path={folder}/socket", "--enable_grpc_healthcheck_service", "--enable_serialization_as_tensor_content",
        "--enable_signature_method_name_check", "--grpc_channel_arguments=grpc.max_receive_message_length=1000000",
    ) as server:  # fmt: skip
        # Missing, then empty: both are waited for, more rounds than one, and the model that is there is not served either.
        time.sleep(1.5)
        assert not server.is_listening() and not server.running.done()
        (folder / "late").mkdir()
        time.sleep(1.5)
        assert not server.is_listening() and not server.running.done()
        saved_models.identities(folder / ".new").rename(folder / "late" / "3")
        yield server.wait()


def test_ports_open_when_every_model_has_a_version(opened: FlaggedServer) -> None:
    with opened.channel() as channel:
        assert half(channel) == (1, 2)
        assert predict(channel, "late", {"rows": np.float32([[1, 2]])}, "sums").model_spec.version.value == 3


def test_the_socket_has_the_same_services(opened: FlaggedServer) -> None:
    with grpc.insecure_channel(f"unix:{opened.options.flagged.socket_path}") as channel:
        assert half(channel) == (1, 2)


def test_batches_are_padded_to_the_allowed_sizes(opened: FlaggedServer) -> None:
    with opened.channel() as channel:
        for rows, padded in ((1, 4), (4, 4), (5, 8)):
            sent = np.arange(rows * 2, dtype=np.float32).reshape(rows, 2)
            outputs = predict(channel, "late", {"rows": sent}, "sums").outputs
            assert tf.make_ndarray(outputs["batch"]).tolist() == [padded] * rows
            assert tf.make_ndarray(outputs["sum"]).tolist() == sent.sum(axis=1).tolist()
        rows_9 = {"rows": np.zeros((9, 2), np.float32)}
        assert refused(lambda: predict(channel, "late", rows_9, "sums")) == (
            "INVALID_ARGUMENT", "Task size 9 is larger than maximum input batch size 8",
        )  # fmt: skip


@pytest.mark.parametrize("name", ["float32", "uint8", "int64", "bool", "string", "float16", "complex64"])
def test_answers_are_packed(opened: FlaggedServer, name: str) -> None:
    sent = np.array([b"", b"a" * 200, b"\xff"], object) if name == "string" else np.array([0, 1, 2]).astype(name)
    with opened.channel() as channel:
        found = predict(channel, "late", {"x": tf.constant(sent, name).numpy()}, name).outputs["y"]
    assert found.tensor_content
    # By TensorFlow's runtime: make_ndarray knows no packed strings.
    assert tf.io.parse_tensor(found.SerializeToString(), name).numpy().tolist() == sent.tolist()


def test_channel_arguments_are_grpcs(opened: FlaggedServer) -> None:
    with opened.channel() as channel:
        code, _ = refused(lambda: predict(channel, "half", {"x": np.zeros(300_000, np.float32)}))
        assert code == "RESOURCE_EXHAUSTED"


def test_the_health_service_is_there_when_it_is_asked_for(opened: FlaggedServer) -> None:
    with opened.channel() as channel:
        found = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="ModelService"))
    assert found.status == health_pb2.HealthCheckResponse.SERVING


def test_rest_has_cors_and_the_metrics_page_its_path(opened: FlaggedServer) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{opened.rest_port}") as client:
        answer = client.post("/v1/models/half:predict", json={"instances": [0.0]})
        assert answer.json() == {"predictions": [2.0]} and answer.headers["access-control-allow-origin"] == "*"
        assert ":tensorflow:serving:request_count" in client.get("/counts").text
        assert client.get("/monitoring/prometheus/metrics").status_code == 404


def test_method_names_are_checked(opened: FlaggedServer) -> None:
    body = {"signature_name": "regress_x_to_y", "examples": [{"x": 1.0}]}
    answer = httpx.post(f"http://127.0.0.1:{opened.rest_port}/v1/models/half:classify", json=body)
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "error": "Expected classification signature method_name to be tensorflow/serving/classify. "
            "Was: tensorflow/serving/regress"
        },
    )


def certificate(folder: Path) -> tuple[str, str]:
    """Key and certificate for localhost, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret.decode(), signed.public_bytes(serialization.Encoding.PEM).decode()


def test_tls_and_neither_rest_nor_health_nor_new_versions_unless_they_are_asked_for(tmp_path: Path) -> None:
    push(tmp_path, 1)
    key, public = certificate(tmp_path)
    (tmp_path / "ssl.config").write_text(f"server_key: {key!r}\nserver_cert: {public!r}\n")
    flags = ("--model_name=half", f"--model_base_path={tmp_path}/half", f"--ssl_config_file={tmp_path}/ssl.config")
    with serving(*flags, "--file_system_poll_wait_seconds=0", rest=False) as server:
        server.wait()
        push(tmp_path, 2)
        credentials = grpc.ssl_channel_credentials(public.encode())
        with grpc.secure_channel(f"localhost:{server.port}", credentials) as channel:
            assert half(channel) == (1, 2)
            health = health_pb2_grpc.HealthStub(channel).Check
            assert refused(lambda: health(health_pb2.HealthCheckRequest()))[0] == "UNIMPLEMENTED"
            time.sleep(1.5)
            assert half(channel) == (1, 2)  # looked into once
        with server.channel() as plain:
            assert refused(lambda: half(plain))[0] == "UNAVAILABLE"
    assert server.options.rest_port == -1


def broken(models: Path, version: int) -> None:
    (models / "half" / str(version)).mkdir(parents=True)
    (models / "half" / str(version) / "saved_model.pb").write_bytes(b"not a model")


def test_a_version_that_fails_ends_the_start_after_its_retries(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken(tmp_path, 7)
    push(tmp_path, 1, name="whole")
    config = tmp_path / "models.config"
    config.write_text(
        "model_config_list {"
        + "".join(
            f'config {{ name: "{name}" base_path: "{tmp_path}/{name}" model_platform: "tensorflow" }}'
            for name in ("whole", "half")
        )
        + "}"
    )
    with (
        caplog.at_level(logging.INFO, "slipway.serve"),
        serving(
            f"--model_config_file={config}", "--max_num_load_retries=2", "--load_retry_interval_micros=1000"
        ) as server,
        pytest.raises(InputError) as caught,
    ):
        server.running.result(60)
    assert str(caught.value).startswith(
        "Failed to start server. Error: UNKNOWN: 1 servable(s) did not become available: "
        "{{{name: half version: 7} due to error: "
    )
    assert str(caught.value).endswith("}, }") and "whole" not in str(caught.value)
    assert sum("half version 7 cannot be loaded" in line for line in caplog.messages) == 3
    assert not server.is_listening()


def test_a_retry_finds_what_a_slow_copy_has_brought_meanwhile(tmp_path: Path) -> None:
    broken(tmp_path, 7)
    flags = ("--model_name=half", f"--model_base_path={tmp_path}/half", "--load_retry_interval_micros=500000")
    with serving(*flags) as server:
        whole = saved_models.half_plus_two(tmp_path / "whole", add=5)
        (tmp_path / "half" / "7").rename(tmp_path / "broken")
        whole.rename(tmp_path / "half" / "7")
        with server.wait().channel() as channel:
            assert half(channel) == (7, 5)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("config { name: 'a' base_path: 'rel' model_platform: 'tensorflow' }",
         "INVALID_ARGUMENT: Expected model a to have an absolute path or URI; got base_path()=rel"),
        ("config { name: 'a' base_path: '/a' model_platform: 'torch' }",
         "INVALID_ARGUMENT: Model a requests unsupported platform torch"),
        ("config { name: 'a' base_path: '/a' model_type: OTHER }",
         "INVALID_ARGUMENT: ModelServerConfig::model_type choice 2 not supported."),
        ("config { name: 'a' base_path: '/a' model_type: TENSORFLOW version_labels { key: 'l' value: 1 } }",
         "FAILED_PRECONDITION: Request to assign label to version 1 of model a, "
         "which is not currently available for inference"),
    ],
)  # fmt: skip
def test_a_configuration_that_is_not_allowed_ends_the_start(tmp_path: Path, text: str, problem: str) -> None:
    config = tmp_path / "models.config"
    config.write_text(f"model_config_list {{ {text} }}")
    with serving(f"--model_config_file={config}", rest=False) as server, pytest.raises(InputError) as caught:
        server.running.result(60)
    assert str(caught.value) == f"Failed to start server. Error: {problem}"


def test_the_configuration_file_is_read_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    push(tmp_path, 1)
    config = tmp_path / "models.config"
    listed = 'config {{ name: "half" base_path: "{}" model_platform: "{}" }}'
    config.write_text(f"model_config_list {{ {listed.format(tmp_path / 'half', 'tensorflow')} }}")
    flags = (f"--model_config_file={config}", "--model_config_file_poll_wait_seconds=1")
    caplog.set_level(logging.INFO, "slipway.serve")
    with serving(*flags, rest=False) as server, server.wait().channel() as channel:
        config.write_text("model_config_list {")
        wait_for(lambda: "Failed to read ModelServerConfig file: " in caplog.text)
        config.write_text(f"model_config_list {{ {listed.format(tmp_path / 'half', 'torch')} }}")
        wait_for(lambda: "PollFilesystemAndReloadConfig failed to ReloadConfig: Illegal to change" in caplog.text)
        assert half(channel) == (1, 2)
        push(tmp_path / "..", 9, add=9, name=f"{tmp_path.name}-moved")
        moved = (tmp_path / ".." / f"{tmp_path.name}-moved").resolve()
        config.write_text(f"model_config_list {{ {listed.format(moved, 'tensorflow')} }}")
        wait_for(lambda: half(channel) == (9, 9))


def test_a_process_that_waits_for_its_model_ends_when_it_is_told_to(tmp_path: Path) -> None:
    command = Slipway(tmp_path / "home", tmp_path)
    process = command.start(
        "serve", f"--port={free_port()}", f"--model_base_path={tmp_path}/none", "--grpc_max_threads=4"
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "the ports open when each of these models has a version: default" in line:
            break
    process.send_signal(signal.SIGTERM)
    process.stderr.read()
    assert process.wait(60) == 0
    assert sum("--grpc_max_threads is accepted and has no meaning here" in line for line in said) == 1
