"""The versions that are compared, and of their predictions the columns that formulas and colours rest on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from analysis import overall, pairs, predictions, sides
from analysis.predictions import Predictions
from registry import dossier
from registry.dossier import DossierRecord
from reports.workbook.cells import MOST_ROWS
from schemas.errors import InputError
from schemas.records import Interval
from schemas.tasks import CLASS, CLASSES, BinaryClassification, Forecast

_COLUMNS = ["key", "source_row", "label", "prediction", "loss"]
NOT_FINITE = "(not finite)"
"""In place of a class, where the probabilities are not finite."""


@dataclass(frozen=True)
class Answers:
    """A version with its answers, cut to the rows that a sheet takes.

    Attributes:
      name: its semantic version, or the run of a model that was refused.
      folder: its dossier.
      record: of the dossier.
      rows: the answers to the first ``MOST_ROWS`` examples.
      total: how many examples there are.
      previous: the version that it is compared with, None for the first one.
    """

    name: str
    folder: Path
    record: DossierRecord
    rows: Predictions
    total: int
    previous: "Answers | None" = None

    @cached_property
    def metrics(self) -> dict[str, Interval]:
        """The task's metrics over the rows, with 95% intervals."""
        return overall.metrics(self.rows)

    @cached_property
    def partners(self) -> np.ndarray:
        """int64[N]: the row of the same example in ``previous``, -1 where there is none."""
        if self.previous is None:
            return np.full(len(self.rows), -1, np.int64)
        return pairs.partners(self.previous.rows, self.rows)

    @cached_property
    def answers(self) -> pa.ChunkedArray:
        """What the sheet has as the answer to each example: a class, or NOT_FINITE; or a value, finite or not."""
        found = self.rows.table["prediction"]
        return found if self.rows.classes is None else pc.if_else(pa.array(self.rows.finite), found, NOT_FINITE)

    @cached_property
    def before(self) -> pa.ChunkedArray:
        """``answers`` of ``previous`` to the same examples, null where there is none."""
        if self.previous is None:
            return pa.chunked_array([pa.nulls(len(self.rows), self.answers.type)])
        return self.previous.answers.take(pa.array(self.partners, mask=self.partners < 0))

    @cached_property
    def sides(self) -> np.ndarray:
        """str[N]: what became of each answer of a classification (analysis.sides)."""
        if self.rows.task.kind == CLASSES:
            known = self.rows.answers if self.previous is None else self.previous.rows.answers
            before = np.where(self.partners < 0, -1, known[np.maximum(self.partners, 0)] if len(known) else -1)
        else:
            names = pa.array(self.rows.classes)
            before = pc.fill_null(pc.index_in(self.before, names), -1).to_numpy()
        return sides.of(self.rows.labels, self.rows.answers, before, self.partners >= 0)

    @cached_property
    def ranks(self) -> np.ndarray:
        """float64[N]: of a binary classification's probability of the positive class among all, from 1; ties share theirs."""
        # In buckets, as analysis.overall counts: so the sheet's AUC is the recorded one.
        return stats.rankdata(overall.buckets(overall.positive_scores(self.rows, 1)))

    @cached_property
    def errors(self) -> np.ndarray:
        """float64[N]: prediction - label of a regression, as the sheet's column has it."""
        return self.rows.answers - self.rows.labels

    @cached_property
    def closer(self) -> np.ndarray:
        """float64[N]: by how much the error of a regression is smaller than before; NaN without a partner."""
        before = self.before.to_numpy().astype(np.float64)
        return np.abs(before - self.rows.labels) - np.abs(self.errors)

    @cached_property
    def notable(self) -> np.ndarray:
        """bool[N]: the rows to read first: a wrong or a changed answer; of a regression the tenth with the largest loss."""
        if self.rows.classes:
            return ~self.rows.right | (self.sides != sides.SAME)
        return self.rows.loss >= np.quantile(self.rows.loss, 0.9) if len(self.rows) else np.zeros(0, bool)


def read(folders: Sequence[Path]) -> list[Answers]:
    """The versions of these dossiers, each compared with the one before it.

    Raises:
      InputError: a dossier that cannot be read, a version that is given twice, or a regression beside a classification.
    """
    found: list[Answers] = []
    for folder in folders:
        record = dossier.read(folder)
        name = record.card.version or record.run_id
        if any(name == other.name for other in found):
            raise InputError(f"version {name} is given twice; give each version once")
        rows = _rows(folder)
        if found and found[0].rows.task.kind != rows.task.kind:
            kinds = f"{found[0].rows.task.kind} and {rows.task.kind}"
            raise InputError(f"{found[0].name} and {name} answer with different things, {kinds}; compare others")
        total = len(rows)
        if total > MOST_ROWS:
            rows = Predictions(rows.info, rows.table.slice(0, MOST_ROWS))
        found.append(Answers(name, folder, record, rows, total, found[-1] if found else None))
    return found


def _rows(folder: Path) -> Predictions:
    task = predictions.read(folder, ["key"]).task
    extra = ["confidence"] if task.kind == CLASS else []
    # The probabilities are most of the numbers; the AUC alone needs them, and whether an answer of several classes is finite.
    extra += ["probabilities"] if isinstance(task, BinaryClassification) or task.kind == CLASSES else []
    extra += predictions.ENDS if task.share is not None else []
    extra += predictions.NAIVE if isinstance(task, Forecast) else []
    return predictions.read(folder, [*_COLUMNS, *extra])
