"""tensorflow_model_server's flags: their forms, what they mean, what is refused."""

from pathlib import Path
from typing import Any

import pytest

from schemas.errors import InputError
from serving.model_server import flags, from_flags
from serving.model_server.flags import FLAGS
from serving.model_server.settings import Flagged, Options, Retries
from tests.serving.model_server.flagged import options

ROOT = Path(__file__).parents[3]
BASE = "--model_base_path=/models/half"


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("--enable_batching", True),
        ("--enable_batching=true", True),
        ("--enable_batching=false", False),
        ("--enable-batching", True),
        ("--enable-batching=True", True),
        ("--enable_batching=0", False),
    ],
)
def test_the_forms_of_a_boolean(argument: str, value: bool) -> None:
    assert flags.taken([argument, "--host", "::1"]) == ({"enable_batching": value}, ["--host", "::1"])


def test_values_follow_an_equals_sign_or_a_space() -> None:
    assert flags.taken(["--port=1", "--rest-api-port", "2", "--model_name", "a=b", "--port=3"]) == (
        {"port": 3, "rest_api_port": 2, "model_name": "a=b"}, [],
    )  # fmt: skip


def test_slipways_own_options_alone_are_no_flags() -> None:
    own = ["--model-config-file", "models.config", "--rest-port=1", "--", "--port=1"]
    assert flags.taken(own) == ({}, own)
    assert flags.taken(["--model_config_file=a"])[0] == {"model_config_file": "a"}
    assert flags.taken(["--model-config-file=a", "--port=1"])[0] == {"model_config_file": "a", "port": 1}


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("--enable_batching=maybe", "--enable_batching: received 'maybe'; true or false are allowed"),
        ("--port=many", "--port: received 'many'; a whole number is allowed"),
        ("--rest_api_port=65536", "--rest_api_port: received 65536; 0 to 65535 is allowed"),
        ("--model_name", "--model_name needs a value: --model_name=default, for example"),
    ],
)
def test_a_value_of_another_type_is_refused(argument: str, text: str) -> None:
    with pytest.raises(InputError) as caught:
        flags.taken([argument])
    assert str(caught.value) == text


def test_the_defaults_are_tensorflow_servings() -> None:
    found = options(BASE)
    assert (found.host, found.grpc_port, found.rest_port, found.metrics_path) == ("0.0.0.0", 8500, -1, None)
    assert (found.max_batch_size, found.poll_seconds, found.warm_up, found.cors) == (0, 1, True, False)
    assert found.flagged == Flagged(
        given=True, base_path="/models/half", retries=Retries(5, 60, on_change=False), health=False
    )
    assert found.waits_for_models


