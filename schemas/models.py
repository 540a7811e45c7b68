"""Which model is trained, and how. The Keras code of each is in components/models."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.problems import Problem


@dataclass(frozen=True)
class Model:
    """What all models share: ``builder`` names the function that makes the Keras model."""

    builder: ClassVar[str]

    def problems(self) -> Iterator[Problem]:
        return iter(())


@dataclass(frozen=True)
class Tabular(Model):
    """Dense layers over scaled numbers, one-hot or embedded categories, and averaged word embeddings.

    Attributes:
      hidden: widths of the dense layers.
      dropout: share of units dropped after each of them in training.
      l2: weight of the L2 penalty on the dense kernels.
      embed_above: a category with more ids than this is embedded, one with fewer is one-hot.
    """

    builder: ClassVar[str] = "components.models.tabular:build"
    hidden: tuple[int, ...] = (64, 32)
    dropout: float = 0.2
    l2: float = 0.0
    embed_above: int = 16

    def problems(self) -> Iterator[Problem]:
        yield from problems.sizes("hidden", self.hidden)
        yield from problems.number("dropout", self.dropout, 0, 0.95)
        yield from problems.number("l2", self.l2, 0, 10)
        yield from problems.number("embed_above", self.embed_above, 1, whole=True)


@dataclass(frozen=True)
class Convolutional(Model):
    """A small convolutional network for pictures: blocks of two 3 x 3 convolutions, each halving the size.

    Attributes:
      filters: channels of each block.
      hidden: width of the dense layer before the output.
      dropout: share of units dropped after each block and the dense layer in training.
    """

    builder: ClassVar[str] = "components.models.convolutional:build"
    filters: tuple[int, ...] = (32, 64)
    hidden: int = 64
    dropout: float = 0.25

    def problems(self) -> Iterator[Problem]:
        yield from problems.sizes("filters", self.filters, at_least=1)
        yield from problems.number("hidden", self.hidden, 1, whole=True)
        yield from problems.number("dropout", self.dropout, 0, 0.95)


@dataclass(frozen=True)
class Training:
    """How the weights are found.

    Attributes:
      epochs: the most rounds; a round is a pass over the training split, or ``steps_per_epoch`` steps of a long one.
      steps_per_epoch: the most steps of a round. The eval loss is looked at after each round, so that a large dataset
        does not pass many times before anybody looks.
      batch_size: examples per step (over all devices).
      learning_rate: of Adam.
      patience: epochs without a lower eval loss before training stops; the best weights are kept.
      seed: of the initial weights, the shuffling and the dropout.
    """

    epochs: int = 100
    steps_per_epoch: int = 1000
    batch_size: int = 32
    learning_rate: float = 1e-3
    patience: int = 10
    seed: int = 1

    def problems(self) -> Iterator[Problem]:
        yield from problems.number("epochs", self.epochs, 1, whole=True)
        yield from problems.number("steps_per_epoch", self.steps_per_epoch, 1, whole=True)
        yield from problems.number("batch_size", self.batch_size, 1, whole=True)
        yield from problems.number("learning_rate", self.learning_rate, 1e-9, 100)
        yield from problems.number("patience", self.patience, 1, whole=True)
        yield from problems.number("seed", self.seed, 0, 2**31 - 1, whole=True)
