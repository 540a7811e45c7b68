"""Pages that are written from drafts: their Python, and that they can read their data."""

import ast
import csv
import dataclasses
import gzip
import io
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from components.data import sources
from components.data.inference.drafts import ERROR, Draft
from pipelines.page import drafting, fetching, own_data, python_text
from pipelines.spec import BinaryClassification, Category, Csv, MultiLabel, Number, Pipeline, Regression, Tabular
from schemas import columns
from schemas.columns import Label, NumberStyle
from schemas.errors import InputError
from schemas.home import Home

ROWS = [f"{n / 7:.3f},{'brig' if n % 3 else 'cog'},{'yes' if n % 2 else 'no'}" for n in range(300)]
SHIPS = "\n".join(["length,kind,left", *ROWS]) + "\n"


@pytest.fixture(autouse=True)
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without pages of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SLIPWAY_PIPELINES", raising=False)
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    file = tmp_path / "ships.csv"
    file.write_text(SHIPS)
    return drafting.of_file(file, "ships", None)


def pipeline_of(draft: Draft) -> Pipeline:
    scope: dict[str, Any] = {}
    exec(draft.page, scope)
    found: Pipeline = scope["pipeline"]
    return found


def read(pipeline: Pipeline, data: Path) -> int:
    """Reads every column of a page as ExampleGen does; returns how many rows there are."""
    wanted = pipeline.columns()
    located = sources.prepare(pipeline.source, pipeline.name, data, wanted)
    task, rows = pipeline.task, 0
    label = Label(task.label, task.classes_or_none, task.log_label)
    forms = pipeline.description.forms()
    style = NumberStyle.of(vars(pipeline.source))
    for block in sources.blocks(pipeline.source, located.path, wanted, pipeline.splits.key):
        for name, kind in wanted.items():
            columns.convert(block.cells[name].combine_chunks(), kind, label, forms.get(name), style)
        rows += block.cells.num_rows
    return rows


def columns_with(draft: Draft, name: str, **changes: Any) -> Draft:
    found = [dataclasses.replace(one, **changes) if one.name == name else one for one in draft.columns]
    return drafting.finished(dataclasses.replace(draft, columns=found))


def test_a_page_says_what_the_draft_says(draft: Draft) -> None:
    pipeline = pipeline_of(draft)
    assert (pipeline.name, pipeline.source) == ("ships", Csv("ships.csv"))
    assert pipeline.task == BinaryClassification(label="left", classes=("no", "yes"))
    assert pipeline.features == {"length": Number(), "kind": Category()}
    assert isinstance(pipeline.model, Tabular) and pipeline.thresholds == {}


