"""The command line as a whole: each command in its place. Every heavy import happens inside the command that needs it."""

from typing import Annotated

import typer

from cli.bless import bless
from cli.compare import compare
from cli.compile import compile_command
from cli.describe import describe
from cli.diff import diff
from cli.doctor import doctor
from cli.drift import drift
from cli.gateway import gateway, keys_app
from cli.gc import gc
from cli.graph import graph
from cli.kfold import kfold
from cli.label import label
from cli.learning_curve import learning_curve
from cli.list import list_command
from cli.loadtest import loadtest
from cli.metadata import metadata_app
from cli.new import new
from cli.predict import predict
from cli.pull import pull
from cli.push import push
from cli.replay import replay
from cli.report import report
from cli.rollback import rollback
from cli.run import run
from cli.serve import ServeCommand, serve
from cli.settings_options import command_of
from cli.simulate import simulate
from cli.studio import studio
from cli.submit import submit
from cli.tune import tune
from cli.version import show_version
from cli.versions import versions
from cli.workflow import workflow

_LAYOUT = command_of("pipelines.kubeflow.layout:Options", checks_itself=True)
# Tracebacks are for --debug (cli.main); rich's markup would take the brackets of help texts and metavars for styles.
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def slipway(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show versions and exit.")
    ] = False,
) -> None:
    """Slipway builds TensorFlow models, one TFX pipeline per dataset, and launches them."""
    if context.invoked_subcommand is None:
        print(context.get_help())


app.command("list")(list_command)
app.command()(new)
app.command()(describe)
app.command()(graph)
app.command()(run)
app.command()(kfold)
app.command()(workflow)
app.command()(tune)
app.command()(learning_curve)
app.command()(predict)
app.command()(versions)
app.command()(report)
app.command()(diff)
app.command()(label)
app.command()(rollback)
app.command()(bless)
app.command()(gc)
app.command()(compare)
app.command()(drift)
app.command()(replay)
app.command()(push)
app.command()(pull)
app.command("compile", cls=_LAYOUT)(compile_command)
app.command(cls=_LAYOUT)(submit)
app.command()(simulate)
app.command()(doctor)
app.command(cls=ServeCommand)(serve)
app.command(cls=command_of("serving.gateway.settings:Settings"))(gateway)
app.command(cls=command_of("studio.settings:Settings"))(studio)
app.add_typer(keys_app, name="keys")
app.add_typer(metadata_app, name="metadata")
app.command(cls=command_of("serving.load_test.settings:Options"))(loadtest)
