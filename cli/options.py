"""Options that several commands share, as the command line declares them."""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from importlib import metadata
from typing import Annotated, Any

import typer

from pipelines.kubeflow.layout import Options
from schemas.errors import InputError

Name = Annotated[str, typer.Argument(help="The dataset, as `slipway list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, everything else on stderr.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback for an error.")]
# How a pipeline is laid out: pipelines.kubeflow.layout.
Image = Annotated[str, typer.Option(help="The trainer's image, with its registry and tag.")]
Root = Annotated[
    str, typer.Option(help="Where files are kept: pvc://NAME[/PREFIX] (ReadWriteMany) or gs://BUCKET[/PREFIX].")
]
Cpu = Annotated[list[str] | None, typer.Option(metavar="NODE=CORES", help="Cores for a node, e.g. Trainer=4.")]
Memory = Annotated[list[str] | None, typer.Option(metavar="NODE=AMOUNT", help="Memory for a node, e.g. Trainer=8Gi.")]
Gpus = Annotated[int, typer.Option(help="Accelerators of the Trainer's pod, or of each worker.")]
GpuType = Annotated[str, typer.Option(help="With --gpus: the resource that the device plugin offers.")]
GpuSelector = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE", help="With --gpus: a label of their nodes. [default: nvidia.com/gpu.present=true]"
    ),
]
GpuToleration = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY", help="With --gpus: the key of a taint of their nodes. [default: --gpu-type]"),
]
Workers = Annotated[int, typer.Option(help="Pods that train together.")]
Retries = Annotated[int, typer.Option(help="How often a failed task is started again.")]
Timeout = Annotated[int, typer.Option(help="The most seconds of a task.")]
MetadataUrl = Annotated[str, typer.Option(help="The metadata database: mysql://USER@HOST:PORT/DATABASE.")]
MetadataSecret = Annotated[str, typer.Option(help="The Secret whose key `password` opens it.")]
PullPolicy = Annotated[str, typer.Option(help="When the image is pulled: IfNotPresent, Always or Never.")]
PullSecret = Annotated[str | None, typer.Option(help="The Secret that opens the image's registry.")]
PodPerNode = Annotated[bool, typer.Option("--pod-per-node", help="A pod for each node instead of for each group.")]
Beam = Annotated[str, typer.Option(help="Where Beam's work is done: local (in the pods), flink, spark or dataflow.")]
FlinkMaster = Annotated[str, typer.Option(metavar="HOST:PORT", help="With --beam flink: Flink's REST address.")]
BeamArg = Annotated[
    list[str] | None, typer.Option(metavar="--KEY=VALUE", help="An argument of Beam's own; may be repeated.")
]


def need_kubeflow() -> None:
    """Raises InputError where the libraries of Kubeflow Pipelines, an extra of this package, are not installed."""
    for library in ("kfp", "kfp-kubernetes"):
        try:
            metadata.version(library)
        except metadata.PackageNotFoundError:
            raise InputError(
                f"this command needs {library}; install it with: pip install 'slipway[kubeflow]'"
            ) from None


_LAYOUT: dict[str, Any] = {
    "root": Root, "cpu": Cpu, "memory": Memory, "gpus": Gpus, "gpu_type": GpuType, "gpu_selector": GpuSelector,
    "gpu_toleration": GpuToleration, "workers": Workers, "retries": Retries, "timeout": Timeout, "metadata": MetadataUrl,
    "metadata_secret": MetadataSecret, "pull_policy": PullPolicy, "pull_secret": PullSecret, "pod_per_node": PodPerNode,
    "beam": Beam, "flink_master": FlinkMaster, "beam_arg": BeamArg,
}  # fmt: skip


def with_layout(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each field of the layout but the image; ``layout(context)`` reads them."""

    @functools.wraps(command)
    def wrapped(**given: Any) -> None:
        command(**{name: value for name, value in given.items() if name not in _LAYOUT})

    own = list(inspect.signature(command).parameters.values())
    defaults = {field.name: None if field.default == () else field.default for field in dataclasses.fields(Options)}
    laid = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=defaults[name], annotation=kind)
        for name, kind in _LAYOUT.items()
    ]
    at = next(place for place, parameter in enumerate(own) if parameter.name == "as_json")
    wrapped.__signature__ = inspect.Signature([*own[:at], *laid, *own[at:]])  # type: ignore[attr-defined]
    wrapped.__annotations__ = command.__annotations__ | _LAYOUT
    return wrapped


def layout(context: typer.Context) -> Options:
    """The layout that a command was called with. Raises InputError."""
    given = {field.name: context.params[field.name] for field in dataclasses.fields(Options)}
    lists = {name: tuple(given[name] or ()) for name in ("cpu", "memory", "gpu_selector", "gpu_toleration", "beam_arg")}
    return Options(**given | lists)
