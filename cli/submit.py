"""`slipway submit`: a run of a dataset's pipeline on Kubeflow Pipelines."""

import json
import os
import shlex
import sys
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import typer

from cli import options
from cli.settings_options import given
from schemas.errors import InputError
from schemas.exit_codes import ExitCode

if TYPE_CHECKING:
    from pipelines.kubeflow.api import Api
    from pipelines.kubeflow.submit import Submission


class Report(TypedDict, total=False):
    """What ``slipway submit --json`` prints; the keys are those that the options led to.

    Attributes:
      dataset: the page's name.
      version, uploaded: the pipeline's version on the server, and whether it is new there.
      schedule, recurring_run_id, replaced: of ``--schedule``, and how many earlier ones it takes the place of.
      run_id, url: of a run, and its page.
      state, tasks, result: how a run that was followed ended, its tasks' seconds, and what ``run --json`` would print.
    """

    dataset: str
    version: str
    uploaded: bool
    schedule: str | None
    recurring_run_id: str
    replaced: int
    run_id: str
    url: str
    state: str
    tasks: Any
    result: dict[str, Any] | None


def submit(
    context: typer.Context,
    name: options.Name,
    host: Annotated[
        str, typer.Option(help="Kubeflow Pipelines: http(s)://HOST[:PORT]. Its token: $SLIPWAY_KFP_TOKEN.")
    ],
    namespace: Annotated[str, typer.Option(help="Your profile's, where the server has several users.")] = "",
    experiment: Annotated[str, typer.Option(help="Groups runs; made if it is not there.")] = "slipway",
    param: Annotated[
        list[str] | None, typer.Option("--param", metavar="KEY=VALUE", help="A parameter of the run, e.g. limit=1000.")
    ] = None,
    schedule: Annotated[
        str | None, typer.Option(metavar="CRON", help="Run again and again, e.g. '0 3 * * 1', instead of now.")
    ] = None,
    run_id: Annotated[str | None, typer.Option(metavar="ID", help="Follow this run instead of starting one.")] = None,
    follow: Annotated[bool, typer.Option(help="Wait for the end of the run and show its steps and its result.")] = True,
    service_account: Annotated[
        str, typer.Option(help="Whose rights the pods have; the server's default without it.")
    ] = "",
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Run a dataset's pipeline on Kubeflow Pipelines, now or by a schedule, and follow the run."""
    from pipelines.kubeflow.layout import Options

    layout = given(context, Options)
    options.need_kubeflow()
    from pipelines.kubeflow import api as kubeflow
    from pipelines.kubeflow import compiler, cron
    from pipelines.kubeflow.submit import Submission, values

    if schedule is not None and run_id is not None:
        raise InputError(
            f"--schedule: received {schedule!r} with --run-id, which follows one run; leave one of them out"
        )
    # All options are checked before the server is called: a mistake must not leave an uploaded version behind.
    when = cron.for_kubeflow(schedule) if schedule is not None else None
    submission = Submission(name, layout, values(name, param or []), experiment, service_account)
    server = kubeflow.Api(host, namespace, os.environ.get(kubeflow.TOKEN, ""))
    report: Report = {"dataset": name}
    if run_id is None:
        if note := compiler.note_of_image(name):
            print(f"slipway: note: {note}", file=sys.stderr)
        version = submission.upload(server)
        report |= {"version": version.name, "uploaded": version.new}
        print(f"{'uploaded' if version.new else 'already there:'} version {version.name}", file=sys.stderr)
        if when is not None:
            _scheduled(report, schedule, *submission.schedule(server, version, when), as_json)
            return
        run_id = submission.start(server, version)
        print(f"run {run_id}: {server.page_of(run_id)}", file=sys.stderr)
    report |= {"run_id": run_id, "url": server.page_of(run_id)}
    code = _follow(server, submission, report, as_json) if follow else ExitCode.DONE
    if as_json:
        print(json.dumps(report))
    if code:
        raise typer.Exit(code)


def _scheduled(report: Report, schedule: str | None, recurring_run: str, replaced: int, as_json: bool) -> None:
    report |= {"schedule": schedule, "recurring_run_id": recurring_run, "replaced": replaced}
    if as_json:
        print(json.dumps(report))
    else:
        print(
            f"recurring run {recurring_run} ({schedule}, in the server's time zone){', in place of the last' * bool(replaced)}"
        )


def _follow(server: "Api", submission: "Submission", report: Report, as_json: bool) -> int:
    """Follows the run to its end, or to an interrupt; completes the report and returns the exit code."""
    try:
        return _follow_to_the_end(server, submission, report, as_json)
    except KeyboardInterrupt:  # the run itself goes on in the cluster
        again = sys.argv[1:] if "--run-id" in sys.argv else [*sys.argv[1:], "--run-id", report["run_id"]]
        print(f"no longer followed; follow it again with: {shlex.join(['slipway', *again])}", file=sys.stderr)
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def _follow_to_the_end(server: "Api", submission: "Submission", report: Report, as_json: bool) -> int:
    from rich.console import Console

    from cli import console
    from pipelines.kubeflow import following

    run_id, tasks = report["run_id"], submission.tasks
    with console.showing():
        run = following.follow(server, run_id, tasks)
    report |= {"state": run.state, "tasks": following.seconds(run, tasks), "result": None}
    if run.state != following.SUCCEEDED:
        print(f"slipway: {_why(run, following.failed(run, tasks), submission.dataset)}", file=sys.stderr)
        return ExitCode.FAILED
    result = submission.result(server, run_id)
    if result is None:
        where = "the output `result` of the task that holds the Pusher"
        print(f"the run succeeded; whether the model was blessed stands in {where}: {report['url']}", file=sys.stderr)
        return ExitCode.DONE
    report["result"] = result.to_json()
    if not as_json:
        console.show_result(result, Console(), None)
    return ExitCode.DONE if result.blessed else ExitCode.NOT_BLESSED


def _why(run: Any, failed: list[str], dataset: str) -> str:
    """One line on a run that did not succeed, with the command that shows why."""
    message = " ".join(((run.error and run.error.message) or "").split())[:300]
    ended = f"the run ended as {run.state}{f' ({message})' if message else ''}"
    if not failed:
        return ended
    # A pod's name is not known here, and a retry has another one; its labels are the run's and the task's.
    labels = f"slipway/dataset={dataset},app.kubernetes.io/component={failed[0]},pipeline/runid={run.run_id}"
    return f"{ended}: {', '.join(failed)} failed; see: kubectl logs -c main --tail 30 -l {labels}"
