import gzip
import io
import re
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data.sources import Block, text_tar
from schemas.errors import InputError
from schemas.sources import TextTar

IMDB = r"aclImdb/(?P<split>train|test)/(?P<sentiment>neg|pos)/(?P<id>\d+)_(?P<rating>\d+)\.txt"
LOGS = r"(?P<split>[a-z]+)/(?P<ship>\w+)\.txt"
COLUMNS = ("ship", "text")
SOUND = {"train/a.txt": b"one", "README": b"not a row", "test/b.txt": b"two", "train/c.txt": "drei ü".encode()}
Read = Callable[..., list[Block]]


def tar(members: dict[str, bytes], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **options) as archive:
        folder = tarfile.TarInfo("train")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ships" / "logs.tar.gz"
    path.parent.mkdir()
    return path


@pytest.fixture
def read(tmp_path: Path, file: Path) -> Read:
    def read(content: bytes, pattern: str = LOGS, columns: tuple[str, ...] = COLUMNS, **options: Any) -> list[Block]:
        file.write_bytes(content)
        source = TextTar(file.name, pattern, encoding=options.pop("encoding", "utf-8"))
        located = text_tar.prepare(source, "ships", tmp_path, columns)
        return list(text_tar.blocks(source, located.path, columns, **options))

    return read


def rows(blocks: list[Block]) -> list[dict[str, bytes | None]]:
    return [row for block in blocks for row in block.cells.to_pylist()]


def splits(blocks: list[Block]) -> list[str | None]:
    return [split for block in blocks if block.splits is not None for split in block.splits.to_pylist()]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_member_that_matches_is_a_row(read: Read, pack: Callable[[bytes], bytes], form: int) -> None:
    (block,) = read(pack(tar(SOUND, format=form)))
    assert rows([block]) == [
        {"ship": b"a", "text": b"one"},
        {"ship": b"b", "text": b"two"},
        {"ship": b"c", "text": "drei ü".encode()},
    ]
    assert splits([block]) == ["train", "test", "train"]
    assert block.keys.to_pylist() == [b"one", b"two", "drei ü".encode()]


def test_without_a_group_for_it_there_is_no_official_split(read: Read) -> None:
    (block,) = read(tar(SOUND), r"\w+/(?P<ship>\w+)\.txt")
    assert block.splits is None and len(block.keys) == 3


