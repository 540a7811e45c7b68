"""Reads a compiled pipeline, both YAML documents, and refuses by name what this simulation does not carry out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from kfp.kubernetes import kubernetes_executor_config_pb2 as kubernetes
from kfp.pipeline_spec import pipeline_spec_pb2 as spec

from pipelines.kubeflow.simulate import values
from schemas.errors import InputError, shown

_KUBERNETES = "kubernetes"
# What is carried out, or checked, or has no effect; whatever else a document sets is refused.
_CARRIED_OUT: dict[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "PipelineSpec": "pipeline_info deployment_spec sdk_version schema_version components root",
        "PipelineInfo": "name display_name description",
        "ComponentSpec": "input_definitions output_definitions dag executor_label",
        "DagSpec": "tasks",
        "PipelineTaskSpec": "task_info inputs dependent_tasks caching_options component_ref retry_policy",
        "CachingOptions": "",
        "TaskInputsSpec": "parameters",
        "InputParameterSpec": "task_output_parameter runtime_value component_input_parameter",
        "ValueOrRuntimeParameter": "constant",
        "ComponentInputsSpec": "parameters",
        "ComponentOutputsSpec": "parameters",
        "ParameterSpec": "parameter_type default_value is_optional description",
        "PipelineDeploymentConfig": "executors",
        "ExecutorSpec": "container",
        "PipelineContainerSpec": "image command args resources env",
        "PlatformSpec": "platforms",
        "SinglePlatformSpec": "deployment_spec platform",
        "PlatformDeploymentConfig": "executors",
        "KubernetesExecutorConfig": "secret_as_env pvc_mount node_selector pod_metadata image_pull_secret image_pull_policy "
        "active_deadline_seconds field_path_as_env tolerations empty_dir_mounts security_context",
        "SecretAsEnv": "secret_name key_to_env optional secret_name_parameter",
        "PvcMount": "constant component_input_parameter mount_path pvc_name_parameter sub_path",
        "NodeSelector": "labels",
        "ImagePullSecret": "secret_name secret_name_parameter",
        "Toleration": "key operator value effect toleration_seconds",
    }.items()
}
_REASONS = {
    "enable_cache": "KFP's cache would pass over tasks that must run: TFX has a cache of its own; compile with it off",
    "resolver": "KFP cannot run resolvers outside of Vertex AI",
}


@dataclass(frozen=True)
class Task:
    """One task of the pipeline, with its parts of the two documents.

    Attributes:
      name: in the DAG.
      spec: PipelineTaskSpec.
      component: ComponentSpec: the declared inputs and outputs.
      container: PipelineContainerSpec: image, command, arguments.
      pod: KubernetesExecutorConfig; empty where the second document does not name the task.
    """

    name: str
    spec: Any
    component: Any
    container: Any
    pod: Any


@dataclass(frozen=True)
class Document:
    """A compiled pipeline.

    Attributes:
      name: of the pipeline.
      inputs: ParameterSpec by name: the pipeline's parameters.
      tasks: by name, each after those that it waits for.
    """

    name: str
    inputs: Mapping[str, Any]
    tasks: Mapping[str, Task]


def read(file: Path) -> Document:
    """The pipeline in a file that KFP's compiler wrote.

    Raises:
      InputError: the file cannot be read, is not such a pipeline, has fields that this KFP does not define, or uses one
        that is not simulated; names the field.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"cannot read {file}: {reason}; name a file that `slipway compile` wrote") from error
    try:
        return parse(text)
    except InputError as error:
        raise InputError(f"{file}: {error}") from error


def parse(text: str) -> Document:
    """As ``read``, of the file's text."""
    pipeline, platform = _documents(text)
    parsed = _message(pipeline, spec.PipelineSpec(), "")
    _refuse_unknown(parsed, "")
    if not parsed.pipeline_info.name:
        raise InputError("pipelineInfo.name: is missing")
    # PipelineSpec holds it as a Struct, which takes any field: only its own message shows those that KFP does not know.
    deployment = _message(pipeline.get("deploymentSpec", {}), spec.PipelineDeploymentConfig(), "deploymentSpec")
    _refuse_unknown(deployment, "deploymentSpec")
    # A task whose executor the platform document does not name gets an empty configuration, as in KFP.
    pods = _pods(platform)
    tasks = {name: _task(name, parsed, deployment, pods) for name in _ordered(parsed.root.dag.tasks)}
    if not tasks:
        raise InputError("root.dag.tasks: the pipeline has no task")
    for task in tasks.values():
        _check_inputs(task, tasks, parsed.root.input_definitions.parameters)
    return Document(parsed.pipeline_info.name, parsed.root.input_definitions.parameters, tasks)


