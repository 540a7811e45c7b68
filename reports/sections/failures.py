"""The failures: the examples that are answered wrongly or worst, with their raw input, why, and a neighbour that is right."""

from dataclasses import dataclass

from analysis.records import Analysis
from reports import wording
from reports.material import Material
from reports.sections import cards
from reports.sections.cards import Card
from reports.sections.section import Section
from schemas.tasks import CLASSES

FIRST = 12  # cards that stand open
_FEWEST = 6  # where fewer are wrong, right ones that the model is least sure of follow
MOST = 60  # cards: nobody reads more
MOST_BYTES = 2_000_000  # of all cards: the page stays under 5 MB, whatever the inputs are


@dataclass(frozen=True)
class View:
    """The cards that stand open and the others; the labels and answers that one may choose among; what attributions are."""

    first: list[Card]
    more: list[Card]
    labels: list[str]
    answers: list[str]
    reference: str
    method: str
    target_unit: str


def section(material: Material) -> Section:
    """The section; it needs analysis.json for which rows, and predictions.parquet for what they are."""
    found = material.analysis
    if found is None or material.predictions is None:
        names = [name for name in ("analysis.json", "predictions.parquet") if name in material.missing]
        return Section(
            id="failures",
            title="Failures",
            lead="Single examples are not shown.",
            absent=(f"The failures are not in this report: {wording.listed(names)} missing.",),
        )
    made, left_out = _cards(material, found, chosen(material, found))
    why = "Why the model answers as it does was not computed: there are no attributions."
    return Section(
        id="failures",
        title="Failures",
        lead=_lead(material, made),
        badge=str(len(made)) if made else "",
        view=_view(material, found, made),
        absent=(why,) if made and not found.attributions else (),
        notes=(f"{wording.count(left_out, 'example')} more would make the file too large.",) if left_out else (),
    )


def _view(material: Material, found: Analysis, made: list[Card]) -> View:
    classifies = found.classification is not None
    return View(
        made[:FIRST],
        made[FIRST:],
        list(dict.fromkeys(card.expected for card in made)) if classifies else [],
        list(dict.fromkeys(card.answered for card in made)) if classifies else [],
        found.reference,
        found.method,
        "a probability" if classifies else f"the unit of {material.task.label}",
    )


def chosen(material: Material, found: Analysis) -> list[int]:
    """The rows that are shown, by falling loss: of a classification the wrong ones, then a few that are right but unsure."""
    assert material.predictions is not None
    rows = list(dict.fromkeys((*found.worst, *found.false_positives, *found.false_negatives)))
    rows = [row for row in rows if 0 <= row < len(material.predictions)]
    rows.sort(key=lambda row: -float(material.predictions.loss[row]))  # type: ignore[union-attr]
    if found.classification is None:
        return rows
    wrong = [row for row in rows if not material.predictions.right[row]]
    unsure = [row for row in rows if material.predictions.right[row]]
    return [*wrong[:MOST], *unsure[: max(0, _FEWEST - len(wrong))]]


def _lead(material: Material, made: list[Card]) -> str:
    if not made:
        return "There is no test example to show."
    if material.task.classes_or_none is None:
        return f"The {wording.count(len(made), 'test example')} with the largest errors, the worst first."
    wrong = sum(card.kind.startswith(("wrong", "false")) for card in made)
    if not wrong:
        return "No test example is answered wrongly; these are the ones that the model is least sure of."
    unsure = "; then those that are right, but that the model is least sure of" if wrong < len(made) else ""
    how = "answered wrongly, the most confident mistake first"
    if material.task.kind == CLASSES:
        how = "answered with other classes than those of the label, the largest loss first"
    return f"{wording.count(wrong, 'test example')} {how}{unsure}."


def _cards(material: Material, found: Analysis, rows: list[int]) -> tuple[list[Card], int]:
    """The cards, as many as fit, and how many do not."""
    attributions = {each.row: each for each in found.attributions}
    neighbours = {each.row: each for each in found.neighbours}
    notes = _notes(found)
    made: list[Card] = []
    size = 0
    contents = material.rows(rows)
    for row in rows:
        why, near = attributions.get(row), neighbours.get(row)
        card = cards.make(material, contents[row], why, near, notes.get(row, []), len(made) + 1)
        size += cards.size(card)
        if size > MOST_BYTES:
            break
        made.append(card)
    return made, len(rows) - len(made)


def _notes(found: Analysis) -> dict[int, list[str]]:
    notes: dict[int, list[str]] = {}
    for each in found.suspects.labels:
        text = f"its label is suspect (quality {wording.number(each.quality)})"
        notes.setdefault(each.row, []).append(text)
    for twin in found.suspects.duplicates:
        other = "" if twin.same_label else ", with another label"
        notes.setdefault(twin.row, []).append(f"a copy stands in the {twin.split} split{other}")
    return notes
