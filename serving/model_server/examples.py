"""Classify, Regress and MultiInference: calls that take tf.Examples."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef, TensorInfo
from tensorflow_serving.apis import classification_pb2, inference_pb2, input_pb2, regression_pb2

from serving.model_server.calls import (
    CLASSIFY,
    DEFAULT_SIGNATURE,
    REGRESS,
    Call,
    Signatures,
    of_examples,
    signature_of_examples,
)  # fmt: skip
from serving.model_server.errors import failed_precondition, invalid, unimplemented

INPUTS, CLASSES, SCORES, OUTPUTS = "inputs", "classes", "scores", "outputs"


def serialized(request: input_pb2.Input) -> np.ndarray:
    """The serialized examples as object[n] of bytes, each after the bytes of the context, if there is one.

    Raises ServingError where there are none.
    """
    listed = getattr(request, request.WhichOneof("kind") or "example_list")
    context = request.example_list_with_context.context.SerializeToString()
    # Protobuf merges concatenated messages and the last value wins: an example's own feature overrides the context's.
    values = [context + example.SerializeToString() for example in listed.examples]
    if not values:
        raise invalid("Input is empty.")
    examples = np.empty(len(values), object)
    examples[:] = values
    return examples


def classify(
    signatures: Signatures, request: classification_pb2.ClassificationRequest, *, checks_method: bool = False
) -> Call[classification_pb2.ClassificationResult]:
    """A Classify call. Raises ServingError where signature or examples are not a classification's."""
    signature = signature_of_examples(signatures, request.model_spec.signature_name, CLASSIFY if checks_method else "")
    info, outputs = classification_tensors(signature)
    examples = serialized(request.input)

    def finish(values: Sequence[np.ndarray]) -> classification_pb2.ClassificationResult:
        return classification_result(dict(zip(outputs, values, strict=True)), len(examples))

    return of_examples(info, list(outputs.values()), examples, finish)


def regress(
    signatures: Signatures, request: regression_pb2.RegressionRequest, *, checks_method: bool = False
) -> Call[regression_pb2.RegressionResult]:
    """A Regress call. Raises ServingError where signature or examples are not a regression's."""
    signature = signature_of_examples(signatures, request.model_spec.signature_name, REGRESS if checks_method else "")
    info, outputs = regression_tensors(signature)
    examples = serialized(request.input)

    def finish(values: Sequence[np.ndarray]) -> regression_pb2.RegressionResult:
        return regression_result(values[0], len(examples))

    return of_examples(info, list(outputs.values()), examples, finish)


def multi_inference(
    signatures: Signatures, request: inference_pb2.MultiInferenceRequest
) -> Call[list[inference_pb2.InferenceResult]]:
    """One run for several signatures of one model, which take the same examples. Raises ServingError."""
    tasks: list[tuple[str, Any, dict[str, TensorInfo]]] = []
    fetched: dict[str, TensorInfo] = {}
    fed: TensorInfo | None = None
    for task in request.tasks:
        _check_task(task, request, [name for name, _, _ in tasks])
        name = task.model_spec.signature_name or DEFAULT_SIGNATURE
        if name not in signatures:
            raise invalid(f"Requested signature not found in model graph: {name}")
        info, outputs = _tensors_of(task.method_name)(signatures[name])
        if fed is not None and fed.name != info.name:
            raise invalid("Input tensor must be the same for all Signatures.")
        fed = info
        tasks.append((name, task, outputs))
        fetched |= {output.name: output for output in outputs.values()}
    assert fed is not None  # a request without tasks names no model, and ends before
    examples = serialized(request.input)

    def finish(values: Sequence[np.ndarray]) -> list[inference_pb2.InferenceResult]:
        by_name = dict(zip(fetched, values, strict=True))
        return [
            _result(task, {alias: by_name[info.name] for alias, info in outputs.items()}, len(examples))
            for _, task, outputs in tasks
        ]

    return of_examples(fed, list(fetched.values()), examples, finish)


def _check_task(task: Any, request: inference_pb2.MultiInferenceRequest, before: list[str]) -> None:
    if not task.model_spec.name:
        raise invalid("Found ModelSpec with an empty model name.")
    if task.model_spec.name != request.tasks[0].model_spec.name:
        raise invalid("All ModelSpecs in a MultiInferenceRequest must access the same model name.")
    name = task.model_spec.signature_name or DEFAULT_SIGNATURE
    if name in before:
        raise invalid(f"Duplicate evaluation of signature: {name}")


def _tensors_of(method: str) -> Any:
    if method not in (CLASSIFY, REGRESS):
        raise unimplemented(f"Unsupported signature method_name: {method}")
    return classification_tensors if method == CLASSIFY else regression_tensors


