"""A hash of the source code that a step runs, so that TFX's cache sees an edited line.

TFX's own cache key holds the import path of a function, not its text. The builder adds this hash to the parameters of each
step. Comments, blank lines and docstrings do not count.
"""

import ast
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path

OUR_PACKAGES = ("schemas", "components", "pipelines")
# A new version of one of these may compute something else from the same code.
_LIBRARIES = ("tensorflow", "tfx", "tensorflow-transform", "tensorflow-model-analysis")


def code_version(*modules: str) -> str:
    """The hash of these modules, of all modules of ours that they import, and of the versions of the libraries.

    A package's ``__init__`` counts for every module in it, as Python runs it first.

    Args:
      modules: dotted names, e.g. ``components.trainer``.

    Returns:
      16 hex digits.
    """
    digest = hashlib.sha256()
    for library in _LIBRARIES:
        digest.update(f"{library}=={importlib.metadata.version(library)}".encode())
    for module, path in sorted(_closure(modules).items()):
        digest.update(module.encode())
        digest.update(ast.dump(_without_docstrings(ast.parse(path.read_bytes()))).encode())
    return digest.hexdigest()[:16]


def _closure(modules: Iterable[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        path = None if module in found else _path(module)
        if path is not None:
            found[module] = path
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            waiting += [module.rpartition(".")[0], *_imports(package, ast.parse(path.read_bytes()))]
    return found


def _path(module: str) -> Path | None:
    """The module's file, or None for what is not a module (a name that ``from x import y`` brings)."""
    root = importlib.util.find_spec(module.partition(".")[0]) if module else None
    if root is None or not root.submodule_search_locations:
        return None
    base = Path(root.submodule_search_locations[0]).joinpath(*module.split(".")[1:])
    return next((p for p in (base / "__init__.py", base.with_suffix(".py")) if p.is_file()), None)


def _imports(package: str, tree: ast.Module) -> Iterator[str]:
    """The names that a module of ``package`` imports from our packages."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            names = [source, *(f"{source}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] in OUR_PACKAGES)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        match node:
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                if ast.get_docstring(node, clean=False) is not None:
                    node.body = node.body[1:]
    return tree