def test_the_configuration_file_comes_before_the_one_model() -> None:
    found = options(BASE, "--model_config_file=/models.config")
    assert (found.model_config_file, found.flagged.base_path) == (Path("/models.config"), "")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--port=1"], "Both server_options.model_base_path and server_options.model_config_file are empty!"),
        (
            ["--port=0", BASE],
            "At least one of server_options.grpc_port or server_options.grpc_socket_path must be set.",
        ),
        (
            [BASE, "--batching_parameters_file=/b"],
            "server_options.batching_parameters_file is set without setting server_options.enable_batching to true.",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused_in_tensorflow_servings_words(arguments: list[str], text: str) -> None:
    with pytest.raises(InputError) as caught:
        options(*arguments)
    assert str(caught.value) == f"Failed to start server. Error: INVALID_ARGUMENT: {text}"


def test_a_socket_path_stands_in_for_the_port() -> None:
    found = options(BASE, "--port=0", "--grpc_socket_path=/tmp/socket")
    assert (found.grpc_port, found.flagged.socket_path) == (-1, "/tmp/socket")


@pytest.mark.parametrize("name", ["models", "versions", "registry", "grpc_port", "rest_port", "batch_threads", "cors"])
def test_an_option_whose_place_a_flag_has_is_refused_beside_them(name: str) -> None:
    with pytest.raises(InputError, match=f"^--{name.replace('_', '-')} beside --model_base_path: received both; "):
        from_flags.options({"model_base_path": "/m"}, Options(models=Path("/m")), [name])


def test_other_options_may_stand_beside_flags() -> None:
    own = Options(models=Path("/m"), host="::1", max_in_progress=7)
    found = from_flags.options({"model_base_path": "/m"}, own, ["host", "max_in_progress"])
    assert (found.host, found.max_in_progress) == ("::1", 7)


def test_a_flag_without_meaning_is_a_line_in_the_log() -> None:
    found = options(BASE, "--grpc_max_threads=8", "--enable_profiler=false")
    assert found.flagged.notes == (
        "--grpc_max_threads is accepted and has no meaning here",
        "--enable_profiler is accepted and has no meaning here",
    )


def test_channel_arguments_are_numbers_where_they_can_be() -> None:
    found = options(BASE, "--grpc_channel_arguments=grpc.max_connection_age_ms=300000,grpc.primary_user_agent=a")
    assert found.flagged.channel_arguments == (
        ("grpc.max_connection_age_ms", 300000), ("grpc.primary_user_agent", "a"),
    )  # fmt: skip
    with pytest.raises(
        InputError, match=r"^--grpc_channel_arguments: received 'grpc.keepalive'; key=value is expected"
    ):
        options(BASE, "--grpc_channel_arguments=grpc.keepalive")


def batched(tmp_path: Path, text: str) -> Options:
    file = tmp_path / "batching.config"
    file.write_text(text)
    return options(BASE, "--enable_batching", f"--batching_parameters_file={file}")


def test_batching_parameters(tmp_path: Path) -> None:
    found = batched(
        tmp_path,
        "max_batch_size { value: 8 } batch_timeout_micros { value: 1500 } num_batch_threads { value: 3 } "
        "allowed_batch_sizes: 4 allowed_batch_sizes: 8 pad_variable_length_inputs: true "
        "max_enqueued_batches { value: 100 }",
    )
    assert (found.max_batch_size, found.batch_delay_ms, found.batch_threads) == (8, 1.5, 3)
    assert (found.flagged.batch_sizes, found.flagged.pads_inputs, found.flagged.larger_refused) == ((4, 8), True, True)
    assert found.flagged.notes == (
        "max_enqueued_batches in --batching_parameters_file is accepted and has no meaning here",
    )
    assert not batched(tmp_path, "enable_large_batch_splitting { value: true }").flagged.larger_refused
    assert options(BASE, "--enable_batching").max_batch_size == 1000


def test_the_compose_files_batching_parameters_are_read() -> None:
    file = ROOT / "serving" / "compose" / "batching.config"
    assert options(BASE, "--enable_batching", f"--batching_parameters_file={file}").max_batch_size == 1024


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("prometheus_config { enable: true }", "/monitoring/prometheus/metrics"),
        ('prometheus_config { enable: true path: "/m" }', "/m"),
        ('prometheus_config { path: "/m" }', None),
        ("", None),
    ],
)
def test_the_path_of_the_metrics_page(tmp_path: Path, text: str, path: str | None) -> None:
    file = tmp_path / "monitoring.config"
    file.write_text(text)
    assert options(BASE, f"--monitoring_config_file={file}").metrics_path == path


@pytest.mark.parametrize(
    ("flag", "text", "problem"),
    [
        ("ssl_config_file", 'server_key: "k"', "has no server_key or no server_cert"),
        ("ssl_config_file", 'server_key: "k" server_cert: "c" client_verify: true', "client_verify without custom_ca"),
        ("ssl_config_file", "server_key {", "Invalid protobuf file: "),
        ("monitoring_config_file", "prometheus { }", "Invalid protobuf file: "),
        ("monitoring_config_file", None, "cannot read"),
    ],
)
def test_a_file_that_is_not_as_it_should_be(tmp_path: Path, flag: str, text: Any, problem: str) -> None:
    file = tmp_path / "file"
    if text is not None:
        file.write_text(text)
    with pytest.raises(InputError, match=f"^--{flag}: .*{problem}"):
        options(BASE, f"--{flag}={file}")


def test_the_documentation_has_the_table() -> None:
    text = (ROOT / "docs" / "model_server.md").read_text(encoding="utf-8")
    assert flags.table() in text, "run: python docs/generate.py"


def test_every_default_is_of_the_flags_type() -> None:
    assert [name for name, flag in FLAGS.items() if type(flag.default) is not flag.kind] == []
