"""Warm-up requests that travel with a model: TensorFlow Serving replays them before it shows a new version.

The file is a TFRecord of PredictionLogs: real rows of the eval split, as the ``predict`` signature and as ``serving_default``
take them, in batches of some sizes. Equal rows give equal bytes, as the hash of a model's weights counts this file too.
"""

from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from components.features.raw import dense_spec, parsed
from prediction import signature
from schemas.description import Description
from schemas.files import replacing

PATH = Path("assets.extra") / "tf_serving_warmup_requests"
BATCH_SIZES = (1, 8, 32)
_MOST_BYTES = 1 << 20  # of a batch; larger batches, such as of photographs, are left out


def write(model: Path, patterns: list[str], description: Description) -> None:
    """Writes the file into a SavedModel, under its own name only when it is whole.

    Args:
      patterns: the eval split's TFRecord files (gzip).
    """
    records = _first_records(patterns, max(BATCH_SIZES))
    with replacing(model / PATH) as part, tf.io.TFRecordWriter(str(part)) as out:
        for log in logs(records, description):
            out.write(log.SerializeToString(deterministic=True))


def _first_records(patterns: list[str], count: int) -> list[bytes]:
    files = tf.data.Dataset.list_files(patterns, shuffle=False)
    return list(tf.data.TFRecordDataset(files, compression_type="GZIP").take(count).as_numpy_iterator())


def logs(records: list[bytes], description: Description) -> Iterator[prediction_log_pb2.PredictionLog]:
    """The requests: both signatures at each of ``BATCH_SIZES``, the rows repeated where there are fewer.

    Args:
      records: serialized tf.Examples, at least one.
    """
    tensors = description.tensors()
    for size in BATCH_SIZES:
        batch = list(islice(cycle(records), size))
        if size > 1 and sum(map(len, batch)) > _MOST_BYTES:
            return
        columns = parsed(batch, dense_spec(description))
        named = {tensors[name]: column.numpy() for name, column in columns.items()}
        yield _log(description.name, signature.NAME, named)
        yield _log(description.name, "serving_default", {"examples": batch})


def _log(model: str, signature: str, inputs: dict[str, object]) -> prediction_log_pb2.PredictionLog:
    log = prediction_log_pb2.PredictionLog()
    request = log.predict_log.request
    request.model_spec.name = model
    request.model_spec.signature_name = signature
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return log
