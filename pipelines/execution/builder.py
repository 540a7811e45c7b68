"""Turns a dataset's page into a tfx Pipeline: the table of steps, each with its component (pipelines.execution.wiring)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tfx.orchestration import pipeline as tfx_pipeline

from components.code_version import code_version
from components.data import past_statistics
from components.data.past_statistics import Past
from components.data.sources import Located
from pipelines import steps
from pipelines.beam.runners import LOCAL_ARGS
from pipelines.execution.wiring import WIRING, Parts
from pipelines.spec import Pipeline
from schemas.home import Home


def build(
    pipeline: Pipeline,
    located: Located,
    home: Home,
    root: Path,
    *,
    limit: int = 0,
    cache: bool = True,
    accept_drift: bool = False,
    beam_args: Sequence[str] = LOCAL_ARGS,
    make: Callable[[Parts], Sequence[Any]] | None = None,
) -> tfx_pipeline.Pipeline:
    """The TFX pipeline of a page.

    Args:
      pipeline: the page, with the curated schema's names taken in (pipelines.page.resolution).
      located: where its source was found.
      home: where models and the version map are kept.
      root: where artifacts are kept (metadata_store.Store.root).
      limit: the most rows that are read, 0 for all.
      cache: whether finished steps are reused.
      accept_drift: whether the data may differ from that of the last pushed model.
      beam_args: where Beam runs (pipelines.beam.runners).
      make: gives the components; None for all steps.
    """
    models, registry = home.models(pipeline.name), home.registry(pipeline.name)
    past = Past() if accept_drift else past_statistics.last(models, registry, located.fingerprint, limit)
    return tfx_pipeline.Pipeline(
        pipeline_name=pipeline.name,
        pipeline_root=str(root),
        components=list((make or components)(Parts(pipeline, located, home, limit, past))),
        enable_cache=cache,
        metadata_connection_config=None,  # the launcher is given it: a password has no place in a compiled pipeline
        beam_pipeline_args=list(beam_args),
    )


def components(parts: Parts, table: Sequence[steps.Step] = steps.TABLE) -> list[Any]:
    """The components of ``table`` in order, each after those that it follows, with the hash of its code in its parameters.

    Args:
      parts: what they are made of; each component is added to it.
      table: all steps, or the first ones.

    Raises:
      LookupError: a step has no wiring, or a wiring no step.
    """
    if unmatched := sorted(WIRING.keys() ^ steps.BY_ID.keys()):
        raise LookupError(
            f"{', '.join(unmatched)}: in one of pipelines.steps.TABLE and pipelines.execution.wiring.WIRING alone; "
            "a step needs a row there and a wiring here"
        )
    code = steps.modules(parts.pipeline)
    for step in table:
        component = WIRING[step.id](parts).with_id(step.id)
        component.add_upstream_nodes([parts.made[upstream] for upstream in step.follows])
        if step.id in code:
            component.exec_properties["code"] = code_version(*code[step.id])
        parts.made[step.id] = component
    return [parts.made[step.id] for step in table]
