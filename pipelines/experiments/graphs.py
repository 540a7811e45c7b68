"""The graph of a dataset's model: of its page, for which the steps up to Transform are run, or of a version."""

from typing import TYPE_CHECKING, Any

from pipelines.execution.session import Request
from pipelines.experiments.opening import before, opened
from pipelines.spec import Pipeline
from registry import dossier
from schemas.errors import InputError
from schemas.graphs import GraphDict
from schemas.home import Home

if TYPE_CHECKING:
    from pipelines.execution.wiring import Parts

_FIRST = before("Trainer")


def of_page(request: Request) -> dict[str, Any]:
    """The model that the page describes, as a graph file (components.training.graphs.writing.file).

    Raises:
      InputError: something that the user can mend; or the page's model has a layer that cannot be drawn.
    """

    def make(parts: "Parts") -> list[Any]:
        from pipelines.execution import builder

        return builder.components(parts, _FIRST)

    with opened(request, _FIRST, make) as experiment:
        import tensorflow_transform as tft

        from components.features import derived
        from components.features.encoded import encoded
        from components.training.graphs import drawing, writing
        from components.training.graphs.weightless import weightless

        page = experiment.page
        learned = tft.TFTransformOutput(experiment.folder("Transform", "transform_graph"))
        with weightless():
            model = derived.load(page.model.builder)(page.model, encoded(page.description, learned))
        return writing.file(drawing.of_model(model, page.description))


def of_version(home: Home, page: Pipeline, version: str | None) -> dict[str, Any]:
    """The model of a pushed version, or of a run that was refused, as a graph file.

    Raises:
      InputError: there is no such version, or it was made before graphs were kept.
    """
    from components.training.graphs import drawing, writing

    found: GraphDict = drawing.of_json(kept(home, page.name, version), page.description)
    return writing.file(found)


def kept(home: Home, name: str, version: str | None) -> str:
    """Keras' JSON of a version's model. Raises what ``of_version`` raises."""
    folder = dossier.find(home.registry(name), name, version)
    try:
        return (folder / dossier.GRAPH).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(
            f"{folder} has no {dossier.GRAPH}: an older Slipway made this version, or its model cannot be drawn; run the "
            "pipeline again"
        ) from None
