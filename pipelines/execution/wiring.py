"""How the TFX component of each step is made, and what it takes from the steps before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tfx.components import StatisticsGen, Trainer
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy
from tfx.proto import trainer_pb2, transform_pb2
from tfx.types import channel, standard_artifacts

from components.code_version import code_version
from components.data import statistics
from components.data.example_gen import ExampleGen
from components.data.example_validator import ExampleValidator
from components.data.past_statistics import Past
from components.data.schema import Schema
from components.data.sources import Located
from components.evaluation.cases import Cases
from components.evaluation.error_analyzer import ErrorAnalyzer
from components.evaluation.evaluator import Evaluator
from components.features.transform import Transform
from components.pusher import Pusher
from components.registrar import Registrar
from pipelines.page import finding, handpicked
from pipelines.spec import Pipeline
from pipelines.steps import model_modules
from schemas import codec
from schemas.columns import labels_of
from schemas.home import Home
from schemas.splits import TRAIN
from schemas.tasks import Forecast


@dataclass(frozen=True)
class Parts:
    """What a component is made of.

    Attributes:
      pipeline: the page, with the curated schema's names taken in (pipelines.page.resolution).
      located: where its source was found.
      home: where models and the version map are kept.
      limit: the most rows that are read, 0 for all.
      past: what the data may not differ from.
      made: the components of the steps before, by id.
    """

    pipeline: Pipeline
    located: Located
    home: Home
    limit: int
    past: Past
    made: dict[str, Any] = field(default_factory=dict)

    def output(self, step: str, key: str) -> Any:
        """The channel of an output of a step before."""
        return self.made[step].outputs[key]


def _example_gen(parts: Parts) -> ExampleGen:
    page, task = parts.pipeline, parts.pipeline.task
    forecast = task if isinstance(task, Forecast) else None
    return ExampleGen(
        dataset=page.name,
        source=page.source,
        located=parts.located,
        columns=page.columns(),
        forms=page.description.forms(),
        needed=page.needed(),
        labels=labels_of(task),
        forecast=forecast,
        splits=page.splits,
        buckets=page.buckets,
        limit=parts.limit,
    )


def _statistics_gen(parts: Parts) -> StatisticsGen:
    return StatisticsGen(examples=parts.output("ExampleGen", "examples"), stats_options=statistics.OPTIONS)


def _schema(parts: Parts) -> Schema:
    page = parts.pipeline
    return Schema(
        dataset=page.name,
        statistics=parts.output("StatisticsGen", "statistics"),
        columns=tuple(page.columns()),
        labels=page.labels,
        width=page.task.label_width,
        generated=tuple(bucket.name for bucket in page.buckets),
    )


def _example_validator(parts: Parts) -> ExampleValidator:
    return ExampleValidator(
        dataset=parts.pipeline.name,
        past=parts.past,
        examples=parts.output("ExampleGen", "examples"),
        statistics=parts.output("StatisticsGen", "statistics"),
        schema=parts.output("Schema", "schema"),
    )


def _transform(parts: Parts) -> Transform:
    return transform(parts, parts.output("ExampleGen", "examples"))


def transform(parts: Parts, examples: Any, analyzed: Sequence[str] = (TRAIN,)) -> Transform:
    """Analysis only: whoever trains applies the graph to the raw examples, so nothing is written twice.

    Args:
      examples: a channel of Examples.
      analyzed: the splits of theirs that scales and vocabularies are learned from.
    """
    return Transform(
        examples=examples,
        schema=parts.output("Schema", "schema"),
        preprocessing_fn="components.features.preprocessing.preprocessing_fn",
        custom_config={"description": parts.pipeline.description.to_json()},
        splits_config=transform_pb2.SplitsConfig(analyze=list(analyzed)),
        materialize=False,
        # The statistics of the transformed examples are two thirds of Transform's time, and nothing reads them.
        disable_statistics=True,
        # TFX keeps analyses per span for rolling windows; with one span the cache only costs stages.
        disable_analyzer_cache=True,
    )


def _trainer(parts: Parts) -> Trainer:
    page = parts.pipeline
    # What makes the model's interface, which the semantic version is computed from.
    code = code_version("components.features.preprocessing", "components.training.export", *model_modules(page))
    return Trainer(
        # By import path: with module_file TFX builds a wheel with pip at run time.
        run_fn="components.training.trainer.run_fn",
        examples=parts.output("ExampleGen", "examples"),
        transform_graph=parts.output("Transform", "transform_graph"),
        # TFX requires both; steps and epochs are of the page's training, in custom_config.
        train_args=trainer_pb2.TrainArgs(),
        eval_args=trainer_pb2.EvalArgs(),
        custom_config={
            "description": page.description.to_json(),
            "model": codec.dumps(page.model),
            "training": codec.dumps(page.training),
            "configuration": codec.dumps(page.configuration()),
            "card": codec.dumps(page.card_fields()),
            "code": code,
        },
    )


def _cases(parts: Parts) -> Cases:
    # Their content and not their path: the cache sees an edited case.
    return Cases(model=parts.output("Trainer", "model"), cases=handpicked.of_page(parts.pipeline))


def _latest_blessed(_: Parts) -> Resolver:
    return Resolver(
        strategy_class=LatestBlessedModelStrategy,
        model=channel.Channel(type=standard_artifacts.Model),
        model_blessing=channel.Channel(type=standard_artifacts.ModelBlessing),
    )


def _evaluator(parts: Parts) -> Evaluator:
    page = parts.pipeline
    return Evaluator(
        examples=parts.output("ExampleGen", "examples"),
        model=parts.output("Trainer", "model"),
        baseline_model=parts.output("LatestBlessed", "model"),
        task=page.task,
        slices=page.slice_columns,
        thresholds=dict(page.thresholds),
        tolerance=page.tolerance,
        behaviour=page.contracts,
    )


def _error_analyzer(parts: Parts) -> ErrorAnalyzer:
    page = parts.pipeline
    return ErrorAnalyzer(
        description=page.description,
        model_spec=page.model,
        training=page.training,
        slices=page.slice_columns,
        buckets=page.buckets,
        examples=parts.output("ExampleGen", "examples"),
        model=parts.output("Trainer", "model"),
        evaluation=parts.output("Evaluator", "evaluation"),
    )


def _pusher(parts: Parts) -> Pusher:
    name = parts.pipeline.name
    return Pusher(
        models=parts.home.models(name),
        registry=parts.home.registry(name),
        limit=parts.limit,
        model=parts.output("Trainer", "model"),
        model_blessing=parts.output("Evaluator", "blessing"),
        evaluation=parts.output("Evaluator", "evaluation"),
        examples=parts.output("ExampleGen", "examples"),
        cases=parts.output("Cases", "results"),
        statistics=parts.output("StatisticsGen", "statistics"),
    )


def _registrar(parts: Parts) -> Registrar:
    page = parts.pipeline
    return Registrar(
        registry=parts.home.registry(page.name),
        thresholds=dict(page.thresholds),
        page_folder=finding.folder_of(page.name),
        examples=parts.output("ExampleGen", "examples"),
        statistics=parts.output("StatisticsGen", "statistics"),
        schema=parts.output("Schema", "schema"),
        transform_graph=parts.output("Transform", "transform_graph"),
        model=parts.output("Trainer", "model"),
        cases=parts.output("Cases", "results"),
        evaluation=parts.output("Evaluator", "evaluation"),
        blessing=parts.output("Evaluator", "blessing"),
        analysis=parts.output("ErrorAnalyzer", "analysis"),
        pushed_model=parts.output("Pusher", "pushed_model"),
    )


# By the id of the step (pipelines.steps.TABLE).
WIRING: dict[str, Callable[[Parts], Any]] = {
    "ExampleGen": _example_gen,
    "StatisticsGen": _statistics_gen,
    "Schema": _schema,
    "ExampleValidator": _example_validator,
    "Transform": _transform,
    "Trainer": _trainer,
    "Cases": _cases,
    "LatestBlessed": _latest_blessed,
    "Evaluator": _evaluator,
    "ErrorAnalyzer": _error_analyzer,
    "Pusher": _pusher,
    "Registrar": _registrar,
}
