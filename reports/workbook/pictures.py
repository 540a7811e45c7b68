"""The pictures of a sheet of predictions: thumbnails of the rows that are worth a look."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from analysis import sides
from reports.workbook.answers import Answers

MOST = 200
"""Rows of a sheet that have their picture."""
SIDE = 56
"""Pixels of a thumbnail's longer side."""
_MOST_BYTES = 3_000_000  # of the thumbnails of a sheet: with those of another version the file stays below 20 MB


def chosen(version: Answers) -> set[int]:
    """The rows that have pictures: the changed ones first, then the other notable ones, then the rest, by falling loss."""
    count = len(version.rows)
    changed = version.sides != sides.SAME if version.rows.classes else np.zeros(count, bool)
    order = np.lexsort((-version.rows.loss, ~changed, ~version.notable))
    return set(order[:MOST].tolist())


@dataclass
class Pictures:
    """Puts thumbnails over cells, which they follow when rows are filtered.

    Attributes:
      rows: those that have pictures.
      shown: how many were put.
      size: of their files, in bytes.
    """

    rows: set[int]
    shown: int = 0
    size: int = 0

    def put(self, sheet: Any, row: int, column: int, content: bytes) -> str:
        """Puts a picture over the cell, one row below ``row``, and returns the cell's text.

        Args:
          row: of the predictions.
          content: a PNG or JPEG file.
        """
        if row not in self.rows or self.size > _MOST_BYTES:
            return "picture"
        thumbnail = small(content)
        if thumbnail is None:
            return "unreadable picture"
        self.size += len(thumbnail)
        self.shown += 1
        insert(sheet, row + 1, column, thumbnail)
        return ""


def insert(sheet: Any, row: int, column: int, thumbnail: bytes) -> None:
    """Puts a thumbnail over a cell, with which it is filtered and sorted."""
    options = {"image_data": BytesIO(thumbnail), "object_position": 1, "x_offset": 2, "y_offset": 2}
    sheet.insert_image(row, column, f"row{row}.png", options)


def small(content: bytes) -> bytes | None:
    """A picture as a PNG whose longer side has ``SIDE`` pixels; None for one that cannot be decoded."""
    try:
        with Image.open(BytesIO(content)) as image:
            image.load()
            grey = image.mode in ("1", "L", "I", "F")
            plain = image.convert("L" if grey else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    scale = SIDE / max(plain.size)
    size = (max(1, round(plain.width * scale)), max(1, round(plain.height * scale)))
    # Without smoothing where it is enlarged: each pixel of a small picture is one that the model saw.
    plain = plain.resize(size, Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS)
    out = BytesIO()
    plain.save(out, "PNG", optimize=True)
    return out.getvalue()
