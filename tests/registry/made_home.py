"""A home with pushed and refused models: real files and cards, whose graphs nobody runs."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import dossier, version_map
from registry.dossier import DossierRecord, Origin
from registry.pushing import push_model, weights_hash
from registry.version_map import Entry
from schemas.model_card import ModelCard
from schemas.records import CasesReport, Check, Interval, Verdict

NAME = "titanic"
FAILED = Check("threshold", "binary_accuracy", 0.6, 0.78, -0.18, False)


@dataclass(frozen=True)
class MadeHome:
    """The folders of one dataset.

    Attributes:
      root: ``$SLIPWAY_HOME``.
      make_card: a card with changes (tests.conftest).
    """

    root: Path
    make_card: Callable[..., ModelCard]

    @property
    def models(self) -> Path:
        return self.root / "models" / NAME

    @property
    def registry(self) -> Path:
        return self.root / "registry" / NAME

    @property
    def pipeline(self) -> Path:
        return self.root / "pipelines" / NAME

    def train(self, execution: int, weights: str) -> Path:
        """A SavedModel as the Trainer leaves it."""
        trained = self.pipeline / "Trainer" / "model" / str(execution) / "Format-Serving"
        (trained / "variables").mkdir(parents=True)
        (trained / "saved_model.pb").write_bytes(b"graph")
        (trained / "variables" / "variables.data").write_bytes(weights.encode() * 1000)
        self.make_card().write(trained)
        return trained

    def push(self, version: str, number: int, execution: int | None = None, **changes: Any) -> Entry:
        """A version with its entry and its dossier, as Pusher and Registrar leave them."""
        trained = self.train(execution or number, version)
        card = self._card(trained, version=version, serving_version=number, run_id=f"run-{number}", **changes)
        push_model(trained, self.models, card)
        return self._recorded(card, trained, True)

    def refuse(self, run_id: str, execution: int, **changes: Any) -> Entry:
        """A run whose model was refused."""
        trained = self.train(execution, run_id)
        return self._recorded(self._card(trained, run_id=run_id, **changes), trained, False)

    def _card(self, trained: Path, **changes: Any) -> ModelCard:
        return self.make_card(weights=weights_hash(trained), **changes)

    def _recorded(self, card: ModelCard, trained: Path, blessed: bool) -> Entry:
        verdict = Verdict(
            blessed=blessed,
            checks=() if blessed else (FAILED,),
            split="test",
            examples=100,
            metrics=card.metrics,
            naive={},
            baseline=None,
            slices=(),
            worst_slice=None,
            baseline_note=None,
            intervals={"binary_accuracy": Interval(0.8, 0.71, 0.87)},
        )
        entry = version_map.entry_of(
            card, blessed=blessed, checks=verdict.checks, intervals=verdict.intervals, cases=CasesReport(0, 0, ())
        )
        version_map.record(self.registry, entry)
        record = DossierRecord(
            run_id=card.run_id or "",
            verdict=verdict,
            cases=CasesReport(0, 0, ()),
            thresholds={},
            commit=None,
            libraries={},
            lineage=(Origin("Trainer", 1, 1, "Model", str(trained.parent)),),
            trained=str(trained),
            card=card,
        )
        folder = dossier.folder(self.registry, card.version, card.run_id)
        (folder / dossier.STATISTICS).mkdir(parents=True)
        (folder / dossier.STATISTICS / "train.pb").write_bytes(b"statistics of " + (card.run_id or "").encode())
        (folder / dossier.RECORD).write_text(json.dumps(record.to_json()))
        (folder / "predictions.parquet").write_bytes(b"predictions")
        if blessed:
            past = dossier.past_statistics(self.registry, card)
            past.parent.mkdir(exist_ok=True)
            past.write_bytes(b"statistics of " + (card.run_id or "").encode())
        return entry


def files_of(folder: Path) -> dict[str, bytes]:
    """Content by path, without the card, which names the folder that it is in."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "model_card.json"
    }


def changed(card: ModelCard, **fields: Any) -> ModelCard:
    return dataclasses.replace(card, **fields)
