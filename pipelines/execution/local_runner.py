"""Runs a TFX pipeline in this process, step by step, on Beam's local runner."""

import shutil
from pathlib import Path

from ml_metadata.proto import metadata_store_pb2

from pipelines.execution.launching import Connection, FinishedStep
from pipelines.execution.session import Session

_RUNNING = metadata_store_pb2.Execution.RUNNING
_FAILED = metadata_store_pb2.Execution.FAILED
_LIVE = metadata_store_pb2.Artifact.LIVE
_DELETED = metadata_store_pb2.Artifact.DELETED


def run(session: Session) -> dict[str, FinishedStep]:
    """Runs every step of a compiled pipeline in order, each with TFX's own launcher (driver, executor, publisher).

    Raises:
      Exception: what a step raised; the steps before it stay finished.
    """
    clean(session)
    return {name: session.launch(name) for name in session.nodes}


def clean(session: Session) -> None:
    """Brings MLMD in line with what killed runs have left, and with what people have removed."""
    connection, pipeline_name = session.connection, session.ir.pipeline_info.id
    if connection.place.server is None:  # the executions in a server's store may be those of pods
        clean_unfinished(connection, pipeline_name, session.root)
    mark_deleted(connection, pipeline_name, session.root)


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