def _result(task: Any, outputs: dict[str, np.ndarray], count: int) -> inference_pb2.InferenceResult:
    result = inference_pb2.InferenceResult()
    if task.method_name == CLASSIFY:
        result.classification_result.CopyFrom(classification_result(outputs, count))
    else:
        result.regression_result.CopyFrom(regression_result(outputs[OUTPUTS], count))
    return result


def classification_tensors(signature: SignatureDef) -> tuple[TensorInfo, dict[str, TensorInfo]]:
    """The input, and the outputs ``classes`` and ``scores`` as far as there are any. Raises ServingError."""
    info = _only_input(signature, "classification", len(signature.outputs) in (1, 2),
                       f"Expected one or two output Tensors, found {len(signature.outputs)}")  # fmt: skip
    outputs = {alias: signature.outputs[alias] for alias in (CLASSES, SCORES) if alias in signature.outputs}
    if not outputs:
        raise failed_precondition(
            "Expected classification signature outputs to contain at least one of "
            f'"{CLASSES}" or "{SCORES}". Signature was: {signature}'
        )
    return info, outputs


def regression_tensors(signature: SignatureDef) -> tuple[TensorInfo, dict[str, TensorInfo]]:
    """The input, and the output ``outputs``. Raises ServingError."""
    info = _only_input(signature, "regression", len(signature.outputs) == 1, "Expected one output Tensor.")
    if OUTPUTS not in signature.outputs:
        raise failed_precondition(f"No regression outputs found in SignatureDef: {signature}")
    return info, {OUTPUTS: signature.outputs[OUTPUTS]}


def _only_input(signature: SignatureDef, kind: str, outputs_fit: bool, outputs_error: str) -> TensorInfo:
    if len(signature.inputs) != 1:
        raise invalid("Expected one input Tensor.")
    if not outputs_fit:
        raise invalid(outputs_error)
    if INPUTS not in signature.inputs:
        raise failed_precondition(f"No {kind} inputs found in SignatureDef: {signature}")
    return signature.inputs[INPUTS]


def classification_result(outputs: dict[str, np.ndarray], count: int) -> classification_pb2.ClassificationResult:
    """``classes`` string[n, k] and ``scores`` float32[n, k] as a result; a missing one is empty or 0. Raises ServingError."""
    for alias, values in outputs.items():
        _check_classification(alias, values, count)
    widths = [values.shape[1] for values in outputs.values()]
    if len(set(widths)) > 1:
        raise invalid(f"Tensors class and score should match in dim_size(1). Got {widths[0]} vs. {widths[1]}")
    classes = outputs[CLASSES].tolist() if CLASSES in outputs else [[b""] * widths[0]] * count
    scores = outputs[SCORES].tolist() if SCORES in outputs else [[0.0] * widths[0]] * count
    result = classification_pb2.ClassificationResult()
    for labels, numbers in zip(classes, scores, strict=True):
        row = result.classifications.add()
        for label, score in zip(labels, numbers, strict=True):
            # A label is text on the wire; bytes that are not UTF-8 cannot be carried.
            row.classes.add(label=label.decode(errors="replace"), score=score)
    return result


def _check_classification(alias: str, values: np.ndarray, count: int) -> None:
    if values.ndim != 2:
        raise invalid(f"Expected Tensor shape: [batch_size num_classes] but got {_shape(values)}")
    is_right = values.dtype == object if alias == CLASSES else values.dtype == np.float32
    if not is_right:
        expected = "DT_STRING" if alias == CLASSES else "DT_FLOAT"
        raise invalid(f"Expected {alias} Tensor of {expected}. Got: {_dtype(values)}")
    if len(values) != count:
        raise invalid(f"Expected {alias} output batch size of {count}. Got: {len(values)}")


def regression_result(values: np.ndarray, count: int) -> regression_pb2.RegressionResult:
    """float32[n] or [n, 1] as a result. Raises ServingError for another output."""
    if not (values.ndim == 1 or (values.ndim == 2 and values.shape[1] == 1)):
        raise invalid(
            f"Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got {_shape(values)}"
        )
    if len(values) != count:
        raise invalid(f"Input batch size did not match output batch size: {count} vs. {len(values)}")
    if values.dtype != np.float32:
        raise invalid(f"Expected output Tensor of DT_FLOAT.  Got: {_dtype(values)}")
    result = regression_pb2.RegressionResult()
    for value in values.reshape(-1).tolist():
        result.regressions.add(value=value)
    return result


def _shape(values: np.ndarray) -> str:
    return "[" + ",".join(map(str, values.shape)) + "]"


def _dtype(values: np.ndarray) -> str:
    kind = tf.string if values.dtype == object else tf.as_dtype(values.dtype)
    return f"DT_{kind.name.upper().replace('FLOAT32', 'FLOAT').replace('FLOAT64', 'DOUBLE')}"
