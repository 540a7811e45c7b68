"""The artifacts of a dataset's runs: which ones a kept version needs, and the removal of the others."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ml_metadata.proto import metadata_store_pb2

from registry import removal

_DELETED = metadata_store_pb2.Artifact.DELETED
_RUNNING = metadata_store_pb2.Execution.RUNNING
_INPUT, _OUTPUT = metadata_store_pb2.Event.INPUT, metadata_store_pb2.Event.OUTPUT
# What an Evaluator has compared with: no version is made of it. The baseline of a baseline would keep all there ever was.
_NOT_NEEDED = ("baseline_model",)
_YOUNG = timedelta(days=1)


@dataclass(frozen=True)
class Unneeded:
    """What can go.

    Attributes:
      artifacts: those of ML Metadata that are to be marked as deleted.
      paths: their folders, and those in which TFX keeps its own notes on their executions.
    """

    artifacts: tuple[Any, ...]
    paths: tuple[Path, ...]


class Lineage:
    """The artifacts and executions of one pipeline in ML Metadata.

    Args:
      handle: a connection to the metadata store.
      context: the id of the pipeline's context.
      root: TFX's pipeline root; what lies elsewhere is nobody's here to remove.
    """

    def __init__(self, handle: Any, context: int, root: Path) -> None:
        self._handle = handle
        self._root = root
        self._artifacts = {a.id: a for a in handle.get_artifacts_by_context(context)}
        self._executions = {e.id: e for e in handle.get_executions_by_context(context)}
        self._made_by: dict[int, set[int]] = {}
        self._taken: dict[int, set[int]] = {}
        self._made: dict[int, set[int]] = {}
        for event in handle.get_events_by_execution_ids(list(self._executions)) if self._executions else ():
            key = event.path.steps[0].key if event.path.steps else ""
            if event.type == _OUTPUT:
                self._made_by.setdefault(event.artifact_id, set()).add(event.execution_id)
                self._made.setdefault(event.execution_id, set()).add(event.artifact_id)
            elif event.type == _INPUT and key not in _NOT_NEEDED:
                self._taken.setdefault(event.execution_id, set()).add(event.artifact_id)

    def unneeded(self, runs: Iterable[str], uris: Collection[str], shared: bool) -> Unneeded:
        """What no kept version needs.

        Args:
          runs: ids of runs whose artifacts stay, those that they took from earlier runs among them.
          uris: of other artifacts that stay, with all that they are made of.
          shared: whether runs of other machines use the store: what is younger than a day then stays, as a run may be going
            on between two of its steps.
        """
        roots = [a.id for a in self._artifacts.values() if a.uri in uris or (shared and _young(a))]
        roots += [artifact for run in runs for artifact in self._of_run(run)]
        roots += [
            a for e in self._executions.values() if e.last_known_state == _RUNNING for a in self._taken.get(e.id, ())
        ]
        kept = self._with_origins(roots)
        kept_uris = {self._artifacts[number].uri for number in kept if number in self._artifacts}
        going = [
            a
            for a in self._artifacts.values()
            if a.id not in kept and a.uri not in kept_uris and Path(a.uri).is_relative_to(self._root)
        ]
        paths = [Path(a.uri) for a in going] + self._notes(kept, shared)
        return Unneeded(
            tuple(a for a in going if a.state != _DELETED), tuple(dict.fromkeys(p for p in paths if p.exists()))
        )

    def _of_run(self, run: str) -> set[int]:
        """What a run has made, or taken from the cache."""
        context = self._handle.get_context_by_type_and_name("pipeline_run", run)
        executions = self._handle.get_executions_by_context(context.id) if context is not None else ()
        # By the executions: the run's context has their inputs too, the baseline among them.
        return {artifact for execution in executions for artifact in self._made.get(execution.id, ())}

    def _with_origins(self, roots: Iterable[int]) -> set[int]:
        """The artifacts, all that they are made of, and what was made with it."""
        found: set[int] = set()
        open_, done = list(roots), set[int]()
        while open_:
            artifact = open_.pop()
            found.add(artifact)
            for execution in self._made_by.get(artifact, set()) - done:
                done.add(execution)
                found |= self._made.get(execution, set())
                open_ += self._taken.get(execution, set()) - found
        return found

    def _notes(self, kept: set[int], shared: bool) -> list[Path]:
        """The folders of executions of which nothing stays: failed ones have outputs that MLMD does not know."""
        found = []
        for execution in self._executions.values():
            made = self._made.get(execution.id, set())
            if execution.last_known_state == _RUNNING or made & kept or (shared and _young(execution)):
                continue
            patterns = [f"*/.system/*/{execution.id}", *([] if made else [f"*/[!.]*/{execution.id}"])]
            found += [folder for pattern in patterns for folder in self._root.glob(pattern)]
        return found

    def remove(self, unneeded: Unneeded) -> None:
        """Marks the artifacts as deleted, and removes the folders."""
        for artifact in unneeded.artifacts:
            artifact.state = _DELETED
        if unneeded.artifacts:  # before the files go: TFX's cache must take none of them meanwhile
            self._handle.put_artifacts(list(unneeded.artifacts))
        for path in unneeded.paths:
            removal.remove(path)

    def left_over(self) -> list[Path]:
        """What an attempt that was killed has left, hidden."""
        return [path for folder in self._root.glob("*/[!.]*/") for path in removal.left_over(folder)]


def _young(record: Any) -> bool:
    made = datetime.fromtimestamp(record.create_time_since_epoch / 1000, UTC)  # MLMD has milliseconds
    return datetime.now(UTC) - made < _YOUNG
