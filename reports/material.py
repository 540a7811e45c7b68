"""What a report is made of: the parts of a dossier, each with the reason where it is missing."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from analysis import predictions
from analysis.predictions import Predictions
from analysis.records import Analysis
from registry import dossier
from registry.dossier import DossierRecord
from schemas import codec, splits, tasks
from schemas import curves as training_curves
from schemas.errors import InputError
from schemas.tasks import Task

CURVES = "curves.json"
Part = TypeVar("Part")


@dataclass(frozen=True, kw_only=True)
class Material:
    """A dossier in memory.

    Attributes:
      folder: the dossier.
      record: record.json, without which there is no report.
      task: what is predicted.
      predictions: without raw inputs, which ``rows`` reads for a few rows.
      analysis, curves, statistics, schema: the other parts; statistics by split.
      previous: the version before; None for the first one, and where its dossier is gone.
      missing: why a part is not there, by the file's name.
    """

    folder: Path
    record: DossierRecord
    task: Task
    predictions: Predictions | None = None
    analysis: Analysis | None = None
    curves: tuple[training_curves.Curve, ...] = ()
    statistics: dict[str, Any] = field(default_factory=dict)
    schema: Any = None
    previous: "Material | None" = None
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The dataset."""
        return self.record.card.name

    @property
    def version(self) -> str | None:
        """The semantic version; None of a refused model."""
        return self.record.card.version

    @property
    def title(self) -> str:
        """The model as a reader knows it, such as ``titanic 1.2.0``."""
        return f"{self.name} {self.version}" if self.version else f"{self.name}, run {self.record.run_id}"

    def rows(self, indices: list[int]) -> dict[int, dict[str, Any]]:
        """Whole rows of predictions.parquet by their numbers; empty without the file."""
        return {} if self.predictions is None else predictions.rows(self.folder / predictions.FILE, indices)


def read(folder: Path, *, previous: bool = True) -> Material:
    """The dossier in ``folder``, and with ``previous`` the one of the version before.

    Raises:
      InputError: it has no record that can be read.
    """
    record = dossier.read(folder)
    missing: dict[str, str] = {}
    found: Predictions | None = _part(missing, predictions.FILE, lambda: _predictions(folder))
    return Material(
        folder=folder,
        record=record,
        task=found.task if found is not None else _task(record),
        predictions=found,
        analysis=_part(missing, dossier.ANALYSIS, lambda: _analysis(folder)),
        curves=_part(missing, CURVES, lambda: training_curves.read_file(_there(folder / CURVES))) or (),
        statistics=_part(missing, dossier.STATISTICS, lambda: _statistics(folder)) or {},
        schema=_part(missing, dossier.SCHEMA, lambda: _schema(folder)),
        previous=_before(folder, record, missing) if previous and record.previous else None,
        missing=missing,
    )


def _part(missing: dict[str, str], name: str, make: Callable[[], Part]) -> Part | None:
    """What ``make`` reads; where it cannot, None, and the reason in ``missing``: the others are still worth a report."""
    try:
        return make()
    except FileNotFoundError:
        missing[name] = "the dossier has none"
    except (InputError, OSError, ValueError, TypeError, KeyError) as error:
        missing[name] = " ".join(str(error).split())[:300]
    return None


def _there(file: Path) -> Path:
    if not file.exists():
        raise FileNotFoundError
    return file


def _predictions(folder: Path) -> Predictions:
    file = _there(folder / predictions.FILE)
    return predictions.read(
        file, [name for name in predictions.columns(file) if not name.startswith(predictions.INPUT)]
    )


def _analysis(folder: Path) -> Analysis:
    return Analysis.from_json(json.loads((folder / dossier.ANALYSIS).read_text(encoding="utf-8")))


def _statistics(folder: Path) -> dict[str, Any]:
    from google.protobuf.message import DecodeError
    from tensorflow_metadata.proto.v0 import statistics_pb2

    files = {split: folder / dossier.STATISTICS / f"{split}.pb" for split in splits.NAMES}
    there = {split: file for split, file in files.items() if file.exists()}
    if not there:
        raise FileNotFoundError
    try:
        read_all = {
            split: statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
            for split, file in there.items()
        }
    except DecodeError as error:
        raise ValueError(f"{dossier.STATISTICS} cannot be read ({error})") from error
    return {split: found.datasets[0] for split, found in read_all.items() if found.datasets}


def _schema(folder: Path) -> Any:
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    text = (folder / dossier.SCHEMA).read_text(encoding="utf-8")
    try:
        return text_format.Parse(text, schema_pb2.Schema())
    except text_format.ParseError as error:
        raise ValueError(f"{dossier.SCHEMA} cannot be read ({error})") from error


def _before(folder: Path, record: DossierRecord, missing: dict[str, str]) -> Material | None:
    # The root of the registry is one folder higher for a refused run.
    root = folder.parent if record.card.version else folder.parent.parent
    return _part(missing, f"version {record.previous}", lambda: read(root / str(record.previous), previous=False))


def _task(record: DossierRecord) -> Task:
    """The task as the card's configuration has it; of one that cannot be read, what the card says of itself."""
    card = record.card
    try:
        found: Task = codec.decode(card.configuration["task"])
    except (KeyError, TypeError):  # of an older version
        pass
    else:
        return found
    kind = {
        "BinaryClassification": tasks.BinaryClassification,
        "MulticlassClassification": tasks.MulticlassClassification,
        "Ordinal": tasks.Ordinal,
    }
    if card.classes is None:
        return tasks.Regression(card.label, log="rmsle" in record.verdict.metrics)
    return kind[card.task](card.label, tuple(card.classes))
