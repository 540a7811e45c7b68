"""What a file or folder of the user's holds: columns and their types, a label, a task. Light: without TensorFlow.

``draft(path, name, label)`` reads it once and gives a Draft, from which pipelines.page.drafting writes a page.
"""

from pathlib import Path

from components.data.inference.drafts import Draft
from schemas.errors import InputError
from schemas.pictures import SUFFIXES

TABLES = (".csv", ".tsv", ".txt", ".data", ".csv.gz", ".tsv.gz", ".txt.gz")
EXPECTED = f"a CSV file ({', '.join(TABLES)}), or a folder or .zip with a folder of pictures for each class"


def draft(path: Path, name: str, label: str | None = None) -> Draft:
    """The draft of a file or folder, without a page.

    Args:
      name: of the dataset to be.
      label: the column that is predicted, None to choose one; of pictures it is the folder's name.

    Raises:
      InputError: it is not there, is no such file, or has no such column.
    """
    lowered = path.name.lower()
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder; {EXPECTED} is expected")
    if path.is_dir() or lowered.endswith(".zip"):
        from components.data.inference import picture_folder

        if label not in (None, picture_folder.LABEL):
            raise InputError(f"label: received {label!r}; the label of pictures is their folder's name: leave it out")
        return picture_folder.draft(path, name)
    if lowered.endswith(SUFFIXES):
        raise InputError(f"{path} is one picture; {EXPECTED} is expected")
    if not lowered.endswith(TABLES):
        raise InputError(f"{path}: {path.suffix or 'a file without an ending'} is not read; {EXPECTED} is expected")
    from components.data.inference import table

    return table.draft(path, name, label)
