"""Where examples come from. The reading itself is in components/data/sources."""

from schemas.sources.files import File
from schemas.sources.pictures import Digits, IdxImages, ImageFolder
from schemas.sources.tables import Columns, Csv
from schemas.sources.texts import TEXT, ReutersSgml, TextTar
from schemas.sources.typed import JsonLines, Parquet, Sql, TfRecord

__all__ = [
    "TEXT", "TYPED", "Columns", "Csv", "Digits", "File", "IdxImages", "ImageFolder", "JsonLines", "Parquet", "ReutersSgml",
    "Source", "Sql", "TextTar", "TfRecord",
]  # fmt: skip

Source = Columns | Csv | Digits | IdxImages | ImageFolder | JsonLines | Parquet | ReutersSgml | Sql | TextTar | TfRecord
TYPED = (JsonLines, Parquet, Sql, TfRecord)
"""The sources whose cells have types of their own, among them pictures that nobody has looked at."""
