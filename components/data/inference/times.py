"""How dates and times are written: which format of the feature Timestamp reads a column."""

from schemas.forms.timestamps import ISO

_DAY, _MONTH, _YEAR, _SHORT = "(0?[1-9]|[12][0-9]|3[01])", "(0?[1-9]|1[0-2])", "[0-9]{4}", "[0-9]{2}"
_CLOCK = "([01]?[0-9]|2[0-3]):[0-5][0-9]"
_NAMED = "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_DATES = {
    "%d.%m.%Y": rf"{_DAY}\.{_MONTH}\.{_YEAR}",
    "%d.%m.%y": rf"{_DAY}\.{_MONTH}\.{_SHORT}",
    "%m/%d/%Y": f"{_MONTH}/{_DAY}/{_YEAR}",
    "%d/%m/%Y": f"{_DAY}/{_MONTH}/{_YEAR}",
    "%m/%d/%y": f"{_MONTH}/{_DAY}/{_SHORT}",
    "%d/%m/%y": f"{_DAY}/{_MONTH}/{_SHORT}",
    "%d-%m-%Y": f"{_DAY}-{_MONTH}-{_YEAR}",
    "%m-%d-%Y": f"{_MONTH}-{_DAY}-{_YEAR}",
    "%Y/%m/%d": f"{_YEAR}/{_MONTH}/{_DAY}",
    "%d %b %Y": f"{_DAY} {_NAMED} {_YEAR}",
    "%d-%b-%Y": f"{_DAY}-{_NAMED}-{_YEAR}",
    "%b %d, %Y": f"{_NAMED} {_DAY}, {_YEAR}",
}
_ISO = (
    f"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
FORMATS = {ISO: f"^{_ISO}$"} | {
    f"{date}{clock}": f"^{pattern}{time}$"
    for date, pattern in _DATES.items()
    for clock, time in (("", ""), (" %H:%M", f" {_CLOCK}"), (" %H:%M:%S", f" {_CLOCK}:[0-5][0-9]"))
}
"""Formats with a regular expression that their cells match; where several match all cells, the first is chosen."""


def twin(format: str) -> str | None:
    """The format with day and month the other way round; None where there is none."""
    swapped = format.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
    return swapped if swapped != format and swapped in FORMATS else None
