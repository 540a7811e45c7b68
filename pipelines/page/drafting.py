"""A draft as a person leaves it: made whole, checked, and with its page. Nothing is written here."""

import dataclasses
import importlib.util
import itertools
import re
import unicodedata
from pathlib import Path

import pipelines
from components.data import inference
from components.data.inference import labels
from components.data.inference.drafts import ERROR, KINDS, PICTURES, TABLES, TASKS, WARNING, Column, Draft, Problem
from pipelines.page import draft_page, finding
from pipelines.page.fetching import Given
from pipelines.spec import Pipeline
from schemas import page_folders
from schemas.errors import SpecError, shown
from schemas.sources.addresses import is_remote

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_FEW_ROWS, _WIDE = 200, 300
_FIELD = re.compile(r"features\[(['\"])(.*?)\1\]")


def name_of(file: str) -> str:
    """A dataset's name from the name of a file or folder: lower-case letters, digits and _, a letter first."""
    stem = re.sub(
        r"(\.(csv|tsv|txt|data|zip|gz|xz|zst|bz2|tar|tgz|db3?|sqlite3?|parquet|pq|arrow|feather|jsonl|ndjson))+$",
        "",
        file,
        flags=re.IGNORECASE,
    )
    # "ä" is an "a" and a sign above it, which is dropped.
    plain = unicodedata.normalize("NFKD", stem.lower().replace("ß", "ss"))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    found = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:50]
    return found if re.match(r"[a-z]", found) else f"data_{found}".rstrip("_")


def finished(draft: Draft) -> Draft:
    """The draft with its classes, its problems and its page as they follow from what it says."""
    column = draft.column(draft.label)
    if column is not None:
        first = f"The label is {draft.label!r}"
        chosen = draft.kind in TABLES and not "".join(draft.assumed[:1]).startswith(first)
        assumed = [
            f"{first}: it was chosen." if chosen else "".join(draft.assumed[:1]),
            labels.sentence(column, draft.task),
        ]
        classes = labels.classes_of(column, draft.task)
        draft = dataclasses.replace(draft, classes=classes, assumed=[*assumed, *draft.assumed[2:]])
    draft = dataclasses.replace(draft, problems=[], page="")
    problems = list(_problems(draft))
    page = ""
    if not any(problem.severity == ERROR for problem in problems):
        page = draft_page.page(draft)
        problems += _of_page(page, draft)
    kept = "" if any(problem.severity == ERROR for problem in problems) else page
    return dataclasses.replace(draft, problems=problems, page=kept)


def relabelled(draft: Draft, label: str) -> Draft:
    """The draft with another label, and the task that its values ask for. Raises InputError for one that is no column."""
    labels.chosen(draft.columns, label, draft.file)
    column = draft.column(label)
    assert column is not None
    return dataclasses.replace(draft, label=label, task=labels.task_of(column, draft.rows))


def _problems(draft: Draft) -> list[Problem]:
    found = [*_of_name(draft.name), *_of_splits(draft)]
    if draft.task not in TASKS:
        return [*found, Problem("task", f"received {shown(draft.task)}; one of {', '.join(TASKS)} is expected")]
    found += labels.problems(draft)
    used = [column for column in draft.columns if column.kind != "ignore" and column.name != draft.label]
    for column in used:
        found += _of_column(column, draft.kind)
    if not used:
        found.append(Problem("columns", "every column is left out; a model needs at least one to read"))
    places = [sum(column.kind == kind for column in used) for kind in draft_page.PLACE]
    if places not in ([0, 0], [1, 1]):
        text = f"a place is one latitude and one longitude; there are {places[0]} and {places[1]}"
        found.append(Problem("columns", text))
    if len(used) > _WIDE:
        text = f"{len(used):,} columns are read: training takes minutes, as each is an input of its own"
        found.append(Problem("columns", text, WARNING))
    label = draft.column(draft.label)
    if label and 0 < label.missing < 1 and draft.task != "MultiLabel":  # of which an empty cell is an answer
        rows = round(label.missing * draft.rows)
        found.append(_unlabelled(draft, rows))
    if draft.rows < _FEW_ROWS:
        found.append(Problem("rows", f"{draft.rows:,} rows are few: a test split of them says little", WARNING))
    return found


