"""Launches one node of a compiled pipeline with TFX's own launcher: driver, executor, publisher."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import ml_metadata
from ml_metadata.proto import metadata_store_pb2
from tfx.dsl.compiler import compiler, constants
from tfx.orchestration import metadata
from tfx.orchestration import pipeline as tfx_pipeline
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import launcher, runtime_parameter_utils
from tfx.orchestration.portable.mlmd import context_lib, execution_lib

from pipelines import steps
from pipelines.execution import metadata_store
from pipelines.execution.metadata_store import Store
from schemas import events

T = TypeVar("T")
Execution = metadata_store_pb2.Execution
Outputs = dict[str, list[metadata_store_pb2.Artifact]]
# What an attempt that was ended leaves for the next one of the same run to go on with: TensorBoard's logs, as a training of
# several workers goes on from its last checkpoint.
_KEPT_OUTPUTS = ("model_run",)
_DONE = (Execution.COMPLETE, Execution.CACHED)


class NodeFailedError(Exception):
    """A node did not finish, and TFX says so in MLMD alone."""


@dataclass(frozen=True)
class FinishedStep:
    """A finished step.

    Attributes:
      name: the component's id.
      seconds: wall time.
      cached: whether an earlier execution's outputs were reused.
      outputs: artifacts by output key.
      kept: whether an earlier attempt of the same run had finished it.
    """

    name: str
    seconds: float
    cached: bool
    outputs: Outputs
    kept: bool = False


class Connection(metadata.Metadata):
    """TFX's handle of MLMD, which waits for a server that is away (metadata_store.connect).

    Attributes:
      place: what it connects to.
      writing: held while MLMD is read and written, but not while a server is waited for.
    """

    def __init__(self, place: Store) -> None:
        super().__init__(place.config)
        self.place = place
        self.writing = threading.RLock()

    def __enter__(self) -> "Connection":
        store = metadata_store.connect(self.place)
        self.writing.acquire()
        self._store = store
        self._users += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        at: TracebackType | None = None,
    ) -> None:
        super().__exit__(kind, error, at)
        self.writing.release()

    def durably(self, call: Callable[[], T]) -> T:
        """Calls again, on a new connection, as long as the connection breaks: what was written must be found again then."""
        begun = time.monotonic()
        while True:
            try:
                return call()
            except ml_metadata.errors.StatusError as error:
                if not metadata_store.is_lost(error) or time.monotonic() - begun > self.place.wait:
                    raise
                text = f"the connection to the metadata store {self.place.name} was lost; connecting again"
                events.publish(events.Waiting("metadata", text))
                time.sleep(1)


class _Launcher(launcher.Launcher):
    """TFX's launcher, to which a broken connection and what an earlier attempt left behind do no harm."""

    def __init__(self, connection: Connection, retried: bool, **options: Any) -> None:
        super().__init__(mlmd_connection=connection, **options)
        self._connection = connection
        self._retried = retried

    def launch(self) -> Any:
        return self._connection.durably(super().launch) if self._system_node_handler else super().launch()

    def _prepare_execution(self) -> Any:
        return self._connection.durably(super()._prepare_execution)  # finds an execution that it has registered before

    def _run_executor(self, execution_info: Any) -> Any:
        # Folders are named by execution ids. They are there if the attempt before was killed, or if the store was lost or
        # restored from a backup, and counts anew.
        for key, artifacts in execution_info.output_dict.items():
            # TFX itself leaves them: what is not overwritten would be published with the retry's own files.
            if not (self._retried and key in _KEPT_OUTPUTS):
                _remove(artifact.uri for artifact in artifacts)
        return super()._run_executor(execution_info)

    def _publish_successful_execution(self, execution_id: int, *rest: Any, **named: Any) -> None:
        publish = super()._publish_successful_execution

        def once() -> None:
            # The connection may break after the server has written everything: twice would be two artifacts of one output.
            if _execution(self._connection, execution_id).last_known_state not in _DONE:
                publish(execution_id, *rest, **named)

        self._connection.durably(once)

    def _publish_failed_execution(self, *arguments: Any, **named: Any) -> None:
        publish = super()._publish_failed_execution
        self._connection.durably(lambda: publish(*arguments, **named))


def compiled(pipeline: tfx_pipeline.Pipeline, run_id: str) -> Any:
    """TFX's intermediate representation of a pipeline for one run, as ``launch`` takes it."""
    ir = compiler.Compiler().compile(pipeline)
    runtime_parameter_utils.substitute_runtime_parameter(ir, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run_id})
    for node in ir.nodes:
        # TFX's component has no such switch of its own; the pipeline's is for all nodes.
        step = steps.BY_ID.get(node.pipeline_node.node_info.id)  # None of a fold's and a tuning's nodes
        if step is not None and not step.cached:
            node.pipeline_node.execution_options.caching_options.enable_cache = False
    return ir


