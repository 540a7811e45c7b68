"""The same call for a shell."""

import json
import re
import shlex
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from schemas.model_card import ModelCard

_LONGEST_INLINE = 4000  # characters of a picture: a longer line cannot be read, and some terminals cut it
_DATA_URL = re.compile(r"\Adata:[^,]*;base64,", re.IGNORECASE)
_PICTURE = "picture.png"


@dataclass(frozen=True)
class CurlLine:
    """A line to paste into a shell.

    Attributes:
      file: the file that the line reads, where the picture is too long to stand in it.
    """

    line: str
    file: str | None = None


def line_of(url: str, card: ModelCard, value: Any, *, version: str | None, has_key: bool) -> CurlLine:
    """The line that asks the same.

    Args:
      url: the gateway's.
      version: that was asked for; None for the newest.
      has_key: whether the gateway wants one, which the line takes from $SLIPWAY_API_KEY.
    """
    path = f"{url}/v1/models/{quote(card.name, safe='')}"
    path += f"/versions/{quote(version, safe='')}/predict" if version else "/predict"
    if card.has_classes:
        path += "?probabilities=true"
    key = ' -H "Authorization: Bearer $SLIPWAY_API_KEY"' if has_key else ""
    begin = f"curl {shlex.quote(path)}{key}"
    picture = _picture(card, value)
    if picture is not None and len(picture) > _LONGEST_INLINE:
        return CurlLine(f"{begin} -F {shlex.quote(f'file=@{_PICTURE}')}", _PICTURE)
    body = json.dumps({"input": value if picture is None else picture}, ensure_ascii=False)
    return CurlLine(f"{begin} -d {shlex.quote(body)}")


def _picture(card: ModelCard, value: Any) -> str | None:
    """The base64 text of an input that is one picture alone; None of any other."""
    if [spec["type"] for spec in card.inputs.values()] != ["image"]:
        return None
    (name,) = card.inputs
    if isinstance(value, dict):
        value = value.get(name, value)
    if isinstance(value, dict):
        value = value.get("b64")
    return _DATA_URL.sub("", value) if isinstance(value, str) else None
