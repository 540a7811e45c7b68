"""Gives a task its inputs, and its command their values, as KFP's driver (resolve.go) and launcher (launcher_v2.go) do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2 as spec

from pipelines.kubeflow.simulate import values
from pipelines.kubeflow.simulate.document import Document, Task
from schemas.errors import InputError, shown

OPEN = "{{$"
_PLACEHOLDER = re.compile(r"\{\{\$\.(inputs\.parameters\['(?P<input>[^']+)'\]|outputs\.parameters\['(?P<output>[^']+)'\]"
                          r"\.output_file)\}\}|(?P<all>\{\{\$\}\})")  # fmt: skip
_STRUCTURES = ('{"IfPresent"', '{"Concat"')  # the SDK writes them as arguments


class Unknown:
    """The value of another task's output before that task has run."""


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Run:
    """What is the same for all tasks of a run.

    Attributes:
      run_id: a UUID.
      name: as the run is displayed.
      resource: the name of Argo's workflow.
      created, scheduled: RFC 3339, UTC.
      parameters: the pipeline's parameters; None for an optional one without a value.
    """

    run_id: str
    name: str
    resource: str
    created: str
    scheduled: str
    parameters: Mapping[str, Any]

    def constant(self, value: Any, task: str) -> Any:
        """A constant of a task's input; a placeholder of the run is one only where it is the whole constant."""
        # The whole value alone is compared, as resolve.go does: within a longer text KFP leaves them as they are.
        known = {
            "{{$.pipeline_job_uuid}}": self.run_id,
            "{{$.pipeline_job_name}}": self.name,
            "{{$.pipeline_job_resource_name}}": self.resource,
            "{{$.pipeline_task_name}}": task,
            "{{$.pipeline_job_create_time_utc}}": self.created,
            "{{$.pipeline_job_schedule_time_utc}}": self.scheduled,
        }
        return known.get(value, value) if isinstance(value, str) else value


def parameters(document: Document, given: Mapping[str, str]) -> values.Values:
    """The pipeline's parameters: KEY=VALUE texts, else defaults.

    Raises:
      InputError: a key that the pipeline does not have, a text that does not fit its type, or a value that is missing.
    """
    for name in given:
        if name not in document.inputs:
            known = ", ".join(sorted(document.inputs)) or "none"
            raise InputError(f"-p {name}: the pipeline has no such parameter; it has {known}")
    found: values.Values = {}
    for name, declared in document.inputs.items():
        if name in given:
            try:
                found[name] = values.from_text(given[name], declared.parameter_type)
            except ValueError as error:
                raise InputError(f"-p {name}: {error}") from None
        elif declared.HasField("default_value"):
            found[name] = json_format.MessageToDict(declared.default_value)
        elif declared.is_optional:
            found[name] = None
        else:
            raise InputError(f"-p {name}=VALUE is missing: the pipeline's parameter {name} has no default")
    return found


def resolved(given: Any, task: Task, run: Run, outputs: Mapping[str, Mapping[str, Any]]) -> Any:
    """The value of an InputParameterSpec, or None where KFP would take it as not given.

    Args:
      outputs: of the finished tasks, by task and name.
    """
    kind = given.WhichOneof("kind")
    if kind == "component_input_parameter":
        return run.parameters[given.component_input_parameter]
    if kind == "task_output_parameter":
        output = given.task_output_parameter
        return outputs.get(output.producer_task, {}).get(output.output_parameter_key, UNKNOWN)
    return run.constant(json_format.MessageToDict(given.runtime_value.constant), task.name)


def _replaced(value: Any, given: Any, where: str) -> Any:
    """The value; raises InputError for a constant that still holds a placeholder."""
    if given.WhichOneof("kind") == "runtime_value" and isinstance(value, str) and OPEN in value:
        raise InputError(
            f"{where}: received {shown(value)}; KFP leaves it as it is: a placeholder of the run must be the whole constant, "
            f"and be one of those that KFP knows"
        )
    return value


def inputs(task: Task, run: Run, outputs: Mapping[str, Mapping[str, Any]]) -> values.Values:
    """A task's input parameters: what the DAG gives it, converted and checked as the driver does, else defaults.

    Where an image or an amount is a parameter, the SDK adds inputs that no component declares; some are never replaced.

    Raises:
      InputError: a value is missing or not of its type.
    """
    definitions = task.component.input_definitions.parameters
    given_values = {name: resolved(given, task, run, outputs) for name, given in task.spec.inputs.parameters.items()}
    found = {name: value for name, value in given_values.items() if name not in definitions}
    for name, declared in definitions.items():
        where = f"root.dag.tasks.{task.name}.inputs.parameters.{name}"
        value = given_values.get(name)
        if value is not None:
            _replaced(value, task.spec.inputs.parameters[name], where)
            found[name] = value if value is UNKNOWN else _converted(value, declared.parameter_type, where)
        elif declared.HasField("default_value") and (name not in given_values or declared.is_optional):
            found[name] = json_format.MessageToDict(declared.default_value)
        elif not declared.is_optional:
            raise InputError(f"{where}: has no value, and no default")
    return found


