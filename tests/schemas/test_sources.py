import pytest

from schemas.problems import Problem
from schemas.sources import (
    Columns,
    Csv,
    File,
    IdxImages,
    ImageFolder,
    JsonLines,
    Parquet,
    ReutersSgml,
    TextTar,
    TfRecord,
)

SHA256 = "0a" * 32
BELOW = "a file's name, or its path below $SLIPWAY_DATA/<dataset>/ without '..'"
ADDRESS = "an address that begins with http:// or https://"
CHARACTER = "one character of ASCII, but no double quote and no line end"


@pytest.mark.parametrize(
    "source",
    [
        Csv("ships.csv"),
        Csv("2024/ships.csv"),
        Csv("..ships.csv"),
        Csv("f", url="https://example.org/f?a=1#b", sha256=SHA256),
        Csv("f", url="http://127.0.0.1:8000/f", sha256=SHA256),
        *(Csv("f", delimiter=character) for character in ",;\t| "),
        Csv("part-*.csv"),
        Csv("f", delimiter=";", decimal=",", thousands=".", encoding="latin-1", quote="'", comment="#", skip_rows=3),
        Csv("f", units=("%", "$", "km/h")),
        Csv("f", quote="", header=False, names=("a", "b")),
        *(Csv(f"{scheme}://place/folder/ships.csv") for scheme in ("s3", "gs", "http", "https")),
        Csv("s3://bucket/part-*.csv"),
        Csv("https://example.org/f?download=1", sha256=SHA256),
    ],
)
def test_a_sound_source_has_no_problems(source: Csv) -> None:
    assert list(source.problems()) == []


@pytest.mark.parametrize("url", ["https://example.org/mnist", "https://example.org/mnist/"])
def test_mnist_s_files_are_below_one_address(url: str) -> None:
    sha256 = {name: f"{i}" * 64 for i, name in enumerate(FILES)}
    source = IdxImages.mnist_files(url, **sha256)
    assert list(source.problems()) == []
    assert source.test_labels == File(
        "t10k-labels-idx1-ubyte.gz", "https://example.org/mnist/t10k-labels-idx1-ubyte.gz", sha256["test_labels"]
    )
    assert [file.sha256 for file in source.files] == [sha256[name] for name in FILES]
    assert len({file.url for file in source.files}) == 4


def test_mnist_s_files_of_no_address_are_named_by_their_field() -> None:
    problem = next(IdxImages.mnist_files(5, **dict.fromkeys(FILES, SHA256)).problems())
    assert (problem.field, problem.allowed) == ("train_images.url", ADDRESS)


@pytest.mark.parametrize("file", ["/etc/passwd", "..", "../titanic/titanic.csv", "a/../../f", ".", "/"])
def test_the_file_stays_in_its_dataset_s_folder(file: str) -> None:
    assert list(Csv(file).problems()) == [Problem("file", file, BELOW)]


@pytest.mark.parametrize("file", ["", None, 5])
def test_the_file_is_a_name(file: object) -> None:
    assert list(Csv(file).problems()) == [Problem("file", file, "a string that is not empty")]


@pytest.mark.parametrize(
    "url", ["", "ships.csv", "file:///etc/passwd", "ftp://x/f", "https://", "https:///f", "http://a b", 5]
)
def test_the_url_is_an_address_of_the_web(url: object) -> None:
    assert list(Csv("f", url=url, sha256=SHA256).problems()) == [Problem("url", url, ADDRESS)]


@pytest.mark.parametrize("delimiter", ["", ", ", "§", "\0", '"', "\n", "\r", b",", None, 5])
def test_the_delimiter_is_one_that_arrow_takes(delimiter: object) -> None:
    assert list(Csv("f", delimiter=delimiter).problems()) == [Problem("delimiter", delimiter, CHARACTER)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("decimal", ""), ("decimal", ";"), ("decimal", None), ("thousands", "x"), ("thousands", None), ("thousands", ".."),
        ("encoding", "utf-99"), ("encoding", 5), ("quote", "''"), ("quote", ","), ("quote", "\n"), ("quote", None),
        ("comment", "//"), ("comment", '"'), ("comment", ","), ("comment", "§"), ("skip_rows", -1), ("skip_rows", 1.0),
        ("skip_rows", True), ("header", 1), ("header", None), ("names", ("a",)), ("names", ["a"]), ("names", "a"),
        ("units", "%"), ("units", ("",)), ("units", ("m2",)), ("units", (" %",)), ("units", ("%", "%")),
    ],
)  # fmt: skip
def test_each_field_of_a_csv_file_is_checked(field: str, value: object) -> None:
    found = [problem.field for problem in Csv("f", **{field: value}).problems()]
    assert found[0] == field and set(found) == {field}


def test_decimal_and_thousands_are_two_characters() -> None:
    assert [problem.field for problem in Csv("f", decimal=",", thousands=",").problems()] == ["thousands"]


