"""Which model is trained. The Keras code of each is in components/training/models."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass
from typing import ClassVar

from schemas import graphs, settings
from schemas.errors import InputError
from schemas.features import FUNCTION, Feature, Image, Number, Text
from schemas.problems import Problem
from schemas.settings import inherited, setting


@dataclass(frozen=True)
class Model:
    """What all models share: ``builder`` names the function that makes the Keras model."""

    # By import path: a page is listed and checked without loading Keras, which takes seconds.
    builder: ClassVar[str]

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules whose code makes the Keras model; a change in one of them trains it again."""
        return (self.builder.partition(":")[0],)

    @property
    def declared(self) -> object:
        """What a model card says of it, which semantic versions are computed from."""
        return self

    def problems(self) -> Iterator[Problem]:
        """The settings that break their rule, in the order of the fields."""
        return settings.problems(self)

    def unsuited(self, features: Mapping[str, Feature]) -> str | None:
        """What a page with these features should use instead, as the end of "use ..."; None if the model can read them."""
        return None

    def idle(self, features: Mapping[str, Feature]) -> tuple[str, ...]:
        """The settings that change nothing in a model of these features."""
        return ()


@dataclass(frozen=True)
class Regularised(Model):
    """What keeps a network from learning its training examples by heart."""

    dropout: float = setting(0.2, "The share of units dropped after each layer in training.", low=0, high=0.95)
    l1: float = setting(
        0.0, "The weight of the penalty on the kernels' absolute values.", low=0, high=10, logarithmic=True
    )
    l2: float = setting(0.0, "The weight of the penalty on their squares.", low=0, high=10, logarithmic=True)
    batch_norm: bool = setting(
        False, "Whether each layer's outputs are normalised over the batch (Ioffe and Szegedy, 2015)."
    )


@dataclass(frozen=True)
class Tabular(Regularised):
    """Dense layers over all features side by side, of whatever kinds: scaled numbers, one-hot or embedded categories, what is
    read of each text and seen in each picture.
    """

    builder: ClassVar[str] = "components.training.models.tabular:build"
    hidden: tuple[int, ...] = setting((64, 32), "Widths of the dense layers.")
    wide: bool = setting(
        False,
        "Whether a linear model of the inputs is added to the dense layers' answer (Cheng et al., 2016, Wide & Deep).",
    )
    embed_above: int = setting(
        16, "A category with more ids than this is embedded, one with fewer is one-hot.", low=1, logarithmic=True
    )
    periodic: int = setting(
        0,
        "Each number is also seen through sines and cosines of so many learned frequencies (Gorishniy et al., 2022), which "
        "follow jumps and bends where there are rows enough; 0: it is not.",
        low=0,
        high=256,
    )

    reader: str = setting(
        "mean",
        "How each text is read whose words are ids in their order: `mean` of the words' vectors, `conv` or `gru`, as by "
        "`Sequence`.",
        choices=("mean", "conv", "gru"),
    )
    filters: tuple[int, ...] = setting(
        (16, 32), "Channels of the blocks of convolutions by which each picture is seen, as by `Convolutional`."
    )

    def unsuited(self, features: Mapping[str, Feature]) -> str | None:
        """See ``Model.unsuited``: no single picture, for which there is a model."""
        only = [type(feature) for feature in features.values()] == [Image]
        return "Convolutional(...) for an Image feature" if only else None

    def idle(self, features: Mapping[str, Feature]) -> tuple[str, ...]:
        """See ``Model.idle``: the encoders of kinds that are not there."""
        used = {_ENCODED_BY.get(type(feature)) for feature in features.values()}
        return tuple(name for name in _ENCODED_BY.values() if name not in used)


@dataclass(frozen=True)
class Convolutional(Regularised):
    """A small convolutional network for pictures: blocks of two 3 x 3 convolutions, each halving the size."""

    builder: ClassVar[str] = "components.training.models.convolutional:build"
    dropout: float = inherited(Regularised, "dropout", 0.25)
    filters: tuple[int, ...] = setting((32, 64), "Channels of each block.", at_least=1)
    hidden: int = setting(64, "The width of the dense layer before the output.", low=1, logarithmic=True)
    shift: float = setting(
        0.0, "In training, pictures are moved at random by at most this share of their size.", low=0, high=0.5
    )
    rotate: float = setting(0.0, "And turned by at most this share of a full turn.", low=0, high=0.5)
    zoom: float = setting(0.0, "And enlarged or made smaller by at most this share.", low=0, high=0.5)
    flip: bool = setting(False, "And mirrored left to right, every other one.")

    def unsuited(self, features: Mapping[str, Feature]) -> str | None:
        """See ``Model.unsuited``: one picture and nothing else."""
        one = [type(feature) for feature in features.values()] == [Image]
        return None if one else "Tabular(...), or exactly one Image feature with Convolutional(...)"


