import gzip
import io
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data.sources import Block, reuters_sgml
from schemas.errors import InputError
from schemas.sources import ReutersSgml

SOURCE = ReutersSgml("reuters21578.tar.gz")
ALL = SOURCE.columns
DOCTYPE = '<!DOCTYPE lewis SYSTEM "lewis.dtd">\n'
Read = Callable[..., list[Block]]


def document(
    topics: Iterable[str] = ("tea",),
    text: str = "<TITLE>T</TITLE><BODY>B</BODY>",
    lewis: str = "TRAIN",
    used: str = "YES",
    number: int = 1,
    kind: str = "",
) -> str:
    labels = "".join(f"<D>{topic}</D>" for topic in topics)
    return (
        f'<REUTERS TOPICS="{used}" LEWISSPLIT="{lewis}" CGISPLIT="TRAINING-SET" OLDID="5" NEWID="{number}">\n'
        f"<DATE>26-FEB-1987 15:01:01.79</DATE>\n<TOPICS>{labels}</TOPICS>\n<PLACES><D>usa</D></PLACES>\n"
        f"<UNKNOWN>\n&#5;f0704 reute</UNKNOWN>\n<TEXT{kind}>&#2;\n{text}</TEXT>\n</REUTERS>\n"
    )


def archive(*members: str, name: str = "reut2-{:03}.sgm") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for index, member in enumerate(members):
            content = (DOCTYPE + member).encode("latin-1")
            info = tarfile.TarInfo(name.format(index))
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "news" / SOURCE.file
    path.parent.mkdir()
    return path


@pytest.fixture
def read(tmp_path: Path, file: Path) -> Read:
    def read(content: bytes, columns: tuple[str, ...] = ALL, limit: int = 0, **options: Any) -> list[Block]:
        file.write_bytes(content)
        source = ReutersSgml(file.name, **{"at_least": 1} | options)
        located = reuters_sgml.prepare(source, "news", tmp_path, columns)
        return list(reuters_sgml.blocks(source, located.path, columns, limit=limit))

    return read


def rows(blocks: list[Block]) -> list[dict[str, bytes | None]]:
    return [row for block in blocks for row in block.cells.to_pylist()]


def splits(blocks: list[Block]) -> list[str | None]:
    return [split for block in blocks if block.splits is not None for split in block.splits.to_pylist()]


def test_a_document_has_title_body_and_both_as_text(read: Read) -> None:
    body = "Tea &lt;T.L> rose 5 pct,\nsaid AT&amp;T.\n Reuter\n&#3;"
    (block,) = read(
        archive(document(text=f"<TITLE>TEA UP</TITLE>\n<DATELINE>  LONDON - </DATELINE><BODY>{body}</BODY>"))
    )
    assert rows([block]) == [
        {
            "title": b"TEA UP",
            "body": b"Tea <T.L> rose 5 pct,\nsaid AT&T.\n Reuter",
            "text": b"TEA UP\nTea <T.L> rose 5 pct,\nsaid AT&T.\n Reuter",
            "topic": b"tea",
            "date": b"26-FEB-1987 15:01:01.79",
            "id": b"1",
        }
    ]
    assert block.keys.to_pylist() == [rows([block])[0]["text"]]


def test_a_brief_one_has_no_body_and_an_unprocessed_one_no_title(read: Read) -> None:
    brief = document(text="<TITLE>TEA UP</TITLE>", kind=' TYPE="BRIEF"')
    unprocessed = document(text="TEA UP\n it rose &#127;\n", kind=' TYPE="UNPROC"')
    first, second = rows(read(archive(brief + unprocessed), ("title", "body", "text")))
    assert first == {"title": b"TEA UP", "body": None, "text": b"TEA UP"}
    assert second == {"title": None, "body": b"TEA UP\n it rose", "text": b"TEA UP\n it rose"}


def test_latin_1_becomes_utf_8(read: Read) -> None:
    assert rows(read(archive(document(text="<TITLE>Größe</TITLE>"))))[0]["title"] == "Größe".encode()


@given(st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=("C",))), st.data())
def test_entities_come_back_as_the_characters_they_stand_for(text: str, data: st.DataObject) -> None:
    names = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}

    def written(character: str) -> str:
        forms = [names.get(character, character), f"&#{ord(character)};"]
        return data.draw(st.sampled_from(forms))

    assert reuters_sgml._plain("".join(map(written, text))) == text.strip()


@pytest.mark.parametrize("text", ["AT&T", "R&D;", "&#;", "&#9999999;", "&copy;", "& lt;"])
def test_an_ampersand_that_is_no_entity_is_kept(text: str) -> None:
    assert reuters_sgml._plain(text) == text


@pytest.mark.parametrize("number", [0, 3, 127, 0xD800])
def test_what_is_no_character_becomes_a_space(number: int) -> None:
    assert reuters_sgml._plain(f"a&#{number};b") == "a b"


@pytest.mark.parametrize(
    ("lewis", "used", "split"),
    [
        ("TRAIN", "YES", "train"),
        ("TEST", "YES", "test"),
        ("TRAIN", "NO", None),
        ("TEST", "BYPASS", None),
        ("NOT-USED", "YES", None),
    ],
)
def test_the_modapte_split(read: Read, lewis: str, used: str, split: str | None) -> None:
    blocks = read(archive(document() + document(lewis=lewis, used=used, number=2)))
    assert splits(blocks) == ["train"] + [split] * (split is not None)


