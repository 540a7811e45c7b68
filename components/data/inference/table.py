"""The columns of a source to a draft, by reading it once in blocks."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from components.data import sources
from components.data.inference import hints, labels
from components.data.inference.drafts import Draft
from components.data.inference.kinds import column_of
from components.data.inference.places import with_places
from components.data.inference.profile import Profile
from schemas.columns import CellError, typed
from schemas.columns.numbers import PLAIN, NumberStyle
from schemas.errors import InputError
from schemas.sources import Source

_MOST_VALUES = 20_000  # of a column that are told apart
_ALL_VALUES = 4_000_000  # of all columns together: with many columns fewer of each
_MOST_COLUMNS = 20_000


def profiles(
    source: Source, located: str, names: Sequence[str], path: Path, style: NumberStyle = PLAIN
) -> list[Profile]:
    """What each column holds.

    Args:
      located: of ``components.data.sources.Located``.
      path: what errors call it.

    Raises:
      InputError: the source cannot be read, or has too many columns.
    """
    if len(names) > _MOST_COLUMNS:
        raise InputError(f"{path} has {len(names):,} columns; {_MOST_COLUMNS:,} are the most")
    most = min(_MOST_VALUES, _ALL_VALUES // max(len(names), 1))
    found = [Profile(name, most, style=style) for name in names]
    for block in sources.blocks(source, located, tuple(names)):
        for profile in found:
            try:
                profile.add(typed.to_text(block.cells[profile.name].combine_chunks()))
            except CellError as error:
                where = f"{block.file or path}, row {block.first_row - block.rows_before + error.row}"
                raise InputError(f"{where}, column {profile.name!r}: {error.reason}") from error
    return found


def style_of(profiles: Sequence[Profile], delimiter: str = ",") -> NumberStyle:
    """How the numbers of a file are written: as in English, unless another style reads more columns, and all others alike.

    Of "1,234" nobody knows what it is: a decimal comma where semicolons stand between the cells, and thousands elsewhere.
    """
    unread = [one for one in profiles if not one.numeric and one.values and one.format is None and one.unit is not None]
    found = Counter(style for one in unread for style, seen in one.written_as.items() if seen == one.values)
    for style in sorted(found, key=lambda style: (-found[style], delimiter == ";" and style.decimal == ".")):
        # "1.5" is no number with a decimal comma, and "1.500" another one.
        if style.decimal == "." or all(one.whole and "." not in "".join(one.known) for one in profiles if one.numeric):
            read = (one.unit for one in unread if one.written_as[style] == one.values)
            return dataclasses.replace(style, units=tuple(sorted({unit for unit in read if unit})))
    return PLAIN


def missing_of(profiles: Sequence[Profile]) -> tuple[list[str], frozenset[str]]:
    """Cells that mean "no value" beside the empty one: as they are written, and without white space around."""
    evidence = [profile for profile in profiles if profile.values and (profile.numeric or profile.format is not None)]
    missing = frozenset(token for profile in evidence for token in profile.unknown)
    return sorted({cell for profile in profiles for cell in profile.written if cell.strip() in missing}), missing


def of_profiles(profiles: Sequence[Profile], missing: frozenset[str], wanted: str | None, draft: Draft) -> Draft:
    """The draft with its columns, label and task. Raises InputError for a wanted label that is no column."""
    columns = with_places([column_of(profile, missing) for profile in profiles])
    label, why = labels.chosen(columns, wanted, draft.file)
    column = next(column for column in columns if column.name == label)
    task = labels.task_of(column, draft.rows)
    return dataclasses.replace(
        draft,
        summary=f"Predicts {label} from {draft.rows:,} rows of {draft.file}.",
        label=label,
        task=task,
        classes=labels.classes_of(column, task),
        columns=columns,
        assumed=[
            f"The label is {label!r}: {why}.",
            labels.sentence(column, task),
            *draft.assumed,
            *hints.of_columns(columns, label, draft.rows),
        ],
    )
