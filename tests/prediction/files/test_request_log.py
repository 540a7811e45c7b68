import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prediction.files import request_log
from schemas.errors import InputError
from schemas.model_card import ModelCard
from schemas.request_log import REDACTED
from serving.gateway.logs import Log
from serving.gateway.sampling import Sampling

FIELDS: Any = {"request_id": "a", "key": None, "model": "titanic", "version": "1.0.0", "serving_version": 7}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "requests.jsonl"


def write(file: Path, *lines: Any, end: str = "\n") -> str:
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + end)
    return str(file)


def line(**changes: Any) -> dict[str, Any]:
    answer = {"class": "died", "confidence": 0.9}
    return {"time": "2026-01-01T00:00:00+00:00", **FIELDS, "input": {"Age": 4.0}, "output": answer} | changes


def test_what_the_gateway_writes_is_read_back(file: Path) -> None:
    from prediction.answer import ClassAnswer, ValueAnswer

    sampling = Sampling(file, 1.0, 1_000_000, frozenset({"Name"}), Log())
    rows = [{"Age": float("nan"), "Name": "a", "image": b"\x89PNG\r\n\x1a\n"}, {"Age": 4.0, "Name": "b", "image": b"x"}]
    sampling.take(FIELDS, rows, [ClassAnswer("died", 0.75), ValueAnswer(2.5)])
    sampling.close()
    first, second = request_log.read(str(file), "titanic")
    assert (first.line, first.version, first.answer) == (1, "1.0.0", ClassAnswer("died", 0.75))
    assert first.input == {"Age": None, "Name": REDACTED, "image": {"b64": "iVBORw0KGgo="}}
    assert (second.line, second.answer) == (2, ValueAnswer(2.5))
    assert request_log.redacted(str(file), "titanic") == ("Name",)


def test_lines_of_other_models_and_an_unfinished_last_one_are_passed_over(file: Path) -> None:
    path = write(file, line(model="digits"), line(), "", '{"time": "20', end="")
    assert [found.line for found in request_log.read(path, "titanic")] == [2]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("{", "line 1: received '{'"),
        ('{"input": {"Age": 1, "Age": 2}}', "the key 'Age' stands twice"),
        ("[1]", "line 1: .*an object with time"),
        (line(input=3), "its input is no object"),
        (line(output={"class": "a"}), "its confidence is None"),
    ],
)
def test_what_is_no_line_of_a_log_is_named(file: Path, bad: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(request_log.read(write(file, bad), "titanic"))


def test_inputs_are_rows_for_the_model_without_what_it_does_not_read(
    file: Path, make_card: Callable[..., ModelCard]
) -> None:
    path = write(file, line(input={"Age": 4.0, "Sex": REDACTED, "Deck": "B"}), line(input={"Age": None, "Sex": "male"}))
    (chunk,) = request_log.rows(path, make_card()).chunks
    assert chunk.inputs["Age"].to_pylist() == [4.0, None]
    assert chunk.inputs["Sex"].to_pylist() == [None, b"male"]
    assert chunk.place(1) == f"{path}, line 2"


def test_a_log_without_redaction_has_no_redacted_columns(file: Path) -> None:
    assert request_log.redacted(write(file, line()), "titanic") == ()
