"""How far apart examples are: the Euclidean distance of their encoded features as one vector.

- Numbers are divided by their standard deviation among the examples that are searched.
- A category, or a number in ranges, is a one-hot vector divided by the square root of two: two different ones are 1 apart.
- A text is the TF-IDF weights of its words or n-grams, of length 1: the order is that of the cosine similarity.
- A picture is its pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.neighbors import NearestNeighbors

from schemas import encoding
from schemas.encoding import LISTS, MATRIX, weights_name
from schemas.features import Feature, Image, Set, Text

Arrays = Mapping[str, np.ndarray]
_SPECIAL_WORDS = 2  # of a text whose words are ids in order: padding, and the unknown word


@dataclass(frozen=True)
class Neighbourhood:
    """The k nearest of M examples, for each of N.

    Attributes:
      indices: int64[N, k], the nearest first.
      distances: float64[N, k].
    """

    indices: np.ndarray
    distances: np.ndarray


def nearest(features: Mapping[str, Feature], searched: Arrays, wanted: Arrays, count: int) -> Neighbourhood:
    """The nearest of the searched examples, at most ``count`` for each of the wanted ones.

    Args:
      features: how they are declared.
      searched, wanted: encoded features, arrays [M, ...] and [N, ...] by name.
    """
    searched, wanted = (_by_feature(features, one) for one in (searched, wanted))
    blocks = [_vectors(name, feature, searched, wanted) for name, feature in features.items()]
    among, of = (_side_by_side([block[side] for block in blocks]) for side in (0, 1))
    # Brute force: trees take no sparse vectors, and are no faster in many dimensions.
    index = NearestNeighbors(n_neighbors=min(count, among.shape[0]), algorithm="brute").fit(among)
    distances, indices = index.kneighbors(of)
    return Neighbourhood(indices, distances)


def _by_feature(features: Mapping[str, Feature], encoded: Arrays) -> Arrays:
    """The same arrays, with the columns of a matrix of many numbers under their own names."""
    columns = encoding.columns_in(features, encoded)
    return {**encoded, **{name: encoded[MATRIX][:, list(places)] for name, places in columns.items()}}


def _side_by_side(blocks: list[Any]) -> Any:
    return sparse.hstack(blocks, "csr") if any(map(sparse.issparse, blocks)) else np.concatenate(blocks, axis=1)


def _vectors(name: str, feature: Feature, searched: Arrays, wanted: Arrays) -> tuple[Any, Any]:
    """One feature of the searched and of the wanted examples, as matrices [M, width] and [N, width]."""
    both = searched[name], wanted[name]
    if isinstance(feature, LISTS):
        return _texts(name, feature, searched, wanted)
    if isinstance(feature, Image):
        return both[0].reshape(len(both[0]), -1), both[1].reshape(len(both[1]), -1)
    if np.issubdtype(both[0].dtype, np.integer):
        width = int(max(both[0].max(), both[1].max())) + 1
        return _one_hot(both[0], width), _one_hot(both[1], width)
    return _standardised(both[0], both[0]), _standardised(both[0], both[1])


def _standardised(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """[N], or [N, 2] with an indicator that stays, to [N, 1 or 2]; of several numbers the whole counts as one, [N, width]."""
    matrix = values.reshape(len(values), -1).astype(np.float64)
    if matrix.shape[1] > 2:
        return matrix / (known.std() * sqrt(matrix.shape[1]) or 1.0)
    deviation = float(known.reshape(len(known), -1)[:, 0].std())
    if deviation > 0:
        matrix[:, 0] /= deviation
    return matrix


def _one_hot(ids: np.ndarray, width: int) -> sparse.csr_matrix:
    rows = np.arange(len(ids))
    return sparse.csr_matrix((np.full(len(ids), 1 / sqrt(2)), (rows, ids)), (len(ids), width))


def _texts(name: str, feature: Text | Set, searched: Arrays, wanted: Arrays) -> tuple[Any, Any]:
    width = int(max(searched[name].max(), wanted[name].max())) + 1
    encoding = getattr(feature, "encoding", "multi_hot")
    if encoding == "tf_idf":  # the weights have length 1 already
        weights = weights_name(name)
        return _counts(searched[name], searched[weights], width), _counts(wanted[name], wanted[weights], width)
    special = _SPECIAL_WORDS if encoding == "ids" else 1
    counts = [_counts(ids, (ids >= special).astype(np.float64), width) for ids in (searched[name], wanted[name])]
    weighting = TfidfTransformer().fit(counts[0])
    return weighting.transform(counts[0]), weighting.transform(counts[1])


def _counts(ids: np.ndarray, weights: np.ndarray, width: int) -> sparse.csr_matrix:
    """The sum of the weights of each id of a text, [N, width]; id 0, which is padding, has none."""
    rows, places = np.nonzero((ids > 0) & (weights != 0))
    return sparse.csr_matrix((weights[rows, places], (rows, ids[rows, places])), (len(ids), width))
