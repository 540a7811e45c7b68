"""Which files are pages, by their syntax: none of them is run, so that a broken one does not hide the others."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas import page_folders
from schemas.errors import InputError

VARIABLE = "pipeline"  # what a page assigns
SPEC, _CLASS = "pipelines.spec", "Pipeline"
_ADVICE = f"write `{VARIABLE} = {_CLASS}(...)` at its top level, with {_CLASS} of {SPEC}"
_ASSIGNMENT = re.compile(rf"^{VARIABLE}(\s*:[^=\n]+)?\s*=(?!=)", re.MULTILINE)
_BLOCKS = (ast.If, ast.Try, ast.TryStar, ast.With, ast.For, ast.While)


@dataclass(frozen=True)
class Found:
    """What the folders of pages hold.

    Attributes:
      pages: the files of each page by its name, sorted; more than one is a conflict.
      overlooked: files that look like a page and are none, and why.
    """

    pages: dict[str, list[Path]]
    overlooked: dict[Path, str]


def found() -> Found:
    """Looks through the package's folder and the user's. Raises InputError for a folder that is not there."""
    page_folders.check()
    pages: dict[str, list[Path]] = {}
    overlooked = {}
    for folder in (page_folders.PACKAGE, *page_folders.outside()):
        for file in sorted(folder.glob("*.py")):
            try:
                is_page, reason = look(file.read_bytes())
            except OSError as error:
                is_page, reason = False, f"it cannot be read: {error.strerror}"
            if is_page:
                pages.setdefault(file.stem, []).append(file)
            elif reason:
                overlooked[file] = reason
    return Found(dict(sorted(pages.items())), overlooked)


def only(found: Found, name: str) -> Path:
    """The file of a page that is there. Raises InputError where there are two."""
    files = found.pages[name]
    if len(files) > 1:
        raise InputError(twice(files))
    return files[0]


def folder_of(name: str) -> Path:
    """The folder that a page is in; the package's own for a page that is in no file, as tests make them."""
    files = found().pages.get(name)
    return files[0].parent if files else page_folders.PACKAGE


def twice(files: list[Path]) -> str:
    """Why none of several pages of one name is taken."""
    return f"{' and '.join(map(str, files))} have the same name; rename or remove one of them"


def look(source: bytes) -> tuple[bool, str]:
    """Whether a file is a page; else why it is none where it looks like one, "" for other code.

    A page assigns ``pipeline`` at its top level (a condition may stand around it): a call of Pipeline, or anything where the
    file imports something of ``pipelines``.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:  # ValueError: null bytes
        text = source.decode(errors="replace")
        reason = f"it is not Python ({' '.join(str(error).split())}); correct it"
        is_page = bool(_ASSIGNMENT.search(text))  # running it says why it cannot be
        return is_page, reason if not is_page and f"{_CLASS}(" in text else ""
    makers, imports_ours = _makers(tree)
    bound = list(_bound(tree.body))
    if any(imports_ours or _is_call_of(value, makers) for _, value in bound):
        return True, ""
    if bound:
        return False, f"its line {bound[0][0]} assigns `{VARIABLE}` and nothing of {SPEC} is imported; {_ADVICE}"
    makers = makers if imports_ours else set()
    made = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_call_of(node, makers)]
    return False, f"its line {made[0]} makes a {_CLASS} that is not assigned to `{VARIABLE}`; {_ADVICE}" if made else ""


def _bound(body: list[ast.stmt]) -> Iterator[tuple[int, ast.expr]]:
    """The line and the value of each assignment to ``pipeline`` outside of functions and classes."""
    for statement in body:
        match statement:
            case ast.Assign(targets=targets, value=value) if any(_is_variable(target) for target in targets):
                yield statement.lineno, value
            case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_variable(target):
                yield statement.lineno, value
            case ast.Match(cases=cases):
                for one in cases:
                    yield from _bound(one.body)
            case _ if isinstance(statement, _BLOCKS):
                for field in ("body", "orelse", "finalbody"):
                    yield from _bound(getattr(statement, field, []))
                for handler in getattr(statement, "handlers", []):
                    yield from _bound(handler.body)


def _is_variable(target: ast.expr) -> bool:
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    return any(isinstance(part, ast.Name) and part.id == VARIABLE for part in parts)


def _is_call_of(value: ast.expr, makers: set[str]) -> bool:
    """Whether it is a call of one of these dotted names; ``a if b else c`` is one where a or c is."""
    if isinstance(value, ast.IfExp):
        return _is_call_of(value.body, makers) or _is_call_of(value.orelse, makers)
    return isinstance(value, ast.Call) and ast.unparse(value.func) in makers


def _makers(tree: ast.Module) -> tuple[set[str], bool]:
    """The dotted names under which a file calls Pipeline, and whether it imports anything of ``pipelines``.

    The bare name counts without an import, too: running the page then says that the import is missing.
    """
    makers, ours, taken = {_CLASS}, False, False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                ours |= alias.name.partition(".")[0] == "pipelines"
                if alias.name == SPEC:
                    makers.add(f"{alias.asname or SPEC}.{_CLASS}")
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            whole = f"pipelines.{module}".rstrip(".") if node.level else module  # a page is a module of pipelines
            ours |= whole.partition(".")[0] == "pipelines"
            for alias in node.names:
                name = alias.asname or alias.name
                if f"{whole}.{alias.name}" == SPEC:
                    makers.add(f"{name}.{_CLASS}")
                elif (whole, alias.name) == (SPEC, _CLASS):
                    makers.add(name)
                else:
                    taken |= name == _CLASS
    return (makers - {_CLASS} if taken else makers), ours
