"""Corrupted copies of pictures in IDX files, of texts in a tar archive, and of Reuters's SGML."""

import gzip
import io
import re
import struct
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from schemas.errors import AnomalyError, InputError
from tests.e2e.corrupted_tables import Corruption

Member = tuple[str, bytes]


def _nth(i: int) -> bool:
    """Whether a row is among the 30 per cent that are changed."""
    return i % 10 < 3


class IdxPictures:
    """schemas.sources.IdxImages: the first pictures of both splits, and their labels."""

    train, test = 240, 60

    def __init__(self, page: Any, data: Path) -> None:
        self.page = page
        source = page.source
        self.counts = dict(
            zip((file.name for file in source.files), (self.train, self.train, self.test, self.test), strict=True)
        )
        self.labels = source.train_labels.name
        self.files = {name: self._head(data / page.name / name, rows) for name, rows in self.counts.items()}

    @staticmethod
    def _head(path: Path, rows: int) -> tuple[bytes, bytes]:
        """The header and the first rows of an IDX file."""
        with gzip.open(path) as file:
            (magic,) = struct.unpack(">I", file.read(4))
            sizes = struct.unpack(f">{magic & 0xFF}I", file.read(4 * (magic & 0xFF)))
            size = 28 * 28 if len(sizes) == 3 else 1
            return struct.pack(f">{len(sizes) + 1}I", magic, rows, *sizes[1:]), file.read(rows * size)

    def corruptions(self) -> dict[str, Corruption]:
        header, labels = self.files[self.labels]
        images = self.page.source.train_images.name
        wrong = struct.pack(">I", 0x0D03) + self.files[images][0][4:]
        shifted = bytes(label + 100 for label in labels)
        new = bytes(10 if _nth(i) else label for i, label in enumerate(labels))
        words = ("row 1", "column 'label'")
        return {
            "half": Corruption(self._writer(self._halved()), None, rows=(self.train + self.test) // 2),
            "half the labels": Corruption(
                self._writer({self.labels: self._halved()[self.labels]}), InputError, (self.labels, "120 labels", "240")
            ),
            "cut off": Corruption(self._writer({}, cut=images), InputError, (images, "damaged or cut off")),
            "renamed": Corruption(
                self._writer({images: (wrong, self.files[images][1])}), InputError, (images, "0x00000d03", "0x00000803")
            ),
            "shifted": Corruption(
                self._writer({self.labels: (header, shifted)}), InputError, (*words, repr(str(shifted[0])))
            ),
            "a new name in a closed column": Corruption(
                self._writer({self.labels: (header, new)}), InputError, (*words, "'10'")
            ),
        }

    def _halved(self) -> dict[str, tuple[bytes, bytes]]:
        return {
            name: (head[:4] + struct.pack(">I", self.counts[name] // 2) + head[8:], body[: len(body) // 2])
            for name, (head, body) in self.files.items()
        }

    def _writer(self, changed: dict[str, tuple[bytes, bytes]], cut: str = "") -> Callable[[Path], None]:
        def write(folder: Path) -> None:
            for name, (header, body) in (self.files | changed).items():
                content = gzip.compress(header + body)
                (folder / name).write_bytes(content[: len(content) // 2] if name == cut else content)

        return write


class TextArchive:
    """schemas.sources.TextTar: some texts of each folder, with IMDB's names (label and rating)."""

    each = 70  # so that train and test are large enough to be compared

    def __init__(self, page: Any, data: Path) -> None:
        self.page = page
        self.members = list(_first_of_each_folder(data / page.name / page.source.file, self.each))

    def corruptions(self) -> dict[str, Corruption]:
        rated = re.compile(r"_(\d+)\.txt$")
        everywhere = [(name.replace("aclImdb", "reviews"), content) for name, content in self.members]
        one_class = [(name.replace("train/pos", "train/positive"), content) for name, content in self.members]
        shifted = [(rated.sub(r"_\g<1>000.txt", name), content) for name, content in self.members]
        new = [(rated.sub("_11.txt", name) if _nth(i) else name, text) for i, (name, text) in enumerate(self.members)]
        half = [member for i, member in enumerate(self.members) if i % 2]
        rating = "column 'rating'"
        broken = sum(_nth(i) for i in range(len(new)))
        found = {
            "half": Corruption(self._writer(half), None, rows=len(half)),
            "cut off": Corruption(self._writer(self.members, cut=True), InputError, ("damaged or cut off",)),
            "renamed": Corruption(self._writer(everywhere), InputError, ("no member that matches",)),
            "one folder renamed": Corruption(
                self._writer(one_class), AnomalyError, ("column 'sentiment'", "test split")
            ),
        }
        if "rating" in self.page.columns():
            found["shifted"] = Corruption(self._writer(shifted), AnomalyError, (rating, "outside"), broken=len(shifted))
            found["a new name in a closed column"] = Corruption(
                self._writer(new), AnomalyError, (rating, "11"), broken=broken
            )
        return found

    def _writer(self, members: list[Member], cut: bool = False) -> Callable[[Path], None]:
        return lambda folder: _write_tar(folder / self.page.source.file, members, cut=cut)


class ReutersArchive:
    """schemas.sources.ReutersSgml: every tenth document, in one SGML file."""

    step = 10

    def __init__(self, page: Any, data: Path) -> None:
        self.page = page
        with tarfile.open(data / page.name / page.source.file) as archive:
            contents = [file.read() for member in archive if (file := archive.extractfile(member))]
        found = re.findall(rb"<REUTERS\b.*?</REUTERS>", b"".join(contents), re.DOTALL)
        self.documents = found[:: self.step]

    def corruptions(self) -> dict[str, Corruption]:
        renamed = [document.replace(b"TOPICS>", b"SUBJECTS>") for document in self.documents]
        unsplit = [document.replace(b"LEWISSPLIT=", b"PART=") for document in self.documents]
        # A topic that the page does not list makes no row: its documents are left out, as those without a topic are.
        new = [d.replace(b"<D>earn</D>", b"<D>brand-new</D>") if _nth(i) else d for i, d in enumerate(self.documents)]
        half = [document for i, document in enumerate(self.documents) if i % 2]
        last = self.documents[-1]
        return {
            "half": Corruption(self._writer(half), None),
            "cut off": Corruption(self._writer(self.documents, cut=True), InputError, ("damaged or cut off",)),
            "cut inside a row": Corruption(
                self._writer([*self.documents[:-1], last[: len(last) // 2]]),
                InputError,
                ("cut off", f"after {len(self.documents) - 1} whole ones"),
            ),
            "renamed": Corruption(self._writer(renamed), InputError, ("it has no <TOPICS>",)),
            "an attribute renamed": Corruption(self._writer(unsplit), InputError, ("it has no LEWISSPLIT",)),
            "a new name in an open column": Corruption(self._writer(new), None),
        }

    def _writer(self, documents: list[bytes], cut: bool = False) -> Callable[[Path], None]:
        member = ("reut2-000.sgm", b"\n".join(documents))
        return lambda folder: _write_tar(folder / self.page.source.file, [member], cut=cut)


def _first_of_each_folder(path: Path, each: int) -> Iterable[Member]:
    taken: dict[Path, int] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            folder = Path(member.name).parent
            if member.isfile() and taken.get(folder, 0) < each and (file := archive.extractfile(member)):
                taken[folder] = taken.get(folder, 0) + 1
                yield member.name, file.read()


def _write_tar(path: Path, members: Iterable[Member], *, cut: bool) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    content = buffer.getvalue()
    path.write_bytes(content[: len(content) // 2] if cut else content)