def test_a_text_alone_is_read_by_n_grams(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    text = "the {} was {} and we {} come again, all of us"
    rows = [(text.format(n, "good" if n % 2 else "bad", "will" if n % 2 else "won't"), n % 2) for n in range(200)]
    with file.open("w") as out:
        csv.writer(out).writerows([("review", "label"), *rows])
    draft = drafting.of_file(file, None, None)
    assert draft.name == "reviews" and "model=NGrams(hidden=(32,))" in draft.page
    assert 'Text(encoding="tf_idf", ngrams=2, vocabulary=20000, length=100)' in draft.page


@pytest.mark.parametrize("mark", ["|", ";"])
def test_a_label_of_sets_has_any_number_of_classes(mark: str, tmp_path: Path) -> None:
    names = ["red", "green", "blue", "black"]
    cells = [mark.join(name for at, name in enumerate(names) if row >> at & 1) for row in range(320)]
    file = tmp_path / "ships.csv"
    file.write_text("size,tags\n" + "".join(f"{row / 7:.2f},{cell}\n" for row, cell in enumerate(cells)))
    draft = drafting.of_file(file, "ships", None)
    wanted = MultiLabel(label="tags", classes=("black", "blue", "green", "red"), separator=mark)
    assert pipeline_of(draft).task == wanted and not draft.problems
    home = Home(tmp_path / "home", tmp_path / "data")
    done = own_data.write(draft, file, tmp_path / "pages", home)
    assert done.data.read_text() == file.read_text() and not done.draft.thresholds  # an empty cell is an answer
    assert "max: 15" in done.schema.read_text()


def test_a_long_tailed_amount_is_learned_by_its_logarithm(tmp_path: Path) -> None:
    file = tmp_path / "homes.csv"
    file.write_text("rooms,price\n" + "".join(f"{n % 9 + n / 700},{1000 * 1.03**n:.2f}\n" for n in range(300)))
    assert pipeline_of(drafting.of_file(file, None, None)).task == Regression(label="price", log=True)


@pytest.mark.parametrize("file", ["titanic/titanic.csv", "house_prices/train.csv", "boston_housing/BostonHousing.csv"])
def test_the_page_of_a_known_file_is_written_found_and_reads_it(file: str, data: Path, tmp_path: Path) -> None:
    if not (data / file).is_file():
        pytest.skip(f"{file} is not in SLIPWAY_DATA")
    home = Home(tmp_path / "home", tmp_path / "data")
    draft = drafting.of_file(data / file, "my_own", "Survived" if "titanic" in file else None)
    written = own_data.write(draft, data / file, tmp_path / "pipelines", home)
    assert written.page.read_text() == written.draft.page
    assert written.data.read_bytes() == (data / file).read_bytes()
    assert read(pipeline_of(draft), home.data) == draft.rows
    # By the catalogue, in a process of its own: a module that is imported stays.
    code = "from pipelines.page import catalog; print(catalog.load('my_own').task.label)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment())
    assert said.stdout.strip() == draft.label


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}


