"""The commands behind `make release` and `make audit`: python -m release make VERSION, python -m release audit."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from release import images
from release.audit import WEB, Audit, audit
from release.inputs import ROOT
from schemas.errors import InputError

NOT_LOOKED_UP = 3  # the exit code where some vulnerability data was not reachable, and nothing else is wrong


def main(arguments: Sequence[str]) -> int:
    """Carries a command out; returns its exit code: 0, 2 for what the user has to mend, or NOT_LOOKED_UP."""
    parser = argparse.ArgumentParser(prog="release", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="build wheel, source distribution and images, and list what is in them")
    making.add_argument("version", help="that of schemas/version.py")
    making.add_argument("--images", default=",".join(images.NAMES), help="separated by commas; '' for none")
    making.add_argument("--base", default="", help="an image in place of the Dockerfiles' own base")
    making.add_argument("--docker-option", action="append", default=[], help="one more of docker build: --network=host")
    making.add_argument("--dirty", action="store_true", help="with changes that are not committed")
    making.add_argument("--folder", type=Path, default=ROOT / "build" / "release")
    auditing = commands.add_parser("audit", help="look up the known vulnerabilities of what the lock files pin")
    auditing.add_argument("locks", nargs="*", type=Path, help="instead of all of the repository's, and of npm's")
    for command in (making, auditing):
        command.add_argument("--advisories", type=Path, help="a clone of pypa/advisory-database instead of a service")
    options = parser.parse_args(arguments)
    try:
        return _carried_out(options)
    except InputError as error:
        _say(f"release: {error}")
        return int(error.exit_code)


def _carried_out(options: argparse.Namespace) -> int:
    if options.command == "audit":
        found = audit(options.locks, options.advisories, None if options.locks else WEB)
        for line in found.known:
            _say(f"audit: {line}")
        return _ended(found)
    from release.making import Wanted, make  # which needs CycloneDX's library; an audit does not

    names = tuple(name for name in options.images.split(",") if name)
    if unknown := set(names) - set(images.NAMES):
        raise InputError(f"IMAGES: {sorted(unknown)} is unknown: choose from {', '.join(images.NAMES)}")
    wanted = Wanted(
        options.version, names, options.base, tuple(options.docker_option), options.dirty, options.folder.resolve()
    )
    return _ended(make(wanted, lambda: audit(advisories=options.advisories), _say))


def _ended(found: Audit) -> int:
    """Says in a line what was looked up; returns the exit code."""
    if found.missing:
        what = "part of the" if found.source else "no"
        _say(f"audit: {what} vulnerability data was reachable, so not all was looked up: {'; '.join(found.missing)}")
    if found.source:
        count = f"{len(found.known)} known vulnerabilities, {len(found.ignored)} ignored"
        _say(f"audit: {found.checked} versions looked up ({found.source}): {count}")
    if found.known:
        return int(InputError.exit_code)
    return NOT_LOOKED_UP if found.missing else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
