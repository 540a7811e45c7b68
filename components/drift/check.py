"""The whole check: reads new rows once, measures them, asks the version, compares, and keeps the record."""

import dataclasses
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from analysis import drift, drift_records, multi_hot, predictions
from analysis.drift import AnswerDrift, Drift
from components.data.example_validator import FEWEST_ROWS
from components.drift import distances
from components.drift.measuring import Measuring
from prediction.answer import Outputs
from prediction.files import batch, file_request, request_log
from prediction.files.file_request import STDOUT, FileRequest
from prediction.files.rows import Chunk, Rows
from prediction.loaded_model import LoadedModel
from registry import dossier, pushed
from schemas import events
from schemas.errors import InputError
from schemas.home import Home
from schemas.model_card import ModelCard
from schemas.splits import TRAIN
from schemas.tasks import CLASSES
from schemas.tasks.several import of_label

DEFAULT_ANSWER_BOUND = 0.1
_ROWS_BETWEEN_NOTES = 100_000


@dataclass(frozen=True)
class Request:
    """What to check.

    Attributes:
      home: where things are kept.
      name: the dataset.
      version: whose training data is compared; the newest for None.
      file: the new rows, as `slipway predict --file` takes them.
      log: the gateway's request log, in place of ``file``.
    """

    home: Home
    name: str
    version: str | None = None
    file: str | None = None
    log: str | None = None


@dataclass
class _Answers:
    """The answers to the new rows: how many, counts by class and confidences, or values."""

    card: ModelCard
    rows: int = 0
    counts: np.ndarray = field(init=False)
    numbers: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counts = np.zeros(len(self.card.classes or ()), np.int64)

    def add(self, outputs: Outputs) -> None:
        if self.card.kind == CLASSES:
            texts = [text.decode() for text in outputs["classes"].reshape(-1)]
            masks = multi_hot.from_texts(texts, self.card.classes or ())
            self.counts += multi_hot.bits(masks, len(self.counts)).sum(axis=0)
            self.rows += len(masks)
            return
        if self.card.classes is None:
            self.numbers.append(
                np.asarray(outputs["values" if "values" in outputs else "value"], np.float64).reshape(-1)
            )
            return
        places = {name.encode(): place for place, name in enumerate(self.card.classes)}
        chosen = [places[name] for name in outputs["class"].reshape(-1).tolist()]
        self.counts += np.bincount(chosen, minlength=len(self.counts))
        self.numbers.append(np.asarray(outputs["confidence"], np.float64).reshape(-1))


def run(request: Request) -> Drift:
    """Compares, and keeps what was found in ``reports/<dataset>/drift/``.

    Raises:
      InputError: there is no such version, its dossier lacks a file, or the new rows cannot be read.
    """
    begun = time.perf_counter()
    folder = dossier.find(request.home.registry(request.name), request.name, request.version)
    card = dossier.read(folder).card
    train, schema = _statistics(folder), _schema(folder)
    source, rows, redacted = _opened(request, card)
    notes = [f"redacted, and so not compared: {', '.join(redacted)}"] if redacted else []
    model = None if redacted else _model(request, card, notes)
    measuring, answered = Measuring(card), [_Answers(part) for part in card.parts()]
    with closing(rows.chunks):  # type: ignore[type-var]
        for chunk in _followed(rows.chunks):
            measuring.add(chunk)
            if model is not None:
                outputs = batch.outputs_of(model, chunk)
                for part in answered:
                    part.add(of_label(part.card.label, dict(outputs)) if card.tasks else outputs)
    if not measuring.rows:
        raise InputError(f"{source} has no rows of {card.name}")
    found = distances.compare(measuring.statistics(), train, schema, card)
    answers = {
        part.card.label: _answers(dossier.of_task(folder, number), part, schema)
        for number, part in enumerate(answered if model is not None else (), start=1)
    }
    made = _record(card, source, measuring.rows, int(train.datasets[0].num_examples), found, redacted, answers, notes)
    whole = dataclasses.replace(made, seconds=round(time.perf_counter() - begun, 2))
    drift_records.keep(request.home, whole)
    return whole


