"""Running text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from schemas import problems
from schemas.features.feature import Feature
from schemas.problems import Problem

TEXT_ENCODINGS = ("ids", "multi_hot", "tf_idf")


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
      pretrained: a file of word vectors that the words' vectors start from, of ``ids`` alone: GloVe's or word2vec's text, or
        word2vec's ``.bin``, gzip or not. In the dataset's folder of $SLIPWAY_DATA, or elsewhere by its whole path.
      trainable: whether these vectors are trained further.
      pretrained_sha256: the file's, in hex; where it is left empty, the builder takes it from the file.
    """

    raw: ClassVar[str] = "string"
    encoding: str = "ids"
    vocabulary: int = 10_000
    length: int = 200
    ngrams: int = 1
    markup: bool = False
    pretrained: str = ""
    trainable: bool = True
    pretrained_sha256: str = ""

    def pretrained_file(self, data: Path) -> Path:
        """Where the file of word vectors is; ``data``: the dataset's folder."""
        return data / self.pretrained

    def problems(self) -> Iterator[Problem]:
        """See ``Feature.problems``; also ``ngrams`` of more than one word where the words are kept in their order."""
        yield from super().problems()
        yield from problems.one_of("encoding", self.encoding, TEXT_ENCODINGS)
        yield from problems.number("vocabulary", self.vocabulary, 1, whole=True)
        yield from problems.number("length", self.length, 1, whole=True)
        yield from problems.number("ngrams", self.ngrams, 1, 5, whole=True)
        yield from problems.flag("markup", self.markup)
        yield from problems.flag("trainable", self.trainable)
        if not isinstance(self.pretrained, str) or (self.pretrained and self.encoding != "ids"):
            yield Problem("pretrained", self.pretrained, "a file's name, with encoding='ids'")
        if self.pretrained_sha256 and not re.fullmatch("[0-9a-f]{64}", str(self.pretrained_sha256)):
            yield Problem("pretrained_sha256", self.pretrained_sha256, "64 digits, 0-9 and a-f")
        if self.encoding == "ids" and self.ngrams != 1:
            yield Problem("ngrams", self.ngrams, "1, or encoding='multi_hot' or 'tf_idf'")