@dataclass(frozen=True)
class Sequence(Regularised):
    """Reads a text word by word: word embeddings, then convolutions over neighbouring words or a recurrent layer."""

    builder: ClassVar[str] = "components.training.models.sequence:build"
    reader: str = setting(
        "conv", "`conv` (Kim, 2014) or `gru` (in both directions; Cho et al., 2014).", choices=("conv", "gru")
    )
    embedding: int = setting(64, "The width of a word's vector.", low=1, logarithmic=True)
    width: int = setting(
        64,
        "Filters of the convolution, or units of the recurrent layer in each direction.",
        low=1,
        logarithmic=True,
    )
    kernel: int = setting(5, "How many neighbouring words a filter sees; of `conv` alone.", low=1)
    hidden: int = setting(64, "The width of the dense layer before the output.", low=1, logarithmic=True)

    def unsuited(self, features: Mapping[str, Feature]) -> str | None:
        """See ``Model.unsuited``: one text, as ids in the order of its words."""
        return None if _one_text(features, ("ids",)) else "exactly one Text(encoding='ids') with Sequence(...)"


@dataclass(frozen=True)
class NGrams(Regularised):
    """Reads which words and word groups a text has, in whatever order: a linear model, or dense layers over them."""

    builder: ClassVar[str] = "components.training.models.ngrams:build"
    dropout: float = inherited(Regularised, "dropout", 0.5)
    hidden: tuple[int, ...] = setting((32,), "Widths of the dense layers; none of them is a linear model.")
    input_dropout: float = setting(
        0.0, "The share of a text's n-grams that are not seen in training.", low=0, high=0.95
    )

    def unsuited(self, features: Mapping[str, Feature]) -> str | None:
        """See ``Model.unsuited``: one text, as n-grams in no order."""
        one = _one_text(features, ("multi_hot", "tf_idf"))
        return None if one else "exactly one Text(encoding='multi_hot' or 'tf_idf') with NGrams(...)"


@dataclass(frozen=True)
class Custom(Model):
    """The user's own Keras model, by a function ``build(features) -> keras.Model``.

    ``features`` maps names to what Transform makes of them (components.features.encoded.Features): shapes and dtypes, the
    Keras inputs, and the output layer that fits the task. The model may be Sequential, functional or subclassed.
    """

    builder: ClassVar[str] = "components.training.models.custom:build"
    build: str = setting(MISSING, "The function that makes the model.", pattern=FUNCTION, form="'module:function'")

    @property
    def modules(self) -> tuple[str, ...]:
        """See ``Model.modules``; among them the user's own, so that an edited model is trained again."""
        return (*super().modules, self.build.partition(":")[0])


@dataclass(frozen=True)
class Graph(Model):
    """A drawn Keras graph.

    Attributes:
      graph: Keras' JSON of the model in its canonical form (components.training.graphs.canonical).
    """

    builder: ClassVar[str] = "components.training.models.graph:build"
    graph: str

    @property
    def declared(self) -> "DrawnGraph":
        """See ``Model.declared``: a line for each layer. The whole is beside the card, as Keras' JSON."""
        return DrawnGraph(graphs.layers(json.loads(self.graph)), graphs.fingerprint(self.graph))

    def problems(self) -> Iterator[Problem]:
        """See ``Model.problems``."""
        try:
            graphs.parse(self.graph, "graph")
        except (InputError, TypeError, AttributeError):
            yield Problem("graph", self.graph, "the text that components.training.graphs.canonical gives")


@dataclass(frozen=True)
class DrawnGraph:
    """What a model card says of a drawn graph.

    Attributes:
      layers: each in one line, by name.
      fingerprint: of layers and connections.
    """

    layers: Mapping[str, str]
    fingerprint: str


_ENCODED_BY: dict[type[Feature], str] = {Image: "filters", Text: "reader", Number: "periodic"}


def _one_text(features: Mapping[str, Feature], encodings: tuple[str, ...]) -> bool:
    (first, *others) = features.values()
    return not others and isinstance(first, Text) and first.encoding in encodings
