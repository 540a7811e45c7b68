"""A folder of four gzipped IDX files, as MNIST comes, to a draft."""

import dataclasses
from collections import Counter
from pathlib import Path

from components.data import sources
from components.data.inference import labels
from components.data.inference.drafts import Column, Draft
from schemas.sources import File, IdxImages

_FIELDS = ("train_images", "train_labels", "test_images", "test_labels")
_NAMES = (("train", "images"), ("train", "labels"), ("t10k", "images"), ("t10k", "labels"))
LABEL, PICTURE = "label", "image"


def files(path: Path) -> dict[str, str] | None:
    """The four files' names by the fields of IdxImages; None where they are not all there."""
    found = {}
    for field, (split, kind) in zip(_FIELDS, _NAMES, strict=True):
        named = [one.name for one in path.iterdir() if one.name.startswith(split) and f"-{kind}-idx" in one.name]
        if len(named) != 1:
            return None
        found[field] = named[0]
    return found


def source(folder: str, names: dict[str, str]) -> IdxImages:
    """The source of files in a folder of the dataset's."""
    return IdxImages(**{field: File(f"{folder}/{name}") for field, name in names.items()})


def draft(path: Path, name: str, names: dict[str, str]) -> Draft:
    """The draft of the folder; without a page. Raises InputError for files that cannot be read."""
    from components.data.inference import picture_folder

    found = source(path.name, names)
    located = sources.prepare(found, path.parent.name, path.parent.parent, (PICTURE, LABEL))
    counts: Counter[str] = Counter()
    sizes = []
    for block in sources.blocks(found, located.path, (PICTURE, LABEL)):
        counts.update(cell.decode() for cell in block.cells[LABEL].to_pylist())
        sizes += picture_folder.size_of(block.cells[PICTURE][0].as_py())
    rows = counts.total()
    picture, assumed = picture_folder.picture(sizes, rows)
    label = Column(LABEL, "category", "the picture's class", 0.0, len(counts), [], counts=dict(counts.most_common()))
    task = labels.task_of(label, rows)
    return Draft(
        id="", file=path.name, kind="idx", rows=rows, name=name,
        summary=f"What does the picture show? {rows:,} pictures of {len(counts):,} classes.", label=LABEL, task=task,
        classes=labels.classes_of(label, task), columns=[dataclasses.replace(picture, name=PICTURE), label],
        assumed=["The four files are pictures and labels, of which t10k is the test split.", labels.sentence(label, task),
                 *assumed],
        files=names, linked=True,
    )  # fmt: skip
