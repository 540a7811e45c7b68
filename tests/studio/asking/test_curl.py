"""The curl line of a question, as a shell reads it."""

import json
import shlex
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from schemas.model_card import ModelCard
from studio.asking.curl import line_of

GATEWAY = "http://127.0.0.1:8080"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_any_input_arrives_as_it_is(make_card: Callable[..., ModelCard]) -> None:
    card = make_card(version="1.0.0")

    @given(JSON)
    def arrives(value: object) -> None:
        line = line_of(GATEWAY, card, value, version=None, has_key=False)
        curl, url, option, body = shlex.split(line.line)
        assert (curl, option, line.file) == ("curl", "-d", None)
        assert url == f"{GATEWAY}/v1/models/titanic/predict?probabilities=true"
        assert json.loads(body) == {"input": value}

    arrives()


def test_a_version_a_key_and_a_regression(make_card: Callable[..., ModelCard]) -> None:
    card = make_card(classes=None)
    line = line_of(GATEWAY, card, {"Age": 3}, version="1.0.0", has_key=True).line
    assert "/v1/models/titanic/versions/1.0.0/predict -H" in line and "probabilities" not in line
    assert '"Authorization: Bearer $SLIPWAY_API_KEY"' in line  # in double quotes, so that the shell puts the key in


def test_a_long_picture_is_read_of_a_file(make_card: Callable[..., ModelCard]) -> None:
    card = make_card(inputs={"image": {"type": "image"}})
    for value in ("data:image/png;base64," + "A" * 5000, {"image": "A" * 5000}, {"b64": "A" * 5000}):
        line = line_of(GATEWAY, card, value, version=None, has_key=False)
        assert line.file == "picture.png" and shlex.split(line.line)[2:] == ["-F", "file=@picture.png"]
    short = line_of(GATEWAY, card, "data:image/png;base64,AAAA", version=None, has_key=False)
    assert json.loads(shlex.split(short.line)[-1]) == {"input": "AAAA"} and short.file is None
