"""Reuters-21578 in SGML: one topic a document, the ModApte split."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from components.data.sources import Block, Located, files
from components.data.sources.limits import Quotas
from components.data.sources.rows import Row, blocks_of
from schemas.errors import InputError
from schemas.sources import TEXT, ReutersSgml
from schemas.splits import TEST, TRAIN

fingerprint = files.fingerprint
_DOCUMENT = re.compile(r"<REUTERS\b([^>]*)>(.*?)</REUTERS>", re.DOTALL)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_ENTITY = re.compile(r"&(?:#(\d{1,6})|(lt|gt|amp|quot|apos));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
# &#2; and &#3; are a telex's start and end of text. A tab and a line end are kept.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SPLITS = {("TRAIN", "YES"): TRAIN, ("TEST", "YES"): TEST}


@dataclass(frozen=True)
class Document:
    """A document of the collection.

    Attributes:
      split: ``train`` or ``test`` of the ModApte split, None for one that it does not use.
      topics: each once.
      content: what stands between its tags.
      id: NEWID.
    """

    split: str | None
    topics: frozenset[str]
    content: str
    id: str


def prepare(source: ReutersSgml, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the archive and reads its first file. Raises InputError if it is missing, damaged or lacks a column."""
    located = files.find(source.files, dataset, data, "a tar archive of SGML files is expected")
    files.check_columns(located.path, dataset, columns, source.columns)
    next(documents(located.path))
    return located


def blocks(
    source: ReutersSgml, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The documents with one topic; without ``key`` a row's key is its text. A limit is shared among splits and topics.

    The archive is read twice: which topics count is only known at its end.

    Raises InputError for an archive or a document that is damaged, and if no document is left.
    """
    yield from blocks_of(_rows(source, path, limit), columns, key, official=True)


def documents(path: str) -> Iterator[Document]:
    """All documents of the archive. Raises InputError for what is no such archive."""
    found = False
    for name, content in files.contents(path, lambda name: name.endswith(".sgm")):
        # The collection declares no encoding, and some documents are not UTF-8; Latin-1 decodes any byte.
        text = content.decode("latin-1")
        matches = list(_DOCUMENT.finditer(text))
        # A document that is cut off would otherwise disappear: the expression matches whole ones alone.
        if not matches or len(matches) != text.count("<REUTERS ") or len(matches) != text.count("</REUTERS>"):
            raise InputError(
                f"{path}, {name}: a document is cut off after {len(matches)} whole ones; replace the archive"
            )
        found = True
        yield from (_document(path, name, match) for match in matches)
    if not found:
        raise InputError(f"{path} has no SGML file, *.sgm; is it another archive?")


def _document(path: str, name: str, match: re.Match[str]) -> Document:
    attributes = dict(_ATTRIBUTE.findall(match[1]))
    topics = _inner("TOPICS", match[2])
    lacks = next((key for key in ("TOPICS", "LEWISSPLIT", "NEWID") if key not in attributes), None)
    if lacks or topics is None:
        where = f"{path}, {name}, document {attributes.get('NEWID', '?')}"
        raise InputError(f"{where}: it has no {lacks or '<TOPICS>'}; replace the archive")
    split = _SPLITS.get((attributes["LEWISSPLIT"], attributes["TOPICS"]))
    return Document(split, frozenset(re.findall(r"<D>(.*?)</D>", topics)), match[2], attributes["NEWID"])


def _rows(source: ReutersSgml, path: str, limit: int) -> Iterator[Row]:
    labelled = [(document.split, document.topics) for document in documents(path) if document.split]
    # Topics are counted on the train split: the test split must not decide which classes there are.
    carried = Counter(topic for split, topics in labelled if split == TRAIN for topic in topics)
    counts = frozenset(topic for topic, n in carried.items() if n >= source.at_least)
    groups = Counter((split, topic) for split, topics in labelled if (topic := _only(source, counts, topics)))
    if not groups:
        raise InputError(
            f"{path}: no document has exactly one topic that counts, of those in topics; correct topics or at_least"
        )
    quotas = Quotas(groups, limit)
    for document in documents(path):
        topic = _only(source, counts, document.topics)
        if document.split and topic and quotas.take((document.split, topic)):
            yield _row(document, topic)
        if limit and quotas.done:
            return


def _only(source: ReutersSgml, counts: frozenset[str], topics: frozenset[str]) -> str | None:
    """The one topic that counts, or None."""
    counted = topics & counts
    if len(counted) != 1:
        return None
    (topic,) = counted
    return topic if not source.topics or topic in source.topics else None


def _row(document: Document, topic: str) -> Row:
    """Of a document without TITLE and BODY (TYPE="UNPROC") the whole text is the body."""
    whole = _inner("TEXT", document.content) or ""
    title, body = _inner("TITLE", whole), _inner("BODY", whole)
    if title is None and body is None:
        body = whole
    cells = {
        "title": _plain(title or ""),
        "body": _plain(body or ""),
        "topic": topic,
        "date": _plain(_inner("DATE", document.content) or ""),
        "id": document.id,
    }
    cells[TEXT] = f"{cells['title']}\n{cells['body']}".strip()
    return Row({name: cell.encode() or None for name, cell in cells.items()}, document.split)


def _inner(tag: str, text: str) -> str | None:
    """What stands between a tag and its end, None where there is no such tag."""
    match = re.search(rf"<{tag}\b[^>]*>(.*?)</{tag}>", text, re.DOTALL)
    return match[1] if match else None


def _plain(text: str) -> str:
    """Without entities; control characters become spaces, and there are none at the ends."""
    return _CONTROL.sub(" ", _ENTITY.sub(_character, text)).strip()


def _character(entity: re.Match[str]) -> str:
    number, name = entity.groups()
    if name:
        return _NAMED[name]
    code = int(number)
    return " " if 0xD800 <= code < 0xE000 else chr(code)  # a surrogate is no character
