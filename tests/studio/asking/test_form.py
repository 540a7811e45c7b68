"""The form of columns that have a form of their own."""

from collections.abc import Callable

from schemas.codec import encode
from schemas.features import Geo, Number, Set, Timestamp, Vector
from schemas.model_card import ModelCard
from schemas.tasks import Regression
from studio.asking.form import form_of


def test_each_form_has_its_kind_of_field(make_card: Callable[..., ModelCard]) -> None:
    features = {
        "begun": Timestamp(), "rider": Number(exact=True), "tags": Set(separator=";", names=("a", "b")),
        "signal": Vector(length=4), "place": Geo(of=("lat", "lon")),
    }  # fmt: skip
    inputs = {name: {"type": "string", "tensor": name, **one.form.spec()} for name, one in features.items() if one.form}
    inputs["lat"] = {"type": "number", "tensor": "lat", "form": "latitude"}
    configuration = {"task": encode(Regression("y")), "features": encode(features)}
    card = make_card(inputs=inputs, configuration=configuration, classes=None, example={})
    fields = {field.name: field for field in form_of(card, {}).fields}
    assert {name: field.kind for name, field in fields.items()} == {
        "begun": "timestamp", "rider": "exact", "tags": "set", "signal": "vector", "lat": "number",
    }  # fmt: skip
    assert (fields["tags"].separator, fields["tags"].names, fields["signal"].length) == (";", ["a", "b"], 4)
    # A gateway of another place keeps the features to itself; the inputs are enough.
    bare = form_of(make_card(inputs=inputs, configuration={}, classes=None, example={}), {})
    assert [field.kind for field in bare.fields] == ["timestamp", "exact", "set", "vector", "number"]
