"""Texts in the Transform graph: as ids in order, or as a bag of n-grams with or without TF-IDF weights."""

from typing import NamedTuple

import tensorflow as tf
import tensorflow_transform as tft

from schemas.encoding import vocabulary_name, weights_name
from schemas.features import Text


def encode_text(name: str, value: tf.Tensor, feature: Text) -> dict[str, tf.Tensor]:
    """string[N] to int64[N, length] under the feature's name; ``tf_idf`` adds float32[N, length] weights.

    Ids in order: 0 is padding, 1 an unknown word, 2 the most frequent one. N-grams: 0 is padding, 1 the most frequent one,
    each id once, rising; the weights of those that are kept have length 1.
    """
    words = split_words(value, markup=feature.markup)
    if feature.encoding == "ids":
        return {name: _in_order(name, words, feature)}
    grams = tf.strings.ngrams(words, tuple(range(1, feature.ngrams + 1)))
    ids = tft.compute_and_apply_vocabulary(
        grams.to_sparse(), top_k=feature.vocabulary, default_value=-1, vocab_filename=vocabulary_name(name)
    )
    counts = _counts(ids, feature.vocabulary)
    padded = {name: _padded(counts.ids + 1, counts, feature.length)}
    if feature.encoding == "tf_idf":
        weights = _padded(_tf_idf(counts, feature.vocabulary), counts, feature.length)
        padded[weights_name(name)] = tf.math.l2_normalize(weights, axis=1, epsilon=1e-12)
    return padded


def split_words(value: tf.Tensor, *, markup: bool) -> tf.RaggedTensor:
    """string[N] to lower-case words, string[N, (words)]: runs of letters, digits and apostrophes."""
    lower = tf.strings.lower(value, "utf-8")
    if markup:
        lower = tf.strings.regex_replace(lower, r"<[^<>]*>", " ")
    return tf.strings.split(tf.strings.strip(tf.strings.regex_replace(lower, r"[^\p{L}\p{N}']+", " ")))


def _in_order(name: str, words: tf.RaggedTensor, feature: Text) -> tf.Tensor:
    ids = tft.compute_and_apply_vocabulary(
        # Cut before the vocabulary is counted: words that no model sees should not take its places.
        words[:, : feature.length].to_sparse(),
        top_k=feature.vocabulary,
        default_value=-1,
        vocab_filename=vocabulary_name(name),
    )
    shifted = tf.SparseTensor(ids.indices, ids.values + 2, [ids.dense_shape[0], feature.length])
    padded = tf.sparse.to_dense(shifted, 0)
    padded.set_shape([None, feature.length])
    return padded


class _Counts(NamedTuple):
    """How often the known n-grams stand in each text: one entry for each text and id that occur together, in rising order.

    Attributes:
      texts: int64[entries], the number of the text.
      ids: int64[entries].
      counts: int32[entries].
      size: how many texts there are, a scalar.
    """

    texts: tf.Tensor
    ids: tf.Tensor
    counts: tf.Tensor
    size: tf.Tensor


def _counts(ids: tf.SparseTensor, vocabulary: int) -> _Counts:
    """Of the ids of all n-grams of N texts; unknown ones (-1) are left out. (tf.sparse.bincount refuses an empty batch.)"""
    known = tf.sparse.retain(ids, ids.values >= 0)
    # One integer for text and id: tf.unique_with_counts takes vectors alone.
    pairs, _, counts = tf.unique_with_counts(tf.sort(known.indices[:, 0] * vocabulary + known.values))
    return _Counts(pairs // vocabulary, pairs % vocabulary, counts, ids.dense_shape[0])


def _tf_idf(counts: _Counts, vocabulary: int) -> tf.Tensor:
    """The weight of each count, float32: term frequency times inverse document frequency.

    As scikit-learn's TfidfTransformer: idf = ln((1 + n) / (1 + df)) + 1. Texts are brought to length 1 later, after the cut.
    """
    found = tf.math.bincount(
        tf.cast(counts.ids, tf.int32), minlength=vocabulary, maxlength=vocabulary, dtype=tf.float32
    )
    found.set_shape([vocabulary])  # without a shape, tft.sum takes it for a scalar
    frequencies = tft.sum(found[tf.newaxis], reduce_instance_dims=False)
    texts = tf.cast(tft.sum(counts.size[tf.newaxis]), tf.float32)
    inverse = tf.math.log((1 + texts) / (1 + frequencies)) + 1
    return tf.cast(counts.counts, tf.float32) * tf.gather(inverse, counts.ids)


def _padded(values: tf.Tensor, counts: _Counts, length: int) -> tf.Tensor:
    """The values of each text's first ``length`` ids, then zeros: T[N, length]."""
    rows = tf.RaggedTensor.from_value_rowids(values, counts.texts, counts.size)
    return rows.to_tensor(0, shape=[None, length])
