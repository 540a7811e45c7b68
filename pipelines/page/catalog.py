"""Finds the dataset pages of this package: every module that defines ``pipeline``."""

import ast
import difflib
import importlib
import re
import traceback
from pathlib import Path

from pipelines.spec import Pipeline
from schemas.errors import InputError, SpecError

_PAGE = re.compile(r"^pipeline(\s*:[^=\n]+)?\s*=\s*Pipeline\(", re.MULTILINE)
_FOLDER = Path(__file__).parents[1]


def names() -> list[str]:
    """The datasets, sorted. Reads the pages as text, so that a broken one does not hide the others."""
    pages = _FOLDER.glob("*.py")
    return sorted(page.stem for page in pages if _PAGE.search(page.read_text(encoding="utf-8", errors="replace")))


def unknown(name: str) -> InputError:
    """The error for a dataset that has no page; it names the one that is nearest to it."""
    known = names()
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return InputError(f"unknown dataset {name!r}: {hint}known are {', '.join(known)} (slipway list)")


def load(name: str) -> Pipeline:
    """The pipeline of a dataset. Raises InputError for an unknown one, SpecError for a page with a mistake."""
    if name not in names():
        raise unknown(name)
    try:
        pipeline: Pipeline = importlib.import_module(f"pipelines.{name}").pipeline
    except InputError:
        raise
    except Exception as error:  # a page is the user's code: it may raise anything
        raise SpecError(_mistake(name, error)) from error
    if pipeline.name != name:
        raise SpecError(f"pipelines/{name}.py: name: received {pipeline.name!r}; use {name!r}, as the file is called")
    return pipeline


def _mistake(name: str, error: Exception) -> str:
    """One line on what a page raised, with the line of the page where it is known."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename) == _FOLDER / f"{name}.py"]
    place = f"line {lines[-1]} of the page" if lines else "the page"
    return f"pipelines/{name}.py: {_one_line(error)}; correct {place}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def summary(name: str) -> str:
    """The first line of the page's docstring, read without running the page; or why it cannot be read."""
    path = _FOLDER / f"{name}.py"
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError) as error:  # ValueError: null bytes
        return f"The page cannot be read: {_one_line(error)}."
    return (ast.get_docstring(tree) or "").strip().partition("\n")[0]
