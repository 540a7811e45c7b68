# What type checkers read of slipway.py: a module that is one file cannot carry py.typed itself (PEP 561).
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from pipelines.python_api.model import Model
from pipelines.spec import Pipeline
from schemas.errors import AnomalyError as AnomalyError
from schemas.errors import InputError as InputError
from schemas.errors import SpecError as SpecError
from schemas.records import RunResult

__all__ = ["AnomalyError", "InputError", "SpecError", "load", "main", "run", "versions"]

def run(
    pipeline: Pipeline | str,
    *,
    quiet: bool = False,
    limit: int = 0,
    cache: bool = True,
    accept_drift: bool = False,
    include: Sequence[str] = (),
    graph: Path | None = None,
    span: int = 0,
    window: int = 1,
    **settings: Any,
) -> RunResult: ...
def load(name: str, version: str | None = None) -> Model: ...
def versions(name: str) -> pd.DataFrame: ...
def main() -> NoReturn: ...
