import dataclasses
import re
from pathlib import Path

import numpy as np

from analysis import drift, drift_records
from analysis.drift import ColumnDrift, Drift
from reports import report
from schemas.home import Home
from tests.reports.workbook import models


def column(name: str, distance: float) -> ColumnDrift:
    return ColumnDrift(
        column=name, measure=drift.INFINITY, distance=distance, bound=0.2, over=distance > 0.2, missing=0.1,
        missing_before=0.0, change="'a' 10.0% → 60.0%",
    )  # fmt: skip


CHECK = Drift(
    dataset="tumours", version="1.0.0", source="march.csv", at="2026-03-01T10:00:00+00:00", rows=1200, trained_rows=398,
    judged=True, over=True, columns=(column("note", 0.5), column("mean radius", 0.01)),
    anomalies=("column 'note': <b>new</b>",), notes=(), seconds=1.0,
    answers=drift.classes(("malignant", "benign"), np.array([40, 60]), np.array([90, 10]),
                          (np.full(100, 0.9), np.full(100, 0.8)), drift.JENSEN_SHANNON, 0.05),
)  # fmt: skip


def text(page: Path) -> str:
    return re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8"))


def test_a_report_shows_the_checks_of_its_version_the_newest_first(tmp_path: Path) -> None:
    home = Home.from_environment({"SLIPWAY_HOME": str(tmp_path)})
    models.write(home.registry("tumours"), models.tumours(1.0), "1.0.0")
    assert 'id="drift"' not in report.write(home, "tumours").read_text(encoding="utf-8")
    for found in (
        dataclasses.replace(CHECK, at="2026-02-01T10:00:00+00:00", source="february.csv", over=False, rows=900),
        CHECK,
        dataclasses.replace(CHECK, version="2.0.0", source="other version.csv"),
    ):
        drift_records.keep(home, found)
    page = report.write(home, "tumours")
    words = text(page)
    assert "1,200 new rows of march.csv" in words
    assert "over the bounds: note, the answers and the schema" in words
    assert words.index("march.csv") < words.index("february.csv")
    assert "other version.csv" not in words
    assert "&lt;b&gt;new&lt;/b&gt;" in page.read_text(encoding="utf-8")


def test_a_record_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    home = Home.from_environment({"SLIPWAY_HOME": str(tmp_path)})
    kept = drift_records.keep(home, CHECK)
    (kept.parent / "1.0.0-99999999T000000.json").write_text("{}")
    assert drift_records.read(home, "tumours", "1.0.0", 10) == (CHECK,)
