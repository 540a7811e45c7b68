"""`slipway bless`: a refused model is pushed because a person says so."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Debug, Json, Name, Why

if TYPE_CHECKING:
    from registry.version_map import Entry
    from schemas.home import Home
    from schemas.records import Check


def bless(
    name: Name,
    run: Annotated[str, typer.Argument(help="The run whose model was refused, as `slipway versions` shows it.")],
    force: Annotated[bool, typer.Option("--force", help="Push it in spite of the checks that it failed.")] = False,
    why: Why = "",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Push a model that its checks refused; the reason is recorded. Without --force, show which checks those were."""
    from cli.registry import locked, make_baseline
    from registry import dossier, forcing, removal
    from schemas.errors import InputError
    from schemas.exit_codes import ExitCode
    from schemas.home import Home

    if force and not why.strip():
        raise InputError('--why is missing: a forced blessing is recorded with its reason, such as --why "..."')
    home = Home.from_environment()
    with locked(home, name) as registry:
        entry, record = forcing.refused(registry, name, run)
        failed = [check for check in entry.checks if not check.passed]
        if not force:
            _refuse(name, run, failed, as_json)
            raise typer.Exit(ExitCode.NOT_BLESSED)
        entry = forcing.force(home.models(name), registry, entry, record, why.strip())
        # The report on the refused model: the version's own has the decision in it.
        removal.remove(home.reports(name) / dossier.REFUSED / run)
        assert entry.decision is not None
        compared = make_baseline(home, name, str(entry.version), entry.decision)
    _report(name, home, entry, failed, compared, as_json)


def _refuse(name: str, run: str, failed: list["Check"], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"dataset": name, "run_id": run, "blessed": False, "failed": [c.to_json() for c in failed]}))
    else:
        print(f"not blessed: the model of run {run} failed {len(failed)} of its checks")
        _print_checks(failed)
    print(f'slipway: to push it in spite of them: slipway bless {name} {run} --force --why "..."', file=sys.stderr)


def _report(name: str, home: "Home", entry: "Entry", failed: list["Check"], compared: bool, as_json: bool) -> None:
    from cli.registry import note_baseline

    folder = home.models(name) / str(entry.serving_version)
    if as_json:
        found = {
            "dataset": name,
            "run_id": entry.run_id,
            "blessed": True,
            "version": entry.version,
            "serving_version": entry.serving_version,
            "pushed_to": str(folder),
            "decision": entry.decision,
            "failed": [check.to_json() for check in failed],
            "baseline": compared,
        }
        print(json.dumps(found))
    else:
        print(f"{name} {entry.version} is pushed, by force: {folder}")
        _print_checks(failed)
        print(f"report: slipway report {name}@{entry.version}")
    note_baseline(compared)


def _print_checks(failed: list["Check"]) -> None:
    from rich.console import Console

    from cli.console import check_line

    for check in failed:
        Console().print(check_line(check), highlight=False, soft_wrap=True)
