"""The text files that tensorflow_model_server's flags name: BatchingParameters, MonitoringConfig, SSLConfig.

The package tensorflow-serving-api has no classes for them, so their messages are described here
[servables/tensorflow/session_bundle_config.proto, config/monitoring_config.proto, config/ssl_config.proto].
"""

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory, text_format, wrappers_pb2

from schemas.errors import InputError

_Message = TypeVar("_Message", bound=message.Message)
_Field = descriptor_pb2.FieldDescriptorProto
_WRAPPERS = "google/protobuf/wrappers.proto"
_PACKAGE = "tensorflow.serving"
_INT64, _BOOL, _TEXT = ".google.protobuf.Int64Value", ".google.protobuf.BoolValue", ".google.protobuf.StringValue"
# Message, field, number, type: a scalar's, or the name of a message's. A list is written with a trailing "*".
_MESSAGES: dict[str, tuple[tuple[str, int, Any], ...]] = {
    "BatchingParameters": (
        ("max_batch_size", 1, _INT64),
        ("batch_timeout_micros", 2, _INT64),
        ("max_enqueued_batches", 3, _INT64),
        ("num_batch_threads", 4, _INT64),
        ("thread_pool_name", 5, _TEXT),
        ("allowed_batch_sizes*", 6, _Field.TYPE_INT64),
        ("pad_variable_length_inputs", 7, _Field.TYPE_BOOL),
        ("enable_large_batch_splitting", 8, _BOOL),
        ("max_execution_batch_size", 9, _INT64),
    ),
    "PrometheusConfig": (("enable", 1, _Field.TYPE_BOOL), ("path", 2, _Field.TYPE_STRING)),
    "MonitoringConfig": (("prometheus_config", 1, f".{_PACKAGE}.PrometheusConfig"),),
    "SSLConfig": (
        ("server_key", 1, _Field.TYPE_STRING),
        ("server_cert", 2, _Field.TYPE_STRING),
        ("custom_ca", 3, _Field.TYPE_STRING),
        ("client_verify", 4, _Field.TYPE_BOOL),
    ),
}


def read(flag: str, kind: str, path: Path) -> Any:
    """A message of one of these kinds in protobuf's text form.

    Args:
      flag: who named the file, for the error.
      kind: BatchingParameters, MonitoringConfig or SSLConfig.

    Raises:
      InputError: the file cannot be read, or is not such a message.
    """
    wrong = f"Invalid protobuf file: '{path}': {{error}}; a {kind} in text form is expected"
    return fill(_classes()[kind](), flag, path, wrong)


def fill(target: _Message, flag: str, path: Path, wrong: str) -> _Message:
    """Reads a file in protobuf's text form into ``target``, and returns it.

    Args:
      flag: who named the file, for the error.
      wrong: what is said of a file that is no such message; ``{error}`` in it stands for the parser's words.

    Raises:
      InputError: the file cannot be read, or is not such a message.
    """
    try:
        text_format.Parse(path.read_text(encoding="utf-8"), target)
    except OSError as error:
        raise InputError(f"--{flag}: cannot read {path}: {error.strerror}") from error
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise InputError(f"--{flag}: {wrong.replace('{error}', str(error))}") from error
    return target


@cache
def _classes() -> dict[str, Any]:
    # A pool of its own: should the package have these messages one day, the names do not clash.
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="model_server_flags.proto", package=_PACKAGE, syntax="proto3", dependency=[_WRAPPERS]
    )
    for name, fields in _MESSAGES.items():
        described = file.message_type.add(name=name)
        for field, number, kind in fields:
            _describe(described.field.add(name=field.rstrip("*"), number=number), kind, repeated=field.endswith("*"))
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES
    }


def _describe(field: Any, kind: Any, *, repeated: bool) -> None:
    field.label = _Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL
    if isinstance(kind, str):
        field.type, field.type_name = _Field.TYPE_MESSAGE, kind
    else:
        field.type = kind
