"""Cases: every new model's answers to the handpicked inputs of its dataset, in cases.json.

They do not decide the blessing: a handful of odd inputs shows where a model is weak, and not how good it is.
"""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import tensorflow as tf
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact, artifact_utils, channel, component_spec, standard_artifacts
from tfx.utils import path_utils

from components.artifacts import Artifacts
from prediction.answer import NotFiniteError, UnreadableInputError
from prediction.loaded_model import LoadedModel, loaded_once
from schemas.cases import Case, as_expected
from schemas.records import AnswerJson, CaseResult, CasesReport

FILE = "cases.json"


class CaseResults(artifact.Artifact):
    """cases.json: a ``CasesReport``."""

    TYPE_NAME = "CaseResults"


class Executor(base_executor.BaseExecutor):
    """Calls the ``predict`` signature with every case."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Writes cases.json into the ``results`` artifact; a failed case fails neither the step nor the run."""
        cases = [Case(**case) for case in json.loads(exec_properties["cases"])]
        trained = Path(path_utils.serving_model_path(artifact_utils.get_single_uri(input_dict["model"])))
        report = judge(cases, trained)
        with tf.io.gfile.GFile(os.path.join(artifact_utils.get_single_uri(output_dict["results"]), FILE), "w") as file:
            file.write(json.dumps(report.to_json(), indent=1, ensure_ascii=False))


def judge(cases: list[Case], trained: Path) -> CasesReport:
    """Calls a SavedModel with every case; the answers are those of ``answer_to``.

    Args:
      trained: the folder of the SavedModel.
    """
    results = []
    if cases:  # loading a model takes a second
        model = loaded_once(trained)
        for case in cases:
            # One at a time: an input that cannot be read would fail the whole batch.
            answer = answer_to(model, case.input)
            passed = as_expected(case.expect, answer)
            results.append(CaseResult(case.line, case.why, case.expect, answer, passed, case.input))
    return CasesReport.of(tuple(results))


def answer_to(model: LoadedModel, value: Any) -> AnswerJson:
    """One answer.

    Args:
      value: the input of a request: a value by raw column, or that of the only column.

    Returns:
      ``{"class", "confidence"}``, ``{"value"}``, or ``{"error": reason}`` where the model cannot read the input or its answer
      is not finite.
    """
    try:
        (answer,) = model.predict([value])
    except UnreadableInputError as error:
        return {"error": f"it cannot read the input: {error.reason}"}
    except NotFiniteError as error:
        return {"error": f"its answer is {error.value}"}
    return answer.as_json(probabilities=False)


def read(uri: str) -> CasesReport:
    """The report in the folder ``uri`` of a CaseResults artifact."""
    with tf.io.gfile.GFile(os.path.join(uri, FILE)) as file:
        return CasesReport.from_json(json.loads(file.read()))


class CasesSpec(component_spec.ComponentSpec):
    """``cases`` is JSON text and not a file's name, so that the cache sees an edited case."""

    PARAMETERS = {"cases": component_spec.ExecutionParameter(type=str)}
    INPUTS = {"model": component_spec.ChannelParameter(type=standard_artifacts.Model)}
    OUTPUTS = {"results": component_spec.ChannelParameter(type=CaseResults)}


class Cases(base_component.BaseComponent):
    """The answers to a dataset's handpicked cases, where it has any; output ``results``."""

    SPEC_CLASS = CasesSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, *, model: Any, cases: list[Case]) -> None:
        text = json.dumps([dataclasses.asdict(case) for case in cases], ensure_ascii=False)
        super().__init__(spec=CasesSpec(cases=text, model=model, results=channel.Channel(type=CaseResults)))
