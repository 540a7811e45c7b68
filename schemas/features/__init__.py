"""The kinds of feature. What a kind declares here decides the schema, the encoding, the Keras input and the form."""

from schemas.features.category import Category
from schemas.features.excluded import Excluded
from schemas.features.feature import FINITE_NUMBER, FUNCTION, Feature
from schemas.features.geo import Geo
from schemas.features.history import History
from schemas.features.image import Image
from schemas.features.number import Number
from schemas.features.set import Set
from schemas.features.text import Text
from schemas.features.timestamp import Timestamp
from schemas.features.vector import Vector

__all__ = [
    "FINITE_NUMBER", "FUNCTION", "KINDS", "Category", "Excluded", "Feature", "Geo", "History", "Image", "Number", "Set",
    "Text", "Timestamp", "Vector",
]  # fmt: skip

KINDS: tuple[type[Feature], ...] = (Number, Category, Text, Image, Timestamp, Set, Vector, Geo)
"""Those that a page may have."""
