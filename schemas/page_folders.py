"""Where dataset pages are: the package's own pipelines/, ./pipelines, the folders of $SLIPWAY_PIPELINES, and what the
studio wrote ($SLIPWAY_HOME/studio/pages); light to import.

A page outside of the package has its curated schema and its handpicked cases beside it: ``NAME.py``, ``NAME.pbtxt``,
``NAME.cases.jsonl``, and the modules that it imports.
"""

import os
import sys
from collections.abc import Mapping, MutableSequence
from pathlib import Path

from schemas.errors import InputError
from schemas.home import Home

VARIABLE = "SLIPWAY_PIPELINES"
PACKAGE = Path(__file__).resolve().parents[1] / "pipelines"
# Files that the package has and no folder of a user's pages: they tell a clone of the repository from such a folder.
_OF_THE_PACKAGE = ("spec.py", "page/catalog.py")


def outside(environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The folders of pages that are not the package's own, absolute, each once: ./pipelines, those of the variable,
    the studio's.

    A folder that is not there is passed over here (``check`` refuses it), and so is another copy of the package: its pages
    would all stand twice.
    """
    # A dict, not a set: the order decides which of two helper modules of one name is imported.
    found = dict.fromkeys(folder.resolve() for folder in _named(environment) if folder.is_dir())
    return tuple(folder for folder in found if folder != PACKAGE and not is_package(folder))


def copies(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The named folders that are the package of another copy of Slipway."""
    found = dict.fromkeys(folder.resolve() for folder in _named(environment))
    return [folder for folder in found if folder != PACKAGE and is_package(folder)]


def check(environment: Mapping[str, str] = os.environ) -> None:
    """Raises InputError where the variable names something that is no folder."""
    for folder in _of_variable(environment):
        if not folder.is_dir():
            raise InputError(
                f"{VARIABLE}: received {str(folder)!r}, which is no folder; "
                f"folders with pages are expected, with {os.pathsep!r} between them"
            )


def is_package(folder: Path) -> bool:
    """Whether it is the folder ``pipelines`` of a copy of Slipway."""
    return all((folder / file).is_file() for file in _OF_THE_PACKAGE)


def _named(environment: Mapping[str, str]) -> list[Path]:
    return [Path("pipelines").absolute(), *_of_variable(environment), Home.from_environment(environment).pages]


def _of_variable(environment: Mapping[str, str]) -> list[Path]:
    return [Path(text).absolute() for text in environment.get(VARIABLE, "").split(os.pathsep) if text]


def make_importable(package_path: MutableSequence[str]) -> None:
    """Lets modules beside a page be imported by their name, or as a module of ``pipelines``.

    The folders come last in both places, so that they hide no module of the package or of an installed library.

    Args:
      package_path: ``pipelines.__path__``.
    """
    for folder in map(str, outside()):
        for path in (package_path, sys.path):
            if folder not in path:
                path.append(folder)


def shown(path: Path) -> str:
    """How messages name a file: from the package's or the current folder where it is below it, else whole."""
    for base in (PACKAGE.parent, Path.cwd()):
        if path.is_relative_to(base):
            return str(path.relative_to(base))
    return str(path)


def beside(dataset: str, suffix: str, packaged: Path) -> Path | None:
    """The file of a dataset that stands beside its page, or at ``packaged``; None where there is none.

    Args:
      suffix: what follows the dataset's name, e.g. ``.pbtxt``.
      packaged: where it stands for a dataset of the package.

    Raises:
      InputError: there are two.
    """
    places = [packaged, *(folder / f"{dataset}{suffix}" for folder in (PACKAGE, *outside()))]
    found = [place for place in places if place.is_file()]
    if len(found) > 1:
        names = " and ".join(map(str, found))
        raise InputError(f"{dataset} has two files of a kind, {names}; keep the one beside its page")
    return found[0] if found else None


def name_beside(dataset: str, suffix: str, packaged: str) -> str:
    """The name of that file in messages, whether it is there or not; ``packaged`` for a dataset of the package."""
    for folder in (PACKAGE, *outside()):
        file = folder / f"{dataset}{suffix}"
        # A page outside has its file beside it even before somebody writes it; one of the package has it where it is packaged.
        if file.is_file() or (folder != PACKAGE and (folder / f"{dataset}.py").is_file()):
            return shown(file)
    return packaged
