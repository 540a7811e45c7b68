"""What one column of a file holds, found block by block: memory is bounded, however long the file is."""

import math
import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.data.inference.times import FORMATS
from schemas.columns import CellError, to_number, to_string
from schemas.columns.numbers import PLAIN, NumberStyle, plain_numbers

UNKNOWN = (
    "NA",
    "N/A",
    "n/a",
    "NaN",
    "nan",
    "NULL",
    "null",
    "None",
    "none",
    "?",
    "-",
    "#N/A",
    ".",
    "n.a.",
    "N.A.",
    "n/d",
    "N/D",
    "k.A.",
    "k. A.",
    "keine Angabe",
    "s/d",
    "S/D",
    "--",
    "---",
    "#NV",
    "unknown",
    "missing",
)
"""Cells that may mean "no value", where the others of the column are numbers."""
# Numbers as people write them: a sign, a currency, thousands, a decimal comma, per cent.
_FORMATTED = r"^[€$£¥]?\s*[-+]?[\d][\d.,'’  ]*\s*(%|€|\$|£|¥|[A-Z]{3})?$"
MARKS = ("|", ";", ",", "[")
# A currency before or after, a per cent, degrees; or, after a space, a word: "12.5%", "€ 7", "-$1,200", "USD 5", "130 km/h".
_SPACE = r"[\s\x{a0}\x{202f}]"
_BEFORE, _AFTER = (
    rf"\p{{Sc}}{_SPACE}*|[A-Z]{{3}}{_SPACE}+",
    rf"{_SPACE}*(?:%|‰|°[CF]?|\p{{Sc}})|{_SPACE}+\p{{L}}[\p{{L}}/²³]{{0,11}}",
)
_BARE = rf"^([-+]?)(?:{_BEFORE})|(?:{_AFTER})$"
_OF_NUMBER = r"[\d.,'+\s\x{a0}\x{202f}-]"
_MOST_UNITS = 2  # of a column, beyond which no more are told
_NEARLY = 0.95  # of the cells, so that a column of dates with a wrong one is known as such
STYLES = {
    PLAIN: r"^[-+]?\d+(\.\d+)?$",
    NumberStyle(".", ","): r"^[-+]?(\d+|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?$",
    NumberStyle(".", "'"): r"^[-+]?\d{1,3}('\d{3})*(\.\d+)?$",
    NumberStyle(",", ""): r"^[-+]?\d+(,\d+)?$",
    NumberStyle(",", "."): r"^[-+]?\d{1,3}(\.\d{3})*(,\d+)?$",
    NumberStyle(",", " "): r"^[-+]?\d{1,3}([ \x{a0}\x{202f}]\d{3})*(,\d+)?$",
}
"""How numbers are written, with a regular expression that cells of a column match, without their unit."""
_GROUPED = r"^[-+]?[1-9]\d{0,2}\.\d{3}$"
_CODE = r"^[-+]?0\d+$"
_COMMA = re.compile(r"[-+]?\d+(\.\d{3})*,\d+")
_EXACT = 2**24  # float32 holds every whole number up to here


