"""What a column is to be in the page, and why: from its profile alone."""

import re
from collections.abc import Mapping
from typing import Any

from components.data.inference import lists, recurring
from components.data.inference.drafts import Column
from components.data.inference.profile import UNKNOWN, Profile
from components.data.inference.times import twin
from schemas.errors import listed, shown
from schemas.forms.timestamps import ISO, UNIX, UNIX_MS

MOST_COUNTED = 100  # values whose counts a draft shows; a label may have as many classes
_EXAMPLES = 5
_FEW_NUMBERS = 4  # whole numbers of so many values are names: a class 1, 2, 3
_WORDS = 5  # of a text, on average
_LONG = 40  # characters
_VOCABULARY = 20_000  # words and pairs of a text; different ones of each that are read:
_SHORTEST, _LONGEST = 100, 500
_REPEATED = 2  # rows that each id has on average where it is the name of a thing that comes back
_UNIQUE = 0.5  # values to rows: a name that stands in two rows at most teaches nothing
_SKEWED = 2.0
_MANY_VALUES = 1000
_MOMENT = re.compile(r"time|date|stamp|unix|epoch|created|updated|(^|_)(ts|at)$", re.IGNORECASE)
_UNITS = {UNIX: 1, UNIX_MS: 1000}
_YEAR_1980, _YEAR_2100 = 315_532_800, 4_102_444_800  # seconds
_HASHED = 1 << 14
_IDENTIFIER = re.compile(r"(^|[\s_.-])(id|ids|index|key|uuid|guid|no|nr|number)$|[a-z]I[dD]$|^unnamed", re.IGNORECASE)
Kind = tuple[str, str, dict[str, Any]]  # kind, why, options


def column_of(profile: Profile, missing: frozenset[str]) -> Column:
    """The column of a draft.

    Args:
      missing: cells that mean "no value" besides the empty one.
    """
    kind, why, options = _kind(profile, missing)
    counts = {value: rows for value, rows in profile.counts.most_common() if value not in missing}
    empty = (
        profile.empty + sum(profile.unknown[cell] for cell in missing) + (lists.empty(profile) if kind == "set" else 0)
    )
    # Beyond the range of JSON no column gets: numbers are finite as float32.
    bounds = (profile.moments.low, profile.moments.high) if profile.numeric and profile.values else (None, None)
    return Column(
        name=profile.name,
        kind=kind,
        why=why,
        missing=round(empty / max(profile.rows, 1), 6),
        distinct=len(counts),
        examples=[value[:80] for value in list(counts)[:_EXAMPLES]],
        minimum=bounds[0],
        maximum=bounds[1],
        counts={} if profile.full_at or len(counts) > MOST_COUNTED or _is_long(counts) else counts,
        options=options,
    )


def _is_long(counts: Mapping[str, int]) -> bool:
    return any(len(value) > 200 for value in counts)


def _kind(profile: Profile, missing: frozenset[str]) -> Kind:
    values = [value for value in profile.counts if value not in missing]
    rows = profile.rows - profile.empty - sum(profile.unknown[cell] for cell in missing)
    if not profile.name.strip():
        return "ignore", "it has no name", {}
    if not values:
        return "ignore", "no row has a value", {}
    if len(values) == 1 and rows == profile.rows:
        return "ignore", f"every row has the same value, {shown(values[0])}", {}
    if profile.numeric and profile.values and not profile.codes:
        return _of_numbers(profile, rows, len(values))
    return _unread(profile, rows) or _of_strings(profile, rows, len(values))


def _of_numbers(profile: Profile, rows: int, distinct: int) -> Kind:
    is_unique = distinct >= (profile.full_at or rows)
    if profile.whole and is_unique and rows > _FEW_NUMBERS and (profile.rising or _IDENTIFIER.search(profile.name)):
        order = "a whole number that rises from row to row" if profile.rising else "a whole number of its own"
        return "ignore", f"each row has {order}: an id tells nothing about another row", {}
    if profile.whole and (unix := _unix(profile)):
        kind = "seconds" if unix == UNIX else "milliseconds"
        return "timestamp", f"moments in {kind} since 1970, by its numbers and its name", {"format": unix}
    if profile.lost:
        return _exact(profile)
    if profile.whole and _IDENTIFIER.search(profile.name) and distinct * _REPEATED <= rows:
        return "category", *_of_names(profile, distinct, "whole numbers under the name of an id")
    if profile.whole and distinct <= _FEW_NUMBERS:
        return "category", f"{distinct} different whole numbers, taken as names", {}
    options: dict[str, Any] = {}
    why = f"numbers, {profile.moments.low:.6g} to {profile.moments.high:.6g}"
    # An amount that is never 0, such as a price, is compared by ratio before others are.
    if profile.moments.low >= 0 and profile.moments.skewness > (_SKEWED if profile.moments.low == 0 else _SKEWED / 2):
        options["scale"] = "log"
        why += " with a long tail: their logarithm is scaled"
    if rows < profile.rows:
        options |= {"missing": "median", "indicator": True}
    return "number", why, options


