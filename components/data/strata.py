"""By what rows are divided evenly, where parts are to be alike: the class, or of several classes a row's rarest one."""

import numpy as np
import pyarrow as pa

from analysis import multi_hot
from components.data import examples
from schemas.tasks import CLASSES, Task

_NONE = "no class"


def strata_of(task: Task, batch: pa.RecordBatch) -> tuple[np.ndarray, tuple[str, ...] | None]:
    """What the rows of a batch are stratified by; of several tasks the first one decides.

    Returns:
      int64[N], indices of classes, with their names; or float[N], a number's labels, with None.
    """
    first = task.parts[0]
    labels = examples.column(batch, first.label).to_numpy()
    if first.kind != CLASSES:
        return labels, first.classes_or_none
    names = first.classes_or_none or ()
    has = multi_hot.bits(labels, len(names))
    # Behind the classes, and more frequent than any, one for the rows that have none.
    rows = np.append(has.sum(axis=0), len(labels) + 1)
    found = np.where(np.column_stack([has, np.ones(len(labels), int)]), rows, len(labels) + 2).argmin(axis=1)
    return found, (*names, _NONE)
