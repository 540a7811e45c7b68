"""Out-of-fold predictions: of every example the answer of models that have not learned from it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from analysis import label_noise, predictions
from analysis.folds import Contradicted
from analysis.predictions import Predictions
from schemas.files import replacing


def gathered(repeats: Sequence[Sequence[Path]]) -> Predictions:
    """Each example once, by rising row of the source; of several repeats the mean of their answers.

    Args:
      repeats: of each repeat, the folders of its folds' predictions.parquet; every repeat has the same examples.
    """
    tables = [_in_order([predictions.read(folder) for folder in folders]) for folders in repeats]
    first = tables[0]
    if len(tables) == 1:
        return first
    answers = np.mean([_answers(table) for table in tables], axis=0)
    filled = predictions.answered(first.task, first.labels, answers)
    columns = [
        pa.array(filled[field.name], field.type) if field.name in filled else first.table[field.name]
        for field in first.table.schema
    ]
    return Predictions(first.info, pa.table(columns, schema=first.table.schema))


def contradicted(found: Predictions) -> tuple[Contradicted, ...]:
    """The examples whose label the models contradict with confidence, the most suspect first."""
    keys, rows = found.table["key"], found.table["source_row"]
    return tuple(
        Contradicted(keys[one.row].as_py(), rows[one.row].as_py(), one.label, one.suggested, one.quality)
        for one in label_noise.suspects(found)
    )


def write(found: Predictions, file: Path) -> None:
    """Writes predictions.parquet, whole or not at all."""
    with replacing(file) as part:
        pq.write_table(found.table, part)


def _in_order(folds: Sequence[Predictions]) -> Predictions:
    table = pa.concat_tables([fold.table for fold in folds])
    return Predictions(folds[0].info, table.sort_by("source_row"))


def _answers(found: Predictions) -> np.ndarray:
    return found.judged
