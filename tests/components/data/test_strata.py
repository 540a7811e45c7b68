from typing import Any

import numpy as np
import pyarrow as pa

from components.data.strata import strata_of
from schemas.tasks import BinaryClassification, MultiLabel, Regression, Several, Task


def batch(**columns: list[Any]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({name: pa.array([[cell] for cell in cells]) for name, cells in columns.items()})


def test_rows_of_several_classes_are_stratified_by_their_rarest_one() -> None:
    task = MultiLabel("y", ("common", "rare", "never"))
    found, names = strata_of(task, batch(y=[0b001, 0b011, 0b001, 0b000, 0b010, 0b001]))
    assert names == ("common", "rare", "never", "no class")
    assert found.tolist() == [0, 1, 0, 3, 1, 0]


def test_the_first_of_several_tasks_decides() -> None:
    kinds: list[Task] = [BinaryClassification("a", ("no", "yes")), Regression("b")]
    rows = batch(a=[0, 1, 1], b=[0.5, 1.5, 2.5])
    found, names = strata_of(Several.of(tuple(kinds)), rows)
    assert found.tolist() == [0, 1, 1] and names == ("no", "yes")
    found, names = strata_of(Several.of(tuple(reversed(kinds))), rows)
    assert np.array_equal(found, [0.5, 1.5, 2.5]) and names is None
