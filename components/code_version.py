"""A hash of the source code that a step runs, so that TFX's cache sees an edited line.

TFX's own cache key holds the import path of a function, not its text. The builder adds this hash to the parameters of each
step. Comments, blank lines and docstrings do not count.
"""

import ast
import functools
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path

from schemas import page_folders
from schemas.errors import SpecError

OUR_PACKAGES = ("schemas", "registry", "prediction", "analysis", "components", "pipelines")
# A new version of one of these may compute something else from the same code.
LIBRARIES = (
    "tensorflow", "keras", "tfx", "tfx-bsl", "tensorflow-transform", "tensorflow-model-analysis",
    "tensorflow-data-validation", "tensorflow-metadata", "apache-beam", "pyarrow",
)  # fmt: skip


def code_version(*modules: str) -> str:
    """The hash of these modules, of what they import, and of the versions of the libraries.

    Imports count where they are of our packages, of modules beside the user's pages (schemas.page_folders), or of the package
    that one of ``modules`` is in and that is not installed by pip. A package's ``__init__`` counts for every module in it, as
    Python runs it first.

    Args:
      modules: dotted names, e.g. ``components.training.trainer``; without any, the libraries alone count.

    Returns:
      16 hex digits.

    Raises:
      SpecError: a module is not Python.
    """
    digest = hashlib.sha256()
    for library in LIBRARIES:
        digest.update(f"{library}=={importlib.metadata.version(library)}".encode())
    for module, code in sorted(_closure(modules).items()):
        digest.update(module.encode())
        digest.update(code)
    return digest.hexdigest()[:16]


def _closure(modules: Iterable[str]) -> dict[str, bytes]:
    """The hash of the code of each module that counts."""
    found: dict[str, bytes] = {}
    waiting = list(modules)
    roots = {*OUR_PACKAGES, *_beside_pages(), *(root for root in map(_root, waiting) if not _is_installed(root))}
    while waiting:
        module = waiting.pop()
        path = None if module in found else _path(module)
        if path is not None:
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            imports, found[module] = _read(package, path, path.read_bytes())
            waiting += [module.rpartition(".")[0], *(name for name in imports if _root(name) in roots)]
    return found


def _root(module: str) -> str:
    return module.partition(".")[0]


def _is_installed(root: str) -> bool:
    """Whether pip put it there. Such a package is not edited by the line, and following TensorFlow's imports takes long."""
    return any("site-packages" in place.parts for place in _places(root))


def _beside_pages() -> Iterator[str]:
    """The modules and packages beside the user's pages that an import by their name finds."""
    for folder in page_folders.outside():
        names = sorted({path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()})
        yield from (name for name in names if any(place.is_relative_to(folder) for place in _places(name)))


def _places(root: str) -> list[Path]:
    """The file and the folders of a module that is in no package; none where there is no such module."""
    spec = importlib.util.find_spec(root) if root.isidentifier() and root != "__main__" else None
    return [Path(place) for place in (*(spec.submodule_search_locations or ()), spec.origin) if place] if spec else []


@functools.lru_cache(maxsize=2048)  # the steps of a run share most of their modules; a parse takes milliseconds
def _read(package: str, path: Path, text: bytes) -> tuple[tuple[str, ...], bytes]:
    """The names that a module of ``package`` imports, and the hash of its code."""
    try:
        tree = ast.parse(text, str(path))
    except (SyntaxError, ValueError) as error:  # ValueError: null bytes
        raise SpecError(f"{path}: {' '.join(str(error).split())}; correct the file, it is not Python") from error
    return tuple(_imports(package, tree)), hashlib.sha256(ast.dump(_without_docstrings(tree)).encode()).digest()


def _path(module: str) -> Path | None:
    """The module's file, or None for what is not a module (a name that ``from x import y`` brings)."""
    root = importlib.util.find_spec(_root(module)) if module else None
    if root is None:
        return None
    if not root.submodule_search_locations:  # one file, e.g. my_features.py beside the user's notebook
        is_source = module == root.name and (root.origin or "").endswith(".py")
        return Path(str(root.origin)) if is_source else None
    bases = (Path(folder).joinpath(*module.split(".")[1:]) for folder in root.submodule_search_locations)
    return next((p for base in bases for p in (base / "__init__.py", base.with_suffix(".py")) if p.is_file()), None)


def _imports(package: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield from (source, *(f"{source}.{alias.name}" for alias in node.names))


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        match node:
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                if ast.get_docstring(node, clean=False) is not None:
                    node.body = node.body[1:]
    return tree
