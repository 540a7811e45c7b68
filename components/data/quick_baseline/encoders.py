"""Columns as the matrices that scikit-learn's models take; what is learned, such as names, is learned from train rows alone.

An encoder takes a column's cells and a mask of the train rows, and gives two blocks of N rows: one for trees, in which a
missing number is NaN and a name is its rank by frequency, and one for linear models, scaled and one-hot. Either may be None.
"""

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from schemas.features import Category, Feature, Geo, Image, Number, Set, Text, Timestamp, Vector

_NAMES = 250  # HistGradientBoosting's bins are 255
_SIDE = 16  # pixels
_WORDS = 20_000


@dataclass(frozen=True)
class Encoded:
    """One column's blocks.

    Attributes:
      tree: float64[N, D], None where trees are not given it.
      linear: float32[N, E], a sparse matrix or an array.
      names: whether the tree's numbers are ranks of names.
    """

    tree: np.ndarray | None
    linear: Any
    names: bool = False


def encoded(feature: Feature, cells: Mapping[str, pa.Array], name: str, train: np.ndarray) -> Encoded | None:
    """A feature's columns; None for a kind that no plain model reads.

    Args:
      cells: by column: float32[N] of a Number, else binary[N].
      name: of the feature, and of its column.
      train: bool[N].
    """
    if isinstance(feature, Geo):
        return of_numbers(np.column_stack([_floats(cells[column]) for column in feature.of]), train)
    encoder = _ENCODERS.get(type(feature))
    return encoder(feature, cells[name], train) if encoder is not None and feature.is_column else None


def _floats(cells: pa.Array) -> np.ndarray:
    found: np.ndarray = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return found


def _number(feature: Any, cells: pa.Array, train: np.ndarray) -> Encoded:
    if feature.exact:  # in decimal, less the smallest: what float64 still tells apart is enough for a plain model
        numbers = [math.nan if text is None else float(text) for text in cells.to_pylist()]
        return of_numbers(np.array(numbers)[:, None], train)
    return of_numbers(_floats(cells)[:, None], train, log=feature.scale == "log")


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
    return Encoded(values, np.hstack([np.clip(filled, -10, 10), flags]).astype(np.float32))


def _category(_: Any, cells: pa.Array, train: np.ndarray) -> Encoded:
    names = pc.fill_null(cells, b"")
    counted = pc.value_counts(names.filter(pa.array(train)))
    order = np.argsort(-counted.field("counts").to_numpy(zero_copy_only=False), kind="stable")[:_NAMES]
    rank = pc.index_in(names, counted.field("values").take(pa.array(order)))
    ranks = pc.fill_null(rank, -1).to_numpy(zero_copy_only=False)
    known = np.flatnonzero(ranks >= 0)
    shape = (len(ranks), max(len(order), 1))
    hot = sparse.csr_matrix((np.ones(len(known), np.float32), (known, ranks[known])), shape=shape)
    return Encoded(np.where(ranks < 0, np.nan, ranks)[:, None], hot, names=True)


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


def _timestamp(_: Any, cells: pa.Array, train: np.ndarray) -> Encoded:
    """Year, month, weekday, hour and days since 1970; for linear models those that return as sine and cosine, too."""
    texts = [np.datetime64("NaT") if not text else np.datetime64(text.decode()) for text in cells.to_pylist()]
    moments = pd.DatetimeIndex(np.array(texts, "datetime64[us]"))
    parts = [moments.year, moments.month, moments.weekday, moments.hour + moments.minute / 60]
    days = (moments - pd.Timestamp(0)) / pd.Timedelta(days=1)
    values = np.column_stack([np.asarray(part, np.float64) for part in (*parts, days)])
    angles = values[:, 1:4] * (2 * np.pi / np.array([12, 7, 24]))
    found = of_numbers(np.hstack([values, np.sin(angles), np.cos(angles)]), train)
    return Encoded(values, found.linear)


def _set(feature: Any, cells: pa.Array, train: np.ndarray) -> Encoded:
    from sklearn.feature_extraction.text import CountVectorizer

    texts = [text.decode() for text in pc.fill_null(cells, b"").to_pylist()]
    names = CountVectorizer(analyzer=lambda text: text.split(feature.separator), max_features=_NAMES, binary=True)
    names.fit([text for text, taken in zip(texts, train, strict=True) if taken])
    hot = names.transform(texts).astype(np.float32)
    return Encoded(hot.toarray(), hot)


def _vector(feature: Any, cells: pa.Array, train: np.ndarray) -> Encoded:
    missing = [math.nan] * feature.length
    rows = [[float(number) for number in text.split()] if text else missing for text in cells.to_pylist()]
    return of_numbers(np.array(rows), train)


_ENCODERS: dict[type[Feature], Callable[[Any, pa.Array, np.ndarray], Encoded]] = {
    Category: _category,
    Image: _image,
    Number: _number,
    Set: _set,
    Text: _text,
    Timestamp: _timestamp,
    Vector: _vector,
}
