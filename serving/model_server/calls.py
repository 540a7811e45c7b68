"""A request as a session runs it: the tensors that are fed and fetched, and how the outputs become the answer.

A call is prepared, run (alone, in a batch, or as a warm-up) and finished; only the run takes time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import grpc
import numpy as np
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef, TensorInfo

from serving.model_server import tensors
from serving.model_server.errors import ServingError, failed_precondition, invalid

DEFAULT_SIGNATURE = "serving_default"
PREDICT, CLASSIFY, REGRESS = (f"tensorflow/serving/{name}" for name in ("predict", "classify", "regress"))
Result = TypeVar("Result")
Signatures = Mapping[str, SignatureDef]


@dataclass(frozen=True)
class Call(Generic[Result]):
    """A prepared request.

    Attributes:
      feeds: arrays by tensor name.
      fetches: tensor names.
      finish: the fetched arrays, in the order of ``fetches``, to the answer; may raise ServingError.
      batchable: whether the signature leaves the first dimension of every input and output open, for the batch.
    """

    feeds: dict[str, np.ndarray]
    fetches: tuple[str, ...]
    finish: Callable[[Sequence[np.ndarray]], Result]
    batchable: bool


def predict(
    signatures: Signatures,
    signature_name: str,
    inputs: Mapping[str, Any],
    output_filter: Sequence[str] = (),
    *,
    checks_method: bool = False,
) -> Call[dict[str, np.ndarray]]:
    """A Predict call.

    Args:
      inputs: an array or a TensorProto by the signature's input names.
      output_filter: the names of the outputs in the answer; all of them where it is empty.
      checks_method: whether the signature's method name must be one of an inference's.

    Raises:
      ServingError: FAILED_PRECONDITION for an unknown signature; INVALID_ARGUMENT for inputs or outputs that it does not have.
    """
    signature = signatures.get(signature_name or DEFAULT_SIGNATURE)
    if signature is None:
        raise failed_precondition(f'Serving signature key "{signature_name or DEFAULT_SIGNATURE}" not found.')
    if checks_method and signature.method_name not in (PREDICT, CLASSIFY, REGRESS):
        raise ServingError(
            grpc.StatusCode.INTERNAL,
            f"Expected prediction signature method_name to be one of {{{PREDICT}, {CLASSIFY}, {REGRESS}}}. "
            f"Was: {signature.method_name}",
        )
    # In the order of predict_util.cc: of several mistakes the client is shown the same one.
    _check_sizes(signature, inputs)
    feeds = _feeds(signature, inputs)
    names = _outputs(signature, output_filter)
    infos = [signature.outputs[name] for name in names]

    def finish(outputs: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        return dict(zip(names, outputs, strict=True))

    batchable = _batchable([*signature.inputs.values(), *infos])
    return Call(feeds, tuple(info.name for info in infos), finish, batchable)


def _check_sizes(signature: SignatureDef, inputs: Mapping[str, Any]) -> None:
    sent, expected = set(inputs), set(signature.inputs)
    # Numbers alone, as predict_util.cc compares: a wrong name among as many inputs is found in _feeds, with another text.
    if len(sent) > len(expected) or (len(sent) < len(expected) and not signature.defaults):
        raise invalid(
            f"input size does not match signature: {len(sent)}!={len(expected)} "
            f"len({_braced(sent)}) != len({_braced(expected)})."
            f" Sent extra: {_braced(sent - expected)}. Missing but required: {_braced(expected - sent)}."
        )


def _braced(names: Any) -> str:
    return "{" + ",".join(sorted(names)) + "}"


def _feeds(signature: SignatureDef, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    feeds, used = {}, set()
    for alias, info in sorted(signature.inputs.items()):
        if alias in inputs:
            value = inputs[alias]
            used.add(alias)
        elif alias in signature.defaults:
            value = signature.defaults[alias]
        else:
            raise invalid(
                f"Signature input alias: {alias}(feed name: {info.name}) not found in request and no default value provided. "
                f"Inputs expected to be in the request {_braced(inputs)}, or default input alias set: "
                f"{','.join(sorted(signature.defaults))}"
            )
        feeds[info.name] = tensors.from_proto(alias, value) if isinstance(value, TensorProto) else value
    # Only a signature with defaults comes here with a name too many: others have failed by their number.
    if inputs and len(used) != len(inputs):
        names = ",".join(sorted(used)), ",".join(sorted(inputs))
        raise invalid("Inputs contains invalid name. Used request inputs: {}, request input: {}".format(*names))
    return feeds


def _outputs(signature: SignatureDef, output_filter: Sequence[str]) -> list[str]:
    for position, alias in enumerate(output_filter):
        if alias not in signature.outputs:
            raise invalid(
                f"output tensor alias not found in signature: {alias} "
                f"Outputs expected to be in the set {_braced(signature.outputs)}."
            )
        if alias in output_filter[:position]:
            raise invalid(f"duplicate output tensor alias: {alias}")
    return list(output_filter) or sorted(signature.outputs)


def _batchable(infos: Sequence[TensorInfo]) -> bool:
    """Whether every tensor's declared first dimension is open; one signature's open dimension is taken for the batch."""
    shapes = [info.tensor_shape for info in infos]
    return bool(shapes) and all(not s.unknown_rank and len(s.dim) > 0 and s.dim[0].size == -1 for s in shapes)


def signature_of_examples(signatures: Signatures, name: str, method: str = "") -> SignatureDef:
    """The signature of a Classify or Regress request.

    Raises ServingError where there is none, or where it has another method name than ``method``, if one is given.
    """
    signature = signatures.get(name or DEFAULT_SIGNATURE)
    if signature is None:
        # Not FAILED_PRECONDITION as in predict: classifier.cc and predict_util.cc differ so.
        raise invalid(f"No signature was found with the name: {name or DEFAULT_SIGNATURE}")
    if method and signature.method_name != method:
        kind = "classification" if method == CLASSIFY else "regression"
        raise invalid(f"Expected {kind} signature method_name to be {method}. Was: {signature.method_name}")
    return signature


def of_examples(
    info: TensorInfo,
    outputs: Sequence[TensorInfo],
    examples: np.ndarray,
    finish: Callable[[Sequence[np.ndarray]], Result],
) -> Call[Result]:
    """A call that feeds serialized tf.Examples, object[n] of bytes, to one input.

    Args:
      finish: the fetched arrays, in the order of ``outputs``, to the answer.
    """
    fetches = tuple(output.name for output in outputs)
    return Call({info.name: examples}, fetches, finish, _batchable([info, *outputs]))
