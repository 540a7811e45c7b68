import base64
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import request
from schemas.errors import InputError, shown
from schemas.model_card import ModelCard
from schemas.request import PictureTooLargeError, RequestError
from tests.pictures import JPEG, PNG, TOO_LARGE, drawn, encoded, turned

PASSENGER = {"Age": {"type": "number"}, "Sex": {"type": "string"}}
INPUTS = {
    "two": PASSENGER,
    "number": {"Age": {"type": "number"}},
    "string": {"Sex": {"type": "string"}},
    "image": {"image": {"type": "image"}},
}
HUGE = st.sampled_from([10**39, -(10**400), 10**4000, 1e39, "\ud800"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)) | HUGE,
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["Age", "Sex", "image", "b64"]) | st.text(), inner),
    max_leaves=10,
)

MakeCard = Callable[..., ModelCard]


def refusal(card: ModelCard, value: Any) -> str:
    with pytest.raises(InputError) as caught:
        request.parse(card, value)
    return str(caught.value)


def parts(card: ModelCard, value: Any) -> tuple[str | None, str, str, Any]:
    """What programs read of a refusal: the field, what came, what is allowed, an example."""
    with pytest.raises(RequestError) as caught:
        request.parse(card, value)
    return caught.value.field, caught.value.received, caught.value.allowed, caught.value.example


def test_columns_come_back_with_their_types_in_the_order_of_the_card(make_card: MakeCard) -> None:
    columns = request.parse(make_card(), {"Sex": "male", "Age": 22})
    assert list(columns.items()) == [("Age", 22.0), ("Sex", "male")]
    assert type(columns["Age"]) is float


@pytest.mark.parametrize("value", [{}, {"Age": None, "Sex": None}, {"Age": math.nan}])
def test_a_missing_number_is_nan_and_a_missing_string_is_empty(make_card: MakeCard, value: dict[str, Any]) -> None:
    columns = request.parse(make_card(), value)
    assert math.isnan(columns["Age"])
    assert columns["Sex"] == ""


@pytest.mark.parametrize(("value", "read"), [("NA", ""), ("", ""), ("NAN", "NAN"), (" NA", "NA"), (-1, "")])
def test_a_cell_that_means_no_value_in_training_means_none_here(make_card: MakeCard, value: Any, read: str) -> None:
    card = make_card(reading={"missing": ["NA", "-1"], "delimiter": ","})
    assert request.parse(card, {"Sex": value})["Sex"] == read


@pytest.mark.parametrize("value", [-999, -999.0])
def test_a_number_that_means_no_value_in_training_means_none_here(make_card: MakeCard, value: float) -> None:
    card = make_card(reading={"missing": ["NA", "", "-999"]})
    assert math.isnan(request.parse(card, {"Age": value})["Age"])
    assert request.parse(card, {"Age": -998})["Age"] == -998.0


def test_a_whole_number_is_read_as_a_name(make_card: MakeCard) -> None:
    assert request.parse(make_card(), {"Sex": 3})["Sex"] == "3"


@pytest.mark.parametrize(("value", "read"), [(" male\n", "male"), ("\u00a0a b\t", "a b"), ("  ", ""), ("\u3000", "")])
def test_a_string_has_no_white_space_around_it_as_in_training(make_card: MakeCard, value: str, read: str) -> None:
    assert request.parse(make_card(), {"Sex": value})["Sex"] == read


@pytest.mark.parametrize("value", [True, False, "22", math.inf, -math.inf, [22], {"value": 22}])
def test_what_is_no_finite_number_is_refused_by_field_and_value(make_card: MakeCard, value: Any) -> None:
    message = refusal(make_card(), {"Age": value})
    assert message == (
        f"titanic, field 'Age': received {value!r}; "
        "a finite number (up to 3.4e38, float32), or null where it is missing is expected, such as 22.0"
    )


@pytest.mark.parametrize(
    ("example", "texts"), [("false", ["true", "false"]), ("True", ["True", "False"]), ("FALSE", ["TRUE", "FALSE"])]
)
def test_true_and_false_are_the_texts_that_the_training_data_had(
    make_card: MakeCard, example: str, texts: list[str]
) -> None:
    card = make_card(example={"Sex": example})
    assert [request.parse(card, {"Sex": value})["Sex"] for value in (True, False)] == texts


@pytest.mark.parametrize("value", [True, 1.5, ["male"], {"b64": "male"}, b"male"])
def test_what_is_no_string_is_refused_by_field_and_value(make_card: MakeCard, value: Any) -> None:
    message = refusal(make_card(), {"Sex": value})
    assert message == (
        f"titanic, field 'Sex': received {value!r}; "
        "a string (or a whole number), or null where it is missing is expected, such as 'male'"
    )


