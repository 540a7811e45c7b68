"""Finds the dataset pages of this package: every module that defines ``pipeline``."""

import difflib
import importlib
import re
from pathlib import Path

from pipelines.spec import Pipeline
from schemas.errors import InputError, SpecError

_PAGE = re.compile(r"^pipeline = Pipeline\(", re.MULTILINE)


def names() -> list[str]:
    """The datasets, sorted. Reads the pages as text, so that a broken one does not hide the others."""
    pages = Path(__file__).parent.glob("*.py")
    return sorted(page.stem for page in pages if _PAGE.search(page.read_text(encoding="utf-8")))


def load(name: str) -> Pipeline:
    """The pipeline of a dataset. Raises InputError for an unknown one, SpecError for a page with a mistake."""
    known = names()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise InputError(f"unknown dataset {name!r}: {hint}known are {', '.join(known)} (slipway list)")
    pipeline: Pipeline = importlib.import_module(f"pipelines.{name}").pipeline
    if pipeline.name != name:
        raise SpecError(f"pipelines/{name}.py: name: received {pipeline.name!r}; use {name!r}, as the file is called")
    return pipeline


def summary(name: str) -> str:
    """The first line of the page's docstring."""
    return (importlib.import_module(f"pipelines.{name}").__doc__ or "").strip().partition("\n")[0]
