"""The result of a run, read from the artifacts that its steps published."""

import json
from pathlib import Path
from typing import Any

from tfx.utils import path_utils

from components.evaluation import cases
from components.evaluation.evaluator import FILE as VERDICT
from pipelines.execution.launching import FinishedStep, property_of
from pipelines.spec import Pipeline
from schemas.model_card import ModelCard


def of_steps(
    pipeline: Pipeline, run_id: str, steps: dict[str, FinishedStep], seconds: dict[str, float], log: Path
) -> dict[str, Any]:
    """What ``slipway run --json`` prints, but for the total time."""
    (evaluation,) = steps["Evaluator"].outputs["evaluation"]
    (asked,) = steps["Cases"].outputs["results"]
    (push,) = steps["Pusher"].outputs["pushed_model"]
    verdict = json.loads((Path(evaluation.uri) / VERDICT).read_text(encoding="utf-8"))
    (model,) = steps["Trainer"].outputs["model"]
    pushed = bool(property_of(push, "pushed"))
    return {
        "dataset": pipeline.name,
        "run_id": run_id,
        "blessed": verdict["blessed"],
        "version": property_of(push, "version") if pushed else None,
        "serving_version": int(property_of(push, "pushed_version")) if pushed else None,
        "pushed_to": property_of(push, "pushed_destination") if pushed else None,
        **{key: verdict[key] for key in ("metrics", "examples", "split", "naive", "baseline", "baseline_note")},
        "devices": ModelCard.read(Path(path_utils.serving_model_dir(model.uri))).devices,
        "checks": verdict["checks"],
        "worst_slice": verdict["worst_slice"],
        "slices": verdict["slices"],
        "cases": cases.read(asked.uri),
        "seconds": seconds,
        "cached": [name for name, step in steps.items() if step.cached],
        "limit": property_of(push, "limit"),
        "repeated": False,
        "log": str(log),
        "excluded": {column: excluded.why for column, excluded in pipeline.excluded.items()},
    }


def evidence(steps: dict[str, FinishedStep]) -> list[str]:
    """The paths that must still be there for the result to stand: all artifacts, and the pushed model."""
    artifacts = [artifact for step in steps.values() for found in step.outputs.values() for artifact in found]
    pushed = [property_of(artifact, "pushed_destination") for artifact in artifacts]
    return [artifact.uri for artifact in artifacts if Path(artifact.uri).exists()] + [path for path in pushed if path]
