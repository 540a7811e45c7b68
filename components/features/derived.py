"""Functions that a page names by import path."""

import importlib
from collections.abc import Callable
from typing import Any

from schemas.errors import SpecError


def load(path: str) -> Callable[..., Any]:
    """The function of ``"module:function"``. Raises SpecError if there is none."""
    module, _, name = path.partition(":")
    try:
        function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise SpecError(f"{path}: {error}; use 'module:function' of a function that can be imported") from error
    return function
