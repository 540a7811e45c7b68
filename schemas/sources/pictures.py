"""Pictures: in IDX files, in folders, and those of scikit-learn."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.problems import Problem
from schemas.sources.files import File, OneFile, file_problems


@dataclass(frozen=True, kw_only=True)
class IdxImages:
    """Grey pictures and their labels in four gzipped IDX files, as MNIST comes, with an official test set.

    Column ``image`` is the picture as a PNG, column ``label`` the class's number, "0" to "255".
    """

    train_images: File
    train_labels: File
    test_images: File
    test_labels: File

    columns: ClassVar = ("image", "label")

    @classmethod
    def mnist_files(
        cls, url: str, *, train_images: str, train_labels: str, test_images: str, test_labels: str
    ) -> "IdxImages":
        """The four files under the names that they have in MNIST, below ``url``; each is given by its sha256."""
        folder = str(url).rstrip("/")  # another type is named by problems()

        def file(name: str, sha256: str) -> File:
            return File(name, f"{folder}/{name}", sha256)

        return cls(
            train_images=file("train-images-idx3-ubyte.gz", train_images),
            train_labels=file("train-labels-idx1-ubyte.gz", train_labels),
            test_images=file("t10k-images-idx3-ubyte.gz", test_images),
            test_labels=file("t10k-labels-idx1-ubyte.gz", test_labels),
        )

    @property
    def files(self) -> tuple[File, ...]:
        """The files to read: pictures and labels of the train rows, then those of the test rows."""
        return (self.train_images, self.train_labels, self.test_images, self.test_labels)

    def problems(self) -> Iterator[Problem]:
        """What is no File, and the problems of each File, with its field before theirs: ``train_images.url``."""
        for field in dataclasses.fields(self):
            file = getattr(self, field.name)
            if not isinstance(file, File):
                yield Problem(field.name, file, 'File("name", url=..., sha256=...)')
                continue
            for problem in file.problems():
                yield Problem(f"{field.name}.{problem.field}", problem.received, problem.allowed)


@dataclass(frozen=True)
class Digits:
    """The 1,797 hand-written digits that scikit-learn ships (UCI ML hand-written digits, the test part).

    Each 8 x 8 image with values 0..16 becomes a grey PNG in column ``image``; column ``digit`` is the label.
    """

    columns: ClassVar = ("image", "digit")
    files: ClassVar[tuple[File, ...]] = ()

    def problems(self) -> Iterator[Problem]:
        """None: there is nothing to set."""
        return iter(())


@dataclass(frozen=True)
class ImageFolder(OneFile):
    """A folder, or a zip of one, with a folder for each class that holds its pictures: PNG, JPEG, WEBP, BMP or GIF.

    A folder that holds all others is passed over. Where folders ``train`` and ``test`` (and ``val``, which is as ``train``)
    hold the class folders, that is the official split. Column ``image`` is the picture as PNG or JPEG, upright; ``label`` the
    class folder's name; ``file`` the picture's path.

    With ``labels`` a row is one of a CSV file, which names a picture, wherever that is below the folder: its columns are those
    of the CSV file, and ``image``. A column ``split`` of it with ``train`` and ``test`` is the official split.

    Attributes:
      file: the folder or zip in ``$SLIPWAY_DATA/<dataset>/``, or its path below that folder.
      url: where a zip is downloaded from if it is not there; None if it must be there.
      sha256: the checksum of the download, in lower-case hex.
      labels: a CSV file below ``$SLIPWAY_DATA/<dataset>/`` with a row for each picture; None: the folders are the labels.
      file_column: its column with the picture's path below the folder, or its name, with or without the suffix.
    """

    file: str
    url: str | None = None
    sha256: str | None = None
    labels: str | None = None
    file_column: str = "file"

    columns: ClassVar = ("image", "label", "file")

    @property
    def files(self) -> tuple[File, ...]:
        """The folder or zip, and the CSV file where there is one."""
        return (*super().files, *(() if self.labels is None else (File(self.labels),)))

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule, in their order."""
        yield from file_problems("file", self.file, self.url, self.sha256)
        if self.labels is not None:
            yield from file_problems("labels", self.labels, None, None)
        yield from problems.text("file_column", self.file_column)
