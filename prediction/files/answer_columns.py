"""The columns that a batch prediction adds to its rows."""

import pyarrow as pa
import pyarrow.compute as pc

from prediction.answer import Outputs
from prediction.files.file_request import FileRequest
from prediction.outputs import outputs_of
from schemas.model_card import ModelCard
from schemas.tasks import CLASS, SEVERAL
from schemas.tasks.several import of_label, with_label


def fields(card: ModelCard, request: FileRequest) -> list[pa.Field]:
    """``class`` and ``confidence`` (and ``p(<class>)`` of each class); or ``classes``, a JSON array of names (and these); or
    ``value``, and the ends ``low`` and ``high`` of its interval; or ``step 1`` and so on of a forecast; or of several tasks
    those of each, by ``<label>.<column>``; or the submission's column."""
    if request.submission and card.submission:
        kind = pa.int64() if card.submission["values"] == "index" else pa.float32()
        return [pa.field(card.submission["column"], kind)]
    if card.kind == SEVERAL:
        return [
            field.with_name(with_label(part.label, field.name))
            for part in card.parts()
            for field in fields(part, request)
        ]
    if card.horizon is not None:
        return [pa.field(f"step {step}", pa.float32()) for step in range(1, card.horizon + 1)]
    if card.classes is None:
        return [pa.field(name, pa.float32()) for name in outputs_of(card)]
    numbers = ["confidence"] if card.kind == CLASS else []
    numbers += [f"p({name})" for name in card.classes if request.probabilities]
    return [pa.field(card.kind, pa.string()), *(pa.field(name, pa.float32()) for name in numbers)]


def arrays(card: ModelCard, request: FileRequest, outputs: Outputs) -> list[pa.Array]:
    """The values of ``fields``, each [N].

    Args:
      outputs: arrays of N rows, which are finite; ``probabilities`` only where they are requested.
    """
    if card.kind == SEVERAL:
        parts = card.parts()
        return [array for part in parts for array in arrays(part, request, of_label(part.label, outputs))]
    if card.horizon is not None:
        return [pa.array(values, pa.float32()) for values in outputs["values"].T]
    if card.classes is None:
        numbers = ("value",) if request.submission else outputs_of(card)
        return [pa.array(outputs[name], pa.float32()) for name in numbers]
    names = pa.array(outputs[card.kind], pa.binary()).cast(pa.string())
    # A competition's file has the label's codes, which are the classes' indices.
    if request.submission:
        return [pc.index_in(names, pa.array(card.classes)).cast(pa.int64())]
    shares = [outputs["confidence"]] if card.kind == CLASS else []
    shares += [*outputs["probabilities"].T] if request.probabilities else []
    return [names, *(pa.array(values, pa.float32()) for values in shares)]
