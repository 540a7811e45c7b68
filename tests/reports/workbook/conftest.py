from pathlib import Path

import openpyxl
import pytest

from reports.workbook import answers, book
from tests.reports.workbook import models


class Made:
    """A workbook of two versions.

    Attributes:
      file: its path.
      notes: what it leaves out.
      versions: as the workbook was made of them.
    """

    def __init__(self, folder: Path, make, strengths, **more) -> None:
        self.folder = folder
        dossiers = [
            models.write(folder / "registry", make(strength), f"1.{place}.0", **more)
            for place, strength in enumerate(strengths)
        ]
        self.versions = answers.read(dossiers)
        self.file = folder / "compared.xlsx"
        self.notes = book.write(self.file, self.versions)

    def open(self, *, values: bool):
        """The workbook as openpyxl reads it: with the formulas' recorded results, or with the formulas themselves."""
        return openpyxl.load_workbook(self.file, data_only=values)


def column(sheet, name: str) -> list:
    """The cells below a header."""
    headers = [cell.value for cell in sheet[1]]
    return [cell.value for cell in list(sheet.columns)[headers.index(name)][1:]]


def row(sheet, name: str) -> list:
    """The cells right of a name in the first column."""
    found = next(cells for cells in sheet.iter_rows() if str(cells[0].value).strip().startswith(name))
    return [cell.value for cell in found[1:]]


@pytest.fixture(scope="session")
def tumours(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("tumours"), models.tumours, (1.0, 0.001))


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("digits"), models.digits, (1.0, 0.0005))


@pytest.fixture(scope="session")
def diabetes(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("diabetes"), models.diabetes, (1.0, 1000.0))
