import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.page import catalog, handpicked
from pipelines.spec import Pipeline
from schemas import curated
from schemas.cases import Case
from schemas.errors import InputError

MakePage = Callable[..., Pipeline]
FILES = sorted((Path(handpicked.__file__).parents[1] / "cases").glob("*.jsonl"))
CASE = {"input": {"tons": 3}, "expect": {"class": "yes"}, "why": "A small ship."}


@pytest.fixture
def picked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Writes the cases of the dataset ``ships``."""

    def picked(*cases: dict[str, Any]) -> None:
        (tmp_path / "ships.jsonl").write_text("\n".join(map(json.dumps, cases)))

    monkeypatch.setattr(handpicked, "_FOLDER", tmp_path)
    return picked


def test_every_dataset_that_has_a_curated_schema_has_cases() -> None:
    described = {name for name in catalog.names() if curated.text_of(name)}
    assert described and described <= {file.stem for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_has_ten_different_cases_each_with_its_reason(file: Path) -> None:
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(found) >= 10
    assert len({json.dumps(case["input"], sort_keys=True) for case in found}) == len(found)
    assert len({case["why"] for case in found}) == len(found)
    assert all(case.keys() == {"input", "expect", "why"} and case["expect"] for case in found)
    assert all(len(case["why"].split()) >= 5 and case["why"].endswith(".") for case in found)
    assert file.stat().st_size < 40_000


@pytest.mark.parametrize("name", sorted({file.stem for file in FILES} & set(catalog.names())))
def test_a_file_fits_its_page(name: str) -> None:
    assert len(handpicked.of_page(catalog.load(name))) >= 10


def test_a_page_without_a_file_has_no_cases(make_page: MakePage) -> None:
    assert handpicked.text_of("ships") == ""
    assert handpicked.of_page(make_page()) == []


def test_cases_are_checked_against_the_page(make_page: MakePage, picked: Callable[..., None]) -> None:
    picked(CASE)
    assert handpicked.of_page(make_page()) == [Case(1, {"tons": 3}, {"class": "yes"}, "A small ship.")]
    picked(CASE, CASE | {"input": {"mast": 3}})
    with pytest.raises(
        InputError, match=r"^pipelines/cases/ships\.jsonl, line 2: .*unknown field 'mast'.*'tons', 'flag'"
    ):
        handpicked.of_page(make_page())


def test_a_dropped_feature_may_stay_in_the_cases(
    make_page: MakePage, picked: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    picked(CASE | {"input": {"tons": 3, "flag": "red", "port": "Cork"}})
    monkeypatch.setattr(curated, "text_of", lambda _: 'feature { name: "port" } feature { name: "sunk" }')
    page = make_page(features={"tons": make_page().features["tons"]}, slices=("flag",))
    assert handpicked.of_page(page)[0].input == {"tons": 3}


def test_the_label_is_no_input(
    make_page: MakePage, picked: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    picked(CASE | {"input": {"tons": 3, "sunk": "yes"}})
    monkeypatch.setattr(curated, "text_of", lambda _: 'feature { name: "sunk" }')
    with pytest.raises(InputError, match="unknown field 'sunk'"):
        handpicked.of_page(make_page())


def test_a_file_that_is_not_utf8_is_named(make_page: MakePage, picked: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "ships.jsonl").write_bytes(b"\xff")
    with pytest.raises(InputError, match=r"^pipelines/cases/ships\.jsonl is not UTF-8"):
        handpicked.of_page(make_page())
