"""Options from tensorflow_model_server's flags, with its defaults and its texts of what it refuses (server.cc)."""

import dataclasses
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from schemas.errors import InputError
from serving.model_server import config_files
from serving.model_server.errors import invalid, not_started
from serving.model_server.flags import FLAGS
from serving.model_server.settings import METRICS_PATH, Flagged, Options, Retries, Tls

_MICROSECONDS = 1e6
_EVERYWHERE = "0.0.0.0"
_NONE = -1  # a port that is not listened on
_LARGEST_BATCH = 1000  # TensorFlow Serving's own, where no file says another
_WITHOUT_MEANING = ("max_enqueued_batches", "thread_pool_name", "max_execution_batch_size")


def options(given: Mapping[str, Any], own: Options, named: Collection[str]) -> Options:
    """The options that a command line with flags means.

    Args:
      given: values by flag, of those that stand on the command line.
      own: Slipway's options.
      named: the fields of ``own`` whose options stand on the command line beside the flags.

    Raises:
      InputError: an option of Slipway says what a flag says, a file cannot be read, or flags do not fit together.
    """
    _check_beside(given, named)
    flags = {name: given.get(name, flag.default) for name, flag in FLAGS.items()}
    _check(flags)
    batching, batching_notes = _batching(flags)
    flagged = Flagged(
        given=True,
        model_name=flags["model_name"],
        base_path="" if flags["model_config_file"] else flags["model_base_path"],
        socket_path=flags["grpc_socket_path"],
        tls=_tls(flags["ssl_config_file"]),
        config_poll_seconds=max(0, flags["model_config_file_poll_wait_seconds"]),
        retries=_retries(flags),
        health=flags["enable_grpc_healthcheck_service"],
        tensor_content=flags["enable_serialization_as_tensor_content"],
        checks_methods=flags["enable_signature_method_name_check"],
        channel_arguments=_channel_arguments(flags["grpc_channel_arguments"]),
        notes=(*_notes(given), *batching_notes),
        **batching.pop("flagged"),
    )
    return dataclasses.replace(
        own,
        host=own.host if "host" in named else _EVERYWHERE,
        grpc_port=flags["port"] or _NONE,
        rest_port=flags["rest_api_port"] or _NONE,
        rest_timeout_ms=flags["rest_api_timeout_in_ms"],
        cors=flags["rest_api_enable_cors_support"],
        metrics_path=_metrics_path(flags["monitoring_config_file"]),
        model_config_file=Path(flags["model_config_file"]) if flags["model_config_file"] else None,
        poll_seconds=flags["file_system_poll_wait_seconds"],
        warm_up=flags["enable_model_warmup"],
        allow_early_labels=flags["allow_version_labels_for_unavailable_models"],
        tag=flags["saved_model_tags"],
        flagged=flagged,
        **batching,
    )


def _check_beside(given: Mapping[str, Any], named: Collection[str]) -> None:
    """An option of Slipway whose place a flag has would be ignored, so it is refused."""
    mine = {flag.option.replace("-", "_"): f"--{flag.name}" for flag in FLAGS.values() if flag.option}
    mine |= dict.fromkeys(("versions", "registry"), "a model_version_policy in --model_config_file")
    mine |= dict.fromkeys(("batch_delay_ms", "batch_threads"), "--batching_parameters_file")
    for name in named:
        if name in mine:
            option = f"--{name.replace('_', '-')}"
            raise InputError(
                f"{option} beside --{next(iter(given))}: received both; "
                f"beside TensorFlow Serving's flags say {mine[name]}, or leave these out"
            )


def _check(flags: Mapping[str, Any]) -> None:
    if not flags["port"] and not flags["grpc_socket_path"]:
        raise not_started(
            invalid("At least one of server_options.grpc_port or server_options.grpc_socket_path must be set.")
        )
    if not flags["model_base_path"] and not flags["model_config_file"]:
        raise not_started(
            invalid("Both server_options.model_base_path and server_options.model_config_file are empty!")
        )
    if flags["batching_parameters_file"] and not flags["enable_batching"]:
        raise not_started(
            invalid(
                "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."
            )
        )


def _notes(given: Mapping[str, Any]) -> list[str]:
    return [f"--{name} is accepted and has no meaning here" for name in given if not FLAGS[name].meaning]


def _channel_arguments(text: str) -> tuple[tuple[str, int | str], ...]:
    found: list[tuple[str, int | str]] = []
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise InputError(f"--grpc_channel_arguments: received {part!r}; key=value is expected, with commas between")
        # A text that is a number is passed on as one (server.cc).
        found.append((key, int(value) if value.removeprefix("-").isdecimal() else value))
    return tuple(found)


def _retries(flags: Mapping[str, Any]) -> Retries:
    # A negative interval is none (main.cc).
    seconds = max(0, flags["load_retry_interval_micros"]) / _MICROSECONDS
    return Retries(max(0, flags["max_num_load_retries"]), seconds, on_change=False)


def _batching(flags: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The options of batching, those of Flagged under ``flagged``, and lines for the log."""
    if not flags["enable_batching"]:
        return {"max_batch_size": 0, "flagged": {}}, []
    name = flags["batching_parameters_file"]
    found = config_files.read("batching_parameters_file", "BatchingParameters", Path(name)) if name else None

    def value(field: str, default: int) -> int:
        return getattr(found, field).value if found is not None and found.HasField(field) else default

    flagged: dict[str, Any] = {"larger_refused": found is None or not found.enable_large_batch_splitting.value}
    if found is not None:
        flagged |= {
            "batch_sizes": tuple(found.allowed_batch_sizes),
            "pads_inputs": found.pad_variable_length_inputs,
        }
    notes = [
        f"{field} in --batching_parameters_file is accepted and has no meaning here"
        for field in _WITHOUT_MEANING
        if found is not None and found.HasField(field)
    ]
    return {
        "max_batch_size": value("max_batch_size", _LARGEST_BATCH),
        "batch_delay_ms": value("batch_timeout_micros", 0) / 1000,
        "batch_threads": max(1, value("num_batch_threads", os.cpu_count() or 1)),
        "flagged": flagged,
    }, notes


def _metrics_path(file: str) -> str | None:
    """The path of the metrics page; there is one only where a file asks for it."""
    if not file:
        return None
    found = config_files.read("monitoring_config_file", "MonitoringConfig", Path(file)).prometheus_config
    return (found.path or METRICS_PATH) if found.enable else None


def _tls(file: str) -> Tls | None:
    if not file:
        return None
    found = config_files.read("ssl_config_file", "SSLConfig", Path(file))
    if not found.server_key or not found.server_cert:
        raise InputError(
            f"--ssl_config_file: {file} has no server_key or no server_cert; both are PEM texts in the file, not paths"
        )
    authority = found.custom_ca.encode() or None
    if found.client_verify and authority is None:
        raise InputError(
            f"--ssl_config_file: {file} asks for client_verify without custom_ca, the PEM text to verify with"
        )
    return Tls(found.server_key.encode(), found.server_cert.encode(), authority, found.client_verify)
