"""What the commands that train without pushing share: K-fold, learning curve, workflow and tuning."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from schemas import events

if TYPE_CHECKING:
    from pipelines.execution.session import Request


class Result(Protocol):
    """Of an experiment."""

    def to_json(self) -> dict[str, Any]:
        """What ``--json`` prints."""


AResult = TypeVar("AResult", bound=Result)


def announced(name: str, experiment: Callable[[], AResult]) -> AResult:
    """The experiment's result; publishes that it began, and what came of it."""
    events.publish(events.RunStarted(name))
    result = experiment()
    events.publish(events.RunFinished(result.to_json()))
    return result


def request_of(
    name: str,
    settings: list[str] | None,
    include: list[str] | None,
    limit: int,
    span: int,
    window: int,
    no_cache: bool,
    accept_drift: bool,
    graph: Path | None = None,
) -> "Request":
    """The request for a dataset's page, from the options of cli.options. Raises InputError for what the page does not take."""
    from pipelines.execution.session import Request
    from pipelines.page import catalog
    from pipelines.page.drawn import with_graph
    from pipelines.page.resolution import with_included, with_settings
    from schemas.home import Home

    page = with_graph(with_included(catalog.load(name), include or []), graph)
    page = with_settings(page, settings or [])
    return Request(page, Home.from_environment(), limit, not no_cache, accept_drift, span=span, window=window)