def test_an_unknown_field_is_refused_with_the_known_ones(make_card: MakeCard) -> None:
    assert refusal(make_card(), {"Age": 1, "age": 1}) == "titanic: unknown field 'age'; the fields are 'Age', 'Sex'"


@pytest.mark.parametrize("value", [None, 5, "male", [22, "male"]])
def test_a_model_of_two_inputs_takes_an_object_alone(make_card: MakeCard, value: Any) -> None:
    message = refusal(make_card(), value)
    assert message == (f"titanic: received {value!r}; an object is expected, such as {{'Age': 22.0, 'Sex': 'male'}}")


def test_a_refused_value_comes_with_its_field_and_that_field_s_example_for_programs(make_card: MakeCard) -> None:
    number = "a finite number (up to 3.4e38, float32), or null where it is missing"
    assert parts(make_card(), {"Age": "old"}) == ("Age", "'old'", number, 22.0)
    assert parts(make_card(example={}), {"Age": "old"}) == ("Age", "'old'", number, None)


def test_a_refused_input_or_name_comes_with_a_whole_example_for_programs(make_card: MakeCard) -> None:
    card = make_card()
    assert parts(card, "male") == (None, "'male'", "an object", card.example)
    assert parts(card, {"age": 1}) == ("age", "'age'", "one of the fields 'Age', 'Sex'", card.example)


def test_a_long_unknown_name_is_shortened_for_programs_too(make_card: MakeCard) -> None:
    field, received, _, _ = parts(make_card(), {"x" * 10_000: 1})
    assert (field, len(received)) == ("x" * 100, 60)


def test_a_long_value_is_shortened_in_the_message(make_card: MakeCard) -> None:
    message = refusal(make_card(), {"Age": "x" * 10_000})
    assert len(message) < 200
    assert "received 'xxx" in message
    assert "..." in message


@pytest.mark.parametrize(
    ("kind", "value", "column"), [("number", 5, 5.0), ("string", "red", "red"), ("string", 5, "5")]
)
def test_a_model_of_one_input_takes_that_input_bare(make_card: MakeCard, kind: str, value: Any, column: Any) -> None:
    card = make_card(inputs={"x": {"type": kind}})
    assert request.parse(card, value) == {"x": column}
    assert request.parse(card, {"x": value}) == {"x": column}


@pytest.mark.parametrize("picture", [PNG, JPEG])
def test_a_picture_is_bytes_or_base64_bare_or_by_name(make_card: MakeCard, picture: bytes) -> None:
    card = make_card(inputs=INPUTS["image"])
    text = base64.b64encode(picture).decode()
    forms = (picture, text, {"b64": text}, {"image": picture}, {"image": text}, {"image": {"b64": text}})
    for value in forms:
        assert request.parse(card, value) == {"image": picture}


@pytest.mark.parametrize("media", ["data:image/png;base64,", "DATA:;BASE64,", "data:text/plain;charset=utf-8;base64,"])
def test_a_picture_may_be_a_data_url_whatever_its_media_type(make_card: MakeCard, media: str) -> None:
    card = make_card(inputs=INPUTS["image"])
    url = media + base64.b64encode(PNG).decode()
    assert request.parse(card, url) == request.parse(card, {"image": {"b64": url}}) == {"image": PNG}


@pytest.mark.parametrize("before", ["data:image/png,", "picture: data:;base64,", "data:;base64,data:;base64,"])
def test_what_is_no_data_url_with_base64_is_no_base64(make_card: MakeCard, before: str) -> None:
    message = refusal(make_card(inputs=INPUTS["image"], example={}), before + base64.b64encode(PNG).decode())
    assert message.endswith("; base64 of a PNG, JPEG, WEBP, BMP or GIF file is expected")


@pytest.mark.parametrize("value", [b"GIF89a", b"", base64.b64encode(b"GIF89a").decode(), "", 5, True, None, [1], {}])
def test_what_is_no_picture_is_refused(make_card: MakeCard, value: Any) -> None:
    message = refusal(make_card(inputs=INPUTS["image"], example={}), value)
    assert message.startswith("titanic, field 'image': received ")
    assert message.endswith("; a PNG, JPEG, WEBP, BMP or GIF file is expected")


