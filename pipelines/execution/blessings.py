"""Which model the next run is compared with, where a person and no run decides it: the blessings in ML Metadata.

TFX's resolver of the latest blessed model takes, of the models with a blessing, the one that was trained last. So a model
becomes the last blessed one by its own blessing, and by the withdrawal of those of the models that were trained after it.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ml_metadata.proto import metadata_store_pb2

from pipelines.execution import metadata_store
from pipelines.execution.metadata_store import Store
from schemas.model_card import Decision

Artifact = metadata_store_pb2.Artifact
# Of tfx.components.evaluator.constants, whose import takes seconds.
BLESSED, MODEL_ID = "blessed", "current_model_id"
_MODEL, _BLESSING, _PUSHED = "Model", "ModelBlessing", "PushedModel"


class Blessings:
    """The blessings of a dataset's models, as they are when this is made.

    Args:
      handle: a connection to the metadata store.
      context: the id of the pipeline's context.
    """

    def __init__(self, handle: Any, context: int) -> None:
        self._handle = handle
        self._kinds = {kind.id: kind.name for kind in handle.get_artifact_types()}
        self._artifacts = handle.get_artifacts_by_context(context)

    def model_at(self, uri: str) -> int | None:
        """The id of the Model artifact at a URI; None where the store does not know it."""
        return max((a.id for a in self._of(_MODEL) if a.uri == uri), default=None)

    def model_pushed_as(self, serving_versions: Iterable[int]) -> int | None:
        """The id of the Model artifact that was pushed as one of these versions; None where the store does not know it."""
        numbers = {str(number) for number in serving_versions}
        pushes = [a.id for a in self._of(_PUSHED) if a.custom_properties["pushed_version"].string_value in numbers]
        inputs = self._beside(pushes, metadata_store_pb2.Event.INPUT)
        return max((a.id for a in self._of(_MODEL) if a.id in inputs), default=None)

    def pushed_versions(self, model: int) -> set[int]:
        """The serving versions that a run has pushed a model as; a forced blessing or a rollback is none of a run's."""
        outputs = self._beside([model], metadata_store_pb2.Event.OUTPUT)
        found = (a.custom_properties["pushed_version"].string_value for a in self._of(_PUSHED) if a.id in outputs)
        return {int(text) for text in found if text}

    def _beside(self, artifacts: list[int], kind: Any) -> set[int]:
        """The artifacts that the executions which took or made these have taken (INPUT) or made (OUTPUT)."""
        events = self._handle.get_events_by_artifact_ids(artifacts) if artifacts else []
        executions = sorted({event.execution_id for event in events})
        found = self._handle.get_events_by_execution_ids(executions) if executions else []
        return {event.artifact_id for event in found if event.type == kind}

    def last(self) -> Any | None:
        """The Model artifact that the next run is compared with; None where no model is blessed."""
        blessed = {_model_of(blessing) for blessing in self._of(_BLESSING) if _counts(blessing)}
        models = [a for a in self._of(_MODEL) if a.id in blessed and a.state == Artifact.LIVE]
        return max(models, key=lambda model: model.id, default=None)

    def make_last(self, model: int, decision: Decision) -> bool:
        """Makes a model the last blessed one; the artifacts keep by whom, when and why.

        Args:
          model: the id of its artifact.

        Returns:
          False where no Evaluator has judged it, and nothing is changed.
        """
        own = sorted((b for b in self._of(_BLESSING) if _model_of(b) == model), key=lambda blessing: blessing.id)
        if not own:
            return False
        # One that was judged again, and refused then, keeps that record.
        given = [b for b in own if _is_yes(b)] or own[-1:]
        for blessing in given:
            blessing.custom_properties[BLESSED].int_value = 1
            blessing.state = Artifact.LIVE
        withdrawn = [b for b in self._of(_BLESSING) if _model_of(b) > model and _counts(b)]
        for blessing in withdrawn:
            # By the state alone: neither the resolver nor the Evaluator's cache takes it then, so that a later run of the same
            # model is judged anew; and a rollback that is itself taken back finds the blessing as it was.
            blessing.state = Artifact.DELETED
        for blessing in (*given, *withdrawn):
            for key, value in decision.items():
                blessing.custom_properties[f"decision_{key}"].string_value = str(value or "")
        self._handle.put_artifacts([*given, *withdrawn])
        return True

    def _of(self, kind: str) -> list[Any]:
        return [artifact for artifact in self._artifacts if self._kinds[artifact.type_id] == kind]


def make_last(store: Store, dataset: str, find: Callable[[Blessings], int | None], decision: Decision) -> bool:
    """Makes a model the last blessed one, with which the next run is compared.

    Args:
      find: the id of its artifact; None where the store does not know it.

    Returns:
      False where the store does not know the model, and nothing is changed.

    Raises:
      StoreUnreachableError: the metadata server did not answer.
    """
    blessings = opened(store, dataset)
    model = find(blessings) if blessings is not None else None
    return blessings is not None and model is not None and blessings.make_last(model, decision)


def opened(store: Store, dataset: str) -> Blessings | None:
    """The blessings that a metadata store has of a dataset; None where it has none of it.

    Raises:
      StoreUnreachableError: the metadata server did not answer.
    """
    # A file that is not there would be made: a home that only pulls models has none.
    if store.server is None and not Path(store.name).exists():
        return None
    handle = metadata_store.connect(store, first=True)
    context = handle.get_context_by_type_and_name("pipeline", dataset)
    return Blessings(handle, context.id) if context is not None else None


def _model_of(blessing: Any) -> int:
    return int(blessing.custom_properties[MODEL_ID].int_value)


def _is_yes(blessing: Any) -> bool:
    return bool(blessing.custom_properties[BLESSED].int_value == 1)


def _counts(blessing: Any) -> bool:
    return bool(blessing.state == Artifact.LIVE) and _is_yes(blessing)
