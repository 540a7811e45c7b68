import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kfp.pipeline_spec import pipeline_spec_pb2 as spec

from pipelines.kubeflow.simulate import values

KIND = spec.ParameterType
# What Go 1.26 prints with strconv.FormatFloat(x, 'f', -1, 64) and json.Marshal(x).
GO = [
    (100.0, "100", "100"),
    (0.5, "0.5", "0.5"),
    (-0.0, "-0", "-0"),
    (0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"),
    (1e-6, "0.000001", "0.000001"),
    (9.9e-7, "0.00000099", "9.9e-7"),
    (1e20, "100000000000000000000", "100000000000000000000"),
    (1e21, "1000000000000000000000", "1e+21"),
    (2.0**53 + 2, "9007199254740994", "9007199254740994"),
    (5e-324, "0." + "0" * 323 + "5", "5e-324"),
    (1.2345e22, "12345000000000000000000", "1.2345e+22"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), lambda inner:
    st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)  # fmt: skip


@pytest.mark.parametrize(("number", "text", "in_json"), GO)
def test_numbers_are_written_as_go_writes_them(number, text, in_json):
    assert values.as_text(number) == text
    assert values.as_text([number]) == f"[{in_json}]"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_from_its_text_without_an_exponent(number):
    text = values.as_text(number)
    assert float(text) == number
    assert set(text) <= set("-.0123456789") and not text.endswith(".0")
    assert values.from_text(text, KIND.NUMBER_DOUBLE) == number


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_stays_one(number):
    assert values.as_text(float(number)) == str(number)
    assert values.from_text(f" {number}\n", KIND.NUMBER_INTEGER) == number


@given(st.lists(JSON) | st.dictionaries(st.text(), JSON))
def test_lists_and_objects_are_json_that_comes_back(value):
    text = values.as_text(value)
    assert json.loads(text, parse_int=float) == value
    assert not set("<>&\u2028\u2029") & set(text)
    assert values.from_text(text, KIND.LIST if isinstance(value, list) else KIND.STRUCT) == value


def test_json_is_as_go_writes_it():
    assert values.as_text({"b": [1.0, True, None], "a": "<é\n>"}) == '{"a":"\\u003cé\\n\\u003e","b":[1,true,null]}'


@given(st.text())
def test_a_text_is_what_it_is(text):
    assert values.as_text(text) == values.from_text(text, KIND.STRING) == text


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_true_as_go_reads_it(text):
    assert values.from_text(text, KIND.BOOLEAN) is True
    assert values.as_text(True) == "true"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1.0", KIND.NUMBER_INTEGER),
        ("1_000", KIND.NUMBER_INTEGER),
        ("٣", KIND.NUMBER_INTEGER),
        (str(2**63), KIND.NUMBER_INTEGER),
        ("", KIND.NUMBER_DOUBLE),
        ("nan", KIND.NUMBER_DOUBLE),
        ("1e999", KIND.NUMBER_DOUBLE),
        ("tRue", KIND.BOOLEAN),
        ("yes", KIND.BOOLEAN),
        ("{}", KIND.LIST),
        ("[1, NaN]", KIND.LIST),
        ("[1e999]", KIND.LIST),
        ("[", KIND.STRUCT),
        ("[" * 100_000, KIND.LIST),
    ],
)
def test_what_is_not_of_its_type_is_refused(text, kind):
    with pytest.raises(ValueError, match="is expected"):
        values.from_text(text, kind)


@given(st.text(), st.sampled_from(list(values.TYPES)))
def test_any_text_is_read_or_refused(text, kind):
    try:
        value = values.from_text(text, kind)
    except ValueError:
        return
    assert values.fits(value, kind)
    assert not (isinstance(value, float) and not math.isfinite(value))
