"""A folder or zip of pictures to a draft, by their folders and by the sizes in their files' first bytes."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from components.data.inference import TABLES, labels
from components.data.inference.drafts import Column, Draft
from components.data.sources.picture_files import Listing, PictureFiles
from components.data.sources.pictures import has_colours
from schemas.errors import InputError, listed
from schemas.pictures import PictureError, opened

LABEL, PICTURE = "label", "image"  # columns of ImageFolder
_LOOKED_AT = 300  # pictures whose size is read
_LARGEST = 64  # pixels a side that a small network is given; 28 and 32 stay as they are


def draft(path: Path, name: str) -> Draft:
    """The draft of a folder or zip; without a page. Raises InputError where there is no folder with pictures."""
    with PictureFiles(path) as files:
        listing = files.listing()
        if not listing.pictures:
            raise _no_picture(path, listing)
        sizes = _sizes(files, listing)
    counts = Counter(picture.label for picture in listing.pictures)
    rows = len(listing.pictures)
    shown, assumed = picture(sizes, rows)
    label = Column(
        LABEL, "category", "the folder's name", 0.0, len(counts), list(counts)[:5], counts=dict(counts.most_common())
    )
    task = labels.task_of(label, rows)
    classes = f"Each folder is a class: {listed(labels.ordered(list(counts)))}."
    return Draft(
        id="",
        file=path.name,
        kind="images",
        rows=rows,
        name=name,
        summary=f"What does the picture show? {rows:,} pictures of {len(counts):,} classes.",
        label=LABEL,
        task=task,
        classes=labels.classes_of(label, task),
        columns=[shown, label],
        linked=path.is_dir(),
        assumed=[classes, labels.sentence(label, task), *assumed, *_of_listing(listing)],
    )


def _no_picture(path: Path, listing: Listing) -> InputError:
    tables = [name for names in listing.left_out.values() for name in names if name.lower().endswith(TABLES)]
    hint = f"; it holds {tables[0]!r}: give that file itself, unpacked" if tables else ""
    return InputError(f"{path} has no picture in a folder; a folder of pictures for each class is expected{hint}")


def _of_listing(listing: Listing) -> Iterator[str]:
    """What is assumed of the test split, and of files that are no pictures."""
    if listing.official:
        tests = sum(picture.split == "test" for picture in listing.pictures)
        yield f"The folder 'test' is the test split ({tests:,} pictures)."
    for reason, names in listing.left_out.items():
        more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
        yield f"Left out, {reason}: {listed(names[:3])}{more}."


def _sizes(files: PictureFiles, listing: Listing) -> list[tuple[int, int, bool]]:
    """Height, width and whether it has colours, of some pictures from all over the folder; after one with colours none is
    looked through any more.
    """
    step = max(1, len(listing.pictures) // _LOOKED_AT)
    found: list[tuple[int, int, bool]] = []
    for picture in listing.pictures[::step]:
        try:
            content = files.read(picture.name)
            one = opened(content)
            found.append((one.height, one.width, not any(seen for *_, seen in found) and has_colours(content)))
        except PictureError:
            continue  # named where it is read
    if not found:
        raise InputError("not one picture can be read; PNG, JPEG, WEBP, BMP or GIF files are expected")
    return found


def size_of(content: bytes) -> list[tuple[int, int, bool]]:
    """The height and width of one picture in pixels, and whether it has colours; nothing of one that cannot be read."""
    try:
        one = opened(content)
        return [(one.height, one.width, has_colours(content))]
    except PictureError:
        return []  # it is named where it is read


def picture(sizes: list[tuple[int, int, bool]], rows: int) -> tuple[Column, list[str]]:
    """The column of pictures of these sizes (see ``size_of``), and what is assumed of it."""
    height, width = (int(median(size)) for size in list(zip(*sizes, strict=True))[:2])
    scale = min(1.0, _LARGEST / max(height, width))
    options = {
        "height": max(1, round(height * scale)),
        "width": max(1, round(width * scale)),
        "channels": 3 if any(colours for *_, colours in sizes) else 1,
    }
    seen = f"{options['height']} x {options['width']} pixels in {'colour' if options['channels'] == 3 else 'grey'}"
    text = f"The model sees {seen}; the pictures have {height} x {width} (the median of {len(sizes):,} of them)."
    column = Column(PICTURE, "image", f"pictures, seen as {seen}", 0.0, rows, [], options=options)
    return column, [text]