def test_a_document_is_a_row_if_exactly_one_of_its_topics_counts(read: Read) -> None:
    told = [
        (("tea",), "TRAIN"),
        (("tea", "rice"), "TRAIN"),  # rice does not count: it is in one training document
        (("tea", "gold"), "TRAIN"),
        (("gold",), "TRAIN"),
        (("gold", "gold"), "TEST"),
        (("rice",), "TEST"),
        ((), "TRAIN"),
        (("gold", "rice", "tea"), "TEST"),
    ]
    content = archive(*(document(topics, lewis=lewis, number=n) for n, (topics, lewis) in enumerate(told)))
    found = [(row["id"], row["topic"]) for row in rows(read(content, at_least=2))]
    assert found == [(b"0", b"tea"), (b"1", b"tea"), (b"3", b"gold"), (b"4", b"gold")]
    assert [row["id"] for row in rows(read(content, at_least=2, topics=("gold",)))] == [b"3", b"4"]


def test_no_document_that_is_left_is_refused(read: Read, file: Path) -> None:
    with pytest.raises(InputError, match=f"^{file}: no document has exactly one topic that counts"):
        read(archive(document()), at_least=2)


@pytest.mark.parametrize("cut", [r"</REUTERS>", r"NEWID=\"3\"", "<TOPICS>", "<BODY>"])
def test_a_document_that_is_cut_off_is_refused_by_its_file(read: Read, file: Path, cut: str) -> None:
    text = "".join(document(number=n) for n in range(1, 4))
    with pytest.raises(InputError) as caught:
        read(archive(document(), text[: text.rindex(cut.replace("\\", ""))]))
    assert str(caught.value) == f"{file}, reut2-001.sgm: a document is cut off after 2 whole ones; replace the archive"


def test_a_document_without_its_attributes_is_refused(read: Read, file: Path) -> None:
    with pytest.raises(InputError, match=f"^{file}, reut2-000.sgm, document 1: it has no LEWISSPLIT"):
        read(archive(document().replace("LEWISSPLIT", "SPLIT")))
    with pytest.raises(InputError, match=f"^{file}, reut2-000.sgm, document 1: it has no <TOPICS>"):
        read(archive(document().replace("TOPICS>", "TOPIC>")))


def test_another_archive_is_refused(read: Read, file: Path) -> None:
    with pytest.raises(InputError, match=f"^{file} has no SGML file"):
        read(archive("text", name="{}.txt"))


@pytest.mark.parametrize("keep", [0.05, 0.5, 0.99])
def test_an_archive_that_is_cut_off_is_refused(read: Read, file: Path, keep: float) -> None:
    content = archive(*("".join(document(number=n) for n in range(m, m + 50)) for m in range(20)))
    with pytest.raises(InputError, match=f"^{file} is damaged or cut off"):
        read(content[: int(len(content) * keep)])
    with pytest.raises(InputError, match=f"^{file} is damaged or cut off"):
        read(gzip.compress(gzip.decompress(content)[: int(len(content) * keep)]))


@pytest.mark.parametrize("limit", [4, 11, 40, 500])
def test_a_limit_gives_every_topic_of_every_split_its_share(read: Read, limit: int) -> None:
    told = [(topic, lewis) for topic in ("tea", "gold") for lewis in ("TRAIN", "TEST") for _ in range(30)]
    blocks = read(archive("".join(document((topic,), lewis=lewis) for topic, lewis in told)), limit=limit)
    found = Counter(zip(splits(blocks), (row["topic"] for row in rows(blocks)), strict=True))
    assert found.total() == min(limit, 120) and max(found.values()) - min(found.values()) <= 1 and len(found) == 4


@pytest.fixture(scope="module")
def reuters(data: Path) -> str:
    return reuters_sgml.prepare(SOURCE, "reuters", data, ALL).path


def test_reuters_has_the_modapte_split_s_documents(reuters: str) -> None:
    found = Counter(document.split for document in reuters_sgml.documents(reuters))
    assert found == {"train": 9_603, "test": 3_299, None: 21_578 - 9_603 - 3_299}


def test_the_topics_that_ten_training_documents_carry(reuters: str) -> None:
    blocks = list(reuters_sgml.blocks(SOURCE, reuters, ALL))
    found = Counter(zip(splits(blocks), (row["topic"] for row in rows(blocks)), strict=True))
    topics = {split: {topic for part, topic in found if part == split} for split in ("train", "test")}
    assert len(topics["train"]) == 48 and len(topics["train"] & topics["test"]) == 46
    assert sum(n for (split, _), n in found.items() if split == "train") == 6_563
    assert sum(n for (split, _), n in found.items() if split == "test") == 2_574
    assert (found["train", b"earn"], found["test", b"earn"], found["train", b"dlr"]) == (2_840, 1_083, 3)
    first = rows(blocks)[0]
    assert (first["id"], first["topic"], first["title"]) == (b"1", b"cocoa", b"BAHIA COCOA REVIEW")
    texts = [row["text"] or b"" for row in rows(blocks)]
    assert not any(b"&lt;" in text or b"\x03" in text for text in texts)
    assert all(text.decode("utf-8") for text in texts)