def _opened(request: Request, card: ModelCard) -> tuple[str, Rows, tuple[str, ...]]:
    """The source's name, its rows, and the columns that are redacted in it."""
    if (request.file is None) == (request.log is None):
        raise InputError("give the new rows: --file FILE as `slipway predict` takes it, or --log FILE of the gateway")
    if request.log is not None:
        return request.log, request_log.rows(request.log, card), request_log.redacted(request.log, card.name)
    wanted = FileRequest(str(request.file), STDOUT)
    file_request.check(wanted, card)
    return wanted.file, batch.open_rows(wanted, card), ()


def _statistics(folder: Path) -> statistics_pb2.DatasetFeatureStatisticsList:
    file = folder / dossier.STATISTICS / f"{TRAIN}.pb"
    try:
        return statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the statistics {file} ({error}); run the pipeline again") from error


def _schema(folder: Path) -> schema_pb2.Schema:
    file = folder / dossier.SCHEMA
    try:
        return text_format.Parse(file.read_text(encoding="utf-8"), schema_pb2.Schema())
    except (OSError, text_format.ParseError) as error:
        raise InputError(f"cannot read the schema {file} ({error}); run the pipeline again") from error


def _model(request: Request, card: ModelCard, notes: list[str]) -> LoadedModel | None:
    """The version itself; None, with a note, for one that was refused or removed."""
    try:
        found = pushed.find(request.home.models(request.name), request.name, card.version)
    except InputError as error:
        notes.append(f"answers are not compared: {error}")
        return None
    events.publish(events.Note(f"loading {card.name} {card.version}"))
    return LoadedModel(found)


def _followed(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The chunks; says now and then how many rows are done."""
    done, shown = 0, _ROWS_BETWEEN_NOTES
    for chunk in chunks:
        yield chunk
        done += chunk.shown.num_rows
        if done >= shown:
            events.publish(events.Note(f"{done:,} rows"))
            shown += _ROWS_BETWEEN_NOTES


def _answers(folder: Path, found: _Answers, schema: schema_pb2.Schema) -> AnswerDrift:
    measure, bound = distances.answer_bound(schema, found.card.label, DEFAULT_ANSWER_BOUND)
    if found.card.kind == CLASSES:
        sets = predictions.read(folder, ["label", "prediction", "probabilities"])
        had = multi_hot.bits(sets.answers[sets.finite], len(found.counts))
        return drift.class_sets(
            sets.classes or (), had.sum(axis=0), found.counts, (len(had), found.rows), measure, bound
        )
    before = predictions.read(folder, ["label", "prediction", "confidence"])
    after = np.concatenate(found.numbers)
    if before.classes is None:
        return drift.values(before.answers[before.finite], after, bound)
    counts = np.bincount(before.answers[before.finite], minlength=len(before.classes))
    confidences = before.table["confidence"].to_numpy()[before.finite]
    return drift.classes(before.classes, counts, found.counts, (confidences, after), measure, bound)


def _record(
    card: ModelCard,
    source: str,
    rows: int,
    trained: int,
    found: distances.Found,
    redacted: tuple[str, ...],
    answers: Mapping[str, AnswerDrift],
    notes: list[str],
) -> Drift:
    columns = tuple(one for one in found.columns if one.column not in redacted)
    anomalies = tuple(text for text in found.anomalies if not any(repr(name) in text for name in redacted))
    judged = min(rows, trained) >= FEWEST_ROWS
    if not judged:
        notes = [*notes, f"not judged: {rows} new rows and {trained} to compare with; {FEWEST_ROWS} of each are needed"]
    over = any(one.over for one in columns) or bool(anomalies) or any(one.over for one in answers.values())
    return Drift(
        dataset=card.name,
        version=card.version or card.run_id or "",
        source=source,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        rows=rows,
        trained_rows=trained,
        judged=judged,
        over=judged and over,
        columns=drift.by_bound(columns),
        anomalies=anomalies,
        answers=next(iter(answers.values()), None),
        notes=tuple(notes),
        seconds=0.0,
        tasks=dict(answers) if card.tasks else {},
    )