@dataclass
class Profile:
    """A column, as far as the file was read.

    Attributes:
      rows: how many rows; ``empty`` of them have no cell, ``unknown`` one of UNKNOWN (by token).
      written: the cells of UNKNOWN as they stand in the file, with white space around.
      counts: rows by value, white space around it removed, until there are more values than ``most``: then it stays as it is.
      most: the most values that are counted.
      full_at: the row at which the counting stopped; 0 before.
      numeric: whether every other cell is a number for ``schemas.columns.to_number``.
      refused: of a column of strings, the first cell that is no number, where any was.
      formatted: how many cells look like numbers as people write them.
      formats: by format of dates and times that every cell so far is written in, how many cells match.
      marks: how many cells have each of the signs that stand between the names of a set, and brackets around.
      codes: of numbers: how many have zeros before, as post codes do.
      whole, rising: of numbers: all whole; each larger than the one before.
      grouped: of numbers: whether each has three digits after a point, as where it stands between thousands.
      lost: of numbers: how many of a block's values float32 cannot tell apart from another.
      style: how its numbers are written; ``written_as``, how many cells of strings are numbers of each style.
      units: of strings, what stands beside their numbers, "" where nothing does; of very many some.
      length, words: letters and words of strings, in all cells together.
    """

    name: str
    most: int
    rows: int = 0
    empty: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    written: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    full_at: int = 0
    numeric: bool = True
    refused: str | None = None
    formatted: int = 0
    formats: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FORMATS, 0))
    marks: Counter[str] = field(default_factory=Counter)
    codes: int = 0
    whole: bool = True
    rising: bool = True
    grouped: bool = True
    lost: int = 0
    length: int = 0
    words: int = 0
    style: NumberStyle = PLAIN
    written_as: Counter[NumberStyle] = field(default_factory=Counter)
    units: set[str] = field(default_factory=set)
    moments: "Moments" = field(default_factory=lambda: Moments())
    last: float = -math.inf

    def add(self, cells: pa.Array) -> None:
        """Takes in a block's cells, binary[N]. Raises CellError for bytes that are not UTF-8."""
        text = to_string(cells)
        self.rows += len(text)
        self.empty += text.null_count
        self._count(text.drop_null())
        is_unknown = pc.is_in(text, pa.array(UNKNOWN))
        self.unknown.update(text.filter(is_unknown).to_pylist())
        self.written.update(pc.unique(cells.filter(is_unknown).cast(pa.string())).to_pylist())
        known = text.filter(pc.invert(is_unknown)).drop_null()
        if not len(known):
            return
        if self.numeric:
            try:
                self._add_numbers(to_number(known, required=True, style=self.style), known)
            except CellError as error:
                self.numeric, self.refused = False, known[error.row].as_py()
            else:  # of numbers nothing else is asked; most columns of wide files are such
                self.formatted += len(known)
                self.words += len(known)
                return
        self.formatted += _matching(known, _FORMATTED)
        self._match_formats(known)
        self._match_styles(known)
        self.marks.update({mark: pc.sum(pc.match_substring(known, mark)).as_py() for mark in MARKS})
        self.length += pc.sum(pc.utf8_length(known)).as_py()
        self.words += pc.sum(pc.count_substring_regex(known, r"\S+")).as_py()

    @property
    def values(self) -> int:
        """Rows with a value that is none of UNKNOWN."""
        return self.rows - self.empty - self.unknown.total()

    @property
    def known(self) -> Counter[str]:
        """``counts`` without UNKNOWN."""
        return Counter({value: rows for value, rows in self.counts.items() if value not in UNKNOWN})

    @property
    def format(self) -> str | None:
        """The format of dates that nearly all values are written in, that of the most; None of a column of other things."""
        best = max(self.formats, key=lambda name: self.formats[name], default=None)
        return best if best is not None and self.values and self.formats[best] >= _NEARLY * self.values else None

    @property
    def unit(self) -> str | None:
        """The one unit of its numbers, "" for none; None where there are several."""
        named = self.units - {""}
        return None if len(named) > 1 else "".join(named)

    @property
    def comma(self) -> bool:
        """Whether the refused cell is a number with a decimal comma."""
        return self.refused is not None and _COMMA.fullmatch(self.refused) is not None

    def _count(self, known: pa.Array) -> None:
        if self.full_at:
            return
        found = pc.value_counts(known)
        self.counts.update(dict(zip(*(found.field(name).to_pylist() for name in ("values", "counts")), strict=True)))
        if len(self.counts) > self.most:
            self.full_at = self.rows

    def _match_styles(self, known: pa.Array) -> None:
        if len(self.units) > _MOST_UNITS:
            return
        bare = pc.replace_substring_regex(known, _BARE, r"\1")
        self.written_as.update({style: _matching(bare, pattern) for style, pattern in STYLES.items()})
        beside = pc.unique(pc.replace_substring_regex(known, _OF_NUMBER, ""))
        self.units.update(beside[: _MOST_UNITS + 1].to_pylist())

    def _match_formats(self, known: pa.Array) -> None:
        if self.values > len(known) and not self.formats:
            return
        first = known[:1]
        # The first cell rules out nearly all of them.
        kept = {name: seen for name, seen in self.formats.items() if _matching(first, FORMATS[name])}
        found = {name: seen + _matching(known, FORMATS[name]) for name, seen in kept.items()}
        self.formats = {name: seen for name, seen in found.items() if seen >= _NEARLY * self.values}

    def _add_numbers(self, numbers: pa.Array, known: pa.Array) -> None:
        values = plain_numbers(known, self.style).cast(pa.float64()).to_numpy(zero_copy_only=False)
        is_whole = bool((values == np.floor(values)).all())
        self.whole &= is_whole
        self.codes += _matching(known, _CODE) if is_whole else 0
        # The first cell rules out nearly all columns.
        self.grouped = self.grouped and all(_matching(some, _GROUPED) == len(some) for some in (known[:1], known))
        self.rising &= bool(values[0] > self.last and (np.diff(values) > 0).all())
        self.last = float(values[-1])
        if np.abs(values).max() > _EXACT:
            self.lost += len(np.unique(values)) - len(np.unique(values.astype(np.float32)))
        self.moments.add(values)


@dataclass
class Moments:
    """Sums of powers of deviations from the mean, by the pairwise formulas of Pébay (SAND2008-6212)."""

    n: int = 0
    mean: float = 0
    m2: float = 0
    m3: float = 0
    low: float = math.inf
    high: float = -math.inf

    def add(self, values: np.ndarray) -> None:
        """Takes in float64[N], N > 0."""
        self.low, self.high = min(self.low, float(values.min())), max(self.high, float(values.max()))
        with np.errstate(all="ignore"):  # cubes of huge numbers overflow: the skewness is then no number, and not used
            n, mean = len(values), float(values.mean())
            off = values - mean
            m2, m3 = float((off**2).sum()), float((off**3).sum())
            whole, delta = self.n + n, np.float64(mean - self.mean)
            self.m3 += m3 + float(
                delta**3 * self.n * n * (self.n - n) / whole**2 + 3 * delta * (self.n * m2 - n * self.m2) / whole
            )
            self.m2 += m2 + float(delta**2 * self.n * n / whole)
            self.mean += float(delta) * n / whole
            self.n = whole

    @property
    def skewness(self) -> float:
        """The third standardised moment; 0 of a constant, and where it cannot be computed."""
        with np.errstate(all="ignore"):
            found = float(np.sqrt(self.n) * self.m3 / np.float64(self.m2) ** 1.5)
        return found if math.isfinite(found) else 0.0


def _matching(known: pa.Array, pattern: str) -> int:
    found: int = pc.sum(pc.match_substring_regex(known, pattern)).as_py()
    return found
