"""Why a column of text is not one of numbers, and which option of its source reads it."""

import re
from collections import Counter

import pyarrow as pa

from schemas.errors import shown

_MOST = 2_000  # cells that are looked at, from the front of the block
_MANY = 0.8  # of the cells that are no numbers
_STYLES = (  # decimal and thousands, and what the page should say; the first of those that most cells match
    (".", "", 'they have a decimal point, and the source says decimal=","'),
    (",", "", 'they have a decimal comma: say decimal=","'),
    (".", ",", 'they have a comma between thousands: say thousands=","'),
    (",", ".", 'they have a point between thousands: say decimal="," and thousands="."'),
    (".", " ", 'they have a space between thousands: say thousands=" "'),
    (",", " ", 'they have a space between thousands: say decimal="," and thousands=" "'),
    (".", "'", 'they have an apostrophe between thousands: say thousands="\'"'),
)
_EITHER = 'they have a comma in thousands or before a fraction: say thousands="," or decimal=","'
# $5, EUR 5, 5 kg, 5%
_SIGN = r"(?:[^\w\s.,+-]{1,3}|[A-Z]{3})"
_AMOUNT = r"[+-]?\d[\d.,]*"
_UNIT = rf"{_SIGN}\s?{_AMOUNT}|(?:{_SIGN}\s?)?{_AMOUNT}\s?(?:[^\W\d_]\S{{0,9}}|[^\w\s.,:;/+-]\S{{0,2}})"


def hint(written: pa.Array, text: pa.Array) -> str:
    """The end of an error for a column some of whose cells are no numbers; "" where they have nothing in common.

    Args:
      written: string[N] as the file has them.
      text: the same as they were to be parsed.
    """
    cells = list(zip(written.slice(0, _MOST).to_pylist(), text.slice(0, _MOST).to_pylist(), strict=True))
    failed = Counter(cell for cell, parsed in cells if parsed is not None and not _is_number(parsed))
    count = sum(failed.values())
    if count < 2:  # a single slip tells nothing about its column
        return ""
    common, times = failed.most_common(1)[0]
    found = _style(failed)
    if found is not None:
        return f"; {count:,} of {len(cells):,} cells are as this one: {found}"
    if _share(failed, _UNIT) >= _MANY and any(character.isdigit() for character in common):
        return (
            f"; {count:,} of {len(cells):,} cells have a sign or a unit beside the number: if it is the same one in all, name "
            'it in units= of a Csv, such as units=("%",); else read the column as Category() or Text()'
        )
    if times >= _MANY * count:
        where = f"{times:,} of {len(cells):,} cells are {shown(common)}"
        return f"; {where}: if it means that there is no value, add it to missing= of the source"
    if count >= _MANY * len(cells):
        return f"; {count:,} of {len(cells):,} cells are no numbers: read the column as Category() or Text()"
    return ""


def _style(failed: Counter[str]) -> str | None:
    """What to say where most of the cells are numbers of another style."""
    shares = [_share(failed, _form(decimal, thousands)) for decimal, thousands, _ in _STYLES]
    best = max(shares)
    if best < _MANY:
        return None
    comma, grouped = shares[1], shares[2]
    return _EITHER if comma == grouped == best else _STYLES[shares.index(best)][2]


def _form(decimal: str, thousands: str) -> str:
    mark = r"[ \u00a0\u202f]" if thousands == " " else re.escape(thousands)
    groups = rf"|\d{{1,3}}(?:{mark}\d{{2,3}})*{mark}\d{{3}}" if thousands else ""
    point = re.escape(decimal)
    return rf"[+-]?(?:(?:\d+{groups})(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?"


def _share(cells: Counter[str], form: str) -> float:
    """How many of the cells have this form, of all."""
    expression = re.compile(form)
    return sum(times for cell, times in cells.items() if expression.fullmatch(cell)) / cells.total()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # Python takes 1_000, and Arrow does not
