"""A load test's report: a folder with JSON, a picture and a page."""

import json
from pathlib import Path

from schemas.errors import InputError
from schemas.files import whole_folder
from serving.load_test import plots
from serving.load_test.result import Result

JSON, PICTURE, PAGE = "load_test.json", "load_test.png", "load_test.html"


def write(folder: Path, result: Result) -> None:
    """Makes the folder, shown under its own name only when it is whole.

    Raises InputError where it cannot be written; nothing is then left.
    """
    try:
        with whole_folder(folder) as part:
            (part / JSON).write_text(json.dumps(result, indent=1), encoding="utf-8")
            plots.picture(result, part / PICTURE)
            plots.page(result, part / PAGE)
    except OSError as error:
        raise InputError(
            f"cannot write the report {folder}: {error.strerror}; name another folder with --out"
        ) from error
