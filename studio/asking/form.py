"""The form of a request, from the card of the model that is asked."""

import base64
import io
from collections.abc import Mapping
from typing import Any

from schemas import forms, model_card, request_schema
from schemas.errors import InputError
from schemas.features import Category, Feature, History, Image, Set, Text
from schemas.model_card import ModelCard
from studio.asking.seen import Seen
from studio.messages.asking import Form, FormField

_MIDDLE_GREY = 128


def form_of(card: ModelCard, seen: Mapping[str, Seen]) -> Form:
    """The form of a pushed version. Decodes the example where it is a picture: for a thread.

    Args:
      seen: what the columns of the training examples held, as far as it is known.
    """
    features = _features(card)
    example = request_schema.example(card)
    return Form(
        dataset=card.name,
        version=card.version or str(card.serving_version),
        serving_version=card.serving_version or 0,
        label=card.label,
        classes=card.classes,
        fields=[_field(card, name, features.get(name), seen.get(name, Seen())) for name in card.inputs],
        example=example,
        white_on_black=_is_white_on_black(example),
    )


def _features(card: ModelCard) -> dict[str, Feature]:
    """Those of the page; none for a card of an older version, or of a gateway, which keeps them to itself."""
    try:
        return model_card.description_of(card).features
    except InputError:
        return {}


def _field(card: ModelCard, name: str, feature: Feature | None, seen: Seen) -> FormField:
    kind = card.inputs[name]["type"]
    made = FormField(
        name=name,
        kind="string",
        example=card.example.get(name),
        optional=kind != "image" and not isinstance(feature, History),
    )
    form = forms.of_spec(card.inputs[name])
    if kind == "image":
        made.kind = "image"
        if isinstance(feature, Image):
            made.height, made.width, made.channels = feature.height, feature.width, feature.channels
    elif kind == "number":
        made.kind, made.low, made.high = "number", seen.low, seen.high
    elif form is not None:
        _fill_formed(made, form, feature)
    elif isinstance(feature, Text):
        made.kind = "text"
    elif isinstance(feature, Category) and (names := feature.names or seen.names):
        made.kind, made.names = "choice", list(names)
    return made


def _fill_formed(made: FormField, form: forms.AnyForm, feature: Feature | None) -> None:
    match form:
        case forms.TimestampForm():
            made.kind = "timestamp"
        case forms.ExactForm():
            made.kind = "exact"
        case forms.SetForm():
            made.kind, made.separator = "set", form.separator
            made.names = list(feature.names) if isinstance(feature, Set) else []
        case forms.VectorForm():
            made.kind, made.length = "vector", form.length


def _is_white_on_black(example: dict[str, Any]) -> bool:
    """Whether the edge of the only picture is dark, so that its ink is light; True where there is none that can be read."""
    encoded = [value["b64"] for value in example.values() if isinstance(value, dict) and "b64" in value]
    if len(encoded) != 1:
        return True
    from PIL import Image as Picture
    from PIL import UnidentifiedImageError

    try:
        with Picture.open(io.BytesIO(base64.b64decode(encoded[0]))) as opened:
            width, pixels = opened.width, opened.convert("L").tobytes()
    except (OSError, ValueError, UnidentifiedImageError):
        return True
    edge = pixels[:width] + pixels[-width:] + pixels[::width] + pixels[width - 1 :: width]
    return sum(edge) / len(edge) < _MIDDLE_GREY
