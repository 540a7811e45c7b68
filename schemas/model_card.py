"""model_card.json: the description of a model, in its directory. It travels in ``assets.extra`` of the SavedModel."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NotRequired, Self, TypedDict

from schemas.codec import decode, encode
from schemas.description import Description
from schemas.errors import InputError
from schemas.files import write_whole
from schemas.records import Metrics
from schemas.tasks import CLASS, KINDS, SEVERAL, VALUE, Several, Task
from schemas.tasks.several import of_label

# In assets.extra, TensorFlow's folder for files beside the graph, servers read nothing but the warm-up requests.
PATH = Path("assets.extra") / "model_card.json"
_KINDS = {task.__name__: task.kind for task in KINDS} | {Several.__name__: SEVERAL}


class Reading(TypedDict, total=False):
    """How the cells of the source's CSV are read; without a key, an empty cell is missing and a comma delimits.

    Attributes:
      missing: cells that mean no value.
      delimiter: one character.
      decimal, thousands, units, encoding, quote, comment, skip_rows, header, names: as in ``schemas.sources.Csv``, where they
        are not its defaults.
    """

    missing: list[str]
    delimiter: str
    decimal: str
    thousands: str
    units: list[str]
    encoding: str
    quote: str
    comment: str
    skip_rows: int
    header: bool
    names: list[str]


class SubmissionFormat(TypedDict):
    """The file that a Kaggle competition takes.

    Attributes:
      id: the column of the test file that identifies a row.
      column: the header of the prediction.
      values: ``index`` of the class, or ``value``.
    """

    id: str
    column: str
    values: str


class TrainingData(TypedDict, total=False):
    """Which data made a model; empty until it is pushed.

    Attributes:
      fingerprint: sha256 of the source.
      limit: the most rows that were read, 0 for all.
      span: the source's span, 0 where it has none; of a window the last one.
      window: how many spans were read together; models of older versions lack it.
      rows: how many there are, by split.
      examples: the URI of the Examples artifact; its folder ``Split-test`` has the rows that judged the model, gzipped
        TFRecords. Models of older versions lack it.
    """

    fingerprint: str
    limit: int
    span: int
    window: int
    rows: dict[str, int]
    examples: str


class Decision(TypedDict):
    """What a person decided about a pushed version, and no run.

    Attributes:
      kind: ``forced blessing`` or ``rollback``.
      by, at: who, and when (ISO 8601, UTC).
      why: the reason; a rollback may have none, "".
      replaced: the version that was the newest until then, None where there was none.
    """

    kind: str
    by: str
    at: str
    why: str
    replaced: str | None


class OneTask(TypedDict):
    """One of the tasks of a model that has several; the fields are those of ``ModelCard``."""

    label: str
    task: str
    classes: list[str] | None
    share: float | None


class Interface(TypedDict):
    """What a caller depends on; the fields are those of ``ModelCard``.

    Attributes:
      horizon: of a forecast alone.
      tasks: of several tasks alone: the classes by label, None of a number.
    """

    inputs: dict[str, dict[str, str]]
    outputs: list[str]
    classes: list[str] | None
    horizon: NotRequired[int]
    tasks: NotRequired[dict[str, list[str] | None]]


class Identity(TypedDict):
    """Which model an answer is from: its name, its semantic and its integer version."""

    model: str
    version: str | None
    serving_version: int | None


@dataclass(frozen=True)
class ModelCard:
    """A model's name, version, interface, quality and origin.

    Attributes:
      name: the dataset.
      task: the name of its class, such as ``BinaryClassification`` (schemas.tasks).
      label: the column that is predicted; the first one of several.
      inputs: raw columns of a request: ``{"type": "number" | "string" | "image"}`` by name. A
        number or a string may be missing, an image may not. Beside it ``tensor``, its name in the ``predict`` signature; and
        of cells that must look like something ``form`` (``timestamp``, ``exact``, ``set``, ``vector``, ``latitude``,
        ``longitude``) with the form's parameters (schemas.forms).
      outputs: names of the model's outputs; of several tasks with the label in front, such as ``Fare.value``.
      classes: class names in the order of ``probabilities``; None for numbers and for several tasks.
      configuration: features, model and training as the page declares them.
      code: the hash of the code that made features and model.
      example: one request's input.
      reading: how the source's CSV cells are read.
      submission: what Kaggle takes, where the page declares it.
      splits: how the rows were divided (schemas.splits); by time, with the first times of eval and test as they were found.
      share: of the labels, 0 to 1, that the answers' intervals promise to hold; None where answers have none.
      tasks: those of a model that has several, in the order of the page; None for another one.
      devices: what it was trained on, e.g. ``CPU`` or ``2 workers x 4 GPUs (NVIDIA L4)``.
      version: the semantic version; None until the model is pushed. The fields below are too.
      serving_version: the integer version that TF Serving reads.
      run_id: the run that pushed it.
      pushed_at: ISO 8601, UTC.
      data: which data made it.
      weights: a hash of graph and weights as they were trained.
      metrics: on the test split.
      libraries: version by name.
      decision: why the version is there, where a run did not push it.
    """

    name: str
    task: str
    label: str
    inputs: dict[str, dict[str, str]]
    outputs: list[str]
    classes: list[str] | None
    configuration: dict[str, Any]
    code: str
    example: dict[str, Any] = field(default_factory=dict)
    reading: Reading = field(default_factory=Reading)
    submission: SubmissionFormat | None = None
    splits: dict[str, Any] = field(default_factory=dict)
    share: float | None = None
    tasks: list[OneTask] | None = None
    devices: str = ""
    version: str | None = None
    serving_version: int | None = None
    run_id: str | None = None
    pushed_at: str | None = None
    data: TrainingData = field(default_factory=TrainingData)
    weights: str | None = None
    metrics: Metrics = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    decision: Decision | None = None

    @property
    def interface(self) -> Interface:
        """What a caller depends on: a change of it is a major version."""
        # Not the label, the task or the submission: they are in no request and, of a single task, in no answer.
        found: Interface = {"inputs": self.inputs, "outputs": self.outputs, "classes": self.classes}
        if self.horizon is not None:
            found["horizon"] = self.horizon
        if self.tasks:
            found["tasks"] = {task["label"]: task["classes"] for task in self.tasks}
        return found

    @property
    def kind(self) -> str:
        """What an answer is, as ``schemas.tasks.Task.kind``."""
        # A task that only a newer version knows answers, as far as this one can tell, a class or a number.
        return _KINDS.get(self.task, CLASS if self.classes else VALUE)

    def parts(self) -> tuple[Self, ...]:
        """A card for each task, as if it were the only one: its outputs and metrics without the label in front.

        A model that has one task has one part, the card itself.
        """
        if not self.tasks:
            return (self,)
        # The configuration of a page that is not trained yet is empty.
        tasks = self.configuration.get("task", {}).get("tasks", [None] * len(self.tasks))
        return tuple(
            dataclasses.replace(
                self,
                **part,
                outputs=list(of_label(part["label"], dict.fromkeys(self.outputs))),
                metrics=of_label(part["label"], self.metrics),
                configuration=self.configuration | ({"task": task} if task else {}),
                tasks=None,
            )
            for part, task in zip(self.tasks, tasks, strict=True)
        )

    @property
    def horizon(self) -> int | None:
        """How many values a forecast answers; None for another task."""
        return int(self.configuration["task"]["horizon"]) if self.outputs == ["values"] else None

    @property
    def has_classes(self) -> bool:
        """Whether an answer has the probabilities of classes, be it by one task of several."""
        return self.classes is not None or any(task["classes"] for task in self.tasks or ())

    @property
    def identity(self) -> Identity:
        """Which model an answer is from, as ``slipway predict --json`` prints it."""
        return {"model": self.name, "version": self.version, "serving_version": self.serving_version}

    def write(self, model: Path) -> None:
        """Writes the card into a model directory, where it appears under its name only when it is whole."""
        write_whole(model / PATH, json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False))

    @classmethod
    def read(cls, model: Path) -> "ModelCard":
        """The card of a model directory. Raises InputError where there is none, or one that cannot be read."""
        try:
            return cls(**json.loads((model / PATH).read_text(encoding="utf-8")))
        # TypeError: a field is missing, or is unknown to this version.
        except (OSError, ValueError, TypeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(
                f"the model folder {model} has no readable card ({PATH}: {reason}); "
                f"put its card back, or take the folder out of {model.parent}"
            ) from error


def of_description(
    description: Description, outputs: list[str], configuration: dict[str, Any], code: str, example: dict[str, Any]
) -> ModelCard:
    """The card of a model that is trained but not yet judged.

    Args:
      outputs: names of the answer's fields.
      configuration: of the page, not encoded yet: features, model and training.
      code: the hash of the code that made features and model.
      example: one request's input.
    """
    task = description.task
    return ModelCard(
        name=description.name,
        **_one(task),
        inputs=description.inputs(),
        outputs=outputs,
        configuration=encode(configuration),
        code=code,
        example=example,
        tasks=[_one(part) for part in task.parts] if task.kind == SEVERAL else None,
    )


def _one(task: Task) -> OneTask:
    classes = task.classes_or_none
    return {
        "label": task.label,
        "task": type(task).__name__,
        "classes": list(classes) if classes else None,
        "share": task.share,
    }


def description_of(card: ModelCard) -> Description:
    """The inverse of ``of_description``. Raises InputError for a card of an older version, with other features."""
    try:
        return Description(card.name, decode(card.configuration["task"]), decode(card.configuration["features"]))
    except (KeyError, TypeError) as error:
        raise InputError(
            f"the card of {card.name} {card.version} has features that this version cannot read ({error}); train it again"
        ) from error
