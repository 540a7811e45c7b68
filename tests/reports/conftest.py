from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.records import Analysis
from schemas.home import Home
from schemas.records import SliceResult
from tests.reports import dossiers, models, pages
from tests.reports.dossiers import Model
from tests.reports.pages import Page


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, tmp_path / "data")


@pytest.fixture
def reported(home: Home) -> Callable[..., Page]:
    """Writes a dossier, and reads the report on it."""

    def make(
        model: Model, analysis: Analysis | None = None, bound: float = 0.9, slices: tuple[SliceResult, ...] = (), **more
    ) -> Page:
        found = analysis or models.analysed(model)
        verdict = dossiers.verdict_of(found, model.task, bound, slices)
        version = more.pop("version", "1.0.0" if verdict.blessed else None)
        folder = dossiers.write(home.registry(model.name), model, found, verdict, version, **more)
        return pages.of_dossier(folder)

    return make