def _exact(profile: Profile) -> Kind:
    far = f"{profile.moments.low:.15g} to {profile.moments.high:.15g}"
    if profile.whole and max(abs(profile.moments.low), abs(profile.moments.high)) < 2**63:
        return "exact", f"whole numbers that float32 cannot tell apart ({far}): the differences are kept", {}
    return "ignore", f"float32, in which models compute, cannot tell its numbers ({far}) apart", {}


def _unix(profile: Profile) -> str | None:
    """The unit of moments since 1970, where numbers and name say so."""
    low, high = profile.moments.low, profile.moments.high
    if _MOMENT.search(profile.name) is None or low == high:
        return None
    return next(
        (unit for unit, scale in _UNITS.items() if low >= _YEAR_1980 * scale and high <= _YEAR_2100 * scale), None
    )


def _unread(profile: Profile, rows: int) -> Kind | None:
    """What the strings of a column really are: moments, sets, vectors, or numbers that are not read; None of other ones."""
    nearly = 0.95 * profile.values
    if profile.format is not None:
        return _of_times(profile, profile.format)
    if (found := lists.of_counts(profile, rows)) is not None:
        return found
    if profile.refused is None or profile.formatted < nearly:
        return None
    if profile.unit is None:
        what = f"numbers with different units ({listed(sorted(profile.units - {''}))}), as of {shown(profile.refused)}"
        return "ignore", f"{what}; write all of them in one", {}
    if profile.comma:
        what = f"numbers with a decimal comma, such as {shown(profile.refused)}, which the source Csv cannot read"
    else:
        what = f"numbers, but {shown(profile.refused)} is none that the source Csv can read"
    return "ignore", f"{what}; write them as 1234.5", {}


def _of_times(profile: Profile, format: str) -> Kind:
    example = shown(next(value for value in profile.counts if value not in UNKNOWN))
    if profile.formats[format] < profile.values:
        wrong = profile.values - profile.formats[format]
        return (
            "ignore",
            f"dates such as {example}, but {wrong:,} cells are none in the format {format}; correct them",
            {},
        )
    other = twin(format)
    doubt = ""
    if other is not None and profile.formats.get(other) == profile.values:
        first = "the month" if format.startswith("%m") else "the day"
        doubt = f"; CHECK that {first} comes first: no cell says so, and {other} reads all of them, too"
    options = {} if format == ISO else {"format": format}
    return (
        "timestamp",
        f"dates or times such as {example}{'' if format == ISO else f', read as {format}'}{doubt}",
        options,
    )


def _of_strings(profile: Profile, rows: int, distinct: int) -> Kind:
    seen = min(rows, profile.full_at or rows)
    unique = distinct / max(seen, 1)
    words, length = (total / max(profile.values, 1) for total in (profile.words, profile.length))
    if (words >= _WORDS and length >= _LONG / 2 and unique > _UNIQUE / 2) or (words > 2 and length >= _LONG * 2):
        return "text", f"{words:.0f} words a row", of_text(words)
    if unique > _UNIQUE and distinct > _FEW_NUMBERS:
        if (found := recurring.of_names(profile, rows)) is not None:
            return found
        number = f"more than {distinct - 1:,}" if profile.full_at else f"{distinct:,}"
        return "ignore", f"{number} different values in {seen:,} rows: names or ids tell nothing about another row", {}
    return "category", *_of_names(
        profile, distinct, "codes with zeros before" if profile.codes and profile.numeric else "names"
    )


def of_text(words: float) -> dict[str, Any]:
    """The options of a text that has so many words on average."""
    length = max(_SHORTEST, min(_LONGEST, 2 * round(words)))
    return {"encoding": "tf_idf", "ngrams": 2, "vocabulary": _VOCABULARY, "length": length}


def _of_names(profile: Profile, distinct: int, names: str) -> tuple[str, dict[str, Any]]:
    """Why, and options, of a category."""
    if profile.full_at:
        return f"more than {distinct - 1:,} {names}: a hash of each", {"hash": _HASHED}
    if distinct > _MANY_VALUES:
        return f"more than {_MANY_VALUES:,} {names}, of which the most frequent are kept", {"min_count": 2}
    return f"{distinct:,} different {names}", {}
