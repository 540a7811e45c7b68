"""Warm-up: the requests that travel with a model are run before it serves, so that the first client does not wait."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import prediction_log_pb2

from serving.model_server import calls, examples
from serving.model_server.errors import ServingError, invalid, of_tensorflow, unimplemented
from serving.model_server.session import Session

FILE = Path("assets.extra") / "tf_serving_warmup_requests"
_MOST = 1000  # WarmupConsts::kMaxNumRecords


def replay(session: Session, model: Path) -> int:
    """Runs every request of the model's file; returns how many there were, 0 without a file.

    Raises:
      ServingError: a record that fails, is not a PredictionLog of a known kind, or too many of them.
    """
    path = model / FILE
    if not path.is_file():
        return 0
    count = 0
    for record in _records(path):
        count += 1
        if count > _MOST:
            raise invalid(f"Number of warmup records exceeds the maximum ({_MOST}) at {path}")
        call = _call(session, record)
        # Finished too: a Classify whose outputs have the wrong shape fails only there, and is to fail the load.
        call.finish(session.run(call.feeds, call.fetches))
    return count


def _records(path: Path) -> Iterator[prediction_log_pb2.PredictionLog]:
    try:
        for record in tf.compat.v1.io.tf_record_iterator(str(path)):
            yield prediction_log_pb2.PredictionLog.FromString(record)
    except DecodeError as error:
        raise invalid(f"Failed to parse warmup record: {error} from {path}") from error
    except tf.errors.DataLossError as error:
        raise ServingError(
            grpc.StatusCode.DATA_LOSS, f"{error.message}. Please verify your warmup data is in TFRecord format."
        ) from error
    except tf.errors.OpError as error:
        raise of_tensorflow(error) from error


def _call(session: Session, record: prediction_log_pb2.PredictionLog) -> calls.Call[Any]:
    """The call of a record. Model name and version in it are ignored: saved_model_warmup.cc does not compare them either."""
    kind = record.WhichOneof("log_type")
    if kind == "predict_log":
        request = record.predict_log.request
        name = request.model_spec.signature_name
        return calls.predict(session.signatures, name, request.inputs, list(request.output_filter))
    if kind == "classify_log":
        return examples.classify(session.signatures, record.classify_log.request)
    if kind == "regress_log":
        return examples.regress(session.signatures, record.regress_log.request)
    if kind == "multi_inference_log":
        return examples.multi_inference(session.signatures, record.multi_inference_log.request)
    raise unimplemented(f"Unsupported log_type for warmup: {kind}")