@pytest.mark.parametrize("names", [(), ("a", "a"), ("a", "")])
def test_a_file_without_a_header_needs_names(names: tuple[str, ...]) -> None:
    assert [problem.field for problem in Csv("f", header=False, names=names).problems()] == ["names"]


@pytest.mark.parametrize(
    "file",
    [
        "ftp://x/f", "s3://", "s3://bucket", "s3://bucket/", "gs:///f", "file:///etc/passwd", "s3://b/a b.csv", "http://[x/f",
        "s3://bucket/../f", "https://host/part-*.csv", "https://host/\u00e4.csv", "https://me:s3cret@host/f", "s3://s3cret:s3cret@bucket/f",
        "https://host/f?X-Amz-Signature=s3cret", "https://host/f?a=1&Token=s3cret",
    ],
)  # fmt: skip
def test_an_address_that_is_none_or_holds_credentials_is_refused_and_they_are_not_shown(file: str) -> None:
    (problem,) = Csv(file).problems()
    assert problem.field == "file" and "s3cret" not in str(problem)


def test_an_address_needs_no_url() -> None:
    source = Csv("s3://bucket/f.csv", url="https://example.org/f", sha256=SHA256)
    assert [problem.field for problem in source.problems()] == ["url"]


FILES = {name: File(name) for name in ("train_images", "train_labels", "test_images", "test_labels")}
PATTERN = "a named group in it: (?P<id>x)"


@pytest.mark.parametrize(
    "source",
    [
        Columns("f", names=("a", "b")),
        Columns("f", names=("a", "b"), widths=(1, 2), missing=("?", "")),
        IdxImages(**FILES),
        TextTar("f", PATTERN, encoding="latin-1"),
        ReutersSgml("f", topics=("earn",), at_least=1),
    ],
)
def test_sound_sources_of_other_kinds_have_no_problems(source: Columns | IdxImages | TextTar | ReutersSgml) -> None:
    assert list(source.problems()) == []


@pytest.mark.parametrize(
    ("source", "field"),
    [
        (Columns("f"), "names"),
        (Columns("f", names=("a", "a")), "names"),
        (Columns("", names=("a",)), "file"),
        (Columns("f", names=("a",), widths=(1, 2)), "widths"),
        (Columns("f", names=("a",), widths=(0,)), "widths"),
        (Columns("f", names=("a",), missing="?"), "missing"),
        (Columns("f", names=("a",), url="https://example.org/f"), "sha256"),
        (IdxImages(**FILES | {"test_labels": "file.gz"}), "test_labels"),
        (IdxImages(**FILES | {"train_images": File("../f")}), "train_images.name"),
        (TextTar("f", "no group"), "pattern"),
        (TextTar("f", "(?P<text>x)"), "pattern"),
        (TextTar("f", "(?P<id>x"), "pattern"),
        (TextTar("f", None), "pattern"),
        (TextTar("f", PATTERN, encoding="utf-99"), "encoding"),
        (TextTar("f", PATTERN, encoding="base64"), "encoding"),
        (TextTar("f", PATTERN, sha256="x"), "sha256"),
        (ReutersSgml("f", topics=("earn", "earn")), "topics"),
        (ReutersSgml("f", at_least=0), "at_least"),
    ],
)
def test_a_mistake_is_named_by_its_field(source: Columns | IdxImages | TextTar | ReutersSgml, field: str) -> None:
    assert [problem.field for problem in source.problems()] == [field]


def test_a_text_archive_s_columns_are_its_groups_and_the_text() -> None:
    assert TextTar("f", r"(?P<split>train|test)/(?P<id>\d+)").columns == ("split", "id", "text")


@pytest.mark.parametrize("kind", [Parquet, JsonLines, TfRecord])
def test_typed_files_are_below_their_folder_and_at_addresses(kind: type) -> None:
    for file in ("a.parquet", "2024/part-*.parquet", "folder", "s3://bucket/part-*.parquet"):
        assert list(kind(file).problems()) == []
    assert [problem.field for problem in kind("../a").problems()] == ["file"]
    assert [problem.field for problem in kind("a", missing="NA").problems()] == ["missing"]
    assert [problem.field for problem in kind("a", url="https://example.org/a").problems()] == ["sha256"]


def test_a_schema_and_labels_are_below_their_folder() -> None:
    assert list(TfRecord("a", schema="schema.pbtxt").problems()) == []
    assert [problem.field for problem in TfRecord("a", schema="/etc/schema.pbtxt").problems()] == ["schema"]
    assert list(ImageFolder("a", labels="labels.csv", file_column="id").problems()) == []
    assert [problem.field for problem in ImageFolder("a", labels="../l.csv", file_column="").problems()] == [
        "labels",
        "file_column",
    ]