def test_a_page_is_formatted_and_sorted_as_ruff_does_it(draft: Draft, data: Path, tmp_path: Path) -> None:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    if ruff is None:
        pytest.skip("ruff is not installed")
    odd = columns_with(draft, "kind", options={"names": ["it's", 'say "a"', "both ' and \"", "back\\slash", "ä" * 90]})
    pages = [draft, odd, drafting.finished(dataclasses.replace(draft, summary='He said: "no"', train=60, test=25))]
    if (data / "house_prices" / "train.csv").is_file():
        pages.append(drafting.of_file(data / "house_prices" / "train.csv", "homes", None))
    for number, one in enumerate(pages):
        assert one.page, one.problems
        (tmp_path / f"page{number}.py").write_text(one.page)
    for check in (["format", "--check", "--diff"], ["check", "--select", "I,F,E9,W"]):
        done = subprocess.run([ruff, *check, "--isolated", "--no-cache", str(tmp_path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


NESTED = st.recursive(
    st.text(max_size=30) | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=5).map(tuple) | st.dictionaries(st.text(max_size=20), inner, max_size=5),
)


@given(NESTED)
def test_python_text_gives_the_value_back(value: object) -> None:
    assert ast.literal_eval(python_text.text(value)) == value


@given(st.text(min_size=1).filter(str.strip))
def test_any_text_is_a_docstring(value: str) -> None:
    found = ast.get_docstring(ast.parse(python_text.docstring(value) + "\n"), clean=False)
    plain = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in value).strip()
    assert (found or "").strip() == plain


@given(st.text(max_size=80))
def test_a_name_is_made_of_any_file_s(value: str) -> None:
    assert drafting._NAME.fullmatch(drafting.name_of(value))


SIGNS = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
ODD = ["NA", "?", " ?", "nan", "inf", "1e400", "007", "1,5", "1.234,5", "12 %", "$5", "yes", "no", "2020-01-01", ""]
CELLS = st.one_of(
    st.sampled_from(ODD),
    st.integers(-(10**12), 10**12).map(str),
    st.floats(allow_nan=False, width=32).map(str),
    st.text(SIGNS, max_size=12),
    st.text("ab ", min_size=20, max_size=60),
)


@st.composite
def tables(draw: st.DrawFn) -> str:
    """CSV texts: a header, columns of which each draws its cells from few or many values, and one of two classes."""
    names = draw(st.lists(st.text(SIGNS, max_size=8), min_size=1, max_size=4))
    pools = [draw(st.lists(CELLS, min_size=1, max_size=draw(st.sampled_from([2, 5, 60])))) for _ in names]
    rows = draw(st.integers(0, 60))
    made = [
        [*(pool[(row * 7 + at) % len(pool)] for at, pool in enumerate(pools)), "ab"[row % 2]] for row in range(rows)
    ]
    buffer = io.StringIO()
    delimiter, end = draw(st.sampled_from(",;\t")), draw(st.sampled_from(["\n", "\r\n"]))
    csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerows([[*names, "two"], *made])
    return buffer.getvalue()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(content="x,two\n" + '"1,5",a\n"2,25",b\n' * 30, encoding="utf-8")
@given(
    content=tables() | tables() | tables() | st.text(max_size=200),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_any_table_gives_a_page_that_reads_it_or_says_why_not(content: str, encoding: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "table.csv")
        file.write_bytes(content.encode(encoding, errors="replace"))
        home = Home(Path(folder, "home"), Path(folder, "data"))
        try:
            draft = drafting.of_file(file, "table", None)
        except InputError as error:
            assert "table.csv" in str(error)
            event("refused")
            return
        assert Draft.from_json(json.loads(json.dumps(draft.to_json()))) == draft
        if draft.page:
            own_data.write(draft, file, Path(folder, "pages"), home)
            pipeline = pipeline_of(draft)
            assert 0 < read(pipeline, home.data) <= draft.rows
            event("read")
        else:
            event("problem")
            assert any(problem.severity == ERROR for problem in draft.problems)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("unlabelled", [False, True])
def test_a_page_says_the_encoding_of_the_file_so_that_another_one_of_the_kind_can_be_predicted(
    unlabelled: bool, packed: bool, tmp_path: Path
) -> None:
    file = tmp_path / ("Größen.csv.gz" if packed else "Größen.csv")
    rows = [f"{n},5;{['Köln', 'Bonn'][n % 2]};{'' if unlabelled and n % 4 == 0 else n % 2}" for n in range(100)]
    content = "\n".join([" größe ;ort;left ", *rows]).encode("windows-1252")
    file.write_bytes(gzip.compress(content) if packed else content)
    home = Home(tmp_path / "home", tmp_path / "data")
    draft = drafting.of_file(file, None, None)
    written = own_data.write(draft, file, tmp_path / "pipelines", home)
    pipeline = pipeline_of(written.draft)
    assert draft.name == "grossen" and isinstance(pipeline.source, Csv)
    assert pipeline.source.reading["encoding"] == "windows-1252"
    assert read(pipeline, home.data) == (75 if unlabelled else 100)
    if unlabelled:
        assert written.data.name == "Größen.csv" and "Köln".encode("windows-1252") in written.data.read_bytes()
    else:
        assert written.data.read_bytes() == file.read_bytes()


@pytest.mark.parametrize(("given", "name"), [("*.csv", "my_rows"), ("part-*.csv", "part"), (".", "my_rows")])
def test_files_of_a_folder_are_linked_and_have_its_name(given: str, name: str, tmp_path: Path) -> None:
    folder = tmp_path / "My rows"
    folder.mkdir()
    for part in range(2):
        lines = ["a,b", *(f"{n / 7},{n % 2}" for n in range(50))]
        (folder / f"part-{part}.csv").write_text("\n".join(lines))
    home = Home(tmp_path / "home", tmp_path / "data")
    draft = drafting.of_file(folder / given, None, None)
    written = own_data.write(draft, folder / given, tmp_path / "pipelines", home)
    assert draft.name == name and written.data.is_symlink() and read(pipeline_of(written.draft), home.data) == 100


def test_the_current_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "My rows").mkdir()
    monkeypatch.chdir(tmp_path / "My rows")
    for argument in (".", "../My rows/.", str(tmp_path / "My rows")):
        with fetching.given(argument) as source:
            assert drafting.name_of(source.path.name) == "my_rows"


def test_rows_without_a_label_are_left_out_of_the_copy(tmp_path: Path) -> None:
    file = tmp_path / "ships.csv"
    rows = [f'{n},"a, {n % 3}",{"" if n % 4 == 0 else n % 2}' for n in range(100)]
    file.write_text("\n".join(["\ufefflength,note,left", *rows]))
    home = Home(tmp_path / "home", tmp_path / "data")
    draft = drafting.of_file(file, None, None)
    (problem,) = (one for one in draft.problems if one.field == "label")
    assert problem.severity == "warning" and problem.message.startswith("25 rows have no label")
    own_data.write(draft, file, tmp_path / "pipelines", home)
    assert read(pipeline_of(draft), home.data) == 75


@pytest.mark.parametrize(
    ("content", "field", "message"),
    [
        ("a,b\n" + "1,x\n2,x\n" * 20, "label", "'b' has one class, 'x'"),
        ("a,b\n" + "".join(f"{n / 3},word{n}\n" for n in range(300)), "label", "at most 100 classes"),
        ("a;b\n" + "".join(f"{n / 3};{n} {'kg' if n % 2 else 'lb'}\n" for n in range(300)), "label", "different"),
        ("a,b\n" + "x,1\nx,2\n" * 20, "columns", "every column is left out"),
    ],
)
def test_what_keeps_a_page_from_being_written_is_an_error_of_its_field(
    content: str, field: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "ships.csv"
    file.write_text(content)
    draft = drafting.of_file(file, None, "b")
    errors = [one for one in draft.problems if one.severity == ERROR]
    assert draft.page == "" and [one.field for one in errors] == [field] and message in errors[0].message
    with pytest.raises(InputError, match=field):
        own_data.write(draft, file, tmp_path / "pipelines", Home(tmp_path / "home", tmp_path / "data"))
    assert not (tmp_path / "pipelines").exists() and not (tmp_path / "data").exists()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "__import__('os')", {"a": [1]}, None, [], True])
