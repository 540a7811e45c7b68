"""The result of a run, read from the artifacts that its steps published."""

from pathlib import Path

from tfx.utils import path_utils

from components.evaluation import cases, evaluator
from pipelines.execution.launching import FinishedStep, property_of
from pipelines.spec import Pipeline
from schemas.model_card import ModelCard
from schemas.records import RunResult


def of_steps(
    pipeline: Pipeline, run_id: str, steps: dict[str, FinishedStep], seconds: dict[str, float], log: Path
) -> RunResult:
    """The result of finished steps, without the total time."""
    (evaluation,) = steps["Evaluator"].outputs["evaluation"]
    (asked,) = steps["Cases"].outputs["results"]
    (push,) = steps["Pusher"].outputs["pushed_model"]
    verdict = evaluator.read(evaluation.uri)
    (model,) = steps["Trainer"].outputs["model"]
    pushed = bool(property_of(push, "pushed"))
    return RunResult(
        dataset=pipeline.name,
        run_id=run_id,
        blessed=verdict.blessed,
        version=property_of(push, "version") if pushed else None,
        serving_version=int(property_of(push, "pushed_version")) if pushed else None,
        pushed_to=property_of(push, "pushed_destination") if pushed else None,
        metrics=verdict.metrics,
        intervals=verdict.intervals,
        caution=verdict.caution,
        examples=verdict.examples,
        split=verdict.split,
        naive=verdict.naive,
        baseline=verdict.baseline,
        baseline_note=verdict.baseline_note,
        devices=ModelCard.read(Path(path_utils.serving_model_dir(model.uri))).devices,
        checks=verdict.checks,
        contracts=verdict.contracts,
        worst_slice=verdict.worst_slice,
        slices=verdict.slices,
        cases=cases.read(asked.uri),
        seconds=seconds,
        cached=tuple(name for name, step in steps.items() if step.cached),
        limit=property_of(push, "limit"),
        repeated=False,
        log=str(log),
        excluded={column: excluded.why for column, excluded in pipeline.excluded.items()},
    )


def evidence(steps: dict[str, FinishedStep]) -> list[str]:
    """The paths that must still be there for the result to stand: all artifacts, and the pushed model."""
    artifacts = [artifact for step in steps.values() for found in step.outputs.values() for artifact in found]
    pushed = [property_of(artifact, "pushed_destination") for artifact in artifacts]
    return [artifact.uri for artifact in artifacts if Path(artifact.uri).exists()] + [path for path in pushed if path]
