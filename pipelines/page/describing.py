"""A page as forms and drawings need it: inputs, task, output layer, settings; light to import, without TensorFlow."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.page import catalog
from pipelines.page.resolution import with_domains
from pipelines.spec import Pipeline
from registry import version_map
from registry.versioning import parse
from schemas import encoding, settings
from schemas.errors import InputError
from schemas.home import Home
from schemas.tasks import CLASSES, Forecast, Several, Task
from schemas.thresholds import VALUE, AtLeast, AtMost, bound_of
from schemas.training import Training

PARTS = ("model", "training", "splits")
_TRANSFORM = "Transform/transform_graph"  # below the pipeline root; a folder for each execution, named by its number
_VOCABULARIES = "transform_fn/assets"
_LOSSES = {
    "cross_entropy": "cross-entropy",
    "focal": "focal loss",
    "squared": "mean squared error",
    "absolute": "mean absolute error",
    "huber": "Huber loss",
}


def described(row: catalog.Row, home: Home) -> dict[str, Any]:
    """A dataset as JSON values: the fields of the studio's message ``Dataset``; with ``problem`` for a page with a mistake."""
    found: dict[str, Any] = {
        "name": row.name,
        "summary": row.summary,
        "outside": row.is_outside,
        "version": _newest(home, row.name),
        "problem": None,
    }
    try:
        return found | _of_page(with_domains(catalog.load(row.name)), home)
    except InputError as error:
        empty: dict[str, Any] = {
            "model": "",
            "inputs": [],
            "task": None,
            "settings": [],
            "thresholds": {},
            "prepared": False,
        }
        return found | empty | {"problem": str(error)}


def _of_page(pipeline: Pipeline, home: Home) -> dict[str, Any]:
    inputs = list(_inputs(pipeline, _learned(pipeline, home)))
    return {
        "model": type(pipeline.model).__name__,
        "inputs": inputs,
        "task": _task(pipeline.task, pipeline.training),
        "settings": [form for part in PARTS for form in _settings(part, getattr(pipeline, part))],
        "thresholds": _thresholds(pipeline),
        "prepared": all(one["ids"] is not None for one in inputs),
    }


def _inputs(pipeline: Pipeline, learned: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    tensors = encoding.encoded(pipeline.description, lambda feature: learned.get(feature, 0))
    for number, (name, one) in enumerate(tensors.items()):
        is_open = one.dtype == "int64" and encoding.is_learned(one.feature) and name not in learned
        yield {
            "name": name,
            "input_name": encoding.input_name(number, name),
            "kind": type(one.feature).__name__.lower(),
            "shape": list(one.shape),
            "dtype": one.dtype,
            "ids": None if is_open else one.ids,
        }


def _learned(pipeline: Pipeline, home: Home) -> dict[str, int]:
    """How many names or words the last Transform learned of each feature; of a feature that it did not have, nothing."""
    made = home.pipeline(pipeline.name) / _TRANSFORM
    runs = sorted((folder for folder in made.glob("*") if folder.name.isdigit()), key=lambda folder: int(folder.name))
    if not runs:
        return {}
    features = (name for name, feature in pipeline.features.items() if encoding.is_learned(feature))
    sizes = ((name, _lines(runs[-1] / _VOCABULARIES / encoding.vocabulary_name(name))) for name in features)
    return {name: size for name, size in sizes if size is not None}


def _lines(file: Path) -> int | None:
    try:
        with file.open("rb") as lines:
            return sum(1 for _ in lines)
    except OSError:
        return None


def _task(task: Task, training: Training) -> dict[str, Any]:
    if isinstance(task, Several):
        parts = [_task(part, training) for part in task.parts]
        loss = " + ".join(
            f"{part.weight:g} x ({own['output']['loss']})" for part, own in zip(task.parts, parts, strict=True)
        )
        return _described(task, loss) | {"tasks": parts}
    return _described(task, f"{_LOSSES[training.loss_of(task)]}{_of_what(task)}")


def _of_what(task: Task) -> str:
    """What the loss compares, where it is no class."""
    if isinstance(task, Forecast):
        return f" of the next {task.horizon} values of {task.label}, on the scale of their window"
    if task.kind == CLASSES:
        return ", the mean over the classes"
    label = f"log(1 + {task.label})" if task.log_label else task.label
    of = "" if task.classes_or_none else f" of the z-score of {label}"
    return of + ("" if task.share is None else ", and the pinball losses of its interval's ends")


def _described(task: Task, loss: str) -> dict[str, Any]:
    config = dict(task.output)
    return {
        "kind": type(task).__name__,
        "label": task.label,
        "classes": list(task.classes_or_none) if task.classes_or_none else None,
        "primary_metric": task.primary.name,
        "output": {
            "layer": "Dense",
            "name": config.pop("name"),
            "config": config,
            "loss": loss,
        },
    }


def _settings(part: str, values: Any) -> Iterator[dict[str, Any]]:
    for one in settings.describe(type(values)):
        value = getattr(values, one["name"])
        form = {key: item for key, item in one.items() if key != "default"}
        yield {"part": part, **form, "value": value}


def _thresholds(pipeline: Pipeline) -> dict[str, str]:
    bounds = {name: bound_of(bound, pipeline.task.metric(name)) for name, bound in pipeline.thresholds.items()}
    return {name: _words(bound) for name, bound in bounds.items()}


def _words(bound: AtLeast | AtMost) -> str:
    end = "" if bound.of == VALUE else f" ({bound.of} of the 95% interval)"
    return f"at {'least' if isinstance(bound, AtLeast) else 'most'} {bound.bound:g}{end}"


def _newest(home: Home, name: str) -> str | None:
    pushed = [entry.version for entry in version_map.entries(home.registry(name)) if entry.version]
    return max(pushed, key=parse, default=None)
