"""The entry point of a run's pods: some steps of a dataset's pipeline.

    python -m cli.node NAME --node A [--node B ...] --run-id ID [--param KEY=VALUE ...] [--result FILE]

Its exit codes are those of schemas.exit_codes; 0 also where the model was not blessed: the result says so.
"""

import argparse
import dataclasses
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from cli import console
from pipelines import steps, termination
from pipelines.beam import runners
from pipelines.execution import metadata_store, preflight
from pipelines.execution.session import Request
from pipelines.kubeflow.node import Nodes, Task
from pipelines.page import catalog, parameters
from pipelines.page.resolution import resolved
from schemas.errors import InputError, shown
from schemas.exit_codes import ExitCode
from schemas.home import Home, data_root
from schemas.quiet import output_to

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def main(arguments: Sequence[str]) -> int:
    """Reads the command line and the environment, and runs; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        task = _task(options)
        task.logs.mkdir(parents=True, exist_ok=True)
    except InputError as error:
        print(f"slipway: {error}", file=sys.stderr)
        return error.exit_code
    # In this order: the display keeps the stderr of now, before the libraries' output goes to the log.
    with console.showing(), output_to(task.log) as terminal:
        return _run(task, terminal)


def _run(task: Task, terminal: TextIO) -> int:
    """Runs the task's nodes; returns the exit code, and prints a failure on ``terminal``."""
    nodes = Nodes(task)
    termination.at_signal(nodes.abandon)
    try:
        nodes.run()
    except Exception as error:
        traceback.print_exception(error)  # into the log
        known = error if isinstance(error, InputError) else preflight.explained(error, task.request.home)
        line = " ".join(str(known or f"{type(error).__name__}: {str(error)[:500]}").split())
        print(f"slipway: {line} (the libraries' own output is in {task.logs})", file=terminal, flush=True)
        return known.exit_code if known else ExitCode.FAILED
    return ExitCode.DONE


def _task(options: argparse.Namespace) -> Task:
    if not _RUN_ID.fullmatch(options.run_id):
        raise InputError(
            f"--run-id {shown(options.run_id)}: up to 100 letters, digits, points, dashes and underscores are expected; "
            "Kubeflow fills a placeholder in only where it is a whole input of the task"
        )
    _check_known(options.node)
    given = parameters.parse(options.param)
    pipeline = resolved(parameters.applied(catalog.load(options.name), given))
    home = Home.from_environment()
    if given.data:
        home = dataclasses.replace(home, data=data_root(given.data))
    home.prepare(pipeline.name)
    store = metadata_store.from_environment(home)
    # A task without work for Beam need not reach the runner, and may lack its variables.
    beam = any(steps.BY_ID[node].beam for node in options.node)
    beam_args = runners.from_environment() if beam else runners.LOCAL_ARGS
    request = Request(pipeline, home, given.limit, given.cache, given.accept_drift, given.span, given.window, beam_args)
    return Task(request, tuple(options.node), options.run_id, store, options.result)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m cli.node", description="Runs nodes of a dataset's pipeline.")
    parser.add_argument("name", metavar="NAME", help="the dataset")
    parser.add_argument("--node", action="append", required=True, metavar="NODE", help="a node; again for the next one")
    parser.add_argument("--run-id", required=True, metavar="ID", help="the run, which all its tasks share")
    parser.add_argument("--param", action="append", default=[], metavar="KEY=VALUE", help="a parameter of the run")
    parser.add_argument(
        "--result", type=Path, metavar="FILE", help=f"with the node {steps.RESULT_STEP}: write the result as JSON"
    )
    return parser


def _check_known(nodes: Sequence[str]) -> None:
    for node in nodes:
        if node not in steps.BY_ID:
            raise InputError(f"--node {shown(node)}: the pipeline has no such node; it has {', '.join(steps.BY_ID)}")


if __name__ == "__main__":
    given_arguments = sys.argv[1:]
    del sys.argv[1:]  # TFX would hand them to every executor
    termination.end(main(given_arguments))
