"""What a person should look at before a model is believed: things and times that rows share."""

import re
from collections.abc import Iterator

from components.data.inference.drafts import Column
from schemas.forms.timestamps import ISO, UNIX, UNIX_MS

_THINGS = (
    "account", "animal", "client", "customer", "device", "driver", "employee", "household", "machine", "member", "participant",
    "patient", "person", "player", "sensor", "session", "student", "subject", "user", "vehicle",
)  # fmt: skip
_THING = re.compile(rf"(^|[\s_.-])({'|'.join(_THINGS)})([\s_.-]?(id|ids|key|no|nr|number|code|name))?$", re.IGNORECASE)
_FEWEST, _REPEATED = 10, 2  # groups, and rows of each on average
_BIRTH = re.compile(r"birth|born|dob|geb|naiss", re.IGNORECASE)


def of_columns(columns: list[Column], label: str, rows: int) -> Iterator[str]:
    """Sentences on columns by which rows may have to be divided, with what to write into the page."""
    others = [column for column in columns if column.name != label and column.missing == 0]
    for column in others:
        if _THING.search(column.name) and _FEWEST <= column.distinct <= rows / _REPEATED:
            thing = column.name
            yield (
                f"CHECK {thing!r}: each has {rows / column.distinct:.3g} rows on average, and the rows are divided without "
                f"regard to it. If the model is to answer for others than it learned from, the test is too easy; write "
                f"splits=Splits(key=({thing!r},)), and take the feature out."
            )
    times = [column for column in others if column.kind == "timestamp" and not _BIRTH.search(column.name)]
    for column in times[:1]:
        format = column.options.get("format", ISO)
        how = "" if format in (ISO, UNIX, UNIX_MS) else f", time_format={format!r}"
        yield (
            f"CHECK {column.name!r}: rows have a time, and they are divided without regard to it. If the model is to answer "
            f"for later rows than it learned from, the test is too easy; write splits=Splits(time={column.name!r}{how})."
        )
