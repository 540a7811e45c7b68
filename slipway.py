"""Slipway from Python (docs/python.md): run a pipeline, load a pushed model, ask it and judge it.

Also the entry point of the command line: ``python slipway.py``, and the console script ``slipway``. Nothing heavy is imported
before it is needed.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from schemas.errors import AnomalyError, InputError, SpecError

if TYPE_CHECKING:
    import pandas as pd

    from pipelines.python_api.model import Model
    from pipelines.spec import Pipeline
    from schemas.records import RunResult

__all__ = ["AnomalyError", "InputError", "SpecError", "load", "main", "run", "versions"]


def run(
    pipeline: "Pipeline | str", *, quiet: bool = False, limit: int = 0, cache: bool = True, accept_drift: bool = False,
    include: Sequence[str] = (), graph: Path | None = None, span: int = 0, window: int = 1, **settings: Any,
) -> "RunResult":  # fmt: skip
    """Takes a dataset through its whole pipeline, as `slipway run` does, in this process.

    What is kept is kept where the commands keep it: in ``$SLIPWAY_HOME``; data is read from ``$SLIPWAY_DATA``.

    Args:
      pipeline: the name of a page, or a ``pipelines.spec.Pipeline``.
      quiet: whether the steps are not shown on stderr.
      limit: the most rows, 0 for all.
      cache: whether finished steps of earlier runs are reused.
      accept_drift: whether the data may differ from that of the last pushed model.
      include: features that the page leaves out by default.
      graph: a drawn model (docs/graphs.md).
      span, window: which span of the data, and how many are read together.
      settings: fields of the page's model, training and splits: ``epochs=3``, ``hidden=(64, 32)``.

    Returns:
      What the run found: ``blessed``, ``version``, ``metrics``, ``baseline``, ``seconds``, ... A model that is not blessed
      is no error.

    Raises:
      InputError: something that the caller can mend; nothing was pushed. SpecError and AnomalyError are of this kind.
    """
    from cli import console
    from pipelines.python_api import running

    with nullcontext() if quiet else console.showing():
        options = running.Options(limit, cache, accept_drift, include, graph, span, window)
        return running.run(pipeline, options, settings)


def load(name: str, version: str | None = None) -> "Model":
    """A pushed model, to be asked in this process; TensorFlow is loaded at its first question.

    Args:
      name: the dataset.
      version: a semantic or integer version, or a label; the newest without it.

    Raises:
      InputError: nothing was pushed, or not that version.
    """
    from pipelines.python_api import model

    return model.load(name, version)


def versions(name: str) -> "pd.DataFrame":
    """All versions of a model, oldest first: a row each, with its metrics, whether it is served, and its labels.

    Raises:
      InputError: there are no versions, or their map cannot be read.
    """
    from pipelines.python_api import model

    return model.versions(name)


def main() -> NoReturn:
    """The command line: runs the command of ``sys.argv``, and ends the process."""
    from cli.main import main as command

    command()


if __name__ == "__main__":
    main()
