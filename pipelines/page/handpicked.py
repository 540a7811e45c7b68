"""The handpicked cases of a dataset (schemas.cases), checked against its page; light to import."""

from pathlib import Path

from pipelines.spec import Pipeline
from schemas import cases, curated, model_card, page_folders
from schemas.cases import Case
from schemas.errors import InputError

_FOLDER = Path(__file__).parents[1] / "cases"


def text_of(dataset: str) -> str:
    """The text of a dataset's file, "" where nobody has picked any cases.

    Raises InputError for one that is not text, and where there are two.
    """
    path = page_folders.beside(dataset, cases.SUFFIX, _FOLDER / f"{dataset}.jsonl")
    try:
        return path.read_text(encoding="utf-8") if path else ""
    except ValueError as error:
        raise InputError(f"{cases.file_of(dataset)} is not UTF-8 ({error}); save it as UTF-8") from error


def of_page(pipeline: Pipeline) -> list[Case]:
    """The cases of a page's dataset. Raises InputError for the first line that is not a case of it.

    An input may have every column that the data is known to have, so that a page can drop a feature and keep its cases.
    """
    text = text_of(pipeline.name)
    untrained = model_card.of_description(pipeline.description, [], {}, "", {})
    schema = curated.parse(curated.text_of(pipeline.name), pipeline.name)
    columns = {feature.name for feature in schema.feature} | pipeline.columns().keys()
    return cases.parse(text, untrained, columns - set(pipeline.labels))
