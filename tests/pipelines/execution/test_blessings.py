"""Which model is the last blessed one after a decision: by TFX's own resolver, on a real metadata store."""

from pathlib import Path
from typing import Any

import ml_metadata
import pytest
from ml_metadata.proto import metadata_store_pb2 as proto
from tfx.components.evaluator import constants
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy
from tfx.types import artifact_utils

from pipelines.execution import blessings, metadata_store
from schemas.model_card import Decision

DECISION: Decision = {"kind": "rollback", "by": "ada", "at": "2026-11-29", "why": "slow", "replaced": None}


class Recorded:
    """A store with what Trainer, Evaluator and Pusher record of the models of one pipeline."""

    def __init__(self, file: Path) -> None:
        self.place = metadata_store.of_file(file)
        self.handle = ml_metadata.MetadataStore(self.place.config)
        self._types = {
            name: self.handle.put_artifact_type(proto.ArtifactType(name=name))
            for name in ("Model", "ModelBlessing", "PushedModel")
        }
        self._execution_type = self.handle.put_execution_type(proto.ExecutionType(name="Pusher"))
        context = proto.Context(
            name="titanic", type_id=self.handle.put_context_type(proto.ContextType(name="pipeline"))
        )
        (self._context,) = self.handle.put_contexts([context])

    def artifact(self, kind: str, uri: str, **properties: Any) -> int:
        made = proto.Artifact(type_id=self._types[kind], uri=uri, state=proto.Artifact.LIVE)
        for key, value in properties.items():
            if isinstance(value, int):
                made.custom_properties[key].int_value = value
            else:
                made.custom_properties[key].string_value = value
        (number,) = self.handle.put_artifacts([made])
        self.handle.put_attributions_and_associations(
            [proto.Attribution(artifact_id=number, context_id=self._context)], []
        )
        return int(number)

    def model(self, uri: str, *verdicts: bool, pushed_as: int | None = None) -> int:
        """A trained model that was judged, once for each verdict."""
        model = self.artifact("Model", uri)
        for blessed in verdicts:
            judged = {constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY: model}
            judged[constants.ARTIFACT_PROPERTY_BLESSED_KEY] = int(blessed)
            self.artifact("ModelBlessing", uri + "/blessing", **judged)
        if pushed_as is not None:
            push = self.artifact("PushedModel", uri + "/push", pushed_version=str(pushed_as))
            (execution,) = self.handle.put_executions([proto.Execution(type_id=self._execution_type)])
            pairs = ((model, proto.Event.INPUT), (push, proto.Event.OUTPUT))
            self.handle.put_events([proto.Event(artifact_id=a, execution_id=execution, type=kind) for a, kind in pairs])
        return model

    def resolved(self) -> int | None:
        """The model that TFX's resolver takes, of what its channels give it: artifacts that are live."""
        types = {kind.id: kind for kind in self.handle.get_artifact_types()}
        live = [a for a in self.handle.get_artifacts() if a.state == proto.Artifact.LIVE]
        found = {
            key: [
                artifact_utils.deserialize_artifact(types[a.type_id], a) for a in live if types[a.type_id].name == kind
            ]
            for key, kind in (("model", "Model"), ("blessing", "ModelBlessing"))
        }
        chosen = LatestBlessedModelStrategy().resolve_artifacts(self.handle, found)["model"]
        return chosen[0].id if chosen else None

    @property
    def blessings(self) -> blessings.Blessings:
        found = blessings.opened(self.place, "titanic")
        assert found is not None
        return found


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path / "metadata.db")


def test_the_last_one_is_that_of_the_resolver(recorded: Recorded) -> None:
    assert recorded.blessings.last() is None and recorded.resolved() is None
    first = recorded.model("/m/1", True)
    recorded.model("/m/2", False)
    last = recorded.blessings.last()
    assert last is not None and last.id == recorded.resolved() == first and last.uri == "/m/1"


def test_a_forced_model_is_the_last_blessed_one_even_before_a_later_model(recorded: Recorded) -> None:
    recorded.model("/m/1", True)
    refused = recorded.model("/m/2", False)
    later = recorded.model("/m/3", True)
    assert recorded.resolved() == later
    assert recorded.blessings.make_last(refused, DECISION)
    assert recorded.resolved() == refused == recorded.blessings.last().id  # type: ignore[union-attr]
    newer = recorded.model("/m/4", True)
    assert recorded.resolved() == newer  # a decision is not for ever


def test_a_rollback_and_its_own_rollback(recorded: Recorded) -> None:
    first = recorded.model("/m/1", True)
    second = recorded.model("/m/2", True)
    assert recorded.blessings.make_last(first, DECISION) and recorded.resolved() == first
    assert recorded.blessings.make_last(second, DECISION) and recorded.resolved() == second


def test_who_decided_it_and_why_is_kept_with_the_artifacts(recorded: Recorded) -> None:
    first, _ = recorded.model("/m/1", True), recorded.model("/m/2", True)
    recorded.blessings.make_last(first, DECISION)
    kept = [
        (a.custom_properties["decision_by"].string_value, a.custom_properties["decision_why"].string_value)
        for a in recorded.handle.get_artifacts_by_type("ModelBlessing")
    ]
    assert kept == [("ada", "slow"), ("ada", "slow")]


def test_a_model_that_was_refused_when_it_was_judged_again_keeps_that_verdict(recorded: Recorded) -> None:
    first = recorded.model("/m/1", True, False)
    recorded.model("/m/2", True)
    recorded.blessings.make_last(first, DECISION)
    assert recorded.resolved() == first
    given = [a.custom_properties["blessed"].int_value for a in recorded.handle.get_artifacts_by_type("ModelBlessing")]
    assert given == [1, 0, 1]


def test_models_are_found_by_folder_and_by_the_version_that_they_were_pushed_as(recorded: Recorded) -> None:
    first = recorded.model("/m/1", True, pushed_as=17)
    second = recorded.model("/m/2", True, pushed_as=18)
    found = recorded.blessings
    assert (found.model_at("/m/1"), found.model_at("/m/9")) == (first, None)
    assert (found.model_pushed_as([17]), found.model_pushed_as([18, 99]), found.model_pushed_as([99])) == (
        first,
        second,
        None,
    )
    assert found.model_pushed_as([]) is None


def test_what_the_store_does_not_know_changes_nothing(recorded: Recorded, tmp_path: Path) -> None:
    unjudged = recorded.model("/m/1")
    last = recorded.model("/m/2", True)
    assert not blessings.make_last(recorded.place, "titanic", lambda found: found.model_at("/m/9"), DECISION)
    assert not blessings.make_last(recorded.place, "titanic", lambda found: unjudged, DECISION)
    assert not blessings.make_last(recorded.place, "digits", lambda found: last, DECISION)
    assert recorded.resolved() == last
    nothing = metadata_store.of_file(tmp_path / "none.db")
    assert not blessings.make_last(nothing, "titanic", lambda found: 1, DECISION)
    assert not (tmp_path / "none.db").exists()


def test_the_properties_are_those_that_tfx_reads() -> None:
    assert blessings.BLESSED == constants.ARTIFACT_PROPERTY_BLESSED_KEY
    assert blessings.MODEL_ID == constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY
