"""What is inferred from CSV files as people have them."""

import bz2
import csv
import gzip
import io
import lzma
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from components.data import inference
from components.data.inference.drafts import Draft
from schemas.errors import InputError

Make = Callable[..., Draft]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(content: str | bytes, label: str | None = None, name: str = "ships.csv") -> Draft:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return inference.draft(file, "ships", label)

    return make


def table(rows: int = 100, delimiter: str = ",", **columns: Callable[[int], object]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([column(row) for column in columns.values()] for row in range(rows))
    return buffer.getvalue()


def kinds(draft: Draft) -> dict[str, str]:
    return {column.name: column.kind for column in draft.columns}


def why(draft: Draft, name: str) -> str:
    column = draft.column(name)
    assert column is not None
    return column.why


def either(row: int) -> str:
    return "yes" if row % 2 else "no"


def test_each_kind_of_column_is_known(make: Make) -> None:
    words = random.Random(1)
    draft = make(
        table(
            number=lambda row: row * 1.5,
            stars=lambda row: row % 3,
            colour=lambda row: ["red", "green"][row % 2],
            review=lambda row: " ".join(words.choices(["good", "bad", "ship", "storm", "calm"], k=12)),
            serial=lambda row: row + 1000,
            owner_id=lambda row: (row * 7919) % 100_003,
            name=lambda row: f"Ship {row}",
            empty=lambda row: "",
            always=lambda row: "x",
            built=lambda row: f"19{row % 90 + 10}-03-01",
            zip=lambda row: f"0{row % 8}123",
            flag=lambda row: "yes" if row % 5 else "",
            label=either,
        )
    )
    assert kinds(draft) == {
        "number": "number", "stars": "category", "colour": "category", "review": "text", "serial": "ignore",
        "owner_id": "ignore", "name": "ignore", "empty": "ignore", "always": "ignore", "built": "timestamp",
        "zip": "category", "flag": "category", "label": "category",
    }  # fmt: skip
    assert "rises from row to row" in why(draft, "serial") and "of its own" in why(draft, "owner_id")
    assert "100 different values in 100 rows" in why(draft, "name")
    assert why(draft, "empty") == "no row has a value" and "the same value, 'x'" in why(draft, "always")
    assert "dates or times such as '1910-03-01'" in why(draft, "built")
    flag, number = draft.column("flag"), draft.column("number")
    assert flag and flag.missing == 0.2 and flag.counts == {"yes": 80}
    assert number and (number.minimum, number.maximum, number.distinct) == (0.0, 148.5, 100)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_cuts_every_row(delimiter: str, make: Make) -> None:
    content = table(delimiter=delimiter, text=lambda row: f"a, b; {row % 7}", size=lambda row: row / 7, label=either)
    draft = make(content)
    assert draft.reading.delimiter == delimiter and [*kinds(draft)] == ["text", "size", "label"]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("cp1252", "windows-1252"),
        ("latin-1", "latin-1"),
    ],
)
def test_files_in_other_encodings_are_read(encoding: str, found: str, make: Make) -> None:
    sign = "\x85" if encoding == "latin-1" else "ü"  # beside a byte that Windows-1252 does not have
    content = table(größe=lambda row: row / 7, ort=lambda row: ["Köln", f"M{sign}nchen"][row % 2], label=either)
    if encoding == "latin-1":
        content = content.replace("Köln", "K\x81ln")
    draft = make(content.encode(encoding))
    assert draft.reading.encoding == found
    assert [*kinds(draft)] == ["größe", "ort", "label"]
    assert any(found in sentence for sentence in draft.assumed) == (found != "utf-8")


def test_a_utf_8_sign_at_the_border_of_two_pieces_is_utf_8(make: Make) -> None:
    head = "text,label\n"
    pad = "x" * ((1 << 20) - len(head) - 1)
    assert make(f"{head}{pad}ü,a\nb,b\n").reading.encoding == "utf-8"


def test_quoted_line_ends_commas_and_quotes_stand_in_cells(make: Make) -> None:
    draft = make(table(note=lambda row: f'said "{row % 3}",\nthen left', label=either))
    assert draft.rows == 100
    note = draft.column("note")
    assert note and note.examples[0] == 'said "0",\nthen left' and note.distinct == 3


def test_cells_that_mean_no_value_are_found_among_numbers(make: Make) -> None:
    draft = make(
        table(age=lambda row: " ?" if row % 4 else row / 3, kind=lambda row: ["a", "?"][row % 2], label=either)
    )
    age, kind = draft.column("age"), draft.column("kind")
    assert draft.reading.missing == [" ?", "?", ""]
    assert age and age.kind == "number" and age.missing == 0.75 and age.options["indicator"] is True
    assert kind and kind.counts == {"a": 50} and kind.missing == 0.5


def test_without_numbers_beside_it_na_is_a_name(make: Make) -> None:
    draft = make(table(continent=lambda row: ["NA", "EU", "AS"][row % 3], label=either))
    continent = draft.column("continent")
    assert draft.reading.missing == [""] and continent and continent.counts["NA"] == 34


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("1,5", "2,25", "10,0", "1.234.5"), "numbers with a decimal comma, such as '1,5'"),
        (("12.5.1", "13", "7", "9"), "'12.5.1' is none that the source Csv can read"),
    ],
)
def test_numbers_that_cannot_be_read_are_left_out_and_the_reason_names_one(
    cells: tuple[str, ...], said: str, make: Make
) -> None:
    draft = make(table(delimiter=";", price=lambda row: cells[row % 4], label=either))
    assert kinds(draft)["price"] == "ignore" and said in why(draft, "price") and "as 1234.5" in why(draft, "price")


def test_fractions_that_float32_cannot_tell_apart_are_left_out(make: Make) -> None:
    draft = make(table(height=lambda row: 1_700_000_000.5 + (row * 7919) % 200, label=either))
    assert kinds(draft)["height"] == "ignore" and "float32" in why(draft, "height")


@pytest.mark.parametrize(
    ("cells", "decimal", "thousands", "most"),
    [
        (("1,5", "2,25", "10,0", "3"), ",", "", 10.0),
        (("1,5", "2,25", "10,0", "1.234,5"), ",", ".", 1234.5),
        (("1,200", "300", "1,000,000.5", "7"), ".", ",", 1_000_000.5),
        (("1 200,5", "300", "1 000 000", "7,25"), ",", " ", 1_000_000.0),
        (("1'200.5", "300", "2'000", "7"), ".", "'", 2000.0),
    ],
)
def test_numbers_as_people_write_them(
    cells: tuple[str, ...], decimal: str, thousands: str, most: float, make: Make
) -> None:
    draft = make(table(delimiter=";", price=lambda row: cells[row % 4], size=lambda row: row * 7 % 50, label=either))
    price = draft.column("price")
    assert (draft.reading.decimal, draft.reading.thousands) == (decimal, thousands)
    assert price and price.maximum == most


@pytest.mark.parametrize(
    ("cells", "units", "thousands", "most"),
    [
        (("12.5%", "13 %", "7 %", "9%"), ["%"], "", 13.0),
        (("€ 12.50", "-€7.00", "€ 1", "3"), ["€"], "", 12.5),
        (("$1,200", "$900", "-$3", "$1,000,000"), ["$"], ",", 1_000_000.0),
        (("1,234 km/h", "2,345 km/h", "0 km/h", "7 km/h"), ["km/h"], ",", 2345.0),
        (("USD 12.5", "USD 3", "USD -4", "USD 0"), ["USD"], "", 12.5),
    ],
)
def test_units_beside_numbers_are_no_part_of_them(
    cells: tuple[str, ...], units: list[str], thousands: str, most: float, make: Make
) -> None:
    draft = make(table(price=lambda row: cells[row % 4], size=lambda row: f"{row}.25", label=either))
    price = draft.column("price")
    assert price and price.maximum == most and kinds(draft)["size"] == "number"
    assert (draft.reading.units, draft.reading.thousands) == (units, thousands)
    assert any("is their unit" in sentence for sentence in draft.assumed)


def test_numbers_with_different_units_are_not_read_as_equal_ones(make: Make) -> None:
    draft = make(
        table(price=lambda row: f"{row % 60}{'$€'[row % 2]}", rooms=lambda row: f"{row % 4 + 1} rooms", label=either)
    )
    assert kinds(draft)["price"] == "ignore" and "different units ('$', '€')" in why(draft, "price")
    other = make(table(rooms=lambda row: "1 room" if row % 3 else "2 rooms", label=either))
    assert kinds(other)["rooms"] == "category" and other.reading.units == []


def test_a_comma_before_three_digits_is_one_between_thousands_unless_semicolons_delimit(make: Make) -> None:
    def of(delimiter: str) -> Draft:
        return make(table(delimiter=delimiter, price=lambda row: f"{row % 9 + 1},{row * 37 % 1000:03}", label=either))

    assert (of(",").reading.thousands, of(";").reading.decimal) == (",", ",")


@pytest.mark.parametrize("written", ["k.A.", "n/d", "--", "#NV"])
def test_no_value_is_written_in_many_ways(written: str, make: Make) -> None:
    draft = make(table(delimiter=";", weight=lambda row: f"{row},5" if row % 9 else written, label=either))
    weight = draft.column("weight")
    assert weight and (weight.kind, weight.missing) == ("number", 0.12) and draft.reading.missing == [written, ""]


def test_numbers_with_a_decimal_comma_are_no_sets(make: Make) -> None:
    odd = {"weight": lambda row: f"{row % 5},{row % 7}" if row % 9 else "unbekannt", "size": lambda row: f"{row},5"}
    draft = make(table(delimiter=";", **odd, label=either))
    assert draft.reading.decimal == "," and kinds(draft)["weight"] == "category"


def test_a_decimal_comma_is_not_believed_beside_a_decimal_point(make: Make) -> None:
    draft = make(table(delimiter=";", price=lambda row: f"{row},5", size=lambda row: f"{row}.25", label=either))
    assert draft.reading.decimal == "." and kinds(draft)["price"] == "ignore" and kinds(draft)["size"] == "number"


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_point_that_may_stand_between_thousands_is_said(delimiter: str, make: Make) -> None:
    odd = {"price": lambda row: f"{row % 9 + 1}.{row * 37 % 1000:03}", "size": lambda row: f"{row}.25"}
    said = [
        sentence for sentence in make(table(delimiter=delimiter, **odd, label=either)).assumed if "CHECK" in sentence
    ]
    assert [sentence.partition(":")[0] for sentence in said] == (["CHECK 'price'"] if delimiter == ";" else [])


def test_infinite_numbers_are_none(make: Make) -> None:
    draft = make(table(speed=lambda row: "inf" if row == 50 else row / 3, label=either))
    assert kinds(draft)["speed"] == "ignore"


@pytest.mark.parametrize(
    ("label", "task", "classes"),
    [
        (lambda row: row % 2, "BinaryClassification", ["0", "1"]),
        (lambda row: ["yes", "no"][row % 2], "BinaryClassification", ["no", "yes"]),
        (lambda row: ["ja", "nein"][row % 2], "BinaryClassification", ["nein", "ja"]),
        (lambda row: row % 10 + 1, "MulticlassClassification", [str(i) for i in range(1, 11)]),
        (lambda row: f"c{row % 12}", "MulticlassClassification", sorted(f"c{i}" for i in range(12))),
        (lambda row: row % 50, "Regression", None),
        (lambda row: row % 3 + 0.5, "Regression", None),
        (lambda row: f"{row % 3 + 1},000", "Regression", None),
        (lambda row: f"{row % 3}%", "Regression", None),
    ],
)
def test_the_task_follows_from_the_label(
    label: Callable[[int], object], task: str, classes: list[str] | None, make: Make
) -> None:
    draft = make(table(size=lambda row: row / 7, label=label))
    assert (draft.task, draft.classes) == (task, classes)


def test_the_label_is_the_wanted_one_a_usual_name_or_the_last_column(make: Make) -> None:
    content = table(
        Target=either, a=lambda row: row / 7, b=lambda row: ["x", "y"][row % 2], name=lambda row: f"n {row}"
    )
    assert make(content).label == "Target"
    assert make(content, "b").label == "b"
    assert make(content.replace("Target", "aim")).label == "b"
    with pytest.raises(InputError, match=r"label: ships\.csv has no column 'c'; its columns are 'Target', 'a'"):
        make(content, "c")


@pytest.mark.parametrize("header", ["a b,ä,1st,class", '"a ""b""",(x),-,y', " x1, x1 ,x1,label"])
def test_headers_may_be_anything(header: str, make: Make) -> None:
    draft = make(header + "\n" + "".join(f"{row / 7},{row % 2},{row % 5}.5,{row % 2}\n" for row in range(60)))
    assert [column.name for column in draft.columns] == next(csv.reader([header]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; a header line"),
        ("\n\n", "is empty; a header line"),
        ("a,b\n", "a header but no rows"),
        ("a,b,a\n1,2,3\n", "the column 'a' twice"),
        ("a,b\n1,2\n1,2,3\n", "row 2: received 3 cells"),
        ("a\n1\n2\n", "the column 'a' alone"),
        ('a,b\n1,"2\n3,4\n', "quote"),
        (b"PK\x03\x04 and so on", "is damaged or cut off"),
        (b"a,b\n\x00,1\n", "is no text file"),
        ("a;b;c\n" + "1;2;3;4\n" * 9, "first line has 3 cells, and most lines have 4; the header"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(content: str | bytes, message: str, make: Make) -> None:
    with pytest.raises(InputError, match=message) as caught:
        make(content)
    assert "ships.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("before", "delimiter"),
    [
        ("Report\n2024\n", ";"),
        ("Report, of ships\n\n", ";"),
        ("Report,,\n,,\n", ","),
        ("sep=;\n", ";"),
        ('"Report\nof ships"\r\n', "|"),
        ("sep=\t\nReport\n", "\t"),
    ],
)
def test_lines_before_the_header_are_passed_over_and_kept_in_a_copy(
    before: str, delimiter: str, make: Make, tmp_path: Path
) -> None:
    rows = table(delimiter=delimiter, price=lambda row: row / 7, colour=lambda row: "rg"[row % 2], label=either)
    draft = make(before + rows)
    assert kinds(draft) == {"price": "number", "colour": "category", "label": "category"} and draft.rows == 100
    assert draft.reading.skip_rows == len(before.splitlines()) and draft.reading.delimiter == delimiter
    assert any("passed over" in sentence for sentence in draft.assumed)
    read = inference.draft(tmp_path / "ships.csv", "ships")
    assert read == draft


def test_a_thing_that_rows_share_and_their_time_are_said(make: Make) -> None:
    draft = make(
        table(
            patient_id=lambda row: row * 7 % 20 + 1000,
            begun=lambda row: f"{row % 28 + 1:02}.03.2024",
            born=lambda row: f"19{row % 90 + 10}-03-01",
            size=lambda row: row / 3,
            label=either,
        )
    )
    group, time = (sentence for sentence in draft.assumed if "CHECK" in sentence)
    assert "5 rows on average" in group and "splits=Splits(key=('patient_id',))" in group
    assert "splits=Splits(time='begun', time_format='%d.%m.%Y')" in time
    assert kinds(draft)["patient_id"] == "category"


def test_a_rare_class_is_said(make: Make) -> None:
    draft = make(table(size=lambda row: row / 3, label=lambda row: "yes" if row % 20 == 0 else "no"))
    assert "the rare 'yes', 5.00% of the rows: to answer 'no' always is right of 95.0%" in draft.assumed[1]
    assert "CHECK" not in " ".join(make(table(size=lambda row: row / 3, label=either)).assumed)


def test_words_of_names_and_gaps_count_where_the_names_themselves_tell_nothing(make: Make) -> None:
    draft = make(
        table(
            name=lambda row: f"{['Mr', 'Mrs', 'Dr'][row % 3]}. Person{row}",
            cabin=lambda row: f"C{row}" if row % 4 == 0 else "",
            ticket=lambda row: f"T{row}",
            label=either,
        )
    )
    assert kinds(draft) == {"name": "text", "cabin": "category", "ticket": "ignore", "label": "category"}
    name, cabin = draft.column("name"), draft.column("cabin")
    assert name and name.options["vocabulary"] == 3 and cabin and cabin.options == {"min_count": 5}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ships.parquet", "is no whole Parquet or Arrow file"),
        ("ships.docx", "is not read"),
        ("ships.xlsx", "is a spreadsheet, which is not read; save its sheet as CSV"),
        ("ship.png", "is one picture"),
        ("nowhere.csv", "no such file or folder"),
    ],
)
def test_other_files_are_refused(name: str, message: str, tmp_path: Path) -> None:
    if name != "nowhere.csv":
        (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match=message):
        inference.draft(tmp_path / name, "ships")


def zipped(content: bytes, **others: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, one in {"ships.csv": content, **others}.items():
            archive.writestr(name, one)
    return buffer.getvalue()


def zstandard(content: bytes) -> bytes:
    buffer = pa.BufferOutputStream()
    with pa.CompressedOutputStream(buffer, "zstd") as out:
        out.write(content)
    return buffer.getvalue().to_pybytes()


PACK = {
    ".csv.gz": gzip.compress,
    ".csv.xz": lzma.compress,
    ".csv.bz2": bz2.compress,
    ".zip": zipped,
    ".tsv.zst": zstandard,
}


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
@pytest.mark.parametrize("ending", PACK)
def test_a_compressed_file_is_read(ending: str, encoding: str, make: Make) -> None:
    content = table(delimiter=";", größe=lambda row: f"{row / 7:.3f}".replace(".", ","), label=either).encode(encoding)
    draft = make(PACK[ending](content), name=f"ships{ending}")
    assert (draft.kind, draft.rows, draft.reading.encoding) == ("csv", 100, encoding)
    assert kinds(draft) == {"größe": "number", "label": "category"} and not draft.linked


def test_the_tables_of_a_zip_are_one_and_have_the_same_header(make: Make) -> None:
    content = table(size=lambda row: row / 7, label=either).encode()
    assert make(zipped(content, **{"more.csv": content}), name="ships.zip").rows == 200
    with pytest.raises(InputError, match=r"more\.csv.*all files of a source have the same header"):
        make(zipped(content, **{"other/more.csv": b"a,b,c\n1,2,3\n"}), name="ships.zip")


@pytest.mark.parametrize("given", ["rows", "rows/part-*.csv"])
def test_files_in_a_folder_are_read_as_one_is(given: str, tmp_path: Path) -> None:
    rows = [["größe;ort;label", *(f"{n},5;{town};{either(n)}" for n in range(60))] for town in ("Bonn", "Köln")]
    (tmp_path / "rows").mkdir()
    for number, lines in enumerate(rows):
        (tmp_path / "rows" / f"part-{number}.csv").write_text("\n".join(lines) + "\n", encoding="windows-1252")
    draft = inference.draft(tmp_path / given, "rows")
    assert (draft.rows, draft.linked, draft.reading.encoding, draft.reading.decimal) == (120, True, "windows-1252", ",")
    assert kinds(draft) == {"größe": "number", "ort": "category", "label": "category"}
    (tmp_path / "rows" / "part-2.csv").write_text("größe;ort;label\n1;Köln;yes\n")
    with pytest.raises(InputError, match=r"part-2\.csv is utf-8 and .*part-1\.csv is windows-1252: files that are"):
        inference.draft(tmp_path / given, "rows")


def test_a_wide_file(make: Make) -> None:
    header = ",".join(f"c{i}" for i in range(3000))
    draft = make(
        header + "\n" + "\n".join(",".join(str(row * i % 97) for i in range(3000)) for row in range(40)) + "\n"
    )
    assert len(draft.columns) == 3000 and draft.label == "c2999"


def test_memory_does_not_grow_with_the_values_of_a_column(make: Make) -> None:
    draft = make(
        table(60_000, ship=lambda row: f"{row:0200}a", size=lambda row: (row * 7919) % 100_003 / 3, label=either)
    )
    ship, size = draft.column("ship"), draft.column("size")
    assert ship and size and ship.distinct < 60_000 and ship.kind == "ignore" and ship.counts == {}
    assert "more than" in ship.why and size.kind == "number" and draft.rows == 60_000


def test_a_blockwise_skewness_is_that_of_the_whole() -> None:
    import numpy as np
    from scipy import stats

    from components.data.inference.profile import Moments

    values = np.random.default_rng(1).lognormal(size=5000)
    moments = Moments()
    for part in np.split(values, [1, 10, 700, 4999]):
        moments.add(part)
    assert moments.skewness == pytest.approx(stats.skew(values))
    assert (moments.n, moments.mean) == (5000, pytest.approx(values.mean()))
