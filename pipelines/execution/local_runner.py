"""Runs a TFX pipeline in this process, step by step, on Beam's local runner."""

import shutil
from pathlib import Path
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration import pipeline as tfx_pipeline

from pipelines.beam import memoising
from pipelines.execution import launching
from pipelines.execution.launching import Connection, FinishedStep
from schemas import events

_RUNNING = metadata_store_pb2.Execution.RUNNING
_FAILED = metadata_store_pb2.Execution.FAILED
_LIVE = metadata_store_pb2.Artifact.LIVE
_DELETED = metadata_store_pb2.Artifact.DELETED


def run(
    pipeline: tfx_pipeline.Pipeline,
    connection: Connection,
    run_id: str,
    operators: dict[str, dict[Any, Any] | None] | None = None,
) -> dict[str, FinishedStep]:
    """Runs every step in order, each with TFX's own launcher (driver, executor, publisher), and publishes how they go.

    Args:
      pipeline: what ``builder.build`` made.
      connection: to the metadata store.
      run_id: names the run in MLMD.
      operators: TFX's custom_executor_operators by step, for those that need others than TFX's own.

    Raises:
      Exception: what a step raised; the steps before it stay finished.
    """
    memoising.speed_up()
    ir = launching.compiled(pipeline, run_id)
    root = Path(pipeline.pipeline_info.pipeline_root)
    if connection.place.server is None:  # the executions in a server's store may be those of pods
        clean_unfinished(connection, ir.pipeline_info.id, root)
    mark_deleted(connection, ir.pipeline_info.id, root)
    done = {}
    for name, node in launching.nodes_of(ir).items():
        events.publish(events.StepStarted(name))
        try:
            step = launching.launch(ir, node, connection, (operators or {}).get(name))
        except BaseException:
            events.publish(events.StepFailed(name))
            raise
        events.publish(events.StepFinished(name, step.seconds, step.cached))
        done[name] = step
    return done


def clean_unfinished(connection: Connection, pipeline_name: str, root: Path) -> None:
    """Marks executions that a killed run left as running as failed, and removes what they wrote.

    The dataset's lock is held and the store is this home's own, so that no other process is running them.
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


def mark_deleted(connection: Connection, pipeline_name: str, root: Path) -> None:
    """Marks artifacts below ``root`` whose files somebody has removed as deleted: TFX's cache looks at this mark alone.

    Those of other folders may be there where another machine looks.
    """
    with connection as handle:
        context = handle.store.get_context_by_type_and_name("pipeline", pipeline_name)
        if context is None:
            return
        artifacts = handle.store.get_artifacts_by_context(context.id)
        own = [a for a in artifacts if a.state == _LIVE and Path(a.uri).is_relative_to(root)]
        gone = [artifact for artifact in own if not Path(artifact.uri).exists()]
        for artifact in gone:
            artifact.state = _DELETED
        if gone:
            handle.store.put_artifacts(gone)
