"""The kinds of feature. What a kind declares here decides the schema, the encoding, the Keras input and the form."""

from schemas.features.category import Category
from schemas.features.excluded import Excluded
from schemas.features.feature import FINITE_NUMBER, FUNCTION, Feature
from schemas.features.image import Image
from schemas.features.number import Number
from schemas.features.text import Text

__all__ = ["FINITE_NUMBER", "FUNCTION", "KINDS", "Category", "Excluded", "Feature", "Image", "Number", "Text"]

KINDS: tuple[type[Feature], ...] = (Number, Category, Text, Image)
"""Those that a page may have."""