@pytest.mark.parametrize("option", ["scale", "missing", "indicator", "derived", "of", "no_such"])
def test_no_option_is_code_or_a_traceback(option: str, value: object, draft: Draft) -> None:
    found = columns_with(draft, "length", options={option: value})
    assert (found.page == "") == any(one.field == "columns.length" for one in found.problems)


def test_a_page_that_cannot_be_written_leaves_no_data(draft: Draft, tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("a file")
    with pytest.raises(InputError, match="cannot write"):
        own_data.write(draft, tmp_path / "ships.csv", tmp_path / "pages", Home(tmp_path / "home", tmp_path / "data"))
    assert not [*(tmp_path / "data").rglob("*.csv")]


def test_a_folder_of_pictures_is_linked_and_never_copied(tmp_path: Path) -> None:
    from PIL import Image

    for label in ("go", "stop"):
        (tmp_path / "signs" / label).mkdir(parents=True)
        for row in range(4):
            Image.new("L", (8, 8), row).save(tmp_path / "signs" / label / f"{row}.png")
    home = Home(tmp_path / "home", tmp_path / "data")
    draft = drafting.of_file(tmp_path / "signs", None, None)
    place = own_data.write(draft, tmp_path / "signs", tmp_path / "pipelines", home).data
    assert place == home.data / "signs" / "signs" and place.readlink() == tmp_path / "signs"
    assert read(pipeline_of(draft), home.data) == 8


def test_a_variable_is_named_where_the_folder_is_no_folder_of_pages(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    assert own_data.how_to_be_found(Path("pipelines")) is None
    (tmp_path / "else").mkdir()
    assert own_data.how_to_be_found(Path("else")) == f"export SLIPWAY_PIPELINES={tmp_path / 'else'}"


def test_a_name_that_is_taken_gets_a_number_unless_it_was_given(tmp_path: Path) -> None:
    file = tmp_path / "titanic.csv"
    file.write_text(SHIPS)
    draft = drafting.of_file(file, None, None)
    assert draft.name == "titanic_2" and "The name titanic is taken; the dataset is called titanic_2." in draft.assumed
    assert [one.field for one in drafting.of_file(file, "titanic", None).problems] == ["name"]