def _unlabelled(draft: Draft, rows: int) -> Problem:
    if draft.linked or is_remote(draft.file) or draft.kind in ("columns", "sql"):
        text = f"{rows:,} rows have no label, and the page reads the files as they are; remove these rows, or give one file"
        return Problem("label", text)
    return Problem("label", f"{rows:,} rows have no label; they are left out of the copy of the data", WARNING)


def _of_name(name: str) -> list[Problem]:
    if not _NAME.fullmatch(name):
        allowed = "lower-case letters, digits and _, a letter first, at most 60 of them"
        return [Problem("name", f"received {shown(name)}; use {allowed}")]
    pages = finding.found().pages
    if name in pages:
        where = page_folders.shown(pages[name][0])
        return [Problem("name", f"a dataset {name!r} exists already ({where}); choose another name")]
    page_folders.make_importable(pipelines.__path__)
    if importlib.util.find_spec(f"pipelines.{name}") is not None:
        return [Problem("name", f"{name!r} is the name of a module that pages may import; choose another name")]
    return []


def _of_splits(draft: Draft) -> list[Problem]:
    for name in ("train", "eval", "test"):
        share = getattr(draft, name)
        if not 1 <= share <= 1000:  # NaN, too, is none of these
            return [Problem("splits", f"{name}: received {share}; a share from 1 to 1000 is expected")]
    return []


def _of_column(column: Column, kind: str) -> list[Problem]:
    where = f"columns.{column.name}"
    if column.kind not in KINDS:
        return [Problem(where, f"received {shown(column.kind)}; one of {', '.join(KINDS)} is expected")]
    if (column.kind == "image") != (kind in PICTURES):
        return [Problem(where, f"received {column.kind!r}, which {column.name!r} is not")]
    if not column.name:
        return [Problem(where, "it has no name and cannot be read; give it one in the header")]
    if column.kind in ("number", "exact", *draft_page.PLACE) and column.minimum is None:
        return [Problem(where, f"not all of its values are numbers that can be read: {column.why}")]
    if not column.distinct and kind in TABLES:
        return [Problem(where, "no row has a value; leave it out")]
    return []


def _of_page(page: str, draft: Draft) -> list[Problem]:
    """What the page itself refuses, such as an option out of its range."""
    try:
        _executed(page, draft.name)
    except SpecError as error:
        found = _FIELD.search(str(error))
        return [Problem(f"columns.{found[2]}" if found else "page", str(error).removeprefix(f"{draft.name}: "))]
    return []


def pipeline_of(draft: Draft) -> Pipeline:
    """What the page of a draft without errors says."""
    return _executed(draft.page, draft.name)


def _executed(page: str, name: str) -> Pipeline:
    scope: dict[str, object] = {"__name__": f"pipelines.{name}"}
    # Written here, with nothing in it but quoted texts and numbers.
    exec(compile(page, f"{name}.py", "exec"), scope)
    found = scope[finding.VARIABLE]
    assert isinstance(found, Pipeline)
    return found


def of_file(path: Path, name: str | None, label: str | None, table: str | None = None) -> Draft:
    """The draft of a file or folder, with its page; without ``name`` that of the file, with a number where it is taken.

    Raises InputError as ``components.data.inference.draft`` does.
    """
    # Of "*.csv" the folder has the name.
    nameless = path.name.startswith("*.")
    wanted = name or name_of(table or (path.absolute().parent.name if nameless else path.name))
    draft = inference.draft(path, wanted, label, table)
    if name is None and (free := _free(wanted)) != wanted:
        note = f"The name {wanted} is taken; the dataset is called {free}."
        draft = dataclasses.replace(draft, name=free, assumed=[*draft.assumed, note])
    return finished(draft)


def of_given(source: Given, name: str | None, label: str | None, table: str | None = None) -> Draft:
    """``of_file`` of a file that may be a copy: the page says where it is from."""
    draft = of_file(source.path, name, label, table)
    if source.address is None:
        return draft
    file = draft.file if source.downloaded else source.address
    return finished(dataclasses.replace(draft, file=file, url=source.address, sha256=source.sha256))


def _free(name: str) -> str:
    numbered = (f"{name}_{number}" for number in itertools.count(2))
    return next(one for one in itertools.chain([name], numbered) if not _of_name(one))
