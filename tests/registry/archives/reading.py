"""Reads archives in tests: into a folder that goes away again."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from registry.archives import manifest as form
from registry.archives.manifest import Manifest
from registry.archives.unpacking import ArchiveError, unpack
from schemas.model_card import ModelCard
from tests.registry import homes

MakeCard = Callable[..., ModelCard]


@contextmanager
def unpacked(content: bytes) -> Iterator[tuple[Manifest, dict[str, bytes]]]:
    """The manifest of an archive, and the files that came out of it."""
    with TemporaryDirectory() as text:
        folder = Path(text)
        for name in ("model", "dossier", "rest"):
            (folder / name).mkdir()
        places = {form.MODEL: folder / "model", form.DOSSIER: folder / "dossier", form.STATISTICS: folder / "rest"}
        yield unpack(io.BytesIO(content), places), homes.tree(folder)


def refused(content: bytes) -> str:
    """Why an archive is refused."""
    with pytest.raises(ArchiveError) as caught, unpacked(content):
        pass
    return str(caught.value)


def numbered(make_card: MakeCard) -> ModelCard:
    return make_card(version="1.2.0", serving_version=1700000000)
