"""The records of `slipway drift`: ``reports/<dataset>/drift/<version>-<moment>.json``, which the report shows."""

import json
from pathlib import Path

from analysis.drift import Drift
from schemas.files import write_whole
from schemas.home import Home

_FOLDER = "drift"


def keep(home: Home, found: Drift) -> Path:
    """Writes a record; two of one version in the same second are one, the last."""
    moment = found.at.replace(":", "").replace("-", "").partition("+")[0]
    file = home.reports(found.dataset) / _FOLDER / f"{found.version}-{moment}.json"
    write_whole(file, json.dumps(found.to_json(), indent=1, ensure_ascii=False))
    return file


def read(home: Home, name: str, version: str, most: int) -> tuple[Drift, ...]:
    """The last records of a version, the newest first; one that another Slipway wrote in another form is passed over."""
    files = sorted((home.reports(name) / _FOLDER).glob(f"{version}-*.json"), reverse=True)
    found = (_record(file) for file in files[:most])
    return tuple(record for record in found if record is not None)


def _record(file: Path) -> Drift | None:
    try:
        return Drift.from_json(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
