"""Attributions of n-grams, divided among words."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.evaluation import words
from schemas.features import Text

VOCABULARY = {"not": 1, "good": 2, "not good": 3, "bad": 4}


def test_words_are_cut_as_the_model_cuts_them() -> None:
    texts = ["It's <br/>NOT good.", "", "Über 9"]
    assert words.words_of(texts, Text(markup=True)) == [["it's", "not", "good"], [], ["über", "9"]]
    assert words.words_of(texts[:1], Text()) == [["it's", "br", "not", "good"]]


def test_an_ngram_s_share_is_divided_among_its_places_and_their_words() -> None:
    text = ["not", "good", "at", "all", "not", "bad"]
    ids, shares = np.array([1, 2, 3, 4, 0]), np.array([0.4, 0.1, -0.6, 0.2, 9])
    found = words.by_ngram(text, ids, shares, VOCABULARY, 2)
    assert [word for word, _ in found] == text
    assert [share for _, share in found] == pytest.approx([0.2 - 0.3, 0.1 - 0.3, 0, 0, 0.2, 0.2])


@given(st.lists(st.sampled_from(["not", "good", "bad", "other"]), max_size=12), st.floats(-1, 1))
def test_nothing_is_lost(text: list[str], share: float) -> None:
    there = [id_ for gram, id_ in VOCABULARY.items() if f" {gram} " in f" {' '.join(text)} "]
    found = words.by_ngram(text, np.array([*there, 0]), np.full(len(there) + 1, share), VOCABULARY, 2)
    assert sum(part for _, part in found) == pytest.approx(share * len(there), abs=1e-9)


def test_ids_of_ngrams_count_from_one_in_the_order_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "vocabulary_my_32_text").write_text("the\nnot good\nüber\n", encoding="utf-8")
    assert words.vocabulary_of(tmp_path, "my text") == {"the": 1, "not good": 2, "über": 3}
