"""The last values of a series."""

from dataclasses import dataclass
from typing import ClassVar

from schemas.features.feature import Feature
from schemas.forms import HistoryForm


@dataclass(frozen=True, kw_only=True)
class History(Feature):
    """The last ``length`` values of a series, the oldest first: what a ``Forecast`` is made from; no page declares one.

    Encoded on the window's own scale: the last value subtracted, divided by the window's standard deviation.
    """

    raw: ClassVar[str] = "string"
    length: int

    @property
    def form(self) -> HistoryForm:
        """See ``Feature.form``."""
        return HistoryForm(self.length)
