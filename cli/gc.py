"""`slipway gc`: removes old versions and the artifacts that no version needs any more."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Debug, Json, Name

if TYPE_CHECKING:
    from pipelines.execution.garbage import Removed


def gc(
    name: Name,
    keep: Annotated[int, typer.Option(min=1, metavar="N", help="How many of the most recent versions stay.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Remove old versions, refused runs and artifacts; never what is the newest, labelled, last blessed, or the last run's."""
    from cli.registry import registry_of
    from pipelines.execution import garbage
    from schemas import events
    from schemas.errors import InputError
    from schemas.home import Home

    home = Home.from_environment()
    if not registry_of(home, name).is_dir():
        raise InputError(f"no model of {name} has been trained yet; run: slipway run {name}")
    with events.listening(lambda event: print(event, file=sys.stderr, flush=True)):
        found = garbage.collect(home, name, keep, dry_run)
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        _show(found)


def _show(found: "Removed") -> None:
    would = "would be " if found.dry_run else ""
    for one in found.kept:
        print(f"kept     {one.version:<9} {', '.join(one.reasons)}")
    for version in found.versions:
        print(f"{would}removed  {version}")
    if found.runs:
        print(f"{would}removed  {len(found.runs)} refused runs, {found.runs[0]} to {found.runs[-1]}")
    if found.artifacts:
        print(f"{would}removed  {found.artifacts} artifacts of runs")
    print(f"{found.freed_mb} MB {'would be' if found.dry_run else 'are'} free")
    for note in found.notes:
        print(f"slipway: note: {note}", file=sys.stderr)
