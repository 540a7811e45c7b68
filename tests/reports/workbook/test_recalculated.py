"""What LibreOffice calculates of the workbook: it opens it, and has the same results as stand in its cells."""

import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

from tests.reports.workbook.conftest import Made, row

pytestmark = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")


def calculated(file: Path, folder: Path):
    """The workbook after LibreOffice has opened, calculated and saved it."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"]
    subprocess.run([*command, str(folder / "out"), str(file)], check=True, capture_output=True, timeout=300)
    return openpyxl.load_workbook(folder / "out" / file.name, data_only=True)


def without_results(made: Made, folder: Path):
    """The workbook without the formulas' results, which openpyxl does not keep: LibreOffice has to find them."""
    return made.open(values=False), folder / "bare.xlsx"


@pytest.mark.parametrize("name", ["tumours", "digits", "diabetes"])
def test_every_formula_gives_the_result_that_is_written(name: str, request, tmp_path: Path) -> None:
    made = request.getfixturevalue(name)
    bare, file = without_results(made, tmp_path)
    bare.save(file)
    found, written = calculated(file, tmp_path), made.open(values=True)
    assert found.sheetnames == written.sheetnames
    compared = 0
    for sheet in bare:
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.data_type == "f":
                    value = found[sheet.title][cell.coordinate].value
                    expected = written[sheet.title][cell.coordinate].value
                    number = isinstance(expected, int | float)
                    assert value == (pytest.approx(expected, rel=1e-5, abs=1e-9) if number else expected), cell.value
                    compared += 1
    assert compared > len(made.versions[0].rows)


def test_a_corrected_label_changes_the_metrics(tumours: Made, tmp_path: Path) -> None:
    bare, file = without_results(tumours, tmp_path)
    written = tumours.open(values=True)
    broken = next(r for r in range(2, 100) if written["1.1.0"][f"H{r}"].value == "broken")
    bare["1.1.0"][f"C{broken}"] = bare["1.1.0"][f"D{broken}"].value  # the label was wrong, not the answer
    bare.save(file)
    found = calculated(file, tmp_path)
    before, after = (row(book["Summary"], "binary_accuracy")[1] for book in (written, found))
    assert after - before == pytest.approx(1 / len(tumours.versions[1].rows))
    assert [found["1.1.0"][f"{letter}{broken}"].value for letter in "EH"] == ["right", "fixed"]
    assert row(found["Summary"], "fixed")[1] == row(written["Summary"], "fixed")[1] + 1
    assert row(found["Summary"], "broken")[1] == row(written["Summary"], "broken")[1] - 1
