"""Files of word vectors in each of their forms, whole and spoilt."""

import gzip
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.features.word_vectors import matrix, read
from schemas.errors import InputError

VECTORS = {"the": [0.5, -1.0, 2.0], "tea": [1e-3, 3.0, -0.25]}


def glove(vectors: dict[str, list[float]]) -> bytes:
    return "".join(f"{word} {' '.join(map(repr, numbers))}\n" for word, numbers in vectors.items()).encode()


def word2vec(vectors: dict[str, list[float]]) -> bytes:
    return f"{len(vectors)} 3\n".encode() + glove(vectors)


def binary(vectors: dict[str, list[float]]) -> bytes:
    words = (word.encode() + b" " + struct.pack("<3f", *numbers) + b"\n" for word, numbers in vectors.items())
    return f"{len(vectors)} 3\n".encode() + b"".join(words)


FORMS = [("v.txt", glove), ("v.vec", word2vec), ("v.bin", binary)]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("name", "form"), FORMS)
def test_each_form_is_read(tmp_path, name, form, packed):
    file = tmp_path / (f"{name}.gz" if packed else name)
    file.write_bytes(gzip.compress(form(VECTORS)) if packed else form(VECTORS))
    found = read(file, ["tea", "unknown", "the"])
    assert set(found) == {"the", "tea"}
    for word, vector in found.items():
        np.testing.assert_array_equal(vector, np.float32(VECTORS[word]))


@given(
    st.dictionaries(
        st.text(st.characters(categories=["L", "N"], max_codepoint=0x3FFF), min_size=1).map(str.lower),
        st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=3, max_size=3),
        min_size=1,
    )
)
def test_what_is_written_is_read_whatever_it_is(vectors):
    for name, form in FORMS:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, name)
            file.write_bytes(form(vectors))
            found = read(file, list(vectors))
        assert {word: vector.tolist() for word, vector in found.items()} == vectors


def test_a_word_of_capitals_counts_where_there_is_no_other(tmp_path):
    file = tmp_path / "v.txt"
    file.write_text("Paris 1 2\nParis_Hilton 3 4\nTEA 5 6\ntea 7 8\nTea 9 10\n")
    found = read(file, ["paris", "tea"])
    assert {word: vector.tolist() for word, vector in found.items()} == {"paris": [1, 2], "tea": [7, 8]}


def test_a_word_with_blanks_does_not_shift_the_numbers(tmp_path):
    file = tmp_path / "v.txt"
    file.write_text("the 1 2\n. . . 3 4\ntea 5 6\n")
    assert read(file, ["tea"])["tea"].tolist() == [5, 6]


SPOILT = [
    ("v.txt", b"the 1 2\ntea 1\n", "{}, line 2: received 1 numbers; a word and 2 are expected"),
    ("v.txt", b"the 1 2\ntea 1 x\n", "{}, line 2: could not convert string to float: b'x'; numbers are expected"),
    ("v.txt", b"the 1 2\ntea 1 nan\n", "{}, line 2: a number is not finite; float32 is expected"),
    ("v.txt", b"the\n", "{}, line 1: received 0 numbers; a word and 1 are expected"),
    ("v.bin", b"the 1 2\n", "{}, line 1: the number of words and of their numbers are expected in a file of word2vec"),
    ("v.bin", b"2 3\n" + binary(VECTORS)[4:-5], "{}: it ends in word 2 of 2; fetch it again"),
]


@pytest.mark.parametrize(("name", "content", "said"), SPOILT)
def test_a_spoilt_file_is_one_line(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as raised:
        read(tmp_path / name, ["tea"])
    assert str(raised.value) == said.format(tmp_path / name)


def test_a_file_that_is_not_there_or_cut_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"v\.txt: No such file or directory; name a file of word vectors"):
        read(tmp_path / "v.txt", ["tea"])
    (tmp_path / "v.txt.gz").write_bytes(gzip.compress(glove(VECTORS) * 50)[:-20])
    with pytest.raises(InputError, match="name a file of word vectors that can be read"):
        read(tmp_path / "v.txt.gz", ["tea"])


def test_words_without_a_vector_are_random_and_padding_is_0():
    found = matrix({"tea": np.float32([1, 2, 3])}, ["milk", "tea"], special=2)
    assert found.shape == (4, 3) and found.dtype == np.float32
    assert found[0].tolist() == [0, 0, 0] and found[3].tolist() == [1, 2, 3]
    assert len(np.unique(found[1:3])) == 6
