"""The columns that a batch prediction adds to its rows."""

import pyarrow as pa
import pyarrow.compute as pc

from prediction.answer import Outputs
from prediction.files.file_request import Options
from schemas.model_card import ModelCard


def fields(card: ModelCard, asked: Options) -> list[pa.Field]:
    """``class`` and ``confidence`` (and ``p(<class>)`` of each class), or ``value``; or the submission's column."""
    if asked.submission and card.submission:
        kind = pa.int64() if card.submission["values"] == "index" else pa.float32()
        return [pa.field(card.submission["column"], kind)]
    if card.classes is None:
        return [pa.field("value", pa.float32())]
    probabilities = card.classes if asked.probabilities else []
    numbers = ["confidence", *(f"p({name})" for name in probabilities)]
    return [pa.field("class", pa.string()), *(pa.field(name, pa.float32()) for name in numbers)]


def arrays(card: ModelCard, asked: Options, outputs: Outputs) -> list[pa.Array]:
    """The values of ``fields``, each [N].

    Args:
      outputs: arrays of N rows, which are finite; ``probabilities`` only where they are wanted.
    """
    if card.classes is None:
        return [pa.array(outputs["value"], pa.float32())]
    names = pa.array(outputs["class"], pa.binary()).cast(pa.string())
    if asked.submission:
        return [pc.index_in(names, pa.array(card.classes)).cast(pa.int64())]
    probabilities = outputs["probabilities"].T if asked.probabilities else []
    return [names, *(pa.array(values, pa.float32()) for values in (outputs["confidence"], *probabilities))]
