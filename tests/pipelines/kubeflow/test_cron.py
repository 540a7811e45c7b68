import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kubeflow.cron import for_kubeflow
from schemas.errors import InputError


@pytest.mark.parametrize(
    "expression", ["* * * * *", "0 3 * * 1", "*/15 0-6,22 1-7 jan-MAR Mon,Fri", "5 4 31 12 6", "0-30/5 * * * *"]
)
def test_the_second_is_put_first(expression: str) -> None:
    assert for_kubeflow(expression) == f"0 {expression}"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "five fields are expected: minute, hour, day of the month, month, day of the week"),
        ("0 0 3 * * 1", "five fields are expected"),
        ("@daily", "five fields are expected"),
        ("60 * * * *", "'60' as the minute; *, 0 to 59"),
        ("* 24 * * *", "'24' as the hour; *, 0 to 23"),
        ("* * 0 * *", "'0' as the day of the month; *, 1 to 31"),
        ("* * * 13 *", "'13' as the month; *, 1 to 12"),
        ("* * * * 7", "'7' as the day of the week; *, 0 to 6"),
        ("*/0 * * * *", "'*/0' as the minute"),
        ("30-10 * * * *", "'30-10' as the minute"),
        ("1,,2 * * * *", "'1,,2' as the minute"),
        ("mon * * * *", "'mon' as the minute"),
    ],
)
def test_what_is_none(expression: str, message: str) -> None:
    with pytest.raises(InputError, match=f"^--schedule: received .*{re.escape(message)}"):
        for_kubeflow(expression)


@given(st.lists(st.text("0123456789*/-,amonjr", min_size=1, max_size=6), min_size=4, max_size=6))
def test_any_text_is_five_fields_or_an_input_error(fields: list[str]) -> None:
    try:
        assert for_kubeflow(" ".join(fields)) == " ".join(["0", *fields])
    except InputError as error:
        assert len(str(error).splitlines()) == 1
