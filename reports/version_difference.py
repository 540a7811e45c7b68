"""`slipway diff`: what two versions were made of, and what became of their answers."""

from dataclasses import dataclass, field
from pathlib import Path

from analysis import comparison, predictions
from analysis.comparison_records import ChangedExample, Comparison
from analysis.predictions import Predictions
from registry import diffing, dossier, version_map
from registry.diffing import Difference
from registry.dossier import DossierRecord
from registry.versioning import parse
from schemas.errors import InputError
from schemas.home import Home
from schemas.json_record import JsonRecord
from schemas.model_card import ModelCard
from schemas.records import Metrics


@dataclass(frozen=True)
class VersionDifference(JsonRecord):
    """What ``slipway diff --json`` prints.

    Attributes:
      dataset: the dataset.
      before, after: the versions; the run of a refused model.
      difference: of what they were made of.
      metrics_before, metrics_after: of their verdicts, each on its own test split.
      comparison: of their answers to the same examples; None where one of them has no predictions; of several labels of the
        first.
      notes: why there is no comparison, or none of some labels.
      tasks: of several labels the comparisons by label, of those that both have; else empty.
    """

    dataset: str
    before: str
    after: str
    difference: Difference
    metrics_before: Metrics
    metrics_after: Metrics
    comparison: Comparison | None
    notes: tuple[str, ...] = ()
    tasks: dict[str, Comparison] = field(default_factory=dict)


@dataclass(frozen=True)
class Sources:
    """The two dossiers."""

    before: Path
    after: Path


def find(home: Home, name: str, versions: list[str]) -> Sources:
    """The dossiers of two versions.

    Args:
      versions: two of them; one, which is compared with the newest; or none for the last two.

    Raises:
      InputError: there is no such version, or one without a dossier; more than two are given, or fewer than two are there.
    """
    if len(versions) > 2:
        raise InputError(f"received {len(versions)} versions; two are compared: slipway diff {name} V1 V2")
    registry = home.registry(name)
    pushed = sorted({entry.version for entry in version_map.entries(registry) if entry.version}, key=parse)
    if not versions and len(pushed) < 2:
        raise InputError(f"{name} has {len(pushed)} pushed versions; two are needed: slipway versions {name}")
    chosen = versions if len(versions) == 2 else [*(versions or pushed[-2:-1]), None]
    before, after = (dossier.find(registry, name, version) for version in chosen)
    return Sources(before, after)


def make(name: str, sources: Sources, count: int) -> VersionDifference:
    """Compares two dossiers.

    Args:
      count: how many changed examples of each kind are named.
    """
    before, after = dossier.read(sources.before), dossier.read(sources.after)
    found: Comparison | None = None
    notes: tuple[str, ...] = ()
    tasks: dict[str, Comparison] = {}
    missing = [folder.name for folder in (sources.before, sources.after) if not (folder / predictions.FILE).exists()]
    if missing:
        notes = (f"no answers are compared: the dossier of {' and that of '.join(missing)} has no {predictions.FILE}",)
    else:
        tasks, notes = _by_label(sources, before.card, after.card, count)
        found = next(iter(tasks.values()), None)
        tasks = tasks if before.card.tasks and after.card.tasks else {}
    return VersionDifference(
        name,
        _name(before),
        _name(after),
        diffing.of_records(before, after),
        before.verdict.metrics,
        after.verdict.metrics,
        found,
        notes,
        tasks,
    )


def _by_label(
    sources: Sources, before: ModelCard, after: ModelCard, count: int
) -> tuple[dict[str, Comparison], tuple[str, ...]]:
    """The comparisons of the labels that both have, in the order of the later version, and why others have none.

    Where no label can be compared, the first ones are, so that the refusal says why.
    """
    old, new = (
        {part.label: (part.task, number) for number, part in enumerate(card.parts(), 1)} for card in (before, after)
    )
    common = [label for label in new if label in old]
    alike = [label for label in common if old[label][0] == new[label][0]]
    pairs = [(label, old[label][1], new[label][1]) for label in alike or common[:1]] or [(next(iter(new)), 1, 1)]
    found = {
        label: comparison.compare(
            _answers(dossier.of_task(sources.before, one)), _answers(dossier.of_task(sources.after, other)), count
        )
        for label, one, other in pairs
    }
    changed = [label for label in common if label not in found]
    return found, tuple(
        f"the answers to {label} are not compared: a {old[label][0]} became a {new[label][0]}" for label in changed
    )


def _answers(folder: Path) -> Predictions:
    """Without the inputs: pictures are most of a file."""
    columns = predictions.columns(folder / predictions.FILE)
    return predictions.read(
        folder, [one for one in columns if not one.startswith((predictions.INPUT, predictions.SLICE))]
    )


def inputs(sources: Sources, examples: tuple[ChangedExample, ...]) -> list[str]:
    """The raw input of changed examples as one line each, such as ``Sex male, Age 22``; a missing value is left out."""
    rows = predictions.rows(sources.after / predictions.FILE, [example.row_after for example in examples])
    return [_input(rows[example.row_after]) for example in examples]


def _input(row: dict[str, object]) -> str:
    found = {
        key.removeprefix(predictions.INPUT): value for key, value in row.items() if key.startswith(predictions.INPUT)
    }
    return ", ".join(f"{name} {_text(value)}" for name, value in found.items() if value is not None)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return f"a picture of {len(value)} bytes"
    return f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())


def _name(record: DossierRecord) -> str:
    return record.card.version or record.run_id
