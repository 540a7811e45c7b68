"""A tar of text files in class folders, or a folder of them, to a draft."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from components.data.inference import labels
from components.data.inference.drafts import Column, Draft
from components.data.inference.kinds import of_text
from components.data.sources import files
from schemas.errors import InputError, listed
from schemas.sources import TEXT
from schemas.splits import TEST, TRAIN

SUFFIXES = (".tar", ".tar.gz", ".tgz")
LABEL = "label"
_ENDING = ".txt"
_READ = 300  # texts whose words are counted
_MARKUP = re.compile(r"<br\s*/?>|</\w+>", re.IGNORECASE)


def draft(path: Path, name: str) -> Draft:
    """The draft of a tar, or of a folder; without a page.

    Text files stand in a folder for each class; folders ``train`` and ``test`` above these are the official split, of which
    a class has texts in both. Raises InputError where there are no such files.
    """
    names = [one for one in _names(path) if one.endswith(_ENDING)]
    root, official, counts = _classes(path, names)
    pattern = _pattern(root, official, counts)
    rows = sum(counts.values())
    options, words = _of_texts(path, re.compile(pattern))
    column = Column(TEXT, "text", f"{words} words a row", 0.0, rows, [], options=options)
    classes = Column(LABEL, "category", "the folder's name", 0.0, len(counts), list(counts)[:5], counts=dict(counts))
    task = labels.task_of(classes, rows)
    said = [f"Each folder is a class: {listed(labels.ordered(list(counts)))}.", labels.sentence(classes, task)]
    if official:
        said.append("The folder 'test' is the test split.")
    return Draft(
        id="", file=path.name if path.is_file() else f"{path.name}.tar", kind="texts", rows=rows, name=name,
        summary=f"What is the text? {rows:,} texts of {len(counts):,} classes.", label=LABEL, task=task,
        classes=labels.classes_of(classes, task), columns=[column, classes], assumed=said, pattern=pattern,
    )  # fmt: skip


def holds_texts(path: Path) -> bool:
    """Whether a folder has a text file in a folder."""
    return next(path.glob(f"*/**/*{_ENDING}"), None) is not None


def _names(path: Path) -> Iterable[str]:
    if path.is_dir():
        return sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    return files.names(str(path))


def _classes(path: Path, names: list[str]) -> tuple[str, bool, Counter[str]]:
    """The folder above class folders (or above train and test), whether it has these, and how many texts a class has."""
    parts = [one.split("/") for one in names]
    for depth in range(3):
        roots = Counter(
            "/".join(part[:depth]) for part in parts if len(part) == depth + 3 and part[depth] in (TRAIN, TEST)
        )
        for root, _ in roots.most_common(1):
            found = [part for part in parts if len(part) == depth + 3 and "/".join(part[:depth]) == root]
            both = {split: {part[depth + 1] for part in found if part[depth] == split} for split in (TRAIN, TEST)}
            wanted = both[TRAIN] & both[TEST]
            if len(wanted) > 1:
                return root, True, Counter(part[depth + 1] for part in found if part[depth + 1] in wanted)
    for depth in range(3):
        roots = Counter("/".join(part[:depth]) for part in parts if len(part) == depth + 2)
        for root, _ in roots.most_common(1):
            counts = Counter(p[depth] for p in parts if len(p) == depth + 2 and "/".join(p[:depth]) == root)
            if len(counts) > 1:
                return root, False, counts
    raise InputError(f"{path} has no text files (*{_ENDING}) in at least two class folders; that is expected")


def _pattern(root: str, official: bool, counts: Counter[str]) -> str:
    classes = "|".join(re.escape(name) for name in sorted(counts))
    split = f"(?P<split>{TRAIN}|{TEST})/" if official else ""
    return f"{re.escape(root)}{'/' if root else ''}{split}(?P<{LABEL}>{classes})/[^/]+{re.escape(_ENDING)}"


def _of_texts(path: Path, pattern: re.Pattern[str]) -> tuple[dict[str, object], int]:
    """The options of the Text, and how many words a text has on average, from some of them."""
    words = count = markup = 0
    for _, content in _contents(path, pattern):
        text = content.decode("utf-8", errors="replace")
        words, count, markup = words + len(text.split()), count + 1, markup + bool(_MARKUP.search(text))
        if count == _READ:
            break
    mean = round(words / max(count, 1))
    return of_text(mean) | ({"markup": True} if markup > count / 10 else {}), mean


def _contents(path: Path, pattern: re.Pattern[str]) -> Iterable[tuple[str, bytes]]:
    def wanted(name: str) -> bool:
        return pattern.fullmatch(name) is not None

    if not path.is_dir():
        return files.contents(str(path), wanted)
    return ((name, (path / name).read_bytes()) for name in _names(path) if wanted(posixpath.normpath(name)))
