"""What Transform makes of the features: the shape, dtype and ids of each tensor, and the names that go with it."""

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from schemas.description import Description
from schemas.features import Category, Feature, Geo, History, Image, Number, Set, Text, Timestamp, Vector
from schemas.features.number import EXACT_WIDTH

LISTS = (Text, Set)
"""Those whose tensor is a row of ids, int64[N, length], 0 for padding."""

# From so many numbers on they are one tensor: each tensor of its own costs a Keras input, and milliseconds of every tracing.
MATRIX_FROM = 64
SPECIAL_WORDS = 2  # the first ids of a text whose words are ids in order: padding, and the unknown word
MATRIX = "(numbers)"  # the name of that tensor
LEVEL = "history (level)"
"""What Transform gives beside a History, and no model sees: float32[N, 2], the last value, and what is divided by."""


@dataclass(frozen=True)
class Encoded:
    """One tensor of a batch.

    Attributes:
      feature: how its feature is declared.
      shape: without the batch dimension.
      dtype: ``float32`` or ``int64``.
      ids: how many ids there are, 0 to ids - 1, where the tensor holds ids; else 0.
      columns: of the matrix of many numbers, the columns of each feature, in the order of ``matrix_columns``; else empty.
    """

    feature: Feature
    shape: tuple[int, ...]
    dtype: str = "float32"
    ids: int = 0
    columns: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def encoded(description: Description, vocabulary_size: Callable[[str], int]) -> dict[str, Encoded]:
    """The tensors of a dataset by name: a feature's own, and ``weights_name`` for TF-IDF weights.

    Args:
      vocabulary_size: how many names or words were learned of a feature, by its name; called for those that ``is_learned``.
    """
    found: dict[str, Encoded] = {}
    columns = matrix_columns(description.features)
    if columns:
        found[MATRIX] = Encoded(Number(), (sum(map(len, columns.values())),), columns=columns)
    for name, feature in description.features.items():
        if name in columns:
            continue
        found[name] = _encoded(feature, vocabulary_size(name) if is_learned(feature) else 0)
        if isinstance(feature, Text) and feature.encoding == "tf_idf":
            found[weights_name(name)] = Encoded(feature, (feature.length,))
    return found


def is_plain_number(feature: Feature) -> TypeGuard[Number]:
    """Whether it is encoded as float32 beside others: neither in ranges nor exact."""
    return isinstance(feature, Number) and not feature.buckets and not feature.exact


def matrix_columns(features: Mapping[str, Feature]) -> dict[str, tuple[int, ...]]:
    """Where each number stands in the matrix ``MATRIX``, float32[N, width]; nothing where there are fewer than MATRIX_FROM.

    First the numbers themselves in the order of the page, then the indicators of those that have one. Those in ranges and
    exact ones are not in it.
    """
    numbers = {name: one for name, one in features.items() if is_plain_number(one)}
    if len(numbers) < MATRIX_FROM:
        return {}
    indicated = [name for name, one in numbers.items() if one.indicator]
    indicators = {name: len(numbers) + place for place, name in enumerate(indicated)}
    return {name: (place, indicators[name]) if name in indicators else (place,) for place, name in enumerate(numbers)}


def packed(features: Mapping[str, Feature]) -> tuple[str, ...]:
    """The raw columns that Transform reads as one, ``MATRIX``, in its order: those of the numbers that are one tensor."""
    return tuple(name for name in matrix_columns(features) if features[name].is_column)


def columns_in(features: Mapping[str, Feature], tensors: Container[str]) -> dict[str, tuple[int, ...]]:
    """``matrix_columns`` of a model with these encoded tensors: one of an older version has a tensor for each number."""
    return matrix_columns(features) if MATRIX in tensors else {}


def is_learned(feature: Feature) -> bool:
    """Whether the number of its ids follows from a vocabulary, which Transform learns from the train split."""
    match feature:
        case Text():
            return True
        case Category():
            return not feature.names and not feature.hash
        case Set():
            return not feature.names
    return False


def _encoded(feature: Feature, learned: int) -> Encoded:
    match feature:
        case Number(exact=True):
            return Encoded(feature, (EXACT_WIDTH + feature.indicator,))
        case Number(buckets=0):
            return Encoded(feature, (2,) if feature.indicator else ())
        case Number():
            return Encoded(feature, (), "int64", feature.buckets + 1)  # one for a missing value
        case Category() if feature.hash:
            return Encoded(feature, (), "int64", feature.hash + 1)  # one for a missing value
        case Category():
            known = len(feature.names) + 1 if feature.names else learned
            return Encoded(feature, (), "int64", known + 1)  # one out of vocabulary
        case Text():
            special = SPECIAL_WORDS if feature.encoding == "ids" else 1  # padding, and the unknown word
            return Encoded(feature, (feature.length,), "int64", learned + special)
        case Set():
            return Encoded(feature, (feature.length,), "int64", (len(feature.names) or learned) + 1)  # one for padding
        case Timestamp():
            return Encoded(feature, (feature.width,))
        case Vector():
            return Encoded(feature, (feature.length,))
        case Geo():
            return Encoded(feature, (Geo.WIDTH,))
        case History():
            return Encoded(feature, (feature.length,))
        case Image():
            return Encoded(feature, (feature.height, feature.width, feature.channels))
    raise TypeError(f"no encoding for {feature!r}")


def input_name(number: int, name: str) -> str:
    """The name of the Keras input of a tensor, the ``number``-th of its dataset.

    Keras takes neither every name nor that of another layer.
    """
    return f"input_{number}_{re.sub('[^0-9A-Za-z]', '_', name)}"


def inputs_named(name: str, inputs: Iterable[str]) -> list[str]:
    """Which inputs of a dataset the name of a graph's input means: that one; else those that differ in the number alone, which
    moves with the features before it.
    """
    known = list(inputs)
    return [one for one in known if one == name] or [one for one in known if _unnumbered(one) == _unnumbered(name)]


def _unnumbered(name: str) -> str:
    return re.sub(r"^input_\d+_", "", name)


def weights_name(feature: str) -> str:
    """The tensor with the TF-IDF weights of a text's n-grams."""
    return f"{feature} (weights)"


def vocabulary_name(feature: str) -> str:
    """The name of a feature's vocabulary file; letters and digits, as TFT asks."""
    return "vocabulary_" + "".join(c if c.isalnum() else f"_{ord(c)}_" for c in feature)
