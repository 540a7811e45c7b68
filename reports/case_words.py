"""The handpicked cases in words: what was expected, and what the model answers."""

from collections.abc import Mapping
from typing import Any

from schemas.records import AnswerJson, CasesReport, CasesSummary, Expectation, is_several


def summary(report: CasesReport | CasesSummary) -> str:
    """The two counts in words, such as ``18 of 19 as expected``."""
    return f"{report.passed} of {report.count} as expected"


def expected(expect: Expectation) -> str:
    """An expectation in words, such as ``3 or 5 with a confidence of at most 0.9``; of several labels each with its name."""
    if is_several(expect):
        parts: Mapping[str, Any] = expect
        return "; ".join(f"{label} {expected(one)}" for label, one in parts.items())
    if "classes" in expect or "has" in expect:
        exactly = [_classes(expect["classes"])] if "classes" in expect else []
        return " and ".join(exactly + ([f"at least {_classes(expect['has'])}"] if "has" in expect else []))
    names = expect.get("class", "any class" if any(key.startswith("confidence") for key in expect) else "any answer")
    what = " or ".join(names) if isinstance(names, list) else names
    if "between" in expect:
        what = " to ".join(map(_number, expect["between"]))
    bounds = [f"at least {expect['confidence_at_least']:.4g}"] if "confidence_at_least" in expect else []
    bounds += [f"at most {expect['confidence_at_most']:.4g}"] if "confidence_at_most" in expect else []
    return what + (f" with a confidence of {' and '.join(bounds)}" if bounds else "")


def answered(answer: AnswerJson) -> str:
    """An answer in words: the class with its confidence, the classes, the value, or ``nothing`` with the reason; of several
    labels each with its name."""
    if is_several(answer):
        parts: Mapping[str, Any] = answer
        return "; ".join(f"{label} {answered(one)}" for label, one in parts.items())
    if "classes" in answer:
        return _classes(answer["classes"])
    if "error" in answer:
        return f"nothing ({answer['error']})"
    if "values" in answer:
        return ", ".join(_number(value) for value in answer["values"])
    if "value" in answer:
        interval = answer.get("interval")
        ends = "" if interval is None else f" ({_number(interval['low'])} to {_number(interval['high'])})"
        return _number(answer["value"]) + ends
    return f"{answer['class']} with {answer['confidence']:.4f}"


def _classes(names: list[str]) -> str:
    return ", ".join(names) or "no class"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
