"""What is looked at before a job is queued, so that its mistakes are reported at once and not minutes later."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from studio.jobs import records
from studio.jobs.command import WITH_GRAPH, WITH_SETTINGS
from studio.jobs.records import Record
from studio.jobs.settings import mistakes
from studio.messages.datasets import Dataset
from studio.messages.graphs import Graph, GraphProblem, GraphReport
from studio.messages.jobs import NewJob
from studio.settings import Settings

_LIBRARIES_MB = 1500  # that TensorFlow, Beam and the data take, whatever the graph


class RefusedError(Exception):
    """A job that is not queued; its text is the one line.

    Attributes:
      problems: of its graph.
    """

    def __init__(self, detail: str, problems: list[GraphProblem] | None = None) -> None:
        super().__init__(detail)
        self.problems = problems or []


@dataclass(frozen=True)
class Graphs:
    """What the worker with Keras does for a job's graph.

    Attributes:
      check: a graph and a batch size to a report; with the graph's dataset taken into account.
      written: a graph as Keras' JSON.
    """

    check: Callable[[Graph, int], Awaitable[GraphReport]]
    written: Callable[[Graph], Awaitable[str]]


async def admitted(new: NewJob, dataset: Dataset, limits: Settings, graphs: Graphs) -> tuple[Record, str | None]:
    """The record to queue, and its graph as Keras' JSON.

    Raises:
      RefusedError: the job's form, settings, limits or graph do not allow it.
    """
    if dataset.problem is not None:
        raise RefusedError(f"{dataset.name}: {dataset.problem}")
    _check_form(new)
    for mistake in mistakes(dataset, new.settings, drawn=new.graph is not None):
        raise RefusedError(mistake)
    record = _record(new, dataset, limits)
    if new.graph is None:
        return record, None
    graph = new.graph.model_copy(update={"dataset": dataset.name})
    report = await graphs.check(graph, _batch_size(new, dataset))
    _check_report(report, record, limits)
    return record, await graphs.written(graph)


def _check_form(new: NewJob) -> None:
    if new.graph is not None and new.kind not in WITH_GRAPH:
        raise RefusedError(f"graph: a {new.kind} has none; these have: {', '.join(WITH_GRAPH)}")
    if new.settings and new.kind not in WITH_SETTINGS:
        raise RefusedError(f"settings: a {new.kind} has none; these have: {', '.join(WITH_SETTINGS)}")


def _record(new: NewJob, dataset: Dataset, limits: Settings) -> Record:
    minutes, memory_mb = new.minutes or limits.minutes, new.memory_mb or limits.memory_mb
    if minutes > limits.minutes:
        raise RefusedError(
            f"minutes: received {minutes:g}; the studio allows {limits.minutes:g} (slipway studio --minutes)"
        )
    if memory_mb > limits.memory_mb:
        raise RefusedError(
            f"memory_mb: received {memory_mb}; the studio allows {limits.memory_mb} (slipway studio --memory-mb)"
        )
    return Record(
        id=records.new_id(),
        kind=new.kind,
        dataset=new.dataset,
        document=new.document,
        settings=new.settings,
        folds=new.folds,
        limit=new.limit,
        minutes=minutes,
        memory_mb=memory_mb,
        primary_metric=dataset.task.primary_metric if dataset.task is not None else None,
        created=records.now(),
    )


def _batch_size(new: NewJob, dataset: Dataset) -> int:
    """Whole: ``mistakes`` has let it pass."""
    own = next((form.value for form in dataset.settings if form.name == "batch_size"), 32)
    return int(float(new.settings.get("batch_size", own)))


def _check_report(report: GraphReport, record: Record, limits: Settings) -> None:
    if not report.can_train:
        errors = [problem for problem in report.problems if problem.severity == "error"]
        first = errors[0].message if errors else "it cannot be trained"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise RefusedError(f"the graph: {first}{more}", errors)
    if report.parameters > limits.max_parameters:
        raise RefusedError(
            f"the graph has {report.parameters:,} parameters; the studio trains up to {limits.max_parameters:,} "
            "(slipway studio --max-parameters); make its widest layers smaller"
        )
    needed = _LIBRARIES_MB + (report.memory_bytes or 0) / 1e6
    if needed > record.memory_mb:
        raise RefusedError(
            f"training the graph is estimated to take {needed:,.0f} MB, {_LIBRARIES_MB:,} of them for the libraries; the "
            f"job may have {record.memory_mb:,}; make the graph or batch_size smaller"
        )
