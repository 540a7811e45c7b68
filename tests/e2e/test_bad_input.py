"""What a user can get wrong: one line that names it, exit code 2, nothing pushed."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.command import Slipway

Change = Callable[[list[str]], list[str]]


@pytest.fixture
def lines(data: Path) -> list[str]:
    """The real file's lines: the header and 891 passengers."""
    file = data / "titanic" / "titanic.csv"
    if not file.exists():
        pytest.skip("titanic.csv is not in SLIPWAY_DATA")
    return file.read_text().splitlines()


def write(slipway: Slipway, content: str | bytes) -> Path:
    file = slipway.data / "titanic" / "titanic.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def nothing_pushed(slipway: Slipway) -> bool:
    return not list(slipway.home.glob("models/*/*"))


def test_an_empty_file(slipway: Slipway) -> None:
    file = write(slipway, "")
    assert f"{file} is empty" in slipway.refused("run", "titanic")


def test_a_header_without_rows(slipway: Slipway, lines: list[str]) -> None:
    write(slipway, lines[0] + "\n")
    assert "header but no rows" in slipway.refused("run", "titanic")


def test_a_missing_column(slipway: Slipway, lines: list[str]) -> None:
    write(slipway, "\n".join([lines[0].replace("Fare", "Price"), *lines[1:]]))
    line = slipway.refused("run", "titanic")
    assert "'Fare'" in line and "Price" in line


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda row: row.replace("17,0,3", "17,maybe,3"), ("row 17", "'Survived'", "'maybe'", "'died', 'survived'")),
        (lambda row: row.replace("male,2,4", "male,two,4"), ("row 17", "'Age'", "'two'", "number")),
        (lambda row: row.replace("Rice", "R\udce9my"), ("row 17", "'Name'", "UTF-8")),
    ],
    ids=["label", "number", "encoding"],
)
def test_a_cell_that_does_not_fit_is_named_with_its_row(
    slipway: Slipway, lines: list[str], change: Callable[[str], str], named: tuple[str, ...]
) -> None:
    assert change(lines[17]) != lines[17]
    write(slipway, "\n".join([*lines[:17], change(lines[17]), *lines[18:]]).encode(errors="surrogateescape"))
    line = slipway.refused("run", "titanic")
    assert all(word in line for word in named), line
    assert nothing_pushed(slipway)


def test_a_column_without_any_value(slipway: Slipway, lines: list[str]) -> None:
    rows = [re.sub(r",[\d.]*(,[^,]*,[^,]*)$", r",\1", line) for line in lines[1:]]  # Fare is the last column but two
    write(slipway, "\n".join([lines[0], *rows]))
    line = slipway.refused("run", "titanic")
    assert "'Fare'" in line and "no value" in line
    assert nothing_pushed(slipway)


def test_an_anomaly_stops_the_run_and_says_which(slipway: Slipway, lines: list[str]) -> None:
    write(slipway, "\n".join([lines[0], *(line.replace(",female,", ",woman,") for line in lines[1:])]))
    line = slipway.refused("run", "titanic")
    assert "'Sex'" in line and "woman" in line
    assert nothing_pushed(slipway) and not list(slipway.home.glob("pipelines/titanic/Trainer"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 80 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_too_small_is_refused_before_anything_is_run(slipway: Slipway, small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(50 << 20))
    line = Slipway(small_disk / "home", slipway.data).refused("run", "digits")
    assert str(small_disk) in line and "MB free" in line


def test_a_disk_that_fills_up_while_the_run_goes_on(slipway: Slipway, small_disk: Path) -> None:
    process = Slipway(small_disk / "home", slipway.data).start("run", "digits")
    assert process.stderr is not None
    for line in process.stderr:
        if "StatisticsGen" in line:
            with pytest.raises(OSError, match="No space left"), (small_disk / "filler").open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(1 << 16))
    _, err = process.communicate(timeout=300)
    assert process.returncode == 2, err
    assert not list((small_disk / "home").glob("models/*/*"))
