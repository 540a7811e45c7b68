"""The light messages against TensorFlow Serving's own."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from tensorflow.core.example import example_pb2
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2, predict_pb2, prediction_log_pb2

from prediction.wire import tf_serving_pb2 as wire

ROOT = Path(__file__).parents[3]
PROTO = Path("prediction") / "wire" / "tf_serving.proto"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (predict_pb2.PredictRequest, wire.PredictRequest),
        (predict_pb2.PredictResponse, wire.PredictResponse),
        (prediction_log_pb2.PredictionLog, wire.PredictionLog),
        (get_model_status_pb2.GetModelStatusRequest, wire.GetModelStatusRequest),
        (get_model_status_pb2.GetModelStatusResponse, wire.GetModelStatusResponse),
        (get_model_metadata_pb2.GetModelMetadataRequest, wire.GetModelMetadataRequest),
        (get_model_metadata_pb2.GetModelMetadataResponse, wire.GetModelMetadataResponse),
        (example_pb2.Example, wire.Example),
    ],
)
def test_every_field_has_the_name_number_and_type_of_tensorflows(theirs: Any, ours: Any) -> None:
    _compare(theirs.DESCRIPTOR, ours.DESCRIPTOR, set())


def _compare(theirs: Any, ours: Any, seen: set[str]) -> None:
    if ours.full_name in seen:
        return
    seen.add(ours.full_name)
    for field in ours.fields:
        original = theirs.fields_by_name[field.name]
        wanted, got = [(f.number, _sent_as(f.type), f.is_repeated, f.is_packed) for f in (original, field)]
        assert got == wanted, f"{ours.full_name}.{field.name}"
        if field.enum_type:
            numbers = {value.name: value.number for value in original.enum_type.values}
            assert {v.name: numbers[v.name] for v in field.enum_type.values} == {
                v.name: v.number for v in field.enum_type.values
            }
        if field.message_type:
            _compare(original.message_type, field.message_type, seen)


def _sent_as(kind: int) -> int:
    """An enum travels as an int32."""
    return FieldDescriptor.TYPE_INT32 if kind == FieldDescriptor.TYPE_ENUM else kind


def test_the_modules_are_what_protoc_makes_of_the_proto_file(tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            "-I.",
            f"--python_out={tmp_path}",
            f"--pyi_out={tmp_path}",
            str(PROTO),
        ],
        cwd=ROOT,
        check=True,
    )
    for name in ("tf_serving_pb2.py", "tf_serving_pb2.pyi"):
        assert (ROOT / PROTO).with_name(name).read_text() == (tmp_path / PROTO).with_name(name).read_text()


def test_the_messages_do_not_import_tensorflow() -> None:
    code = "import sys, prediction.wire.tf_serving_pb2; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
