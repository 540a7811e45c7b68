"""Runs of a pipeline as TFX leaves them: a real metadata store, and the folders of artifacts."""

from pathlib import Path
from typing import Any

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as proto

from pipelines.execution import metadata_store

_EVENTS = {"input": proto.Event.INPUT, "output": proto.Event.OUTPUT}


class RecordedRuns:
    """Attributes:
    root: TFX's pipeline root.
    place: the store; ``handle`` is a connection to it.
    """

    def __init__(self, file: Path, root: Path, name: str = "titanic") -> None:
        self.root = root
        self.place = metadata_store.of_file(file)
        self.handle = ml_metadata.MetadataStore(self.place.config)
        self._kinds: dict[tuple[str, str], int] = {}
        self._executions = 0
        self._pipeline = proto.Context(name=name, type_id=self._kind("context", "pipeline"))
        (self._pipeline.id,) = self.handle.put_contexts([self._pipeline])

    @property
    def pipeline(self) -> int:
        """The id of the pipeline's context."""
        return int(self._pipeline.id)

    def step(
        self,
        run: str,
        step: str,
        inputs: dict[str, int],
        outputs: dict[str, str],
        *,
        cached: dict[str, int] | None = None,
        state: Any = proto.Execution.COMPLETE,
        **properties: Any,
    ) -> dict[str, int]:
        """An execution; ids by output key.

        Args:
          outputs: types by key; each is an artifact with a folder and a file of 1000 bytes.
          cached: artifacts of an earlier run that are taken instead.
          properties: of the outputs.
        """
        state = proto.Execution.CACHED if cached else state
        made = proto.Execution(type_id=self._kind("execution", step), last_known_state=state)
        self._executions += 1
        number, taken = self._executions, {**inputs, **(cached or {})}
        known = {a.id: a for a in self.handle.get_artifacts_by_id(list(taken.values()))} if taken else {}
        pairs = [(known[id_], self._event(key, "input")) for key, id_ in inputs.items()]
        pairs += [(known[id_], self._event(key, "output")) for key, id_ in (cached or {}).items()]
        kinds = {} if cached else outputs
        new = {key: self._artifact(step, key, number, kind, properties) for key, kind in kinds.items()}
        pairs += [(artifact, self._event(key, "output")) for key, artifact in new.items()]
        (self.root / step / ".system" / "executor_execution" / str(number)).mkdir(parents=True)
        # In one transaction, as TFX does: also what was only taken belongs to the run.
        contexts = [self._pipeline, proto.Context(name=run, type_id=self._kind("context", "pipeline_run"))]
        execution, ids, _ = self.handle.put_execution(made, pairs, contexts, reuse_context_if_already_exist=True)
        assert execution == number
        return cached or dict(zip(new, ids[len(inputs) :], strict=True))

    def _kind(self, what: str, name: str) -> int:
        if (what, name) not in self._kinds:
            types = {"artifact": proto.ArtifactType, "execution": proto.ExecutionType, "context": proto.ContextType}
            self._kinds[what, name] = getattr(self.handle, f"put_{what}_type")(types[what](name=name))
        return self._kinds[what, name]

    def _artifact(self, step: str, key: str, execution: int, kind: str, properties: dict[str, Any]) -> proto.Artifact:
        folder = self.root / step / key / str(execution)
        folder.mkdir(parents=True)
        (folder / "data").write_bytes(bytes(1000))
        made = proto.Artifact(type_id=self._kind("artifact", kind), uri=str(folder), state=proto.Artifact.LIVE)
        for name, value in properties.items():
            if isinstance(value, int):
                made.custom_properties[name].int_value = value
            else:
                made.custom_properties[name].string_value = value
        return made

    @staticmethod
    def _event(key: str, kind: str) -> proto.Event:
        event = proto.Event(type=_EVENTS[kind])
        event.path.steps.add().key = key
        return event

    def run(
        self, run: str, *, examples: int | None = None, baseline: int | None = None, serving_version: int | None = None
    ) -> dict[str, int]:
        """A whole run; ids of its examples, model, blessing and push.

        Args:
          examples: those of an earlier run, from the cache.
          baseline: the model that this one is compared with.
          serving_version: as what it is pushed; None for a refused model.
        """
        found = self.step(
            run, "ExampleGen", {}, {"examples": "Examples"}, cached={"examples": examples} if examples else None
        )
        self.step(run, "ExampleValidator", {"examples": found["examples"]}, {"anomalies": "ExampleAnomalies"})
        found |= self.step(run, "Transform", {"examples": found["examples"]}, {"transform_graph": "TransformGraph"})
        taken = {key: found[key] for key in ("examples", "transform_graph")}
        found |= self.step(run, "Trainer", taken, {"model": "Model", "model_run": "ModelRun"})
        judged = {"model": found["model"], "examples": found["examples"]} | (
            {"baseline_model": baseline} if baseline else {}
        )
        blessed = {"blessed": int(serving_version is not None), "current_model_id": found["model"]}
        found |= self.step(run, "Evaluator", judged, {"blessing": "ModelBlessing"}, **blessed)
        pushed = {"pushed_version": str(serving_version)} if serving_version is not None else {}
        taken = {"model": found["model"], "model_blessing": found["blessing"]}
        return found | self.step(run, "Pusher", taken, {"pushed_model": "PushedModel"}, **pushed)

    def folder(self, artifact: int) -> Path:
        (found,) = self.handle.get_artifacts_by_id([artifact])
        return Path(found.uri)

    def is_live(self, artifact: int) -> bool:
        (found,) = self.handle.get_artifacts_by_id([artifact])
        return bool(found.state == proto.Artifact.LIVE)
