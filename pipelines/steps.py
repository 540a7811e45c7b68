"""The table of steps: what each is, follows, runs and needs; light to import.

A new step is a component, a row of TABLE and its wiring (pipelines.execution.wiring). What is shown of it, its cache
key, its place in a cluster and its resources follow from the row.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from components.data.sources import module_of
from pipelines.spec import Pipeline

# Shown as steps: the loading of libraries, and what is written last.
IMPORTS, REPORT = "Imports", "Report"
LEAST_CPU = "1"
LEAST_MEMORY = "2Gi"  # the libraries alone take one


def _none(_: Pipeline) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Step:
    """One step of every pipeline.

    Attributes:
      id: the id of its TFX node.
      words: what it does, as a terminal shows it.
      task: the KFP task that it shares with others; a process takes 6 to 10 seconds to start, a light step a fraction of one.
      follows: ids of the steps that it waits for; they stand before it in the table.
      modules: the modules of ours that it runs, None where TFX gives it no parameter that a hash of code could stand in.
      page_modules: more of them, which depend on the page.
      beam: whether Beam does its work.
      cpu, memory: what its pod asks for, as Kubernetes writes amounts.
      beside: with a pod per node, the step whose pod it shares; "" for a pod of its own.
      reads_source: whether it needs to know where the source lies.
      cached: whether outputs of an earlier run may stand for its own.
      trains: whether it is what several workers and accelerators are for.
      gives_result: whether the run's result is known when it is done.
    """

    id: str
    words: str
    task: str
    follows: tuple[str, ...] = ()
    modules: tuple[str, ...] | None = None
    page_modules: Callable[[Pipeline], tuple[str, ...]] = _none
    beam: bool = False
    cpu: str = LEAST_CPU
    memory: str = LEAST_MEMORY
    beside: str = ""
    reads_source: bool = False
    cached: bool = True
    trains: bool = False
    gives_result: bool = False

    @property
    def own_task(self) -> str:
        """Its task with a pod per node: ``ExampleGen`` is ``example-gen``, as names of tasks become names of pods."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self.beside or self.id).lower()


def derived_modules(pipeline: Pipeline) -> tuple[str, ...]:
    """The modules of the functions that derive features, each once."""
    paths = (feature.derived for feature in pipeline.features.values() if feature.derived)
    return tuple(sorted({path.partition(":")[0] for path in paths}))


def model_modules(pipeline: Pipeline) -> tuple[str, ...]:
    """The modules that make the model and its derived features."""
    return (*pipeline.model.modules, *derived_modules(pipeline))


# In the order in which they run.
TABLE: tuple[Step, ...] = (
    Step(
        "ExampleGen",
        "read the source, split it, write tf.Examples",
        "prepare",
        modules=("components.data.example_gen",),
        page_modules=lambda pipeline: (module_of(pipeline.source),),
        beam=True,
        memory="3Gi",
        reads_source=True,
    ),
    Step(
        "StatisticsGen",
        "count and measure every column",
        "prepare",
        follows=("ExampleGen",),
        modules=(),  # no code of ours: the libraries' versions alone
        beam=True,
        memory="3Gi",
    ),
    Step(
        "Schema",
        "the schema that the data must keep",
        "prepare",
        follows=("StatisticsGen",),
        modules=("components.data.schema",),
    ),
    Step(
        "ExampleValidator",
        "no anomalies, or the run stops",
        "prepare",
        follows=("ExampleGen", "StatisticsGen", "Schema"),
        modules=("components.data.example_validator",),
        reads_source=True,
    ),
    Step(
        "Transform",
        "learn scales and vocabularies",
        "transform",
        follows=("ExampleGen", "Schema", "ExampleValidator"),
        modules=("components.features.preprocessing", "components.features.transform"),
        page_modules=derived_modules,
        beam=True,
        memory="3Gi",
    ),
    Step(
        "Trainer",
        "train the model, keep the best weights",
        "train",
        follows=("ExampleGen", "Transform"),
        modules=("components.training.trainer",),
        page_modules=model_modules,
        cpu="2",
        memory="4Gi",
        trains=True,
    ),
    Step(
        "Cases",
        "ask it the handpicked questions",
        "evaluate",
        follows=("Trainer",),
        modules=("components.evaluation.cases",),
    ),
    Step(
        "LatestBlessed",
        "find the last blessed model",
        "evaluate",
        # A resolver runs for a tenth of a second; there it finds the baseline just before that is needed.
        beside="Evaluator",
    ),
    Step(
        "Evaluator",
        "judge the model, overall and by slice",
        "evaluate",
        follows=("ExampleGen", "Trainer", "LatestBlessed"),
        modules=("components.evaluation.evaluator",),
        beam=True,
        memory="3Gi",
    ),
    Step(
        "ErrorAnalyzer",
        "find what it gets wrong, and why",
        "evaluate",
        follows=("ExampleGen", "Trainer", "Evaluator"),
        modules=("components.evaluation.error_analyzer",),
        beam=True,
        memory="3Gi",
    ),
    Step(
        "Pusher",
        "give it a version, show it to the server",
        "evaluate",
        follows=("ExampleGen", "StatisticsGen", "Trainer", "Cases", "Evaluator"),
        modules=("components.pusher",),
        cached=False,  # a push has an effect outside of MLMD, which the cache cannot see: the pushed model may be gone
    ),
    Step(
        "Registrar",
        "keep what is known of it",
        "evaluate",
        follows=(
            "ExampleGen",
            "StatisticsGen",
            "Schema",
            "Transform",
            "Trainer",
            "Cases",
            "Evaluator",
            "ErrorAnalyzer",
            "Pusher",
        ),
        modules=("components.registrar",),
        beside="Pusher",  # it copies files for a tenth of a second
        cached=False,  # as the Pusher: the dossier may be gone
        gives_result=True,
    ),
)
BY_ID = {step.id: step for step in TABLE}
(TRAINER,) = (step.id for step in TABLE if step.trains)
(RESULT_STEP,) = (step.id for step in TABLE if step.gives_result)
# Tasks of several steps; one of a single step has that step's words.
_TASK_WORDS = {
    "prepare": "examples, statistics, schema, no anomalies",
    "evaluate": "judge the model, give it a version",
}
_WORDS = (
    {IMPORTS: "load TensorFlow and TFX", REPORT: "write down what it gets wrong, and why"}
    | {step.id: step.words for step in TABLE}
    | {step.task: step.words for step in TABLE}
    | {step.own_task: step.words for step in TABLE if not step.beside}
    | _TASK_WORDS
)


def words(name: str) -> str:
    """What a step, a task of a cluster, the loading of libraries or the report does, as a terminal shows it; else ""."""
    return _WORDS.get(name, "")


def modules(pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    """The modules of ours that each step runs, by id; what they import counts too (components.code_version)."""
    return {step.id: (*step.modules, *step.page_modules(pipeline)) for step in TABLE if step.modules is not None}
