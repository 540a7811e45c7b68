"""tensorflow_model_server's flags: name, type, default and meaning stand in ``FLAGS`` alone (main.cc, server.h).

Their form is ``--flag=value``; a boolean is bare too. Slipway's spelling, with hyphens and the value after a space, is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.errors import InputError

_HIGHEST_PORT = 65535
_TRUE, _FALSE = ("true", "1"), ("false", "0")
# Slipway's own options, by a flag's name in Slipway's spelling: alone they do not ask for TensorFlow Serving's ways.
_OWN = ("--model-config-file",)


@dataclass(frozen=True)
class Flag:
    """One flag.

    Attributes:
      kind: bool, int, float or str.
      meaning: what it does here; a flag without one is accepted with a line in the log.
      option: the option of Slipway that says the same, without the hyphens before it.
    """

    name: str
    kind: type
    default: Any
    meaning: str = ""
    option: str = ""


FLAGS = {
    flag.name: flag
    for flag in (
        Flag("port", int, 8500, "The port for gRPC; 0 for none, which needs a socket path.", "grpc-port"),
        Flag("grpc_socket_path", str, "", "A UNIX socket for gRPC, beside the port."),
        Flag("ssl_config_file", str, "", "An SSLConfig: key and certificate for gRPC, as PEM texts in it."),
        Flag("rest_api_port", int, 0, "The port for REST; 0 for none.", "rest-port"),
        Flag("rest_api_timeout_in_ms", int, 30000, "How long a REST request may run.", "rest-timeout-ms"),
        Flag("rest_api_enable_cors_support", bool, False, "Let web pages of other origins read REST answers.", "cors"),
        Flag("monitoring_config_file", str, "", "A MonitoringConfig: whether there is a metrics page, and its path."),
        Flag("model_name", str, "default", "The name of the model in the base path."),
        Flag("model_base_path", str, "", "The folder with the versions of one model; it may come later.", "models"),
        Flag("model_config_file", str, "", "A ModelServerConfig; then the two above are ignored.", "model-config-file"),
        Flag("model_config_file_poll_wait_seconds", int, 0, "How often that file is read again; 0 for never."),
        Flag("file_system_poll_wait_seconds", int, 1, "How often folders are looked into; 0: once, less: never.",
             "poll-seconds"),
        Flag("max_num_load_retries", int, 5, "How often loading a version is tried again."),
        Flag("load_retry_interval_micros", int, 60_000_000, "The wait before each of these."),
        Flag("enable_model_warmup", bool, True, "Replay the warm-up requests that travel with a model.", "warm-up"),
        Flag("allow_version_labels_for_unavailable_models", bool, False,
             "A new label may point to a version that is not loaded.", "allow-early-labels"),
        Flag("enable_batching", bool, False, "Run requests together."),
        Flag("batching_parameters_file", str, "", "BatchingParameters: sizes, waiting, threads, padding.", "max-batch-size"),
        Flag("enable_signature_method_name_check", bool, False, "Refuse a signature whose method name is not the call's."),
        Flag("enable_serialization_as_tensor_content", bool, False, "Predict answers over gRPC with tensor_content."),
        Flag("enable_grpc_healthcheck_service", bool, False, "Answer grpc.health.v1."),
        Flag("saved_model_tags", str, "serve", "The tags of the MetaGraph that is loaded, with commas."),
        Flag("grpc_channel_arguments", str, "", "gRPC's own settings of the server, as key=value with commas."),
        Flag("version", bool, False, "Print versions and end."),
        Flag("rest_api_num_threads", int, 0),
        Flag("grpc_max_threads", int, 0),
        Flag("enable_per_model_batching_parameters", bool, False),
        Flag("num_load_threads", int, 0),
        Flag("num_unload_threads", int, 0),
        Flag("flush_filesystem_caches", bool, True),
        Flag("num_request_iterations_for_warmup", int, 0),
        Flag("enable_profiler", bool, True),
        Flag("tensorflow_session_parallelism", int, 0),
        Flag("tensorflow_intra_op_parallelism", int, 0),
        Flag("tensorflow_inter_op_parallelism", int, 0),
        Flag("per_process_gpu_memory_fraction", float, 0.0),
        Flag("tensorflow_session_config_file", str, ""),
        Flag("thread_pool_factory_config_file", str, ""),
        Flag("remove_unused_fields_from_bundle_metagraph", bool, True),
        Flag("mixed_precision", str, ""),
        Flag("skip_initialize_tpu", bool, False),
        Flag("xla_cpu_compilation_enabled", bool, False),
        Flag("xla_gpu_compilation_enabled", bool, False),
        Flag("prefer_tflite_model", bool, False),
        Flag("num_tflite_pools", int, 0),
        Flag("num_tflite_interpreters_per_pool", int, 1),
    )
}  # fmt: skip


def taken(arguments: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The flags of a command line and what else stands in it; no flags where it has Slipway's own options alone.

    Raises InputError for a value that is not of the flag's type.
    """
    if not any(_flag(argument) and argument.partition("=")[0] not in _OWN for argument in _options(arguments)):
        return {}, list(arguments)
    found: dict[str, Any] = {}
    rest: list[str] = []
    left = list(arguments)
    while left:
        argument = left.pop(0)
        flag = _flag(argument)
        if argument == "--":
            return found, [*rest, argument, *left]
        if flag is None:
            rest.append(argument)
            continue
        _, equals, text = argument.partition("=")
        if not equals:
            text = _value_after(flag, left)
        found[flag.name] = _read(flag, text)
    return found, rest


def _options(arguments: Sequence[str]) -> Sequence[str]:
    """What stands before a bare ``--``, which ends the options."""
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def _flag(argument: str) -> Flag | None:
    if not argument.startswith("--"):
        return None
    return FLAGS.get(argument[2:].partition("=")[0].replace("-", "_"))


def _value_after(flag: Flag, left: list[str]) -> str:
    if flag.kind is bool:
        return _TRUE[0]
    if not left:
        raise InputError(f"--{flag.name} needs a value: --{flag.name}={flag.default}, for example")
    return left.pop(0)


def _read(flag: Flag, text: str) -> Any:
    if flag.kind is bool:
        if text.lower() not in _TRUE + _FALSE:
            raise InputError(f"--{flag.name}: received {text!r}; true or false are allowed")
        return text.lower() in _TRUE
    try:
        value = flag.kind(text)
    except ValueError as error:
        raise InputError(f"--{flag.name}: received {text!r}; {_KINDS[flag.kind]} is allowed") from error
    if flag.name in ("port", "rest_api_port") and not 0 <= value <= _HIGHEST_PORT:
        raise InputError(f"--{flag.name}: received {value}; 0 to {_HIGHEST_PORT} is allowed")
    return value


_KINDS = {int: "a whole number", float: "a number"}


def table() -> str:
    """The flags as the documentation has them, in Markdown."""
    rows = ["| flag | default | what it does here | Slipway's option |", "|---|---|---|---|"]
    for flag in FLAGS.values():
        # A default says nothing where the flag does not: some are TensorFlow Serving's number of processors.
        default = f"`{_shown(flag.default)}`" if flag.meaning and flag.default != "" else ""
        option = f"`--{flag.option}`" if flag.option else ""
        rows.append(f"| `--{flag.name}` | {default} | {flag.meaning or 'nothing: a line in the log'} | {option} |")
    return "\n".join(rows)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
