"""`slipway doctor`: what is missing here, or in a cluster, and the command that adds it."""

import dataclasses
import itertools
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import options
from schemas.exit_codes import ExitCode

if TYPE_CHECKING:
    from pipelines.kubeflow.doctor import Finding
    from pipelines.kubeflow.doctor.requirements import Requirements

_MARKS = {"ok": "✓", "note": "•", "unknown": "?", "missing": "✗"}


def doctor(
    pipeline: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME|FILE.yaml]",
            help="With --cluster: a dataset, or what slipway compile wrote, to look for its needs.",
        ),
    ] = None,
    cluster: Annotated[bool, typer.Option("--cluster", help="Look at the cluster of the kubeconfig.")] = False,
    context: Annotated[str | None, typer.Option(help="With --cluster: the context of the kubeconfig.")] = None,
    namespace: Annotated[
        str | None, typer.Option(help="With --cluster: where pipelines run; the context's without it.")
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(help="With --cluster: Kubeflow Pipelines, as given to submit; its token: $SLIPWAY_KFP_TOKEN."),
    ] = None,
    service_account: Annotated[
        str | None, typer.Option(help="With --cluster: the account of the pods, as given to submit.")
    ] = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Say what is missing on this machine, or in a cluster, and the command that mends it; exit code 2 if something is."""
    from pipelines.kubeflow.doctor import missing
    from schemas.errors import InputError

    found: list[Finding] = []
    # Checked one after the other while they are shown: each may wait some seconds for a cluster.
    findings: Iterable[Finding]
    if cluster:
        options.need_kubeflow()
        from pipelines.kubeflow.doctor.cluster import Cluster

        checked = Cluster(context, namespace)
        answering = (_answering(one, checked.namespace) for one in [host] if one)
        findings = itertools.chain(checked.findings(_requirements(pipeline), service_account), answering)
    elif pipeline or context or namespace or service_account or host:
        raise InputError(
            "doctor: a pipeline and these options are of use with --cluster alone; add it, or leave them out"
        )
    else:
        from pipelines.kubeflow.doctor import local
        from schemas.home import Home

        findings = local.findings(Home.from_environment())
    for finding in findings:
        found.append(finding)
        if not as_json:
            _show(finding)
    if as_json:
        print(json.dumps({"ok": not missing(found), "findings": [dataclasses.asdict(finding) for finding in found]}))
    if missing(found):
        raise typer.Exit(ExitCode.USAGE)


def _show(finding: "Finding") -> None:
    print(f" {_MARKS[finding.state]} {finding.what}: {finding.said}", flush=True)
    if finding.mend:
        print(f"   → {finding.mend}", flush=True)


def _answering(host: str, namespace: str) -> "Finding":
    """Whether the address answers as Kubeflow Pipelines to this user."""
    from pipelines.kubeflow import api
    from pipelines.kubeflow.doctor import Finding
    from schemas.errors import InputError

    try:
        api.Api(host, namespace, os.environ.get(api.TOKEN, ""))
    except InputError as error:
        return Finding(f"address {host}", "missing", str(error).removeprefix("--host: "))
    return Finding(f"address {host}", "ok", "answers")


def _requirements(pipeline: str | None) -> "Requirements":
    """Of a compiled file, or of a dataset compiled without options: all datasets then need the same."""
    from pipelines.kubeflow import compiler
    from pipelines.kubeflow.doctor import requirements
    from pipelines.kubeflow.layout import Options
    from pipelines.page import catalog

    if pipeline is not None and Path(pipeline).suffix in (".yaml", ".yml"):
        return requirements.read(Path(pipeline))
    name = pipeline or catalog.names()[0]
    compiler.check_page(name)
    return requirements.parse(compiler.compiled(name, Options("slipway-trainer")))
