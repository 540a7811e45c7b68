"""`slipway simulate`: a compiled pipeline run on this machine, without a cluster."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import options
from schemas.exit_codes import ExitCode
from schemas.home import Home

if TYPE_CHECKING:
    from pipelines.kubeflow.simulate.record import Result


def simulate(
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="A pipeline that `slipway compile` wrote.")],
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Stands for the cluster's volumes, DIR/CLAIM for each; $SLIPWAY_HOME/cluster without it.",
        ),
    ] = None,
    cluster: Annotated[
        Path | None,
        typer.Option(
            metavar="CLUSTER.yaml", help="Declares images, claims, Secrets, services and nodes of the cluster."
        ),
    ] = None,
    parameters: Annotated[
        list[str] | None, typer.Option("-p", "--param", metavar="KEY=VALUE", help="A parameter of the pipeline.")
    ] = None,
    kill: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TASK[:WHEN]",
            help="Kill a task's first pod: 5s after its start, at a line of its output that matches a REGEX, or at REGEX+5s.",
        ),
    ] = None,
    docker: Annotated[
        bool,
        typer.Option("--docker", help="Run each task as a Docker container of its image, with a pod's restrictions."),
    ] = False,
    backoff_scale: Annotated[
        float, typer.Option(min=0, max=1, help="The share of each retry's back-off that is waited: 0 none, 1 all.")
    ] = 0.0,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Run a compiled pipeline's tasks on this machine: what a cluster would do, without one.

    As processes the commands run with this Python and no image, as containers with --docker: with the image, the memory limit
    and the user of the file, and a read-only root. Network and GPUs are not simulated.
    """
    from cli.simulate_display import TaskDisplay
    from pipelines.kubeflow.simulate import cluster as declared
    from pipelines.kubeflow.simulate.command import SimulationRequest
    from pipelines.kubeflow.simulate.command import simulate as run
    from pipelines.kubeflow.simulate.record import failures

    place = (folder or Home.from_environment().root / "cluster").absolute()
    there = declared.read(cluster) if cluster else declared.default()
    request = SimulationRequest(file, place, there, parameters or (), kill or (), backoff_scale, docker)
    with TaskDisplay() as display:
        result = run(request, display)
    if as_json:
        print(json.dumps(result))
    else:
        _show(result)
    if failed := failures(result):
        typer.echo(f"slipway: {'; '.join(failed)}", err=True)
        raise typer.Exit(ExitCode.FAILED)


def _show(result: "Result") -> None:
    made = [task for task in result["tasks"].values() if task["attempts"]]
    pods = sum(len(task["attempts"]) for task in made)
    print(
        f"run {result['run_id']}: {result['state'].lower()}, {len(made)} tasks, {pods} pods, {result['seconds']:.1f} s"
    )
    for home in result["homes"] if result["state"] == "SUCCEEDED" else ():
        print(f"models: SLIPWAY_HOME={home} slipway serve")