def test_a_block_in_which_no_split_is_said_is_still_of_a_source_with_a_test_set(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.data.sources.rows.BLOCK_ROWS", 2)
    content = tar({f"{name}.txt": b"text" for name in ("a", "b", "test/c")})
    blocks = read(content, r"(?:(?P<split>test)/)?(?P<ship>\w+)\.txt")
    assert [block.splits is not None and block.splits.to_pylist() for block in blocks] == [[None, None], ["test"]]


def test_a_dot_slash_before_the_names_does_not_count(read: Read) -> None:
    assert len(rows(read(tar({f"./{name}": content for name, content in SOUND.items()})))) == 3


def test_texts_of_another_encoding_become_utf_8(read: Read) -> None:
    assert rows(read(tar({"train/a.txt": b"caf\xe9"}), encoding="latin-1"))[0]["text"] == "café".encode()


def test_a_text_in_another_encoding_is_refused_by_name(read: Read, file: Path) -> None:
    with pytest.raises(InputError, match=rf"^{file}, test/b.txt: .*correct the encoding 'utf-8'$"):
        read(tar(SOUND | {"test/b.txt": b"caf\xe9"}))


def test_an_unknown_split_is_refused(read: Read, file: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tar(SOUND | {"unsup/d.txt": b"x"}))
    assert str(caught.value) == (
        f"{file}, unsup/d.txt: the pattern's group 'split' received 'unsup'; train or test is expected"
    )


def test_no_member_that_matches_is_refused(read: Read, file: Path) -> None:
    with pytest.raises(InputError, match=rf"^{file} has no member that matches the pattern 'x\(\?P<ship>y\)'"):
        read(tar(SOUND), "x(?P<ship>y)")


def test_a_missing_column_is_named_with_those_that_there_are(read: Read, file: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tar(SOUND), columns=("rating",))
    assert (
        str(caught.value)
        == f"{file} has no column 'rating', which ships needs; its columns are 'split', 'ship', 'text'"
    )


CONTENTS = st.dictionaries(
    st.tuples(st.sampled_from(["train", "test"]), st.text("abc_0123", min_size=1, max_size=120)),
    st.text(max_size=2000),
    min_size=1,
    max_size=20,
)


@given(CONTENTS, st.booleans(), st.integers(1, 5))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    contents: dict[tuple[str, str], str],
    zipped: bool,
    size: int,
) -> None:
    content = tar({f"{split}/{name}.txt": text.encode() for (split, name), text in contents.items()})
    file = tmp_path_factory.getbasetemp() / "written.tar"
    file.write_bytes(gzip.compress(content) if zipped else content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("components.data.sources.rows.BLOCK_ROWS", size)
        blocks = list(text_tar.blocks(TextTar(file.name, LOGS), str(file), COLUMNS))
    assert splits(blocks) == [split for split, _ in contents]
    assert [row["ship"] for row in rows(blocks)] == [name.encode() for _, name in contents]
    assert [row["text"] for row in rows(blocks)] == [text.encode() for text in contents.values()]
    assert [block.first_row for block in blocks] == [1 + size * block.index for block in blocks]


MANY = {f"train/{i}.txt": b"%d " % i * 300 for i in range(20)}


@pytest.mark.parametrize("keep", [0.02, 0.3, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_an_archive_that_is_cut_off_is_refused(
    read: Read, file: Path, pack: Callable[[bytes], bytes], keep: float
) -> None:
    plain = tar(MANY)
    content = pack(plain.rstrip(b"\0") if pack is bytes else plain)
    with pytest.raises(InputError, match=rf"^{re.escape(str(file))} is damaged or cut off \(.*\); replace it"):
        read(content[: int(len(content) * keep)])


@pytest.mark.parametrize("member", range(1, 20))
def test_a_damaged_header_is_not_taken_for_the_end(read: Read, file: Path, member: int) -> None:
    content = bytearray(tar(MANY))
    content[content.index(b"train/%d.txt" % member)] ^= 1
    with pytest.raises(InputError, match="is damaged or cut off"):
        read(bytes(content))


def test_an_archive_that_ends_between_members_is_refused(read: Read) -> None:
    content = tar(MANY)
    with pytest.raises(InputError, match="is damaged or cut off"):
        read(content[: content.index(b"train/7.txt")])


@pytest.mark.parametrize("content", [b"not an archive", b"\x1f\x8bnot gzip", gzip.compress(b"not a tar" * 99)])
def test_a_file_that_is_no_archive_is_refused(read: Read, file: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(str(file))} is damaged or cut off"):
        read(content)


def test_an_empty_file_is_refused(read: Read, file: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(b"")
    assert str(caught.value) == f"{file} is empty; a tar archive is expected"


@pytest.mark.parametrize("limit", [4, 10, 37, 80])
def test_a_limit_is_shared_by_the_folders(read: Read, limit: int) -> None:
    folders = [f"{split}/{ship}" for split in ("train", "test") for ship in ("a", "b")]
    content = tar({f"{folder}/{i}.txt": b"%d" % i for folder in folders for i in range(20)})
    blocks = read(content, r"(?P<split>\w+)/(?P<ship>\w+)/(?P<id>\d+).txt", ("ship", "id"), limit=limit)
    found = Counter(zip(splits(blocks), (row["ship"] for row in rows(blocks)), strict=True))
    assert found.total() == limit and len(found) == 4
    assert max(found.values()) - min(found.values()) <= 1
    assert rows(blocks)[0]["id"] == b"0"


def test_the_reviews_are_read_whole(data: Path) -> None:
    source = TextTar("aclImdb_v1.tar.gz", IMDB)
    columns = ("text", "sentiment", "rating")
    located = text_tar.prepare(source, "imdb", data, columns)
    found: Counter[tuple[str, bytes]] = Counter()
    ratings, texts = set(), set()
    for block in text_tar.blocks(source, located.path, columns):
        assert block.splits is not None and len(block.keys) <= 4096
        found.update(zip(block.splits.to_pylist(), block.cells["sentiment"].to_pylist(), strict=True))
        ratings.update(zip(block.cells["sentiment"].to_pylist(), block.cells["rating"].to_pylist(), strict=True))
        texts.update(map(hash, block.keys.to_pylist()))
    assert found == dict.fromkeys([(s, c) for s in ("train", "test") for c in (b"neg", b"pos")], 12_500)
    assert ratings == {(b"neg", b"%d" % n) for n in range(1, 5)} | {(b"pos", b"%d" % n) for n in range(7, 11)}
    assert len(texts) == 49_582  # as the README of the copies says: some reviews are there twice
