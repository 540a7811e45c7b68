"""Text to the labels of a task with any number of classes."""

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns.cells import CellError
from schemas.columns.formed import of_form
from schemas.errors import listed, shown
from schemas.forms.sets import SetForm


def to_mask(text: pa.Array, classes: tuple[str, ...], separator: str) -> pa.Array:
    """string[N], names divided by the separator or a JSON array of them, to int64[N]: bit k is set where class k is named.

    A cell without a value has none of the classes. Raises CellError for the first with a name that is none of them.
    """
    # By the different cells, and not row by row: rows are many.
    coded = pc.dictionary_encode(of_form(text.cast(pa.binary()), SetForm(separator)).cast(pa.string()))
    places = {name: index for index, name in enumerate(classes)}
    masks: list[int | None] = []
    for cell in coded.dictionary.to_pylist():
        names = cell.split(separator) if cell else []
        masks.append(sum(1 << places[name] for name in names) if places.keys() >= set(names) else None)
    found = pc.fill_null(coded.indices, -1)
    labels = pa.array([*masks, 0], pa.int64()).take(pc.if_else(pc.less(found, 0), len(masks), found))
    if labels.null_count:
        row = pc.index(labels.is_null(), True).as_py()
        unknown = [name for name in coded[row].as_py().split(separator) if name not in places]
        raise CellError(
            row, f"received {shown(text[row].as_py())}, with {listed(unknown)}; names of {listed(classes)} are expected"
        )
    return labels
