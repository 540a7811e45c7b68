"""The form of a request, from a model card: one input as JSON Schema, and examples of it.

What `schemas.request.parse` checks, as other programs read it: OpenAPI, the /docs page and whoever draws a form.
"""

from typing import Any

from schemas import forms
from schemas.model_card import ModelCard
from schemas.pictures import ALLOWED

FLOAT32_MAX = 3.4028235677973362e38  # the largest double that float32 rounds to a finite number
_INTEGERS = {"minimum": -(2**63), "maximum": 2**64 - 1}  # what JSON parsers read as an integer


def input_schema(card: ModelCard) -> dict[str, Any]:
    """One input as JSON Schema (2020-12): an object of the columns; of a model with one column also that alone."""
    columns = {name: _column(card, name) for name in card.inputs}
    # A picture alone cannot be missing: a number becomes NaN and a text "", and the graph has a rule for both.
    required = [name for name, spec in card.inputs.items() if spec["type"] == "image"]
    # parse refuses unknown fields, as a misspelt one would otherwise be a missing value; so a form must not allow them.
    whole: dict[str, Any] = {"type": "object", "properties": columns, "additionalProperties": False}
    if required:
        whole["required"] = required
    return whole if len(columns) > 1 else {"anyOf": [*columns.values(), whole]}


def columns(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The schema of each column by name, of what ``input_schema`` gives."""
    whole = schema if "properties" in schema else schema["anyOf"][-1]
    found: dict[str, dict[str, Any]] = whole["properties"]
    return found


def _column(card: ModelCard, name: str) -> dict[str, Any]:
    kind = card.inputs[name]["type"]
    column: dict[str, Any]
    if kind == "image":
        text = {"type": "string", "description": f"{ALLOWED} as base64, or as a data URL", "minLength": 1}
        return {"anyOf": [text, {"type": "object", "properties": {"b64": text}, "required": ["b64"]}]}
    form = forms.of_spec(card.inputs[name])
    if form is not None:
        column = form.schema() | {"description": form.allowed.rstrip(",")}
    elif kind == "number":
        column = {"type": ["number", "null"], "minimum": -FLOAT32_MAX, "maximum": FLOAT32_MAX}
    else:
        column = {"type": ["string", "integer", "null"], **_INTEGERS}
    feature = card.configuration.get("features", {}).get(name)
    # Known names are described and no enum: a model takes an unknown one as out of vocabulary.
    names = feature.get("names") if isinstance(feature, dict) else None
    if names:
        more = f"{column['description']}; " if "description" in column else ""
        column["description"] = f"{more}known names: {', '.join(map(str, names))}"
    if name in card.example:
        column["examples"] = [card.example[name]]
    return column


def example(card: ModelCard) -> dict[str, Any]:
    """An input that the model takes, as an object of the columns; empty where the card has none."""
    return card.example


def short_example(card: ModelCard) -> Any:
    """The same as a person would write it: the only column's value alone, a picture as base64."""
    if len(card.inputs) > 1 or not card.example:
        return card.example
    (value,) = card.example.values()
    return value["b64"] if isinstance(value, dict) and value.keys() == {"b64"} else value
