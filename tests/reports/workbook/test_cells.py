import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from reports.workbook.cells import MOST_CHARACTERS, Formats, Grid, text_of

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=40)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(TEXTS, st.integers(2, 50))
def test_a_text_is_cut_to_the_units_that_excel_counts_and_stays_text(text: str, most: int) -> None:
    found = text_of(text, most)
    assert units(found) <= most
    assert found.rstrip() == text.rstrip() or (found.endswith("…") and text.startswith(found[:-1]))
    assert (found.rstrip() == text.rstrip()) == (units(text) <= most)


def test_the_longest_text_of_a_cell_is_kept() -> None:
    assert text_of("a" * MOST_CHARACTERS) == "a" * MOST_CHARACTERS
    assert units(text_of("😀" * MOST_CHARACTERS)) in (MOST_CHARACTERS, MOST_CHARACTERS - 1)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=1, max_size=5))
@example(["<r><b></r>", "_x0041_", "\x01", " a ", "</t>&amp;"])  # the first one as XlsxWriter marks up its own texts
def test_any_text_comes_back_as_a_text(tmp_path, texts: list[str]) -> None:
    file = tmp_path / "texts.xlsx"
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        grid = Grid()
        for place, text in enumerate(texts):
            grid.put(place, 0, text)
        grid.write(book.add_worksheet())
    cells = openpyxl.load_workbook(file).active["A"]
    assert [unescape(cell.value) for cell in cells] == [text_of(text) for text in texts]
    assert all(cell.data_type != "f" for cell in cells)


@pytest.mark.parametrize("order", [1, -1])
def test_cells_may_be_collected_in_any_order(tmp_path, order: int) -> None:
    file = tmp_path / "grid.xlsx"
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        grid = Grid()
        for place in range(4)[::order]:
            grid.put(place, place, place, Formats(book).whole)
        grid.formula(0, 1, "=A1+1", 1)
        grid.write(book.add_worksheet())
    values = openpyxl.load_workbook(file, data_only=True).active
    assert [values.cell(place + 1, place + 1).value for place in range(4)] == [0, 1, 2, 3]
    assert values["B1"].value == 1