def _documents(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        # The compiler writes one document for any platform, and a second one with what only Kubernetes has.
        found = list(yaml.safe_load_all(text))
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {' '.join(str(error).split())}") from error
    if not 1 <= len(found) <= 2 or not all(isinstance(document, dict) for document in found):
        raise InputError(
            f"received {len(found)} YAML documents; a PipelineSpec, and at most a PlatformSpec, are expected"
        )
    return found[0], found[1] if len(found) == 2 else {}


def _pods(platform: dict[str, Any]) -> dict[str, Message]:
    """The KubernetesExecutorConfig of each executor that the second document names."""
    parsed = _message(platform, spec.PlatformSpec(), "")
    _refuse_unknown(parsed, "")
    if other := sorted(set(parsed.platforms) - {_KUBERNETES}):
        raise InputError(f"platforms.{other[0]}: is not simulated; kubernetes is")
    executors = parsed.platforms[_KUBERNETES].deployment_spec.executors if parsed.platforms else {}
    pods = {}
    for label, config in executors.items():
        where = f"platforms.kubernetes.deploymentSpec.executors.{label}"
        # KFP declares the executors of a platform as free-form, so that only here a misspelt field is found.
        pods[label] = _message(json_format.MessageToDict(config), kubernetes.KubernetesExecutorConfig(), where)
        _refuse_unknown(pods[label], where)
    return pods


def _message(value: Any, message: Any, where: str) -> Any:
    try:
        return json_format.ParseDict(value, message)
    except json_format.ParseError as error:
        at = f"{where}: " if where else ""
        raise InputError(f"{at}not a {message.DESCRIPTOR.name} of this KFP: {' '.join(str(error).split())}") from error


def _refuse_unknown(message: Message, where: str) -> None:
    """Raises InputError for the first field that is set and not carried out; descends into messages and maps."""
    # ListFields has the set fields alone. Messages without an entry, such as maps' entries, have all their fields carried out.
    known = _CARRIED_OUT.get(message.DESCRIPTOR.name)
    for field, value in message.ListFields():
        at = f"{where}.{field.json_name}" if where else field.json_name
        if known is not None and field.name not in known:
            reason = _REASONS.get(field.name, "that is not simulated")
            raise InputError(f"{at}: received {_brief(value)}; {reason}")
        # Free-form values (google.protobuf.Struct and Value) have no fields of KFP's to refuse.
        if field.type != FieldDescriptor.TYPE_MESSAGE or field.message_type.file.name.startswith("google/protobuf/"):
            continue
        for name, inner in _inner(field, value):
            _refuse_unknown(inner, f"{at}{name}")


def _inner(field: Any, value: Any) -> list[tuple[str, Message]]:
    """The messages in a field, each with what its path ends in."""
    if field.message_type.GetOptions().map_entry:
        return [(f".{key}", inner) for key, inner in value.items() if isinstance(inner, Message)]
    if field.is_repeated:
        return [(f"[{index}]", inner) for index, inner in enumerate(value)]
    return [("", value)]


def _brief(value: Any) -> str:
    """A field's value on one line."""
    return " ".join(shown(json_format.MessageToDict(value) if isinstance(value, Message) else value).split())


def _ordered(tasks: Mapping[str, Any]) -> list[str]:
    """The tasks' names, each after those that it waits for; raises InputError for an unknown one and for a circle."""
    done: list[str] = []
    # Before the order is sought: an unknown name would look like a circle.
    for name, task in tasks.items():
        for upstream in task.dependent_tasks:
            if upstream not in tasks:
                raise InputError(f"root.dag.tasks.{name}.dependentTasks: no task {shown(upstream)}")
    while len(done) < len(tasks):
        ready = [name for name in tasks if name not in done and set(tasks[name].dependent_tasks) <= set(done)]
        if not ready:
            left = ", ".join(sorted(set(tasks) - set(done)))
            raise InputError(f"root.dag.tasks: {left} wait for each other; tasks must not form a circle")
        # Sorted, so that a simulation of the same file goes the same way.
        done += sorted(ready)
    return done


def _task(name: str, parsed: Any, deployment: Any, pods: Mapping[str, Any]) -> Task:
    task, where = parsed.root.dag.tasks[name], f"root.dag.tasks.{name}"
    reference = task.component_ref.name
    if reference not in parsed.components:
        raise InputError(f"{where}.componentRef: no component {shown(reference)}")
    component = parsed.components[reference]
    # Its tasks would need a scope of their own for inputs and outputs, and Slipway compiles none.
    if component.HasField("dag"):
        raise InputError(f"components.{reference}.dag: a pipeline in the pipeline is not simulated")
    label = component.executor_label
    if label not in deployment.executors:
        raise InputError(f"components.{reference}.executorLabel: no executor {shown(label)}")
    executor = deployment.executors[label]
    if not executor.HasField("container") or not executor.container.command:
        raise InputError(f"deploymentSpec.executors.{label}: a container with a command is expected")
    return Task(name, task, component, executor.container, pods.get(label, kubernetes.KubernetesExecutorConfig()))


def _check_inputs(task: Task, tasks: Mapping[str, Task], inputs: Mapping[str, Any]) -> None:
    """That every input comes from somewhere."""
    for name, given in task.spec.inputs.parameters.items():
        where = f"root.dag.tasks.{task.name}.inputs.parameters.{name}"
        kind = given.WhichOneof("kind")
        if kind is None:
            raise InputError(f"{where}: has no value")
        if kind == "component_input_parameter" and given.component_input_parameter not in inputs:
            raise InputError(f"{where}: the pipeline has no parameter {shown(given.component_input_parameter)}")
        if kind == "task_output_parameter":
            _check_producer(where, given.task_output_parameter, task, tasks)
    declared = task.component.input_definitions.parameters, task.component.output_definitions.parameters
    for name, parameter in [*declared[0].items(), *declared[1].items()]:
        if parameter.parameter_type not in values.TYPES:
            kind = spec.ParameterType.ParameterTypeEnum.Name(parameter.parameter_type)
            raise InputError(f"components.{task.spec.component_ref.name}: {name}: the type {kind} is not simulated")


def _check_producer(where: str, output: Any, task: Task, tasks: Mapping[str, Task]) -> None:
    """KFP waits for what dependentTasks names, and for nothing else."""
    if output.producer_task not in task.spec.dependent_tasks:
        raise InputError(f"{where}: {shown(output.producer_task)} is not in the task's dependentTasks")
    if output.output_parameter_key not in tasks[output.producer_task].component.output_definitions.parameters:
        raise InputError(f"{where}: {output.producer_task} has no output {shown(output.output_parameter_key)}")