def nodes_of(ir: Any) -> dict[str, Any]:
    """The nodes of ``compiled`` by id, in an order in which they can run."""
    return {node.pipeline_node.node_info.id: node.pipeline_node for node in ir.nodes}


def launch(ir: Any, node: Any, connection: Connection, operators: dict[Any, Any] | None = None) -> FinishedStep:
    """Runs one node, takes its outputs from the cache, or finds that the run has done it before.

    Args:
      ir: what ``compiled`` gave.
      node: one of ``nodes_of(ir)``.
      connection: to the store that all nodes of the run share.
      operators: TFX's custom_executor_operators; None for its own.

    Raises:
      NodeFailedError: its inputs are not there.
      StoreUnreachableError: the metadata store was away for too long.
      Exception: what the node raised.
    """
    begun = time.monotonic()
    name = node.node_info.id
    attempts = connection.durably(lambda: _attempts(connection, node))
    done = next((attempt.id for attempt in attempts if attempt.last_known_state in _DONE), None)
    if done is None:
        deployment = runner_utils.extract_local_deployment_config(ir)
        info = _Launcher(
            connection,
            retried=bool(attempts),
            pipeline_node=node,
            pipeline_info=ir.pipeline_info,
            pipeline_runtime_spec=ir.runtime_spec,
            executor_spec=runner_utils.extract_executor_spec(deployment, name),
            custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, name),
            custom_executor_operators=operators,
        ).launch()
    launched = info.execution_id if done is None else done
    execution = connection.durably(lambda: _execution(connection, launched))
    if execution.last_known_state not in _DONE:
        raise NodeFailedError(
            f"{name}: its inputs are not in the metadata store; have the steps before it been run, "
            f"with the run id {ir.runtime_spec.pipeline_run_id.field_value.string_value!r}?"
        )
    outputs = connection.durably(lambda: _outputs(connection, execution.id))
    cached = execution.last_known_state == Execution.CACHED
    return FinishedStep(name, time.monotonic() - begun, cached, outputs, done is not None)


def finished(ir: Any, connection: Connection) -> dict[str, FinishedStep]:
    """All steps of a run that are done, wherever they ran; their seconds are those that MLMD saw."""
    done = {}
    for name, node in nodes_of(ir).items():
        for attempt in _attempts(connection, node):
            if attempt.last_known_state in _DONE:
                # MLMD has milliseconds.
                seconds = (attempt.last_update_time_since_epoch - attempt.create_time_since_epoch) / 1000
                cached = attempt.last_known_state == Execution.CACHED
                done[name] = FinishedStep(name, seconds, cached, _outputs(connection, attempt.id))
    return done


def abandon(ir: Any, node: Any, connection: Connection) -> bool:
    """Marks a node's unfinished execution as failed, and removes what it has written; whether there was one.

    Nothing else may run or publish the node any more.
    """
    with connection as handle:
        left = [attempt for attempt in _attempts(connection, node) if attempt.last_known_state not in _DONE]
        for execution in left:
            execution.last_known_state = Execution.FAILED
        if left:
            # As failed and not removed: MLMD deletes nothing, and TFX would take up a running one.
            handle.store.put_executions(left)
    folder = Path(ir.runtime_spec.pipeline_root.field_value.string_value) / node.node_info.id
    outputs = [key for key in node.outputs.outputs if key not in _KEPT_OUTPUTS]
    _remove(str(folder / output / str(execution.id)) for output in outputs for execution in left)
    return bool(left)


def property_of(artifact: metadata_store_pb2.Artifact, name: str) -> Any:
    """A custom property's value, or None."""
    value = artifact.custom_properties.get(name)
    return None if value is None else getattr(value, value.WhichOneof("value"))


def _attempts(connection: Connection, node: Any) -> list[Any]:
    """The executions of a node in the run that it was compiled for: one, but for a Resolver that was begun anew."""
    with connection as handle:
        contexts = context_lib.prepare_contexts(metadata_handle=handle, node_contexts=node.contexts)
        found: list[Any] = execution_lib.get_executions_associated_with_all_contexts(handle, contexts)
    return found


def _execution(connection: Connection, execution_id: int | None) -> Any:
    if execution_id is None:
        raise NodeFailedError("TFX skipped the node, which no pipeline of ours asks for")
    with connection as handle:
        (execution,) = handle.store.get_executions_by_id([execution_id])
    return execution


def _outputs(connection: Connection, execution_id: int) -> Outputs:
    """An execution's output artifacts as MLMD has them, by output key."""
    outputs: Outputs = {}
    with connection as handle:
        events = handle.store.get_events_by_execution_ids([execution_id])
        events = [event for event in events if event.type == metadata_store_pb2.Event.OUTPUT]
        artifacts = {a.id: a for a in handle.store.get_artifacts_by_id([event.artifact_id for event in events])}
    for event in events:
        outputs.setdefault(event.path.steps[0].key, []).append(artifacts[event.artifact_id])
    return outputs


def _remove(paths: Any) -> None:
    for path in map(Path, paths):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
