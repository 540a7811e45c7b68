"""The verdict as others read it: TFX's Pusher and latest-blessed resolver, and TFMA's own tools. None of them judges again."""

import os
from typing import Any

import tensorflow as tf
from tensorflow_model_analysis import constants as tfma_constants
from tensorflow_model_analysis.proto import validation_result_pb2
from tfx.components.evaluator import constants

from schemas.records import Check, Verdict

_VALIDATION = f"{tfma_constants.VALIDATIONS_KEY}.tfrecord"


def write(artifact: Any, blessed: bool, model: Any, baseline: Any = None) -> None:
    """Writes a ModelBlessing over what is there: a file that the Pusher requires, and the properties of TFX's Evaluator.

    Args:
      artifact: the ModelBlessing.
      model: the Model that was judged; the resolver finds it by its id.
      baseline: the Model that it was compared with, if any.
    """
    # An attempt that was killed may have left the other file here; the Pusher must not find both.
    for file in (constants.BLESSED_FILE_NAME, constants.NOT_BLESSED_FILE_NAME):
        path = os.path.join(artifact.uri, file)
        if tf.io.gfile.exists(path):
            tf.io.gfile.remove(path)
    name = constants.BLESSED_FILE_NAME if blessed else constants.NOT_BLESSED_FILE_NAME
    with tf.io.gfile.GFile(os.path.join(artifact.uri, name), "w") as file:
        file.write("")  # without a write, no file is made
    # The resolver of the latest blessed model reads the properties, not the file.
    value = constants.BLESSED_VALUE if blessed else constants.NOT_BLESSED_VALUE
    artifact.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, value)
    artifact.set_string_custom_property(constants.ARTIFACT_PROPERTY_CURRENT_MODEL_URI_KEY, model.uri)
    artifact.set_int_custom_property(constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY, model.id)
    if baseline is not None:
        artifact.set_string_custom_property(constants.ARTIFACT_PROPERTY_BASELINE_MODEL_URI_KEY, baseline.uri)
        artifact.set_int_custom_property(constants.ARTIFACT_PROPERTY_BASELINE_MODEL_ID_KEY, baseline.id)


def write_validation(uri: str, verdict: Verdict) -> None:
    """Writes the validation result of an evaluation (``tfma.load_validation_result``) over TFMA's, which has no thresholds."""
    result = validation_result_pb2.ValidationResult(validation_ok=verdict.blessed)
    failures = [_failure(check) for check in verdict.checks if not check.passed]
    if failures:
        overall = result.metric_validations_per_slice.add(failures=failures)
        overall.slice_key.SetInParent()  # the key of all examples has no column
    with tf.io.TFRecordWriter(os.path.join(uri, _VALIDATION)) as out:
        out.write(result.SerializeToString())


def _failure(check: Check) -> validation_result_pb2.ValidationFailure:
    failure = validation_result_pb2.ValidationFailure(message=f"{check.kind}: {check.bound} is the bound")
    failure.metric_key.name = check.metric
    if check.value is not None:
        failure.metric_value.double_value.value = check.value
    return failure
