"""Compiles a dataset's pipeline for Kubeflow Pipelines v2; imports neither TFX nor TensorFlow.

Every task runs cli.node on some of the pipeline's TFX nodes. The pipeline itself is built anew in each pod, so
that whatever does not change its shape can be a parameter of the run.
"""

import inspect
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kfp import compiler, dsl, kubernetes

from pipelines import steps
from pipelines.beam.runners import LOCAL
from pipelines.kubeflow import groups, roots
from pipelines.kubeflow.layout import Options
from pipelines.page import catalog, handpicked
from pipelines.page.parameters import TABLE, Parameters, applied, text_of
from pipelines.page.resolution import with_domains
from schemas import page_folders
from schemas.errors import InputError
from schemas.files import write_whole
from schemas.settings import Setting

RUN_ID = "run_id"
RESULT = "result"  # an output parameter of the task that holds steps.RESULT_STEP: what `slipway run --json` prints
PASSWORD_KEY = "password"
USER = 1000  # of the images
_DEFAULTS = Parameters()
_BACKOFF_SECONDS, _BACKOFF_FACTOR = 30, 2
_SDK_LIMIT = "3600s"  # of all attempts of a task together
_SHARED_MEMORY = "2Gi"  # NCCL's; it counts as memory of the pod


def pipeline_name(dataset: str) -> str:
    """The pipeline's name in KFP, which also names pods."""
    return f"slipway-{dataset.replace('_', '-')}"


def check_page(dataset: str, parameters: Parameters = _DEFAULTS) -> None:
    """Raises InputError for a page, its cases or parameters with a mistake: here, not in a pod an hour later."""
    handpicked.of_page(with_domains(applied(catalog.load(dataset), parameters)))


def note_of_image(dataset: str) -> str | None:
    """What the image needs besides Slipway, where the page is outside of the package; else None."""
    file = catalog.path(dataset)
    if file.parent == page_folders.PACKAGE:
        return None
    folder = page_folders.shown(file.parent)
    return (
        f"{dataset} is a page of your own: the image must have {folder}, too, and {page_folders.VARIABLE} must name it there, "
        f"such as by COPY {folder} /pages and ENV {page_folders.VARIABLE}=/pages (docs/pages.md)"
    )


def compiled(dataset: str, options: Options) -> str:
    """The two YAML documents, PipelineSpec and PlatformSpec; the same text for the same arguments."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pipeline.yaml"
        compiler.Compiler().compile(_pipeline(dataset, options), str(file))
        return _retried_to_the_last(file.read_text(encoding="utf-8"), options)


def _retried_to_the_last(text: str, options: Options) -> str:
    """The compiled pipeline with time enough for every retry.

    Argo takes ``backoffMaxDuration`` for the time in which all attempts must end, and KFP's SDK allows an hour at most: a
    training that is lost after that would not be tried again.
    """
    waits = sum(_BACKOFF_SECONDS * _BACKOFF_FACTOR**attempt for attempt in range(options.retries))
    seconds = (options.retries + 1) * options.timeout + waits
    return text.replace(f"backoffMaxDuration: {_SDK_LIMIT}", f"backoffMaxDuration: {seconds}s")


def write(text: str, file: Path) -> None:
    """Writes the compiled pipeline, whole or not at all. Raises InputError where that is not possible."""
    try:
        write_whole(file, text, parents=False)
    except OSError as error:
        raise InputError(f"-o {file}: {error.strerror}; name a file in a folder that you can write to") from error


def _pipeline(dataset: str, options: Options) -> Any:
    """KFP's pipeline: its parameters are the signature of a function."""

    def pipeline(**values: Any) -> None:
        made: dict[str, dsl.PipelineTask] = {}
        for task in options.tasks:
            step = _component(dataset, task, options.image)(**{RUN_ID: dsl.PIPELINE_JOB_ID_PLACEHOLDER}, **values)
            step.set_caching_options(False).after(*(made[name] for name in task.after))  # TFX caches
            _place(step, dataset, task, options)
            made[task.name] = step

    declared = _declared(pipeline, [_parameter(p.name, _kind(p), _default(p)) for p in TABLE])
    lines = [f"  {parameter.name}: {parameter.rule.help}" for parameter in TABLE]
    declared.__doc__ = "\n".join([catalog.summary(dataset), "", "Args:", *lines])
    return dsl.pipeline(name=pipeline_name(dataset))(declared)


def _component(dataset: str, task: groups.Task, image: str) -> Any:
    """KFP's component of a task: the entry point with the task's nodes and all parameters of the run."""

    def component(**inputs: Any) -> dsl.ContainerSpec:
        nodes = [argument for node in task.nodes for argument in ("--node", node)]
        values = [argument for p in TABLE for argument in ("--param", f"{p.name}={inputs[p.name]}")]
        result = ["--result", inputs[RESULT]] if RESULT in inputs else []
        arguments = [dataset, *nodes, "--run-id", inputs[RUN_ID], *values, *result]
        return dsl.ContainerSpec(image=image, command=list(groups.ENTRY_POINT), args=arguments)

    inputs = [_parameter(RUN_ID, str), *(_parameter(p.name, _kind(p)) for p in TABLE)]
    outputs = [_parameter(RESULT, dsl.OutputPath(str))] if steps.RESULT_STEP in task.nodes else []
    declared = _declared(component, [*inputs, *outputs])
    declared.__name__ = task.name.replace("-", "_")  # becomes the task's name
    return dsl.container_component(declared)


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=annotation, default=default)


