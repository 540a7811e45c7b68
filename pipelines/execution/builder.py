"""Turns a dataset's page into a tfx Pipeline."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfx.components import StatisticsGen, Trainer, Transform
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy
from tfx.orchestration import pipeline as tfx_pipeline
from tfx.proto import trainer_pb2
from tfx.types import channel, standard_artifacts

from components.code_version import code_version
from components.data import past_statistics
from components.data.example_gen import ExampleGen
from components.data.example_validator import ExampleValidator
from components.data.past_statistics import Past
from components.data.schema import Schema
from components.data.sources import Located
from components.evaluation.cases import Cases
from components.evaluation.evaluator import Evaluator
from components.pusher import Pusher
from pipelines.beam.runners import LOCAL_ARGS
from pipelines.page import handpicked
from pipelines.page.resolution import model_modules, step_modules
from pipelines.spec import Pipeline
from schemas import codec
from schemas.columns import Label
from schemas.home import Home

BASELINE_ID = "LatestBlessed"


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
    """
    models, registry = home.models(pipeline.name), home.registry(pipeline.name)
    past = Past() if accept_drift else past_statistics.last(models, registry, located.fingerprint, limit)
    return tfx_pipeline.Pipeline(
        pipeline_name=pipeline.name,
        pipeline_root=str(root),
        components=components(pipeline, located, home, limit, past),
        enable_cache=cache,
        metadata_connection_config=None,  # the launcher is given it: a password has no place in a compiled pipeline
        beam_pipeline_args=list(beam_args),
    )


def components(pipeline: Pipeline, located: Located, home: Home, limit: int, past: Past) -> list[Any]:
    """All steps in the order in which they run, each with the hash of the code that it runs in its parameters."""
    examples, statistics, schema, validator = data_steps(pipeline, located, limit, past)
    generated = examples.outputs["examples"]
    transform = _transform(pipeline, generated, schema.outputs["schema"])
    transform.add_upstream_node(validator)
    trainer = _trainer(pipeline, generated, transform.outputs["transform_graph"])
    cases = Cases(model=trainer.outputs["model"], cases=handpicked.of_page(pipeline))
    latest, evaluator = _judging_steps(pipeline, generated, trainer.outputs["model"])
    pusher = Pusher(
        models=home.models(pipeline.name),
        registry=home.registry(pipeline.name),
        limit=limit,
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        evaluation=evaluator.outputs["evaluation"],
        examples=generated,
        cases=cases.outputs["results"],
        statistics=statistics.outputs["statistics"],
    )
    steps = [examples, statistics, schema, validator, transform, trainer, cases, latest, evaluator, pusher]
    for step, modules in step_modules(pipeline).items():
        next(s for s in steps if s.id == step).exec_properties["code"] = code_version(*modules)
    return steps


def data_steps(pipeline: Pipeline, located: Located, limit: int, past: Past) -> tuple[Any, Any, Any, Any]:
    """ExampleGen, StatisticsGen, Schema and ExampleValidator."""
    task, name, columns = pipeline.task, pipeline.name, pipeline.columns()
    examples = ExampleGen(
        dataset=name,
        source=pipeline.source,
        located=located,
        columns=columns,
        needed=pipeline.needed(),
        label=Label(task.label, task.classes_or_none, task.log_label),
        splits=pipeline.splits,
        buckets=pipeline.buckets,
        limit=limit,
    )
    statistics = StatisticsGen(examples=examples.outputs["examples"])
    measured = statistics.outputs["statistics"]
    generated = tuple(bucket.name for bucket in pipeline.buckets)
    schema = Schema(dataset=name, statistics=measured, columns=tuple(columns), label=task.label, generated=generated)
    validator = ExampleValidator(
        dataset=name,
        past=past,
        examples=examples.outputs["examples"],
        statistics=measured,
        schema=schema.outputs["schema"],
    )
    return examples, statistics, schema, validator


def _judging_steps(pipeline: Pipeline, examples: Any, model: Any) -> tuple[Any, Any]:
    """The resolver of the last blessed model, and the Evaluator."""
    latest = Resolver(
        strategy_class=LatestBlessedModelStrategy,
        model=channel.Channel(type=standard_artifacts.Model),
        model_blessing=channel.Channel(type=standard_artifacts.ModelBlessing),
    ).with_id(BASELINE_ID)
    evaluator = Evaluator(
        examples=examples,
        model=model,
        baseline_model=latest.outputs["model"],
        task=pipeline.task,
        slices=pipeline.slice_columns,
        thresholds=dict(pipeline.thresholds),
        tolerance=pipeline.tolerance,
    )
    return latest, evaluator


def _transform(pipeline: Pipeline, examples: Any, schema: Any) -> Transform:
    """Analysis only: the Trainer applies the graph to the raw examples, so nothing is written twice."""
    return Transform(
        examples=examples,
        schema=schema,
        preprocessing_fn="components.features.preprocessing.preprocessing_fn",
        custom_config={"description": pipeline.description.to_json()},
        materialize=False,
        disable_statistics=True,
        disable_analyzer_cache=True,
    )


def _trainer(pipeline: Pipeline, examples: Any, transform_graph: Any) -> Trainer:
    code = code_version("components.features.preprocessing", "components.training.export", *model_modules(pipeline))
    return Trainer(
        run_fn="components.training.trainer.run_fn",
        examples=examples,
        transform_graph=transform_graph,
        train_args=trainer_pb2.TrainArgs(),
        eval_args=trainer_pb2.EvalArgs(),
        custom_config={
            "description": pipeline.description.to_json(),
            "model": codec.dumps(pipeline.model),
            "training": codec.dumps(pipeline.training),
            "configuration": codec.dumps(pipeline.configuration()),
            "card": codec.dumps(pipeline.card_fields()),
            "code": code,
        },
    )
