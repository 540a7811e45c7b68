"""What the answers rest on: permutation importance, and what pushes the worst examples to their answers."""

import dataclasses
import json
import math
from collections import Counter, defaultdict
from dataclasses import dataclass

from analysis.predictions import Predictions
from analysis.records import Attribution, Importance
from reports import wording
from reports.figures import scale
from reports.figures.figure import Axis, Figure, Ranges
from reports.material import Material
from reports.ruler import Marker, Ruler
from reports.sections.section import Section
from schemas.records import Interval
from schemas.tasks import CLASSES

_WORDS = 20
_TARGETS = 3  # classes whose wrong answers are described
_ALIKE = 3  # wrong answers that make a pattern
_REASONS = 2


@dataclass(frozen=True)
class Row:
    """A column and how much worse the primary metric becomes without it."""

    name: str
    text: str
    ruler: Ruler | None


@dataclass(frozen=True)
class Push:
    """A column, or a word, that pushes wrong answers: how often hardest, how hard on average, and a bar in per cent."""

    name: str
    first: int
    mean: str
    width: float


@dataclass(frozen=True)
class View:
    """What the template shows."""

    metric: str
    importance: list[Row]
    pushes: list[Push]
    patterns: list[str]
    by_word: bool
    explained: int
    reference: str
    method: str
    gap: str


def section(material: Material) -> Section:
    """The section; it needs analysis.json."""
    found = material.analysis
    if found is None:
        return Section(
            id="attributions",
            title="What the answers rest on",
            lead="This is not known.",
            absent=("Importance and attributions are not in this report: analysis.json is missing.",),
        )
    wrong = explained(material)
    many = material.predictions is None or len(material.predictions.info.inputs) > 1
    absent = ["The importance of the columns was not measured."] if many and not found.importance else []
    absent += [] if found.attributions else ["Why the worst examples are answered as they are was not computed."]
    figures = (_figure(material, found.importance),) if found.importance else ()
    return Section(
        id="attributions",
        title="What the answers rest on",
        lead=lead(found.importance, material),
        view=View(
            wording.metric(found.primary),
            _rows(found.importance),
            pushes(wrong),
            patterns(wrong),
            by_word(wrong, material),
            len(wrong),
            found.reference,
            found.method,
            wording.number(max((abs(each.gap) for each in found.attributions), default=0.0)),
        ),
        figures=figures,
        absent=tuple(absent),
    )


def lead(importance: tuple[Importance, ...], material: Material) -> str:
    """The columns that the model needs most, in a sentence."""
    kinds = material.predictions.info.inputs if material.predictions else {}
    if len(importance) < 2:
        only = next(iter(kinds), "input")
        return (
            f"The model reads {only} alone."
            if len(kinds) == 1
            else "Which columns the answers rest on was not measured."
        )
    needed = [each.column for each in importance if _needed(each)]
    idle = [each.column for each in importance if not _needed(each)]
    if not needed:
        rows = wording.count(material.record.verdict.examples, "example")
        return f"With {rows} no column's importance can be told from chance; the largest is that of {idle[0]}."
    rest = f" Of {wording.first(idle)} no importance can be told from chance." if idle else ""
    return f"The answers rest most on {wording.first(needed, 3)}.{rest}"


def _needed(each: Importance) -> bool:
    low = each.worsening.low if each.worsening.low is not None else each.worsening.value
    return low is not None and low > 0


def explained(material: Material) -> list[Attribution]:
    """The attributions of the wrong answers, or of a regression's worst ones: above 0 is what pushes to the mistake.

    Of a regression's answer that is too low, the parts have the other sign, and the target is ``too low``. Where an answer has
    several classes, they are those whose explained class is answered and not in the label.
    """
    found = material.analysis.attributions if material.analysis else ()
    predictions = material.predictions
    if predictions is None:
        return list(found)
    found = tuple(each for each in found if each.row < len(predictions))
    if material.task.kind == CLASSES:
        return [each for each in found if _is_wrong(each, predictions)]
    if predictions.classes is not None:
        return [each for each in found if not predictions.right[each.row]]
    low = predictions.answers < predictions.labels
    return [_mistake(each, bool(low[each.row])) for each in found]


