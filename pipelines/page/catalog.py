"""The dataset pages by name: those of the package, and those of the user's folders (schemas.page_folders)."""

import ast
import difflib
import importlib
import importlib.util
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pipelines
from pipelines.page import finding
from pipelines.spec import Pipeline
from schemas import page_folders
from schemas.errors import InputError, SpecError

_IMPORT_PATH = re.compile(r"([A-Za-z_][\w.]*):[A-Za-z_]\w*")  # of derived= and Custom(...)


@dataclass(frozen=True)
class Row:
    """A dataset as ``slipway list`` shows it: its name, the first line of its page's docstring, and the page's file."""

    name: str
    summary: str
    path: Path

    @property
    def is_outside(self) -> bool:
        """Whether the page stands in a folder of the user's."""
        return self.path.parent != page_folders.PACKAGE


def names() -> list[str]:
    """The datasets, sorted. Raises InputError for a folder of pages that is not there."""
    return list(finding.found().pages)


def path(name: str) -> Path:
    """The file of a page. Raises InputError for an unknown dataset, and where two pages have the name."""
    found = finding.found()
    if name not in found.pages:
        raise unknown(name)
    return finding.only(found, name)


def unknown(name: str) -> InputError:
    """The error for a dataset that has no page: why its file is none, or the known one that is nearest to it."""
    found = finding.found()
    for file, reason in found.overlooked.items():
        if file.stem == name:
            return InputError(f"{page_folders.shown(file)} is no page: {reason}")
    known = list(found.pages)
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return InputError(f"unknown dataset {name!r}: {hint}known are {', '.join(known)} (slipway list)")


def notes() -> list[str]:
    """One line on each file or folder that one could take for a page, or for pages, and that is passed over."""
    found = finding.found()
    lines = [f"{page_folders.shown(file)} is no page: {reason}" for file, reason in found.overlooked.items()]
    lines += [finding.twice(files) for files in found.pages.values() if len(files) > 1]
    for folder in page_folders.copies():
        lines.append(f"{folder} is another copy of Slipway itself: its pages are not read, run its own slipway.py")
    for folder in page_folders.outside():
        if (folder / "__init__.py").exists():
            hidden = (
                f"{page_folders.shown(folder / '__init__.py')} would hide Slipway's own modules from python -m here"
            )
            lines.append(f"{hidden}: remove it, pages need none")
    return lines


def load(name: str) -> Pipeline:
    """The pipeline of a dataset. Raises InputError for an unknown one, SpecError for a page with a mistake."""
    file = path(name)
    page_folders.make_importable(pipelines.__path__)
    for problem in _hidden_modules(file):
        raise SpecError(f"{page_folders.shown(file)}: {problem}")
    try:
        module = importlib.import_module(f"pipelines.{name}")
        pipeline: object = getattr(module, finding.VARIABLE, None)
    except InputError:
        raise
    except Exception as error:  # a page is the user's code: it may raise anything
        raise SpecError(_mistake(file, error)) from error
    if not isinstance(pipeline, Pipeline):
        raise SpecError(f"{page_folders.shown(file)}: pipeline: received {pipeline!r:.60}; Pipeline(...) is expected")
    if pipeline.name != name:
        raise SpecError(
            f"{page_folders.shown(file)}: name: received {pipeline.name!r}; use {name!r}, as the file is called"
        )
    return pipeline


def _hidden_modules(file: Path) -> Iterator[str]:
    """What is wrong with the names of a page outside of the package and of the modules beside it that it names.

    They come last on the path, so that a module of the package, of a library or of another folder would be taken instead.
    """
    if file.parent == page_folders.PACKAGE:
        return
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return  # the import says why
    named = (module for module in _named_modules(tree) if not f"{module}.".startswith(f"{finding.SPEC}."))
    for module in dict.fromkeys((f"pipelines.{file.stem}", *named)):
        parts = module.split(".")
        own = parts[1:2] if parts[0] == "pipelines" else parts[:1]
        if not any((file.parent / part).with_suffix(suffix).exists() for part in own for suffix in (".py", "")):
            continue
        spec = importlib.util.find_spec(".".join(parts[:2] if parts[0] == "pipelines" else own))
        places = [place for place in (spec.origin, *(spec.submodule_search_locations or ())) if place] if spec else []
        if not any(Path(place).is_relative_to(file.parent) for place in places):
            other = places[0] if places else "a built-in module"
            yield f"{page_folders.shown(file.parent / own[0])} is hidden by {other}, which has its name; rename yours"


def _named_modules(tree: ast.Module) -> Iterator[str]:
    """The modules that a page imports, or names in an import path such as ``my_features:title``."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases)
            case ast.ImportFrom(module=module, names=aliases, level=level):
                package = ".".join(filter(None, ("pipelines" if level else None, module)))
                yield from (package, *(f"{package}.{alias.name}" for alias in aliases))
            case ast.Constant(value=str() as text) if found := _IMPORT_PATH.fullmatch(text):
                yield found[1]


def _mistake(file: Path, error: Exception) -> str:
    """One line on what a page raised, with the line of the page where it is known."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename) == file]
    place = f"line {lines[-1]} of the page" if lines else "the page"
    return f"{page_folders.shown(file)}: {_one_line(error)}; correct {place}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def summary(name: str) -> str:
    """The first line of the page's docstring, read without running the page; or why it cannot be read."""
    return _summary(finding.found().pages.get(name) or [page_folders.PACKAGE / f"{name}.py"])


def rows() -> list[Row]:
    """Every dataset, sorted by name. Raises InputError for a folder of pages that is not there."""
    return [Row(name, _summary(files), files[0]) for name, files in finding.found().pages.items()]


def _summary(files: list[Path]) -> str:
    if len(files) > 1:
        return f"The page cannot be taken: {finding.twice(files)}."
    try:
        tree = ast.parse(files[0].read_bytes())
    except (SyntaxError, ValueError) as error:  # ValueError: null bytes
        return f"The page cannot be read: {_one_line(error)}."
    return (ast.get_docstring(tree) or "").strip().partition("\n")[0]
