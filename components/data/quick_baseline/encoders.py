"""Columns as the matrices that scikit-learn's models take; what is learned, such as names, is learned from train rows alone.

An encoder takes a column's cells and a mask of the train rows, and gives two blocks of N rows: one for trees, in which a
missing number is NaN and a name is its rank by frequency, and one for linear models, scaled and one-hot. Either may be None.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from schemas.features import Category, Feature, Image, Number, Text

_NAMES = 250  # HistGradientBoosting's bins are 255
_SIDE = 16  # pixels
_WORDS = 20_000


@dataclass(frozen=True)
class Encoded:
    """One column's blocks.

    Attributes:
      tree: float32[N, D], None where trees are not given it.
      linear: float32[N, E], a sparse matrix or an array.
      names: whether the tree's numbers are ranks of names.
    """

    tree: np.ndarray | None
    linear: Any
    names: bool = False


def encoded(feature: Feature, cells: pa.Array, train: np.ndarray) -> Encoded | None:
    """A column by its feature; None for a kind that no plain model reads.

    Args:
      cells: float32[N] of a Number, else binary[N].
      train: bool[N].
    """
    encoder = _ENCODERS.get(type(feature))
    return None if encoder is None else encoder(feature, cells, train)


def _number(feature: Any, cells: pa.Array, train: np.ndarray) -> Encoded:
    values = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return of_numbers(values[:, None], train, log=feature.scale == "log")


def of_numbers(values: np.ndarray, train: np.ndarray, *, log: bool = False) -> Encoded:
    """Numbers, float64[N, D], NaN where missing: the linear block has scaled ones, and whether each is missing."""
    scaled = np.log1p(np.maximum(values, 0)) if log else values
    missing = np.isnan(scaled)
    known = np.where(missing, 0.0, scaled)[train]
    count = np.maximum((~missing[train]).sum(axis=0), 1)
    mean = known.sum(axis=0) / count
    deviation = np.sqrt((np.where(missing[train], 0.0, known - mean) ** 2).sum(axis=0) / count)
    with np.errstate(over="ignore"):
        filled = np.where(missing, 0.0, (scaled - mean) / np.where(deviation > 0, deviation, 1.0))
    flags = missing[:, missing[train].any(axis=0)]
    return Encoded(values.astype(np.float32), np.hstack([np.clip(filled, -10, 10), flags]).astype(np.float32))


def _category(_: Any, cells: pa.Array, train: np.ndarray) -> Encoded:
    names = pc.fill_null(cells, b"")
    counted = pc.value_counts(names.filter(pa.array(train)))
    order = np.argsort(-counted.field("counts").to_numpy(zero_copy_only=False), kind="stable")[:_NAMES]
    rank = pc.index_in(names, counted.field("values").take(pa.array(order)))
    ranks = pc.fill_null(rank, -1).to_numpy(zero_copy_only=False)
    known = np.flatnonzero(ranks >= 0)
    shape = (len(ranks), max(len(order), 1))
    hot = sparse.csr_matrix((np.ones(len(known), np.float32), (known, ranks[known])), shape=shape)
    return Encoded(np.where(ranks < 0, np.nan, ranks).astype(np.float32)[:, None], hot, names=True)


def _text(feature: Any, cells: pa.Array, train: np.ndarray) -> Encoded:
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [text.decode() for text in pc.fill_null(cells, b"").to_pylist()]
    words = TfidfVectorizer(ngram_range=(1, 2), max_features=_WORDS, sublinear_tf=True, token_pattern=r"[\w']+")
    try:
        words.fit([text for text, taken in zip(texts, train, strict=True) if taken])
    except ValueError:  # not one word
        return Encoded(None, sparse.csr_matrix((len(texts), 1), dtype=np.float32))
    return Encoded(None, words.transform(texts).astype(np.float32))


def _image(feature: Any, cells: pa.Array, train: np.ndarray) -> Encoded:
    from PIL import Image as Pictures

    mode = "L" if feature.channels == 1 else "RGB"
    found = []
    for picture in cells.to_pylist():
        with Pictures.open(io.BytesIO(picture)) as opened:
            found.append(np.asarray(opened.convert(mode).resize((_SIDE, _SIDE)), np.float32).reshape(-1) / 255)
    return Encoded(None, np.stack(found))


_ENCODERS: dict[type[Feature], Callable[[Any, pa.Array, np.ndarray], Encoded]] = {
    Category: _category,
    Image: _image,
    Number: _number,
    Text: _text,
}
