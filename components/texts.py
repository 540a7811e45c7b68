"""Texts in the Transform graph: as ids in order, or as a bag of n-grams with or without TF-IDF weights."""

import tensorflow as tf
import tensorflow_transform as tft

from components.encoded import vocabulary_name, weights_name
from schemas.features import Text


def encode_text(name: str, value: tf.Tensor, feature: Text) -> dict[str, tf.Tensor]:
    """string[N] to int64[N, length] under the feature's name; ``tf_idf`` adds float32[N, length] weights.

    Ids in order: 0 is padding, 1 an unknown word, 2 the most frequent one. N-grams: 0 is padding, 1 the most frequent one,
    each id once, rising.
    """
    words = split_words(value, markup=feature.markup)
    if feature.encoding == "ids":
        return {name: _in_order(name, words, feature)}
    grams = tf.strings.ngrams(words, tuple(range(1, feature.ngrams + 1)))
    ids = tft.compute_and_apply_vocabulary(
        grams.to_sparse(), top_k=feature.vocabulary, default_value=-1, vocab_filename=vocabulary_name(name)
    )
    counts = _counts(ids)
    padded = {name: _padded(counts.indices[:, 1] + 1, counts, feature.length)}
    if feature.encoding == "tf_idf":
        padded[weights_name(name)] = _padded(_tf_idf(counts, feature.vocabulary), counts, feature.length)
    return padded


def split_words(value: tf.Tensor, *, markup: bool) -> tf.RaggedTensor:
    """string[N] to lower-case words, string[N, (words)]: runs of letters, digits and apostrophes."""
    lower = tf.strings.lower(value, "utf-8")
    if markup:
        lower = tf.strings.regex_replace(lower, r"<[^<>]*>", " ")
    return tf.strings.split(tf.strings.strip(tf.strings.regex_replace(lower, r"[^\p{L}\p{N}']+", " ")))


def _in_order(name: str, words: tf.RaggedTensor, feature: Text) -> tf.Tensor:
    ids = tft.compute_and_apply_vocabulary(
        words[:, : feature.length].to_sparse(),
        top_k=feature.vocabulary,
        default_value=-1,
        vocab_filename=vocabulary_name(name),
    )
    shifted = tf.SparseTensor(ids.indices, ids.values + 2, [ids.dense_shape[0], feature.length])
    padded = tf.sparse.to_dense(shifted, 0)
    padded.set_shape([None, feature.length])
    return padded


def _counts(ids: tf.SparseTensor) -> tf.SparseTensor:
    """How often each id stands in each text, int64[N, ids]; unknown n-grams (-1) are left out."""
    return tf.sparse.bincount(tf.sparse.retain(ids, ids.values >= 0), axis=-1)


def _tf_idf(counts: tf.SparseTensor, vocabulary: int) -> tf.Tensor:
    """The weight of each count, float32: term frequency times inverse document frequency, each text of length 1.

    As scikit-learn's TfidfTransformer does it: idf = ln((1 + n) / (1 + df)) + 1.
    """
    found = tf.math.bincount(counts.indices[:, 1], minlength=vocabulary, maxlength=vocabulary, dtype=tf.float32)
    found.set_shape([vocabulary])  # without a shape, tft.sum takes it for a scalar
    frequencies = tft.sum(found[tf.newaxis], reduce_instance_dims=False)
    texts = tf.cast(tft.sum(counts.dense_shape[:1]), tf.float32)
    inverse = tf.math.log((1 + texts) / (1 + frequencies)) + 1
    weights = tf.cast(counts.values, tf.float32) * tf.gather(inverse, counts.indices[:, 1])
    squares = tf.math.segment_sum(weights**2, counts.indices[:, 0])
    return tf.math.divide_no_nan(weights, tf.sqrt(tf.gather(squares, counts.indices[:, 0])))


def _padded(values: tf.Tensor, counts: tf.SparseTensor, length: int) -> tf.Tensor:
    """The values of each text's first ``length`` ids, then zeros: T[N, length]."""
    rows = tf.RaggedTensor.from_value_rowids(values, counts.indices[:, 0], counts.dense_shape[0])
    return rows.to_tensor(0, shape=[None, length])
