"""`slipway compile`: a dataset's pipeline as a file for Kubeflow Pipelines v2."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import options
from cli.settings_options import given
from schemas.errors import InputError


def compile_command(
    context: typer.Context,
    name: options.Name,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE.yaml", help="The file to write.")],
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Compile a dataset's pipeline for Kubeflow Pipelines v2; the same options give the same bytes."""
    from pipelines.kubeflow.layout import Options

    layout = given(context, Options)  # before the compiler, which imports kfp: a wrong option is an error at once
    options.need_kubeflow()
    if out.suffix not in (".yaml", ".yml"):
        raise InputError(f"-o: received {str(out)!r}; a name that ends with .yaml is expected")
    from pipelines.kubeflow import compiler

    compiler.check_page(name)
    text = compiler.compiled(name, layout)
    compiler.write(text, out)
    # On stderr: stdout may be the one JSON object.
    if note := compiler.note_of_image(name):
        print(f"slipway: note: {note}", file=sys.stderr)
    tasks = [{"name": task.name, "nodes": task.nodes, "after": task.after} for task in layout.tasks]
    if as_json:
        digest = hashlib.sha256(text.encode()).hexdigest()
        print(json.dumps({"dataset": name, "file": str(out), "sha256": digest, "tasks": tasks}))
        return
    for task in layout.tasks:
        after = f"; after {', '.join(task.after)}" if task.after else ""
        print(f" {task.name:<18}{', '.join(task.nodes)}{after}")
    print(f"wrote {out}; try it with: slipway simulate {out}")
