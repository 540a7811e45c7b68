"""`slipway predict`: one input, or a whole file or folder."""

import json
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import Debug, Json, Name

if TYPE_CHECKING:
    from prediction.files.file_request import FileRequest


def predict(
    name: Name,
    value: Annotated[
        str | None, typer.Argument(metavar="INPUT", help="A JSON object of columns, a text, or the path of a picture.")
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            metavar="INPUT",
            help="Predict a .csv, .jsonl (compressed or not), .parquet, .arrow, .tfrecord or .txt file, or a folder.",
        ),
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="OUT", help="With --file: the .csv or .parquet to write; - for stdout.")
    ] = None,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="With --file: a column for each class's probability.")
    ] = False,
    submission: Annotated[
        bool, typer.Option("--submission", help="With --file: write the format that Kaggle takes.")
    ] = False,
    version: Annotated[str | None, typer.Option(help="A version of `slipway versions`; the newest without it.")] = None,
    example: Annotated[bool, typer.Option("--example", help="Print an input that the model takes, and end.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also say what pushed the answer: columns, words or pixels.")
    ] = False,
    label: Annotated[
        str, typer.Option(metavar="LABEL", help="With --explain, of several labels: which one; the first without it.")
    ] = "",
    url: Annotated[
        str | None,
        typer.Option(help="Ask a server: http://HOST:PORT of a gateway, grpc://HOST:PORT of a model server."),
    ] = None,
    api_key: Annotated[
        str | None, typer.Option(envvar="SLIPWAY_API_KEY", help="With --url: the key that the gateway asks for.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Ask a pushed model a question, or predict a whole file or folder, in this process or of a server."""
    from cli import predict_display
    from prediction.files import file_request
    from schemas import request_schema
    from schemas.errors import InputError

    request = None if example else file_request.from_options(value, file, out, probabilities, submission, as_json)
    if explain:
        _explain(name, version, value, label, refused=_not_with_explain(file, example, url), as_json=as_json)
        return
    if label:
        raise InputError(f"--label {label}: it says what --explain explains; an answer has all labels")
    with _model(name, version, url, api_key) as model:
        if example:
            print(json.dumps(request_schema.example(model.card), ensure_ascii=False))
        elif request is None:
            answer = model.answer(value)
            print(json.dumps(answer, ensure_ascii=False) if as_json else predict_display.answer_text(answer))
        else:
            _predict_file(model, request)


def _not_with_explain(file: str | None, example: bool, url: str | None) -> str | None:
    """The first option that is given and has no meaning beside --explain."""
    given = {"--file": file is not None, "--example": example, "--url": url is not None}
    return next((option for option, is_given in given.items() if is_given), None)


def _explain(
    name: str, version: str | None, argument: str | None, label: str, *, refused: str | None, as_json: bool
) -> None:
    """Prints an answer of a pushed model, and what it rests on. Raises InputError as ``explaining_pushed.explain`` does."""
    from cli import explanation_display
    from prediction.local_model import read_argument
    from registry import pushed
    from schemas import request
    from schemas.errors import InputError
    from schemas.home import Home
    from schemas.model_card import ModelCard
    from schemas.quiet import output_to

    if refused is not None:
        raise InputError(f"--explain explains one INPUT in this process; leave out {refused}")
    home = Home.from_environment()
    folder = pushed.find(home.models(name), name, version)
    card = ModelCard.read(folder)
    value = read_argument(card, argument)
    request.parse(card, value)  # before TensorFlow is loaded
    with output_to(Path(os.devnull)):  # what TensorFlow prints while it loads
        from components.evaluation import explaining_pushed

        found = explaining_pushed.explain(home, folder, value, label)
    print(json.dumps(found.to_json(), ensure_ascii=False) if as_json else explanation_display.text(found))


def _model(name: str, version: str | None, url: str | None, api_key: str | None) -> AbstractContextManager[Any]:
    """A pushed model of this machine, or one behind a server's address. Raises InputError where there is none."""
    from schemas.home import Home

    models = Home.from_environment().root / "models"
    if url is None:
        from prediction.local_model import LocalModel
        from registry import pushed

        return nullcontext(LocalModel(pushed.find(models / name, name, version)))
    from serving.client.remote_model import RemoteModel

    return RemoteModel(url, api_key, models, name, version)


def _predict_file(model: Any, request: "FileRequest") -> None:
    """Predicts a file or folder, and prints what was done: on stderr where the answers themselves are on stdout."""
    from cli import predict_display
    from prediction.files import batch  # and with it Arrow, which one input does not need
    from prediction.files.file_request import STDOUT

    summary = batch.run(model.card, request, model.load, predict_display.progress)
    in_json = request.as_json
    shown = json.dumps(summary, ensure_ascii=False) if in_json else predict_display.file_text(summary, model.where)
    print(shown, file=sys.stderr if request.out == STDOUT else sys.stdout)
