"""Known vulnerabilities of what the lock files pin: found, ignored for a reason, or not looked up for want of data."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from release.advisories import KNOWN, SERVICES, Lookup, NoDataError, in_folder, newest, of_service
from release.inputs import ROOT
from release.locks import IGNORED, LOCKS, Pin, Vulnerability, ignored, pins

WEB = ROOT / "studio" / "web"


@dataclass(frozen=True)
class Audit:
    """What came out.

    Attributes:
      source: where Python's were looked up; "" where no source had data.
      checked: versions that were looked up.
      known: a line for each vulnerability that is not ignored.
      ignored: names of those that are.
      missing: a line for each part that could not be looked up.
    """

    source: str
    checked: int
    known: list[str]
    ignored: list[str]
    missing: list[str]


def audit(
    locks: Iterable[Path] = (), advisories: Path | None = None, web: Path | None = WEB, judged_in: Path = IGNORED
) -> Audit:
    """Looks up every version of the locks, LOCKS unless they are given, and the npm packages of the studio's page.

    Args:
      advisories: a folder of advisories instead of the services, for a machine that reaches none.
      web: the folder with package-lock.json; None for Python's packages alone.
      judged_in: the list of those that are ignored.

    Raises:
      InputError: a lock, the list of ignored ones or the folder cannot be read.
    """
    found, judged = pins(locks or LOCKS), ignored(judged_in)
    known, passed, missing = [], [], []
    source = ""
    for name, look_up in _sources(advisories):
        try:
            vulnerabilities = _looked_up(name, look_up, found)
        except NoDataError as error:
            missing.append(str(error))
            continue
        source, missing = name, []
        for each in vulnerabilities:
            if any((each.pin.name, name) in judged for name in (each.id, *each.aliases)):
                passed.append(each.id)
            else:
                known.append(_line(each, found[each.pin]))
        break
    if web is not None:
        try:
            for package, name, severity in _of_npm(web):
                is_judged = (package, name) in judged
                passed += [name] * is_judged
                known += [] if is_judged else [f"{package}: {name} ({severity}), in studio/web/package-lock.json"]
        except NoDataError as error:
            missing.append(str(error))
    return Audit(source, len(found) if source else 0, sorted(known), sorted(passed), missing)


def _sources(advisories: Path | None) -> list[tuple[str, Lookup]]:
    if advisories is not None:
        # Old data finds little: how old it is stands beside what was found.
        return [(f"{advisories.name}, newest advisory of {newest(advisories)}", in_folder(advisories))]
    return [(service, of_service(service)) for service in SERVICES]


def _looked_up(name: str, look_up: Lookup, found: Iterable[Pin]) -> list[Vulnerability]:
    if not look_up([KNOWN]):
        raise NoDataError(f"{name}: knows nothing of {KNOWN.name} {KNOWN.version}, which is vulnerable")
    return look_up(found)


def _line(found: Vulnerability, locks: list[Path]) -> str:
    names = ", ".join((found.id, *found.aliases))
    mended = f"take {' or '.join(found.fixed)}" if found.fixed else "no version without it is known"
    where = ", ".join(lock.name for lock in locks)
    return (
        f"{found.pin.name} {found.pin.version}: {names}, in {where}: {mended}, or give a reason in release/ignored.toml"
    )


def _of_npm(folder: Path) -> list[tuple[str, str, str]]:
    """Package, advisory and severity of each that `npm audit` knows in what the page is built of."""
    command = ["npm", "audit", "--json", "--omit=dev", "--package-lock-only"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        packages = answer["vulnerabilities"]
    except FileNotFoundError:
        raise NoDataError("npm: not found") from None
    except (ValueError, KeyError):
        said = [line for line in done.stderr.splitlines() if line.startswith(("npm warn", "npm error"))]
        raise NoDataError(f"npm audit: {said[0] if said else f'exit code {done.returncode}'}") from None
    advisories = [each for package in packages.values() for each in package["via"] if isinstance(each, dict)]
    return [(each["name"], each["url"].rpartition("/")[2], each["severity"]) for each in advisories]
