"""The experiments of a dataset that a report shows: its last K-fold, workflow and tuning."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from analysis.folds import CrossValidation
from analysis.trials import FILE, Search
from schemas.home import Home
from schemas.json_record import JsonRecord

KFOLD, WORKFLOW, TUNE = "kfold", "workflow", "tune"
_Record = TypeVar("_Record", bound=JsonRecord)


@dataclass(frozen=True)
class Experiments:
    """The last results; None, or absent, where there was none, or one that another Slipway wrote in another form."""

    kfold: CrossValidation | None = None
    searches: tuple[Search, ...] = ()

    def __bool__(self) -> bool:
        return self.kfold is not None or bool(self.searches)


def read(home: Home, name: str) -> Experiments:
    """Those in ``reports/NAME/<kind>/result.json``."""
    folder = home.reports(name)
    searches = (_read(Search, folder / kind) for kind in (WORKFLOW, TUNE))
    return Experiments(_read(CrossValidation, folder / KFOLD), tuple(found for found in searches if found is not None))


def _read(kind: type[_Record], folder: Path) -> _Record | None:
    try:
        return kind.from_json(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
