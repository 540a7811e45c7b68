"""The dossier of a model: what is kept of it to understand, compare and reproduce it; the Registrar writes it.

``registry/<dataset>/<version>/`` of a pushed model, ``registry/<dataset>/refused/<run id>/`` of one that was not blessed:

- ``record.json``: a ``DossierRecord``;
- ``predictions.parquet`` and ``analysis.json`` (analysis.predictions, analysis.records); of several tasks those of the first
  one, and of the k-th, from the second on, in ``tasks/k/``;
- ``curves.json`` (schemas.curves), where the model has them;
- ``graph.json``: Keras' own JSON of the model, where the model has one;
- ``statistics/train.pb``, ``eval.pb``, ``test.pb``: TFDV's statistics of a split; ``schema.pbtxt``: the schema.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import labels, version_map
from registry.versioning import parse
from schemas.errors import InputError
from schemas.json_record import JsonRecord
from schemas.model_card import ModelCard
from schemas.records import CasesReport, Verdict

RECORD = "record.json"
ANALYSIS = "analysis.json"
STATISTICS = "statistics"
SCHEMA = "schema.pbtxt"
GRAPH = "graph.json"
TASKS = "tasks"
REFUSED = "refused"


@dataclass(frozen=True)
class Origin(JsonRecord):
    """An artifact that a step of the run made or took, as ML Metadata knows it.

    Attributes:
      step: the step's id.
      execution: the id of its execution; of a cached step, of the one whose outputs were taken.
      artifact: the artifact's id.
      kind: its type, such as ``Examples``.
      uri: where it is.
    """

    step: str
    execution: int
    artifact: int
    kind: str
    uri: str


@dataclass(frozen=True)
class Commit(JsonRecord):
    """The state of the user's code.

    Attributes:
      id: the git commit, 40 hex digits.
      changed: whether files that git knows were changed since.
    """

    id: str
    changed: bool


@dataclass(frozen=True, kw_only=True)
class DossierRecord(JsonRecord):
    """record.json.

    Attributes:
      run_id: the run that made the model.
      verdict, cases: of that run.
      thresholds: the page's, as ``schemas.codec`` writes them.
      commit: None where the page is in no git repository.
      libraries: version by name.
      lineage: the artifacts that the model came of.
      trained: the folder of the SavedModel as the Trainer wrote it.
      previous: the version that was the newest before; None for the first one.
      card: the model's card, as JSON.
    """

    run_id: str
    verdict: Verdict
    cases: CasesReport
    thresholds: dict[str, Any]
    commit: Commit | None
    libraries: dict[str, str]
    lineage: tuple[Origin, ...] = ()
    trained: str = ""
    previous: str | None = None
    card: ModelCard

    @property
    def model_uri(self) -> str | None:
        """The URI of the Model artifact; None where an older version wrote no lineage."""
        return next((origin.uri for origin in self.lineage if origin.kind == "Model"), None)


def folder(registry: Path, version: str | None, run_id: str | None) -> Path:
    """Where the dossier of a model is: of a version, or of a run whose model was refused (``version`` is None)."""
    return registry / version if version else registry / REFUSED / str(run_id)


def of_task(dossier: Path, number: int) -> Path:
    """Where predictions and analysis of one of several tasks are, in a dossier or an ErrorAnalysis artifact.

    Args:
      number: its place among the page's tasks, from 1.
    """
    return dossier if number == 1 else dossier / TASKS / str(number)


def past_statistics(registry: Path, card: ModelCard) -> Path:
    """The file with the statistics of the data that a pushed model was trained on, with which later data is compared."""
    return registry / STATISTICS / f"{card.serving_version}.pb"


def read(dossier: Path) -> DossierRecord:
    """The record of a dossier. Raises InputError where there is none, or one that cannot be read."""
    try:
        return DossierRecord.from_json(json.loads((dossier / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{dossier / RECORD} cannot be read ({reason}): an older Slipway made this version, or it was pulled without its "
            "dossier; run the pipeline again"
        ) from error


def find(registry: Path, name: str, version: str | None = None) -> Path:
    """The dossier of a version, an integer serving version, a label, a refused run by its id, or of the newest version.

    Raises:
      InputError: there is no such version (the message lists those there are), or it has no dossier.
    """
    entries = version_map.entries(registry)
    pushed = {entry.version: entry for entry in entries if entry.version}
    if version is None:
        if not pushed:
            raise InputError(f"no model of {name!r} has been pushed; run: slipway run {name}")
        return _there(folder(registry, max(pushed, key=parse), None))
    if (label := labels.read(registry).get(version)) is not None:
        version = label.version
    for entry in entries:
        if version in (entry.version, str(entry.serving_version), entry.run_id):
            return _there(folder(registry, entry.version, entry.run_id))
    known = ", ".join(sorted(pushed, key=parse)) or "none"
    raise InputError(f"{name} has no version {version!r}; its versions are {known} (slipway versions {name})")


def _there(dossier: Path) -> Path:
    if not (dossier / RECORD).exists():
        raise InputError(
            f"{dossier} has no {RECORD}: it was removed (slipway gc), or an older Slipway made this version; "
            "run the pipeline again"
        )
    return dossier
