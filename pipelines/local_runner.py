"""Runs a TFX pipeline in this process, step by step, on Beam's local runner."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx.dsl.compiler import compiler, constants
from tfx.orchestration import metadata
from tfx.orchestration import pipeline as tfx_pipeline
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import launcher, runtime_parameter_utils

from components import beam

# A push has an effect outside of MLMD, which the cache cannot see: the pushed model may be gone.
_NEVER_CACHED = ("Pusher",)
_RUNNING = metadata_store_pb2.Execution.RUNNING
_FAILED = metadata_store_pb2.Execution.FAILED
_CACHED = metadata_store_pb2.Execution.CACHED
_LIVE = metadata_store_pb2.Artifact.LIVE
_DELETED = metadata_store_pb2.Artifact.DELETED


@dataclass(frozen=True)
class Step:
    """A finished step.

    Attributes:
      name: the component's id.
      seconds: wall time.
      cached: whether an earlier execution's outputs were reused.
      outputs: artifacts by output key.
    """

    name: str
    seconds: float
    cached: bool
    outputs: dict[str, list[metadata_store_pb2.Artifact]]


def run(
    pipeline: tfx_pipeline.Pipeline, run_id: str, started: Callable[[str], None], finished: Callable[[Step], None]
) -> dict[str, Step]:
    """Runs every step in order, each with TFX's own launcher (driver, executor, publisher).

    Args:
      pipeline: what ``builder.build`` made.
      run_id: names the run in MLMD.
      started, finished: told about each step.

    Raises:
      Exception: what a step raised; the steps before it stay finished.
    """
    beam.speed_up()
    ir = compiler.Compiler().compile(pipeline)
    runtime_parameter_utils.substitute_runtime_parameter(ir, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run_id})
    connection = pipeline.metadata_connection_config
    clean_unfinished(metadata.Metadata(connection), ir.pipeline_info.id, Path(pipeline.pipeline_info.pipeline_root))
    done = {}
    for node in ir.nodes:
        name = node.pipeline_node.node_info.id
        started(name)
        if name in _NEVER_CACHED:
            node.pipeline_node.execution_options.caching_options.enable_cache = False
        done[name] = _launch(ir, node.pipeline_node, connection)
        finished(done[name])
    return done


def _launch(ir: Any, node: Any, connection: Any) -> Step:
    """Runs one node of the compiled pipeline, or takes its outputs from the cache."""
    begun = time.monotonic()
    name = node.node_info.id
    deployment = runner_utils.extract_local_deployment_config(ir)
    info = launcher.Launcher(
        pipeline_node=node,
        mlmd_connection=metadata.Metadata(connection),
        pipeline_info=ir.pipeline_info,
        pipeline_runtime_spec=ir.runtime_spec,
        executor_spec=runner_utils.extract_executor_spec(deployment, name),
        custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, name),
    ).launch()
    cached, outputs = _published(metadata.Metadata(connection), info.execution_id if info else None)
    return Step(name, time.monotonic() - begun, cached, outputs)


def _published(
    connection: metadata.Metadata, execution_id: int | None
) -> tuple[bool, dict[str, list[metadata_store_pb2.Artifact]]]:
    """Whether an execution came from the cache, and its output artifacts as MLMD has them."""
    outputs: dict[str, list[metadata_store_pb2.Artifact]] = {}
    if execution_id is None:
        return False, outputs
    with connection as handle:
        (execution,) = handle.store.get_executions_by_id([execution_id])
        events = [
            event
            for event in handle.store.get_events_by_execution_ids([execution_id])
            if event.type == metadata_store_pb2.Event.OUTPUT
        ]
        artifacts = {a.id: a for a in handle.store.get_artifacts_by_id([event.artifact_id for event in events])}
    for event in events:
        outputs.setdefault(event.path.steps[0].key, []).append(artifacts[event.artifact_id])
    return execution.last_known_state == _CACHED, outputs


def clean_unfinished(connection: metadata.Metadata, pipeline_name: str, root: Path) -> None:
    """Makes MLMD agree with the disk, so that the cache can be trusted.

    Executions that a killed run left as running are marked as failed, and what they wrote is removed. Artifacts whose files
    somebody has removed are marked as deleted: TFX's cache looks at this mark alone.

    The dataset's lock is held, so that no other process is running them.
    """
    with connection as handle:
        context = handle.store.get_context_by_type_and_name("pipeline", pipeline_name)
        if context is None:
            return
        left = [e for e in handle.store.get_executions_by_context(context.id) if e.last_known_state == _RUNNING]
        for execution in left:  # files first: a kill in between leaves the execution to be found again
            for pattern in (f"*/*/{execution.id}", f"*/.system/*/{execution.id}"):
                for folder in root.glob(pattern):
                    shutil.rmtree(folder)
            execution.last_known_state = _FAILED
        if left:
            handle.store.put_executions(left)
        artifacts = handle.store.get_artifacts_by_context(context.id)
        gone = [a for a in artifacts if a.state == _LIVE and a.uri and not Path(a.uri).exists()]
        for artifact in gone:
            artifact.state = _DELETED
        if gone:
            handle.store.put_artifacts(gone)


def property_of(artifact: metadata_store_pb2.Artifact, name: str) -> Any:
    """A custom property's value, or None."""
    value = artifact.custom_properties.get(name)
    return None if value is None else getattr(value, value.WhichOneof("value"))
