"""ErrorAnalyzer: every answer of the model to its test split, and what can be found in them (analysis.records)."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_beam_component, base_beam_executor, executor_spec
from tfx.types import artifact, artifact_utils, channel, component_spec, standard_artifacts
from tfx.utils import path_utils

from analysis.predictions import Info
from analysis.records import Analysis
from components.artifacts import Artifacts
from components.evaluation import answering, evaluator, findings
from components.evaluation.findings import Judged
from registry import dossier
from schemas import codec
from schemas.description import Description
from schemas.files import write_whole
from schemas.tasks import Forecast, Task
from schemas.tasks.forecast import STEP


class ErrorAnalysis(artifact.Artifact):
    """predictions.parquet and analysis.json; of several tasks those of each one (registry.dossier.of_task)."""

    TYPE_NAME = "ErrorAnalysis"


class Executor(base_beam_executor.BaseBeamExecutor):
    """Answers the test split by Beam, then looks for what is wrong in the answers."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Writes predictions.parquet and analysis.json into the ``analysis`` artifact."""
        self._log_startup(input_dict, output_dict, exec_properties)
        folder = Path(artifact_utils.get_single_uri(output_dict["analysis"]))
        examples = artifact_utils.get_single_uri(input_dict["examples"])
        model = path_utils.serving_model_path(artifact_utils.get_single_uri(input_dict["model"]))
        description = Description.from_json(exec_properties["description"])
        infos = [
            Info(
                description.name,
                codec.dumps(task),
                evaluator.SPLIT,
                description.raw(),
                _slices(task, codec.loads(exec_properties["slices"])),
                codec.loads(exec_properties["buckets"]),
            )
            for task in description.task.parts
        ]
        answering.write(self._make_beam_pipeline, examples, model, infos, folder)
        for number, task in enumerate(description.task.parts, start=1):
            of_task = dossier.of_task(folder, number)
            judged = Judged(
                description=dataclasses.replace(description, task=task),
                whole=description.task,
                spec=codec.loads(exec_properties["model_spec"]),
                training=codec.loads(exec_properties["training"]),
                model=Path(model),
                examples=examples,
                verdict=evaluator.read(artifact_utils.get_single_uri(input_dict["evaluation"])),
                answers=of_task,
            )
            write_whole(of_task / dossier.ANALYSIS, json.dumps(findings.of(judged).to_json(), ensure_ascii=False))


def _slices(task: Task, declared: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """The page's, and of a forecast how many steps ahead a value is."""
    return (*declared, (STEP,)) if isinstance(task, Forecast) else declared


def read(uri: str) -> Analysis:
    """The analysis in the folder ``uri`` of an ErrorAnalysis artifact."""
    return Analysis.from_json(json.loads(Path(os.path.join(uri, dossier.ANALYSIS)).read_text(encoding="utf-8")))


class ErrorAnalyzerSpec(component_spec.ComponentSpec):
    """Parameters are JSON texts (schemas.codec): the page's description, model, training, slice columns and Buckets."""

    PARAMETERS = {
        name: component_spec.ExecutionParameter(type=str)
        for name in ("description", "model_spec", "training", "slices", "buckets")
    }
    INPUTS = {
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
        "evaluation": component_spec.ChannelParameter(type=standard_artifacts.ModelEvaluation),
    }
    OUTPUTS = {"analysis": component_spec.ChannelParameter(type=ErrorAnalysis)}


class ErrorAnalyzer(base_beam_component.BaseBeamComponent):
    """The answers to the test split and what is wrong with them; output ``analysis``."""

    SPEC_CLASS = ErrorAnalyzerSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self, *, description: Description, model_spec: Any, training: Any, slices: Any, buckets: Any, **inputs: Any
    ) -> None:
        spec = ErrorAnalyzerSpec(
            description=description.to_json(),
            model_spec=codec.dumps(model_spec),
            training=codec.dumps(training),
            slices=codec.dumps(slices),
            buckets=codec.dumps(buckets),
            analysis=channel.Channel(type=ErrorAnalysis),
            **inputs,
        )
        super().__init__(spec=spec)
