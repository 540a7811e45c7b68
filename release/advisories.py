"""Where known vulnerabilities of Python packages are looked up: a folder of advisories, or a service by pip-audit."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml
from packaging.version import InvalidVersion, Version

from release.locks import Pin, Vulnerability
from schemas.errors import InputError

SERVICES = ("pypi", "osv")
# Every source knows that this one is vulnerable; one that does not has no data, whatever it says about the others.
KNOWN = Pin("jinja2", "2.10")
_MODIFIED = re.compile(r"^modified: ['\"]?(\d{4}-\d\d-\d\d)", re.MULTILINE)
_WIDTH = 200  # characters of what a service says
Lookup = Callable[[Iterable[Pin]], list[Vulnerability]]


class NoDataError(Exception):
    """No vulnerability could be looked up; the text says why."""


def in_folder(folder: Path) -> Lookup:
    """Looks up in advisories of the form of OSV, one YAML file each: a clone of pypa/advisory-database, or its vulns.

    Raises:
      InputError: there are none in the folder.
    """
    folder = folder / "vulns" if (folder / "vulns").is_dir() else folder
    if not next(folder.glob("*/*.yaml"), None):
        raise InputError(
            f"{folder}: has no advisories: give a clone of pypa/advisory-database, with vulns/NAME/ID.yaml"
        )

    def look_up(pins: Iterable[Pin]) -> list[Vulnerability]:
        found = []
        for pin in pins:
            for path in sorted((folder / pin.name).glob("*.yaml")):
                found += _of_advisory(pin, yaml.load(path.read_text(encoding="utf-8"), _Loader))
        return found

    return look_up


def of_service(name: str) -> Lookup:
    """Looks up at a service of pip-audit, one of SERVICES."""

    def look_up(pins: Iterable[Pin]) -> list[Vulnerability]:
        return [found for batch in _batches(pins) for found in _asked(name, batch)]

    return look_up


def newest(folder: Path) -> str:
    """When the advisory that was changed last was changed, as 2026-11-30; "" where none says so."""
    texts = (path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml"))
    return max((found[1] for text in texts if (found := _MODIFIED.search(text))), default="")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The quick one, where it is there."""


def _batches(pins: Iterable[Pin]) -> list[dict[str, Pin]]:
    """Each name once in a batch: pip-audit refuses a second version of it."""
    batches: list[dict[str, Pin]] = []
    for pin in pins:
        free = next((batch for batch in batches if pin.name not in batch), None)
        if free is None:
            batches.append(free := {})
        free[pin.name] = pin
    return batches


def _asked(service: str, batch: dict[str, Pin]) -> list[Vulnerability]:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"{pin.name}=={pin.version}\n" for pin in batch.values())
        file.flush()
        tool = Path(sys.executable).with_name("pip-audit")
        options = ("--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json", "--aliases=on")
        command = [str(tool), f"--vulnerability-service={service}", *options, f"--requirement={file.name}"]
        done = subprocess.run(command, capture_output=True, text=True)
    try:
        answers = json.loads(done.stdout)["dependencies"]
    except ValueError:
        said = done.stderr.strip().splitlines()
        reason = said[-1][:_WIDTH] if said else f"exit code {done.returncode}"
        raise NoDataError(f"{service}: {reason}") from None
    # Of a package that it does not know, pip-audit says this, and "No known vulnerabilities found".
    for answer in answers:
        if "skip_reason" in answer:
            raise NoDataError(f"{service}: {answer['skip_reason']}")
    return [_of_answer(answer, each) for answer in answers for each in answer["vulns"]]


def _of_answer(answer: dict[str, Any], found: dict[str, Any]) -> Vulnerability:
    pin = Pin(answer["name"], answer["version"])
    return Vulnerability(pin, found["id"], tuple(found["aliases"]), tuple(found["fix_versions"]))


def _of_advisory(pin: Pin, advisory: dict[str, Any]) -> list[Vulnerability]:
    if advisory.get("withdrawn"):
        return []
    affected = [
        each for each in advisory.get("affected", []) if each["package"]["name"].lower().replace("_", "-") == pin.name
    ]
    if not any(_is_affected(pin.version, each) for each in affected):
        return []
    fixed = [event["fixed"] for each in affected for _, events in _ranges(each) for event in events if "fixed" in event]
    return [Vulnerability(pin, advisory["id"], tuple(advisory.get("aliases", ())), tuple(map(str, fixed)))]


def _ranges(affected: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Those of versions: others are of commits."""
    ranges = [(each["type"], each["events"]) for each in affected.get("ranges", [])]
    return [each for each in ranges if each[0] == "ECOSYSTEM"]


def _is_affected(version: str, affected: dict[str, Any]) -> bool:
    """OSV's rule: the version is listed, or the last event up to it is its introduction."""
    if version in map(str, affected.get("versions", [])):
        return True
    return any(_is_in(Version(version), events) for _, events in _ranges(affected))


def _is_in(version: Version, events: list[dict[str, Any]]) -> bool:
    inside = False
    try:
        for kind, text in sorted(
            ((kind, str(text)) for event in events for kind, text in event.items()), key=lambda each: Version(each[1])
        ):
            bound = Version(text)
            if kind == "introduced" and version >= bound:
                inside = True
            if (kind == "fixed" and version >= bound) or (kind == "last_affected" and version > bound):
                inside = False
    except InvalidVersion:  # of before PEP 440; then the list of versions alone decides
        return False
    return inside
