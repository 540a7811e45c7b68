"""Several labels that one model answers."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from schemas.problems import Problem
from schemas.tasks.task import SEVERAL, VALUES, Metric, Task


@dataclass(frozen=True)
class Several(Task):
    """The tasks of a page that has more than one: one trunk, a head for each, and the sum of their weighted losses.

    Whatever belongs to one label has its name in front: metrics and the model's outputs are called ``<label>.<name>``. The
    first task's primary metric is that of the model.

    Attributes:
      label: that of the first task.
      tasks: each with a label of its own; none is a forecast.
    """

    kind: ClassVar[str] = SEVERAL
    tasks: tuple[Task, ...] = ()

    @classmethod
    def of(cls, tasks: tuple[Task, ...]) -> "Several":
        """The tasks of a page."""
        return cls(tasks[0].label, tasks=tasks)

    @property
    def parts(self) -> tuple[Task, ...]:
        """See ``Task.parts``."""
        return self.tasks

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Those of each task, by ``<label>.<name>``."""
        return tuple(
            dataclasses.replace(metric, name=named(task, metric.name)) for task in self.tasks for metric in task.metrics
        )

    @property
    def output(self) -> dict[str, Any]:
        """See ``Task.output``: the dense layers of all tasks side by side; what else a head has follows behind."""
        return {"name": "heads", "units": sum(task.output["units"] for task in self.tasks), "dtype": "float32"}

    @property
    def judged(self) -> tuple[str, ...]:
        """See ``Task.judged``: those of each task, by ``<label>.<name>``."""
        return tuple(named(task, name) for task in self.tasks for name in task.judged)

    def problems(self) -> Iterator[Problem]:
        """Those of each task; also a label that stands twice, a forecast, and no task that counts."""
        for task in self.tasks:
            for problem in task.problems():
                yield dataclasses.replace(problem, field=f"{task.label!r}.{problem.field}")
            if task.kind in (SEVERAL, VALUES):
                yield Problem(
                    "tasks", type(task).__name__, "tasks of one answer a row: a forecast has a page of its own"
                )
        if not any(task.weight for task in self.tasks):
            yield Problem("tasks", 0, "a weight above 0 for one of them at least: by the others nothing is learned")
        labels = [task.label for task in self.tasks]
        for label in labels:
            if labels.count(label) > 1:
                yield Problem("tasks", label, "each label once")


def named(task: Task, name: str) -> str:
    """What a metric or an output of one of several tasks is called."""
    return with_label(task.label, name)


def with_label(label: str, name: str) -> str:
    """As ``named``, of the task with this label."""
    return f"{label}.{name}"


def own(task: Task, named_values: dict[str, Any]) -> dict[str, Any]:
    """The metrics, outputs or other values of one task, by the names that they have where it is the only one."""
    return of_label(task.label, named_values)


def of_label(label: str, named_values: Mapping[str, Any]) -> dict[str, Any]:
    """As ``own``, of the task with this label."""
    # Not by what a name begins with: a column may be called "a", and another one "a.b", as nested columns are.
    parted = ((name.rpartition("."), value) for name, value in named_values.items())
    return {name: value for (before, _, name), value in parted if before == label}
