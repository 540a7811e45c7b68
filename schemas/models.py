"""Which model is trained. The Keras code of each is in components/models."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.features import FUNCTION, Feature, Image, Text
from schemas.problems import Problem


@dataclass(frozen=True)
class Model:
    """What all models share: ``builder`` names the function that makes the Keras model."""

    builder: ClassVar[str]

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that the Keras model is made by."""
        return (self.builder.partition(":")[0],)

    def problems(self) -> Iterator[Problem]:
        return iter(())

    def unsuited(self, features: Mapping[str, Feature]) -> str | None:
        """What a page with these features should use instead, or None if the model can read them."""
        return None


@dataclass(frozen=True)
class Regularised(Model):
    """What keeps a network from learning its training examples by heart.

    Attributes:
      dropout: share of units dropped after each layer in training.
      l1, l2: weights of the penalties on the kernels' absolute and squared values.
      batch_norm: whether each layer's outputs are normalised over the batch (Ioffe and Szegedy, 2015).
    """

    dropout: float = 0.2
    l1: float = 0.0
    l2: float = 0.0
    batch_norm: bool = False

    def problems(self) -> Iterator[Problem]:
        yield from problems.number("dropout", self.dropout, 0, 0.95)
        yield from problems.number("l1", self.l1, 0, 10)
        yield from problems.number("l2", self.l2, 0, 10)
        yield from problems.flag("batch_norm", self.batch_norm)


@dataclass(frozen=True)
class Tabular(Regularised):
    """Dense layers over scaled numbers, one-hot or embedded categories, and texts as a whole.

    Attributes:
      hidden: widths of the dense layers.
      wide: whether a linear model of the inputs is added to the dense layers' answer (Cheng et al., 2016, "Wide & Deep").
      embed_above: a category with more ids than this is embedded, one with fewer is one-hot.
    """

    builder: ClassVar[str] = "components.training.models.tabular:build"
    hidden: tuple[int, ...] = (64, 32)
    wide: bool = False
    embed_above: int = 16

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        yield from problems.sizes("hidden", self.hidden)
        yield from problems.flag("wide", self.wide)
        yield from problems.number("embed_above", self.embed_above, 1, whole=True)

    def unsuited(self, features: Mapping[str, Feature]) -> str | None:
        return "Convolutional(...) for an Image feature" if _any_of(features, Image) else None


@dataclass(frozen=True)
class Convolutional(Regularised):
    """A small convolutional network for pictures: blocks of two 3 x 3 convolutions, each halving the size.

    Attributes:
      filters: channels of each block.
      hidden: width of the dense layer before the output.
      shift: in training, pictures are moved at random by at most this share of their size.
      rotate: and turned by at most this share of a full turn.
      zoom: and enlarged or made smaller by at most this share.
      flip: and mirrored left to right, every other one.
    """

    builder: ClassVar[str] = "components.training.models.convolutional:build"
    dropout: float = 0.25
    filters: tuple[int, ...] = (32, 64)
    hidden: int = 64
    shift: float = 0.0
    rotate: float = 0.0
    zoom: float = 0.0
    flip: bool = False

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        yield from problems.sizes("filters", self.filters, at_least=1)
        yield from problems.number("hidden", self.hidden, 1, whole=True)
        for field in ("shift", "rotate", "zoom"):
            yield from problems.number(field, getattr(self, field), 0, 0.5)
        yield from problems.flag("flip", self.flip)

    def unsuited(self, features: Mapping[str, Feature]) -> str | None:
        one = [type(feature) for feature in features.values()] == [Image]
        return None if one else "Tabular(...), or exactly one Image feature with Convolutional(...)"


@dataclass(frozen=True)
class Sequence(Regularised):
    """Reads a text word by word: word embeddings, then convolutions over neighbouring words or a recurrent layer.

    Attributes:
      reader: ``conv`` (Kim, 2014) or ``gru`` (in both directions; Cho et al., 2014).
      embedding: width of a word's vector.
      width: filters of the convolution, or units of the recurrent layer in each direction.
      kernel: how many neighbouring words a filter sees; of ``conv`` alone.
      hidden: width of the dense layer before the output.
    """

    builder: ClassVar[str] = "components.training.models.sequence:build"
    reader: str = "conv"
    embedding: int = 64
    width: int = 64
    kernel: int = 5
    hidden: int = 64

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        yield from problems.one_of("reader", self.reader, ("conv", "gru"))
        for field in ("embedding", "width", "kernel", "hidden"):
            yield from problems.number(field, getattr(self, field), 1, whole=True)

    def unsuited(self, features: Mapping[str, Feature]) -> str | None:
        return None if _one_text(features, ("ids",)) else "exactly one Text(encoding='ids') with Sequence(...)"


@dataclass(frozen=True)
class NGrams(Regularised):
    """Looks at which words and word groups a text has, in whatever order: a linear model, or dense layers over them.

    Attributes:
      hidden: widths of the dense layers; () is a linear model.
      input_dropout: share of a text's n-grams that are not seen in training.
    """

    builder: ClassVar[str] = "components.training.models.ngrams:build"
    dropout: float = 0.5
    hidden: tuple[int, ...] = (32,)
    input_dropout: float = 0.0

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        yield from problems.sizes("hidden", self.hidden)
        yield from problems.number("input_dropout", self.input_dropout, 0, 0.95)

    def unsuited(self, features: Mapping[str, Feature]) -> str | None:
        one = _one_text(features, ("multi_hot", "tf_idf"))
        return None if one else "exactly one Text(encoding='multi_hot' or 'tf_idf') with NGrams(...)"


@dataclass(frozen=True)
class Custom(Model):
    """The user's own Keras model.

    Attributes:
      build: ``"module:function"`` of a function ``build(features) -> keras.Model``. ``features`` maps names to what Transform
        makes of them (components.features.encoded.Features): their shapes and dtypes, the Keras inputs, and the output layer
        that fits the task. The model may be Sequential, functional or subclassed.
    """

    builder: ClassVar[str] = "components.training.models.custom:build"
    build: str

    @property
    def modules(self) -> tuple[str, ...]:
        return (*super().modules, self.build.partition(":")[0])

    def problems(self) -> Iterator[Problem]:
        if not re.fullmatch(FUNCTION, str(self.build)):
            yield Problem("build", self.build, "'module:function'")


def _any_of(features: Mapping[str, Feature], kind: type[Feature]) -> bool:
    return any(isinstance(feature, kind) for feature in features.values())


def _one_text(features: Mapping[str, Feature], encodings: tuple[str, ...]) -> bool:
    (first, *others) = features.values()
    return not others and isinstance(first, Text) and first.encoding in encodings
