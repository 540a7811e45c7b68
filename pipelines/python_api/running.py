"""A pipeline run from Python, with the settings of the command line as values."""

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from pipelines.execution import run as execution
from pipelines.execution.session import Request
from pipelines.page import catalog
from pipelines.page.drawn import with_graph
from pipelines.page.resolution import with_included, with_settings
from pipelines.spec import Pipeline
from schemas.errors import InputError, SpecError, shown
from schemas.home import Home
from schemas.records import RunResult
from schemas.settings import by_name


@dataclasses.dataclass(frozen=True)
class Options:
    """What `slipway.run` takes beside the pipeline and its settings; the fields are the options of `slipway run`."""

    limit: int = 0
    cache: bool = True
    accept_drift: bool = False
    include: Sequence[str] = ()
    graph: Path | None = None
    span: int = 0
    window: int = 1


def run(pipeline: Pipeline | str, options: Options, settings: Mapping[str, Any]) -> RunResult:
    """See ``slipway.run``."""
    page = catalog.load(pipeline) if isinstance(pipeline, str) else pipeline
    if not isinstance(page, Pipeline):
        raise SpecError(f"slipway.run: received {shown(page)}; a Pipeline or the name of a page is expected")
    page = with_graph(with_included(page, list(options.include)), options.graph)
    request = Request(
        with_values(page, settings),
        Home.from_environment(),
        options.limit,
        options.cache,
        options.accept_drift,
        span=options.span,
        window=options.window,
    )
    with _no_display():
        return execution.run(request)


def _no_display() -> AbstractContextManager[object]:
    """In a notebook Beam would show a script, which loads others from a server."""
    if "IPython" not in sys.modules:
        return nullcontext()
    from IPython.utils.capture import capture_output

    return capture_output(stdout=False, stderr=False, display=True)


def with_values(pipeline: Pipeline, settings: Mapping[str, Any]) -> Pipeline:
    """The page with settings taken in: fields of the model, the training or the splits, as values or as text.

    Raises:
      InputError: a setting that the page does not have, or a text that does not fit.
      SpecError: a value that is not allowed.
    """
    parts = (pipeline.model, pipeline.training, pipeline.splits)
    known = {name: one for part in parts for name, one in by_name(type(part)).items()}
    texts = []
    for name, value in settings.items():
        if name not in known:
            raise InputError(
                f"slipway.run: {name}={shown(value)}: {pipeline.name} has no such setting; "
                f"its settings are {', '.join(sorted(known))}"
            )
        try:
            texts.append(f"{name}={value if isinstance(value, str) else known[name].write(value)}")
        except TypeError:
            form = known[name].form
            raise InputError(f"slipway.run: {name}: received {shown(value)}; {form} is expected") from None
    return with_settings(pipeline, texts)
