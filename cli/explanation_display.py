"""The display of ``slipway predict --explain``: the answer, then what pushed it, the hardest push first."""

import math
from typing import TYPE_CHECKING

from analysis.records import Attribution
from cli.predict_display import answer_text

if TYPE_CHECKING:  # it imports TensorFlow
    from components.evaluation.explaining_pushed import Explained

_SHOWN = 15  # columns or words
_WIDTH = 20  # characters of the longest bar
_STRONG, _WEAK = 0.5, 0.15  # of the largest absolute weight of a pixel


def text(found: "Explained") -> str:
    """The answer, what it is compared with, and a bar for each column or word; a picture as signs of its pixels."""
    one = found.attribution
    part = next(part for part in found.card.parts() if found.label in (part.label, ""))
    what = "value" if part.classes is None else f"probability of {one.target}"
    what = f"{part.label}, {what}" if found.card.tasks else what
    lines = [
        answer_text(found.identified()),
        f"explained:  {what} {one.score:.4g}, against {one.reference_score:.4g} of {found.reference}",
        f"method:     {found.method}",
        "",
    ]
    return "\n".join([*lines, *(_picture(one) if one.heat else _bars(one))])


def _bars(one: Attribution) -> list[str]:
    parts = sorted(one.parts, key=lambda part: -abs(part.attribution))
    largest = max((abs(part.attribution) for part in parts), default=0.0) or 1.0
    width = max((len(part.name) for part in parts[:_SHOWN]), default=0)
    shown = [
        f"{part.name:<{width}}  {part.attribution:+.4f}  "
        f"{_sign(part.attribution) * math.ceil(abs(part.attribution) / largest * _WIDTH):<{_WIDTH}}  "
        f"{' '.join(part.value.split())[:60]}".rstrip()
        for part in parts[:_SHOWN]
    ]
    return [*shown, *([f"and {len(parts) - _SHOWN} more (--json)"] if len(parts) > _SHOWN else [])]


def _picture(one: Attribution) -> list[str]:
    largest = max((abs(weight) for line in one.heat for weight in line), default=0.0) or 1.0
    signs = [" ".join(_pixel(weight / largest) for weight in line) for line in one.heat]
    return [*signs, "", "pixels: # and + raise it, = and - lower it, . hardly matter; --json has the numbers"]


def _pixel(weight: float) -> str:
    if abs(weight) >= _STRONG:
        return "#" if weight > 0 else "="
    return _sign(weight) if abs(weight) >= _WEAK else "."


def _sign(weight: float) -> str:
    return "+" if weight > 0 else "-"
