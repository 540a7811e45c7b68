import pytest

from schemas.problems import Problem
from schemas.sources import Csv

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
    ],
)
def test_a_sound_source_has_no_problems(source: Csv) -> None:
    assert list(source.problems()) == []


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