def test_a_picture_is_taken_as_it_comes(make_card: MakeCard) -> None:
    card = make_card(inputs=INPUTS["image"])
    for content in (
        encoded(drawn(), "WEBP"),
        encoded(drawn(), "BMP"),
        encoded(drawn("P"), "GIF"),
        encoded(drawn("RGBA")),
    ):
        assert request.parse(card, content) == request.parse(card, base64.b64encode(content).decode())
        assert bytes(request.parse(card, content)["image"]).startswith(b"\x89PNG")  # type: ignore[arg-type]
    sideways = encoded(drawn(), "JPEG", exif=turned(6))
    assert request.parse(card, sideways) != {"image": sideways}
    assert request.parse(card, sideways, picture=lambda content: content) == {"image": sideways}


def test_a_picture_of_too_many_pixels_is_refused_by_its_size(make_card: MakeCard) -> None:
    with pytest.raises(PictureTooLargeError) as raised:
        request.parse(make_card(inputs=INPUTS["image"]), TOO_LARGE)
    assert str(raised.value) == (
        "titanic, field 'image': received a picture of 20,000 x 20,000 pixels; "
        "a picture of up to 50,000,000 pixels is expected"
    )


@pytest.mark.parametrize("value", ["not base64!", {"b64": "abc"}])
def test_what_is_no_base64_is_refused(make_card: MakeCard, value: Any) -> None:
    message = refusal(make_card(inputs=INPUTS["image"], example={}), value)
    assert message.endswith("; base64 of a PNG, JPEG, WEBP, BMP or GIF file is expected")


def test_base64_with_another_character_in_it_is_refused_by_field_and_value(make_card: MakeCard) -> None:
    text = base64.b64encode(PNG).decode() + "!"
    message = refusal(make_card(inputs=INPUTS["image"], example={}), {"image": text})
    assert (
        message
        == f"titanic, field 'image': received {shown(text)}; base64 of a PNG, JPEG, WEBP, BMP or GIF file is expected"
    )


@pytest.mark.parametrize("value", ["Größe", {"b64": "é"}])
def test_text_outside_ascii_is_no_base64(make_card: MakeCard, value: Any) -> None:
    message = refusal(make_card(inputs=INPUTS["image"], example={}), value)
    assert message.endswith("; base64 of a PNG, JPEG, WEBP, BMP or GIF file is expected")


@pytest.mark.parametrize(
    "value", [10**400, -(10**400), pytest.param(10**5000, id="5001 digits"), 10**39, 1e39, -1e39, 3.41e38, [10**5000]]
)
def test_a_number_too_large_for_float32_is_refused(make_card: MakeCard, value: Any) -> None:
    message = refusal(make_card(), {"Age": value})
    assert "a finite number (up to 3.4e38, float32)" in message
    assert len(message) < 250


@pytest.mark.parametrize("value", [3.4028234663852886e38, 3.4028235e38, -3.4028235e38, 10**38, 1e-60])
def test_a_number_that_rounds_into_float32_is_taken(make_card: MakeCard, value: float) -> None:
    assert request.parse(make_card(), {"Age": value})["Age"] == float(value)


@pytest.mark.parametrize(
    "value", [json.loads('"\\ud800"'), json.loads('"a\\udfff"'), pytest.param(10**5000, id="5001 digits")]
)
def test_a_string_that_is_not_utf8_is_refused(make_card: MakeCard, value: Any) -> None:
    message = refusal(make_card(), {"Sex": value})
    assert message.startswith(f"titanic, field 'Sex': received {shown(value)}; ")
    assert "; a string that can be written in UTF-8 is expected" in message
    assert message.encode()


def test_a_whole_number_of_many_digits_is_a_name(make_card: MakeCard) -> None:
    assert request.parse(make_card(), {"Sex": 10**400})["Sex"] == "1" + "0" * 400


@pytest.mark.parametrize("field", ["Age", "Sex", "image"])
def test_a_value_nested_very_deep_is_refused(make_card: MakeCard, field: str) -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    card = make_card(inputs=INPUTS["two"] | INPUTS["image"], example={})
    assert "received a list too large to show" in refusal(card, {field: value})


def parses_or_refuses(card: ModelCard, value: Any) -> None:
    try:
        columns = request.parse(card, value)
    except InputError as error:
        assert str(error).startswith(card.name)
    else:
        readers = {"number": float, "string": str, "image": bytes}
        assert {name: type(column) for name, column in columns.items()} == {
            name: readers[spec["type"]] for name, spec in card.inputs.items()
        }


@pytest.mark.parametrize("kind", ["two", "number", "string"])
@given(value=JSON)
def test_any_json_is_parsed_or_refused(make_card: MakeCard, kind: str, value: Any) -> None:
    parses_or_refuses(make_card(inputs=INPUTS[kind]), value)


@given(value=JSON)
@example(value="é")
def test_any_json_is_a_picture_or_refused(make_card: MakeCard, value: Any) -> None:
    parses_or_refuses(make_card(inputs=INPUTS["image"]), value)