def _is_wrong(found: Attribution, predictions: Predictions) -> bool:
    """Whether the class that is explained, of several, was answered by mistake."""
    label, answer = (json.loads(predictions.table[name][found.row].as_py()) for name in ("label", "prediction"))
    return found.target in answer and found.target not in label


def _mistake(found: Attribution, low: bool) -> Attribution:
    sign = -1 if low else 1
    parts = tuple(dataclasses.replace(part, attribution=sign * part.attribution) for part in found.parts)
    return dataclasses.replace(found, target="too low" if low else "too high", parts=parts)


def by_word(found: list[Attribution], material: Material) -> bool:
    """Whether the parts are words of a text."""
    kinds = material.predictions.info.inputs if material.predictions else {}
    return any(part.name not in kinds for each in found for part in each.parts)


def pushes(found: list[Attribution]) -> list[Push]:
    """What raises wrong answers, the most frequent first: of each example, every part once."""
    first: Counter[str] = Counter()
    total: defaultdict[str, float] = defaultdict(float)
    for each in found:
        parts: defaultdict[str, float] = defaultdict(float)
        for part in each.parts:
            if math.isfinite(part.attribution):
                parts[part.name] += part.attribution  # a word may stand several times in a text
        for name, size in parts.items():
            total[name] += size
        if parts and max(parts.values()) > 0:
            first[max(parts, key=lambda name: parts[name])] += 1
    mean = {name: size / len(found) for name, size in total.items()}
    ordered = sorted((name for name in mean if mean[name] > 0), key=lambda name: (-first[name], -mean[name]))[:_WORDS]
    most = max((mean[name] for name in ordered), default=1.0)
    return [Push(name, first[name], wording.signed(mean[name]), round(100 * mean[name] / most, 1)) for name in ordered]


def patterns(found: list[Attribution]) -> list[str]:
    """What the wrong answers of a class, or those that are too high or too low, have in common: the most frequent ones."""
    by_target: dict[str, list[Attribution]] = {}
    for each in found:
        by_target.setdefault(each.target, []).append(each)
    ordered = sorted(by_target.items(), key=lambda pair: -len(pair[1]))
    return [_pattern(target, group) for target, group in ordered[:_TARGETS] if len(group) >= _ALIKE and pushes(group)]


def _pattern(target: str, group: list[Attribution]) -> str:
    names = [_commonly(push.name, group) for push in pushes(group)[:_REASONS]]
    what = target if target in ("too low", "too high") else f"“{target}” by mistake"
    verb = "lowered" if target == "too low" else "raised"
    return f"Answered {what}, {len(group):,} times: {verb} most by {wording.listed(names)}."


def _commonly(name: str, group: list[Attribution]) -> str:
    """A column with the value that most of the group have, where most have one."""
    values = Counter(part.value for each in group for part in each.parts if part.name == name)
    (value, count) = values.most_common(1)[0]
    if not value and all(part.value == "" for each in group for part in each.parts):
        return f"“{name}”"  # a word
    if not value or count * 2 <= len(group):
        return name
    return f"{name} ({wording.short(value, 24)} in {count:,})"


def _rows(importance: tuple[Importance, ...]) -> list[Row]:
    ends = [end for each in importance for end in (each.worsening.value, each.worsening.low, each.worsening.high)]
    low, high = scale.around([end for end in ends if end is not None], zero=True)
    none = [Marker("no difference", 0.0)]
    return [
        Row(each.column, wording.with_interval(each.worsening), Ruler.within(low, high, "", each.worsening, none))
        for each in importance
    ]


def _figure(material: Material, importance: tuple[Importance, ...]) -> Figure:
    shown = importance[:30]
    metric = wording.metric(material.analysis.primary) if material.analysis else ""
    values = {name: [_end(each.worsening, name) for each in shown] for name in ("value", "low", "high")}
    return Figure(
        slug="importance",
        title="Permutation importance",
        text=f"How much worse the {metric} becomes when a column's values change places, with 95% intervals.",
        x=Axis(
            f"worsening of the {metric}", *scale.around([each for one in values.values() for each in one], zero=True)
        ),
        y=Axis("column", 0, len(shown)),
        marks=(Ranges([each.column for each in shown], **values, reference=0.0),),
    )


def _end(found: Interval, name: str) -> float:
    value: float | None = getattr(found, name)
    return math.nan if value is None else value
