"""The exact versions in lock files, and which known vulnerabilities of them were judged not to matter."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from packaging.utils import canonicalize_name

from release.inputs import IMAGES, ROOT
from schemas.errors import InputError

LOCKS = (
    *sorted(ROOT.glob("requirements*.lock")),
    *sorted(IMAGES.glob("*.lock")),
)
IGNORED = Path(__file__).with_name("ignored.toml")
_PIN = re.compile(r"^([\w.-]+)(?:\[[\w,.-]+\])?==([^ ;\\\n]+)", re.MULTILINE)
_FIELDS = {"id": str, "package": str, "reason": str, "date": date}


@dataclass(frozen=True, order=True)
class Pin:
    """An exact version of a package, by its normalised name."""

    name: str
    version: str


@dataclass(frozen=True)
class Vulnerability:
    """A known one.

    Attributes:
      id: as its source names it.
      aliases: its other names, as CVE-2026-1.
      fixed: versions without it, as far as known.
    """

    pin: Pin
    id: str
    aliases: tuple[str, ...]
    fixed: tuple[str, ...]


def pins(locks: Iterable[Path]) -> dict[Pin, list[Path]]:
    """Every version, with the lock files that name it; raises InputError for a file that is missing or names none."""
    found: dict[Pin, list[Path]] = {}
    for lock in locks:
        try:
            named = _PIN.findall(lock.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{lock}: {error}") from None
        if not named:
            raise InputError(f"{lock}: names no package: write NAME==VERSION in each line")
        for name, version in named:
            found.setdefault(Pin(canonicalize_name(name), version), []).append(lock)
    return found


def ignored(path: Path = IGNORED) -> set[tuple[str, str]]:
    """Package and name of each vulnerability that was judged; raises InputError for an entry without reason or date."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("ignored", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path.name}: {error}") from None
    for number, entry in enumerate(entries, start=1):
        wrong = [
            name
            for name, kind in _FIELDS.items()
            if not isinstance(entry.get(name), kind) or not str(entry[name]).strip()
        ]
        if wrong or entry.keys() - _FIELDS.keys():
            raise InputError(
                f"{path.name}, entry {number}: {', '.join(wrong) or sorted(entry.keys() - _FIELDS.keys())} is not as "
                f"expected: write {', '.join(_FIELDS)}, the date as 2026-11-30"
            )
    return {(canonicalize_name(entry["package"]), entry["id"]) for entry in entries}
