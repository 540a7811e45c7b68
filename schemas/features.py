"""The four kinds of feature. What a kind declares here decides the schema, the encoding, the Keras input and the form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.problems import Problem

NUMBER_FILLS = ("mean", "median", "zero")
NUMBER_SCALES = ("z_score", "log", "min_max", "none")
TEXT_ENCODINGS = ("ids", "multi_hot", "tf_idf")
IMAGE_CHANNELS = (1, 3)
FINITE_NUMBER = "a finite number (up to 3.4e38, float32)"  # what errors call a number that a model can read
FUNCTION = r"[A-Za-z_][\w.]*:[A-Za-z_]\w*"


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What all kinds share: a column of the source, or a value computed from other columns in the graph.

    Attributes:
      derived: ``"module:function"``; the function takes the columns of ``of`` in that order, as dense tensors
        (float32[N] with NaN, or string[N] with "", where a value is missing), and returns one tensor of shape [N].
        It runs inside the exported graph, so training and serving cannot differ.
      of: the columns it takes. One that is not itself a declared Number is read as a string.
    """

    raw: ClassVar[str]
    derived: str | None = None
    of: tuple[str, ...] = ()

    @property
    def needs_values(self) -> bool:
        """Whether the training split must have a value: to learn a scale or a vocabulary from, or to decode."""
        return True

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule: those that all kinds share, then the kind's own."""
        # str() here and below: a page may hold any type, and every problem is reported instead of the first TypeError.
        if self.derived is not None and not re.fullmatch(FUNCTION, str(self.derived)):
            yield Problem("derived", self.derived, "'module:function'")
        yield from problems.strings("of", self.of, at_least=1 if self.derived is not None else 0)
        if self.of and self.derived is None:
            yield Problem("of", self.of, "it together with derived='module:function'")


@dataclass(frozen=True, kw_only=True)
class Number(Feature):
    """A number, float32.

    Attributes:
      missing: what stands for a missing value: the ``mean`` or ``median`` of the training split, ``zero``, or a number.
      scale: ``z_score`` (subtract the mean, divide by the standard deviation), ``log`` (log(1 + x) of x >= 0, then
        z-score), ``min_max`` (to 0..1), or ``none``.
      indicator: whether the model also sees, as a second number, if the value was missing (1) or not (0).
      buckets: if not 0, the number becomes one of so many ranges, each with about as many values of the training split;
        a missing value has a range of its own, and ``missing`` and ``scale`` do not matter.
    """

    raw: ClassVar[str] = "number"
    missing: str | float = "mean"
    scale: str = "z_score"
    indicator: bool = False
    buckets: int = 0

    def problems(self) -> Iterator[Problem]:
        """See ``Feature.problems``; also ``buckets`` of one range, and ``indicator`` beside ``buckets``."""
        yield from super().problems()
        if isinstance(self.missing, str):
            if self.missing not in NUMBER_FILLS:
                yield Problem("missing", self.missing, f"one of {', '.join(NUMBER_FILLS)}, or a number")
        else:
            yield from problems.number("missing", self.missing)
        yield from problems.one_of("scale", self.scale, NUMBER_SCALES)
        yield from problems.flag("indicator", self.indicator)
        yield from problems.number("buckets", self.buckets, 0, 1000, whole=True)
        if self.buckets == 1:
            yield Problem("buckets", self.buckets, "at least two, or 0 for none")
        if self.buckets and self.indicator:
            yield Problem("indicator", self.indicator, "False: with buckets a missing value has a bucket of its own")