def _converted(value: Any, kind: int, where: str) -> Any:
    """Any value will do for a STRING; all others must be of their type."""
    # The driver formats any value for a STRING; it converts for no other type.
    if kind == spec.ParameterType.STRING:
        return values.as_text(value)
    if not values.fits(value, kind):
        expected = spec.ParameterType.ParameterTypeEnum.Name(kind)
        raise InputError(f"{where}: received {shown(value)}; {expected} is expected")
    return value


def command(task: Task, given: Mapping[str, Any], files: Mapping[str, str]) -> list[str]:
    """Command and arguments with their placeholders replaced, once, from left to right.

    Args:
      given: the task's inputs.
      files: where each output parameter is to be written.

    Raises:
      InputError: a placeholder that KFP would leave as it is, or of an input without a value.
    """
    found = []
    for number, argument in enumerate([*task.container.command, *task.container.args]):
        where = f"deploymentSpec.executors: {task.name}: argument {number}"
        # KFP v1's structured placeholders: the launcher replaces those by other rules.
        if argument.startswith(_STRUCTURES):
            raise InputError(f"{where}: received {shown(argument)}; that is not simulated")
        found.append(_substituted(argument, given, files, where))
    return found


def _substituted(text: str, given: Mapping[str, Any], files: Mapping[str, str], where: str) -> str:
    def replacement(match: re.Match[str]) -> str:
        if match["all"]:
            return _executor_input(given, files)
        if match["output"] in files:
            return files[match["output"]]
        if match["input"] in given:
            value = given[match["input"]]
            return "" if value is UNKNOWN else values.as_text(value)
        raise InputError(f"{where}: received {shown(match[0])}; the task has no such input or output with a value")

    # In one pass: a value that looks like a placeholder is text, and is not replaced again.
    text = _PLACEHOLDER.sub(replacement, text)
    if OPEN in text:
        raise InputError(f"{where}: received {shown(text)}; KFP would hand it on with the placeholder as it is")
    return text


def _executor_input(given: Mapping[str, Any], files: Mapping[str, str]) -> str:
    """What ``{{$}}`` stands for: KFP's ExecutorInput as JSON."""
    known = {name: value for name, value in given.items() if value is not UNKNOWN}
    written = {
        "inputs": {"parameterValues": known},
        "outputs": {"parameters": {name: {"outputFile": file} for name, file in files.items()}},
    }
    # Through the message and back, so that names and defaults are those that a container in a cluster reads.
    parsed = json_format.ParseDict(written, spec.ExecutorInput())
    return json_format.MessageToJson(parsed, indent=None, ensure_ascii=False)


def of_pod(text: str, given: Mapping[str, Any], where: str) -> str:
    """An image, an amount or a resource's name, which may be an input of the task: then that is all of it.

    Raises:
      InputError: the placeholder is not the whole text, or its value is not a text that is known before the run.
    """
    match = _PLACEHOLDER.fullmatch(text)
    # KFP's driver resolves these fields before the pod exists; it takes an input as the whole value alone.
    if match is None or not match["input"]:
        if OPEN in text:
            raise InputError(
                f"{where}: received {shown(text)}; one input of the task is expected, and nothing around it"
            )
        return text
    value = given.get(match["input"])
    if not isinstance(value, str) or not value:
        known = "nothing known before the run" if value in (None, UNKNOWN) else shown(value)
        raise InputError(f"{where}: {text} is {known}; a text is expected")
    return value


def text(given: Any, task: Task, run: Run, where: str) -> str:
    """The name of a claim or a Secret that an InputParameterSpec gives.

    Raises:
      InputError: it is not a text, empty, or not known before the run.
    """
    value = _replaced(resolved(given, task, run, {}), given, where)
    if not isinstance(value, str) or not value:
        known = "nothing known before the run" if value in (None, UNKNOWN) else shown(value)
        raise InputError(f"{where}: received {known}; a name is expected")
    return value


def left_over(texts: Mapping[str, str], where: str) -> None:
    """Raises InputError for a placeholder in an environment variable: KFP replaces none there."""
    for name, value in texts.items():
        if OPEN in value:
            raise InputError(f"{where} {name}: received {shown(value)}; KFP replaces no placeholder there")
