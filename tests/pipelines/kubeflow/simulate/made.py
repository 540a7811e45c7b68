"""Small pipelines compiled by KFP itself, whose tasks run a line of Python each."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from kfp import compiler, dsl
from kfp.dsl.pipeline_channel import PipelineChannel

from pipelines.kubeflow.simulate import document

IMAGE = "registry.example.com/slipway-trainer:1"


def task(name: str, code: str, image: str = IMAGE, **inputs: Any) -> dsl.PipelineTask:
    """A task of a pipeline that is being defined; the code has its inputs as texts in ``given``, by name.

    An input whose value is dsl.OutputPath is an output parameter, of type str unless ``OutputPath(int)``.
    """
    outputs = {key: value for key, value in inputs.items() if isinstance(value, dsl.OutputPath)}
    names = [*inputs]
    script = f"import sys; given = dict(zip({names!r}, sys.argv[1:]))\n{code}"

    def component(*values: Any) -> dsl.ContainerSpec:
        return dsl.ContainerSpec(image=image, command=["python", "-c", script], args=list(values))

    parameters = [
        inspect.Parameter(
            key, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=outputs.get(key) or _type(inputs[key])
        )
        for key in names
    ]
    component.__signature__ = inspect.Signature(parameters)
    component.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    component.__name__ = name
    made = dsl.container_component(component)(**{key: value for key, value in inputs.items() if key not in outputs})
    return made.set_caching_options(False)


_TYPES = {"String": str, "Integer": int, "Float": float, "Boolean": bool, "List": list, "Dict": dict}


def _type(value: Any) -> type:
    return _TYPES[value.channel_type] if isinstance(value, PipelineChannel) else type(value)


def write(folder: Path, function: Callable[..., Any]) -> Path:
    """The file that KFP's compiler makes of a pipeline function."""
    file = folder / "pipeline.yaml"
    compiler.Compiler().compile(dsl.pipeline(name="small")(function), str(file))
    return file


def compiled(folder: Path, function: Callable[..., Any]) -> document.Document:
    return document.read(write(folder, function))


def changed(file: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> str:
    """The file's text after a change of its two documents."""
    documents = [*yaml.safe_load_all(file.read_text()), {}][:2]
    change(*documents)
    return yaml.safe_dump_all([one for one in documents if one])
