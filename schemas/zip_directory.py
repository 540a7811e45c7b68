"""The list of files at the end of a zip, which Python reads into memory whole when it opens one."""

import zipfile
from typing import BinaryIO

from schemas.errors import InputError


def check(file: BinaryIO, most: int, where: str) -> None:
    """Looks at the size of the list before the zip is opened; of a file that is no zip nothing is said.

    Args:
      most: bytes of the list.
      where: the file's name, for errors.

    Raises:
      InputError: the list is larger.
    """
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # as ZipFile itself finds it
    size = end[zipfile._ECD_SIZE] if end else 0  # type: ignore[attr-defined]
    if size > most:
        raise InputError(f"{where}: its list of files has {size:,} bytes; {most:,} are the most")
