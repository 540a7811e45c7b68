"""How a CSV file is written."""

import codecs
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Dialect:
    """How the text of a CSV file becomes cells; the fields are those of ``schemas.sources.Csv``."""

    delimiter: str = ","
    encoding: str = "utf-8"
    quote: str = '"'
    comment: str = ""
    skip_rows: int = 0
    header: bool = True
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "Dialect":
        """The dialect of a mapping that may have other keys, too, and lack some: a source's fields, or a card's reading."""
        known = {field.name: fields[field.name] for field in dataclasses.fields(cls) if field.name in fields}
        return cls(**known | ({"names": tuple(known["names"])} if "names" in known else {}))

    @property
    def is_utf_8(self) -> bool:
        """Whether the bytes need no other encoding."""
        return codecs.lookup(self.encoding).name in ("utf-8", "utf-8-sig")
