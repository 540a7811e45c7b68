"""The ``predict`` signature of an exported SavedModel: one tensor [N] for each raw column (components.training.export)."""

from collections.abc import Mapping
from typing import Any

from prediction.answer import Outputs, UnreadableInputError
from prediction.outputs import check_finite
from schemas.model_card import ModelCard

NAME = "predict"
# TensorFlow's types of the tensors, by a raw column's type. A missing value is NaN or "".
DTYPES = {"number": "float32", "string": "string", "image": "string"}


def call(predict: Any, card: ModelCard, columns: Mapping[str, Any], *, finite: bool = True) -> Outputs:
    """The signature's outputs for N rows.

    Args:
      predict: the signature of a loaded SavedModel.
      columns: N values by raw column, as a list or an array: numbers (NaN where missing), or str or bytes ("" where missing;
        a picture's bytes).
      finite: whether a number that is not is refused, as a server must.

    Returns:
      Arrays by output name: ``class`` object[N] of bytes, ``confidence`` float32[N] and ``probabilities``
      float32[N, classes]; or ``value`` float32[N], with ``low`` and ``high`` float32[N] where it has an interval.

    Raises:
      UnreadableInputError: a picture cannot be decoded.
      NotFiniteError: a number of an answer is infinite or NaN.
    """
    import tensorflow as tf

    tensors = {spec["tensor"]: tf.constant(columns[name], DTYPES[spec["type"]]) for name, spec in card.inputs.items()}
    try:
        outputs = {name: tensor.numpy() for name, tensor in predict(**tensors).items()}
    except tf.errors.InvalidArgumentError as error:
        # Types and shapes fit already: only the decoding of a picture can refuse. The rest is the graph's stack.
        raise UnreadableInputError(card, error.message.partition("\n")[0]) from error
    if finite:
        check_finite(card, outputs)
    return outputs