@dataclass(frozen=True, kw_only=True)
class Category(Feature):
    """One of a set of names. Whole numbers (a class 1, 2, 3) are read as names too. A missing value is a name.

    Attributes:
      vocabulary: how many names are kept, the most frequent first; the rest share one out-of-vocabulary id.
      min_count: names seen fewer times in the training split are out of vocabulary.
      names: the names, where they are known; otherwise they are learned from the training split. Where this is left
        empty, the builder takes the closed domain of the curated schema, if there is one.
    """

    raw: ClassVar[str] = "string"
    vocabulary: int = 1000
    min_count: int = 1
    names: tuple[str, ...] = ()

    @property
    def needs_values(self) -> bool:
        """See ``Feature.needs_values``: names that the page lists are not learned, so that a column may be empty."""
        return not self.names

    def problems(self) -> Iterator[Problem]:
        """See ``Feature.problems``."""
        yield from super().problems()
        yield from problems.number("vocabulary", self.vocabulary, 1, whole=True)
        yield from problems.number("min_count", self.min_count, 1, whole=True)
        yield from problems.strings("names", self.names)


@dataclass(frozen=True, kw_only=True)
class Text(Feature):
    """Running text, lower-cased and cut into words (runs of letters, digits and apostrophes); a missing text is empty.

    Attributes:
      encoding: ``ids`` (the words in their order, as ids), ``multi_hot`` (which n-grams it has, in no order) or ``tf_idf``
        (the same, each weighted by how often it stands there and how rare it is elsewhere).
      vocabulary: how many words (or n-grams) are kept, the most frequent first.
      length: how many words of a text are read; of ``multi_hot`` and ``tf_idf``, how many different n-grams of it are kept,
        the most frequent ones of the training split first. Shorter ones are padded with id 0.
      ngrams: an n-gram is a run of one to so many words; more than 1 only without order.
      markup: whether ``<...>`` is markup, as in HTML, and no word.
    """

    raw: ClassVar[str] = "string"
    encoding: str = "ids"
    vocabulary: int = 10_000
    length: int = 200
    ngrams: int = 1
    markup: bool = False

    def problems(self) -> Iterator[Problem]:
        """See ``Feature.problems``; also ``ngrams`` of more than one word where the words are kept in their order."""
        yield from super().problems()
        yield from problems.one_of("encoding", self.encoding, TEXT_ENCODINGS)
        yield from problems.number("vocabulary", self.vocabulary, 1, whole=True)
        yield from problems.number("length", self.length, 1, whole=True)
        yield from problems.number("ngrams", self.ngrams, 1, 5, whole=True)
        yield from problems.flag("markup", self.markup)
        if self.encoding == "ids" and self.ngrams != 1:
            yield Problem("ngrams", self.ngrams, "1, or encoding='multi_hot' or 'tf_idf'")


@dataclass(frozen=True, kw_only=True)
class Image(Feature):
    """An encoded picture (PNG or JPEG bytes), decoded and resized in the graph to float32 0..1.

    Attributes:
      height, width: the size in pixels that the model sees.
      channels: 1 for grey, 3 for RGB.
    """

    raw: ClassVar[str] = "image"
    height: int = 28
    width: int = 28
    channels: int = 1

    def problems(self) -> Iterator[Problem]:
        """See ``Feature.problems``."""
        yield from super().problems()
        yield from problems.number("height", self.height, 1, 4096, whole=True)
        yield from problems.number("width", self.width, 1, 4096, whole=True)
        if type(self.channels) is not int or self.channels not in IMAGE_CHANNELS:  # True == 1
            yield Problem("channels", self.channels, "1 (grey) or 3 (RGB)")


@dataclass(frozen=True)
class Excluded:
    """A feature that is left out unless ``--include`` names it, and why.

    Attributes:
      feature: how it is encoded if it is taken in.
      why: a sentence that every run shows.
    """

    feature: Feature
    why: str

    def problems(self) -> Iterator[Problem]:
        """The problems of the feature and of ``why``; an excluded feature must be right before somebody includes it."""
        if not isinstance(self.feature, Feature):
            yield Problem("feature", self.feature, "Number, Category, Text or Image")
        else:
            yield from self.feature.problems()
        yield from problems.text("why", self.why)
