"""The report of a version, written where it is not there. For a thread."""

from pathlib import Path

from registry import dossier
from schemas.errors import InputError
from schemas.home import Home
from studio.versions import rows


def content_of(home: Home, name: str, id: str) -> bytes:
    """The report's HTML: one file, with its figures and its script, that loads nothing.

    Raises:
      InputError: there is no such version, or it has no dossier.
    """
    folder, entry = rows.find(home.registry(name), name, id)
    record = folder / dossier.RECORD
    if not record.is_file():
        raise InputError(
            f"{name} {id} has no report: {record} is missing, as an older Slipway made this version, or it was pulled "
            "without its dossier, or removed (slipway gc)"
        )
    file = _place(home, name, folder)
    if not file.is_file() or file.stat().st_mtime_ns < record.stat().st_mtime_ns:
        from reports import report  # and with it numpy, matplotlib and plotly

        file = report.write(home, name, entry.version or entry.run_id)
    return file.read_bytes()


def _place(home: Home, name: str, folder: Path) -> Path:
    return home.reports(name) / folder.relative_to(home.registry(name)) / "report.html"