def _kind(parameter: Setting) -> type:
    """The type in KFP: a list travels as JSON."""
    return str if parameter.type is list else parameter.type


def _default(parameter: Setting) -> Any:
    return text_of(parameter.default) if parameter.type is list else parameter.default


def _declared(function: Callable[..., Any], parameters: list[inspect.Parameter]) -> Any:
    """A function of keyword arguments as one with the given signature, which KFP reads and calls by position."""
    signature = inspect.Signature(parameters)

    def declared(*args: Any, **kwargs: Any) -> Any:
        return function(**signature.bind(*args, **kwargs).arguments)

    declared.__signature__ = signature  # type: ignore[attr-defined]
    return declared


def _place(step: dsl.PipelineTask, dataset: str, task: groups.Task, options: Options) -> None:
    """Resources, volumes, environment and rights of a task's pod."""
    if options.retries:
        step.set_retry(options.retries, f"{_BACKOFF_SECONDS}s", _BACKOFF_FACTOR, _SDK_LIMIT)
    kubernetes.set_timeout(step, options.timeout)
    kubernetes.set_image_pull_policy(step, options.pull_policy)
    if options.pull_secret:
        kubernetes.set_image_pull_secrets(step, [options.pull_secret])
    kubernetes.set_security_context(step, run_as_user=USER, run_as_group=USER, run_as_non_root=True)
    for key, value in _labels(dataset, task).items():
        kubernetes.add_pod_label(step, key, value)
    _give_files(step, roots.parse(options.root))
    step.set_env_variable("SLIPWAY_METADATA", options.metadata)
    kubernetes.use_secret_as_env(step, options.metadata_secret, {PASSWORD_KEY: "SLIPWAY_METADATA_PASSWORD"})
    if any(steps.BY_ID[node].beam for node in task.nodes):
        _give_beam(step, options)
    trains = steps.TRAINER in task.nodes
    if trains and options.workers > 1:
        _give_resources(step, steps.LEAST_CPU, steps.LEAST_MEMORY)
        _give_workers(step, task, options)
    else:
        _give_resources(step, options.task_cpu(task), options.task_memory(task))
        if trains and options.gpus:
            _give_accelerators(step, options)
    if trains and options.gpus:
        step.set_env_variable(
            "SLIPWAY_GPUS", str(options.gpus)
        )  # fewer than given are an error (components.training.devices)
        kubernetes.empty_dir_mount(step, "shm", "/dev/shm", medium="Memory", size_limit=_SHARED_MEMORY)


def _labels(dataset: str, task: groups.Task) -> dict[str, str]:
    return {
        "app.kubernetes.io/part-of": "slipway",
        "app.kubernetes.io/name": "slipway-pipeline",
        "app.kubernetes.io/component": task.name,
        "slipway/dataset": dataset,
    }


def _give_files(step: dsl.PipelineTask, root: roots.Root) -> None:
    kubernetes.mount_pvc(step, root.claim, root.mount)
    if root.bucket:
        kubernetes.add_pod_annotation(step, "gke-gcsfuse/volumes", "true")  # has the driver's sidecar injected
    step.set_env_variable("SLIPWAY_HOME", root.home).set_env_variable("SLIPWAY_DATA", root.data)


def _give_resources(step: dsl.PipelineTask, cpu: str, memory: str) -> None:
    step.set_cpu_request(cpu)  # without a limit: idle cores of the node may be used
    step.set_memory_request(memory).set_memory_limit(memory)


def _give_beam(step: dsl.PipelineTask, options: Options) -> None:
    """Where the pod's Beam work is done (pipelines.beam.runners.from_environment)."""
    if options.beam != LOCAL:
        step.set_env_variable("SLIPWAY_BEAM", options.beam)
    if options.flink_master:
        step.set_env_variable("SLIPWAY_FLINK_MASTER", options.flink_master)
    if options.beam_arg:
        step.set_env_variable("SLIPWAY_BEAM_ARGS", json.dumps(options.beam_arg))


def _give_accelerators(step: dsl.PipelineTask, options: Options) -> None:
    step.set_accelerator_type(options.gpu_type).set_accelerator_limit(options.gpus)
    for key, value in options.selector.items():
        kubernetes.add_node_selector(step, key, value)
    for toleration in options.tolerations:
        kubernetes.add_toleration(step, **toleration)


def _give_workers(step: dsl.PipelineTask, task: groups.Task, options: Options) -> None:
    """What the Trainer's pod must know to start workers that are like itself but for their resources and their place.

    It only waits for them: a GPU of its own would lie idle.
    """
    step.set_env_variable("SLIPWAY_WORKERS", str(options.workers))
    memory = options.task_memory(task)
    gpus = {options.gpu_type: str(options.gpus)} if options.gpus else {}
    worker = {
        "resources": {
            "requests": {"cpu": options.task_cpu(task), "memory": memory, **gpus},
            "limits": {"memory": memory, **gpus},
        },
        "nodeSelector": options.selector if options.gpus else {},
        "tolerations": options.tolerations if options.gpus else [],
    }
    step.set_env_variable("SLIPWAY_WORKER_POD", json.dumps(worker))
    kubernetes.use_field_path_as_env(step, "SLIPWAY_POD_NAME", "metadata.name")
    kubernetes.use_field_path_as_env(step, "SLIPWAY_POD_NAMESPACE", "metadata.namespace")
