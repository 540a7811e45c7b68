"""The attributions of a text's ids, by word."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from components.features.texts import split_words
from schemas.encoding import vocabulary_name
from schemas.features import Text

_ASSETS = "assets"  # of a SavedModel


def words_of(texts: Sequence[str], feature: Text) -> list[list[str]]:
    """The words of texts, as the model's tokenizer cuts them."""
    found = split_words(np.asarray(texts, object), markup=feature.markup)
    return [[word.decode() for word in words] for words in found.to_list()]


def vocabulary_of(model: Path, name: str) -> dict[str, int]:
    """The id of each n-gram of a feature, from a SavedModel's assets."""
    lines = (model / _ASSETS / vocabulary_name(name)).read_bytes().decode().split("\n")
    return {gram: number for number, gram in enumerate(lines, 1) if gram}


def in_order(words: Sequence[str], shares: np.ndarray) -> list[tuple[str, float]]:
    """Words that are ids in order, each with its share, float[length]; words beyond the length are not read by the model."""
    return [(word, float(share)) for word, share in zip(words, shares, strict=False)]


def by_ngram(
    words: Sequence[str], ids: np.ndarray, shares: np.ndarray, vocabulary: dict[str, int], longest: int
) -> list[tuple[str, float]]:
    """Each word with its part of the shares of the n-grams that it stands in.

    An n-gram's share is divided equally among its occurrences, and then among their words.

    Args:
      words: of one text, in order.
      ids: int64[length], each of its n-grams once, 0 for padding.
      shares: float[length], of the n-grams.
      vocabulary: the id of each n-gram.
      longest: how many words an n-gram has at most.
    """
    share_of = {int(id_): float(share) for id_, share in zip(ids, shares, strict=True) if id_}
    places: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for size in range(1, longest + 1):
        for start in range(len(words) - size + 1):
            found = vocabulary.get(" ".join(words[start : start + size]), 0)
            if found in share_of:
                places[found].append((start, size))
    sums = [0.0] * len(words)
    for id_, occurrences in places.items():
        for start, size in occurrences:
            for position in range(start, start + size):
                sums[position] += share_of[id_] / len(occurrences) / size
    return list(zip(words, sums, strict=True))
