import io
from typing import Any

import pytest
from rich.console import Console

from cli import case_report
from reports import case_words
from schemas.records import CaseResult, CasesReport


def result(passed: bool, line: int = 3) -> CaseResult:
    why = "A [bold] reason. " * 12
    return CaseResult(line, why, {"class": "died"}, {"class": "survived", "confidence": 0.9}, passed)


def shown(*results: CaseResult) -> str:
    console = Console(file=io.StringIO(), width=80)
    case_report.show(CasesReport.of(results), console)
    return console.file.getvalue()


def test_only_what_failed_is_shown_with_its_reason() -> None:
    text = shown(result(True, line=1), result(False))
    assert " cases: 1 of 2 as expected\n" in text
    assert "line 3: expected died; the model answers survived with 0.9000" in text and "line 1:" not in text
    assert " ".join(text.split()).count("A [bold] reason.") == 12


def test_a_dataset_without_cases_shows_nothing() -> None:
    assert shown() == ""


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ({"class": "died"}, "died"),
        ({"class": ["3", "5"], "confidence_at_most": 0.9}, "3 or 5 with a confidence of at most 0.9"),
        ({"classes": []}, "no class"),
        ({"classes": ["a", "b"], "has": ["a"]}, "a, b and at least a"),
        ({"Fare": {"between": [1, 2]}, "traits": {"has": ["a"]}}, "Fare 1 to 2; traits at least a"),
        ({"answer": True, "confidence_at_most": 0.9}, "any class with a confidence of at most 0.9"),
        ({"confidence_at_least": 0.5, "confidence_at_most": 0.9},
         "any class with a confidence of at least 0.5 and at most 0.9"),
        ({"answer": True}, "any answer"),
        ({"between": [15000, 95000.4]}, "15,000 to 95,000"),
    ],
)  # fmt: skip
def test_an_expectation_in_words(expect: dict[str, Any], words: str) -> None:
    assert case_words.expected(expect) == words


def test_answers_in_words() -> None:
    assert case_words.answered({"value": 1234567.0}) == "1,234,567"
    assert case_words.answered({"value": 24.25}) == "24.25"
    assert case_words.answered({"error": "it is not finite"}) == "nothing (it is not finite)"
