import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas import model_card
from schemas.description import Description
from schemas.errors import InputError
from schemas.features import Category, Number
from schemas.model_card import ModelCard
from schemas.models import Tabular
from schemas.tasks import BinaryClassification, MultiLabel, Regression, Several, Task
from schemas.training import Training

MakeCard = Callable[..., ModelCard]


def described(task: Task) -> Description:
    features = {
        "Age": Number(),
        "Title": Category(derived="pipelines.titanic_features:title", of=("Name",)),
    }
    return Description("titanic", task, features)


def test_a_card_is_read_as_it_was_written(tmp_path: Path, make_card: MakeCard) -> None:
    card = make_card(version="1.2.3", serving_version=17, classes=["gesunken", "überlebt"], libraries={"tfx": "1"})
    card.write(tmp_path)
    assert ModelCard.read(tmp_path) == card


def test_a_card_is_json_in_the_extra_assets_and_nothing_else_is_left(tmp_path: Path, make_card: MakeCard) -> None:
    make_card().write(tmp_path)
    files = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert files == ["assets.extra/model_card.json"]
    assert json.loads((tmp_path / files[0]).read_text(encoding="utf-8"))["label"] == "Survived"


def test_a_card_is_written_over_an_older_one(tmp_path: Path, make_card: MakeCard) -> None:
    make_card().write(tmp_path)
    make_card(version="2.0.0").write(tmp_path)
    assert ModelCard.read(tmp_path).version == "2.0.0"


def test_an_interrupted_write_keeps_the_older_card(
    tmp_path: Path, make_card: MakeCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    make_card(version="1.0.0").write(tmp_path)
    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        make_card(version="2.0.0").write(tmp_path)
    assert ModelCard.read(tmp_path).version == "1.0.0"


@pytest.mark.parametrize("content", [None, b"", b'{"name": "titan', b"{}", b"[]", b"null", b'"\xff"', b'{"colour": 1}'])
def test_a_model_folder_without_a_readable_card_is_named(tmp_path: Path, content: bytes | None) -> None:
    model = tmp_path / "17"
    if content is not None:
        (model / "assets.extra").mkdir(parents=True)
        (model / model_card.PATH).write_bytes(content)
    with pytest.raises(InputError) as caught:
        ModelCard.read(model)
    message = str(caught.value)
    assert message.startswith(f"the model folder {model} has no readable card (assets.extra/model_card.json: ")
    assert message.endswith(f"; put its card back, or take the folder out of {tmp_path}")


def test_a_file_in_a_model_folder_s_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "17").touch()
    with pytest.raises(InputError, match="Not a directory"):
        ModelCard.read(tmp_path / "17")


def test_the_interface_is_inputs_outputs_and_classes(make_card: MakeCard) -> None:
    card = make_card()
    assert card.interface == {"inputs": card.inputs, "outputs": card.outputs, "classes": card.classes}
    assert card.interface == make_card(reading={"missing": ["NA"]}, submission={"id": "Id"}).interface


def test_a_classification_s_card_lists_raw_columns_classes_and_outputs() -> None:
    task = BinaryClassification("Survived", ("died", "survived"))
    card = model_card.of_description(
        described(task), ["class", "confidence", "probabilities"], {}, "c0de", {"Age": 3.0}
    )
    assert (card.name, card.task, card.label, card.code) == ("titanic", "BinaryClassification", "Survived", "c0de")
    assert card.inputs == {"Age": {"type": "number", "tensor": "Age"}, "Name": {"type": "string", "tensor": "Name"}}
    assert card.outputs == ["class", "confidence", "probabilities"]
    assert card.classes == ["died", "survived"]
    assert card.example == {"Age": 3.0}
    assert card.version is None


def test_a_regression_s_card_has_a_value_and_no_classes() -> None:
    card = model_card.of_description(described(Regression("price")), ["value"], {}, "c0de", {})
    assert (card.outputs, card.classes) == (["value"], None)


def test_the_configuration_of_a_new_card_survives_writing(tmp_path: Path) -> None:
    # Versions are told apart by comparing a card in memory with one from a file.
    configuration = {"features": {"Age": Number()}, "model": Tabular(hidden=(8, 4)), "training": Training()}
    card = model_card.of_description(described(Regression("price")), ["value"], configuration, "c0de", {})
    card.write(tmp_path)
    assert ModelCard.read(tmp_path).configuration == card.configuration
    assert card.configuration["model"]["hidden"] == [8, 4]


BOTH = Several.of((BinaryClassification("Survived", classes=("no", "yes")), Regression("Fare", quantiles=(0.05, 0.95))))
OUTPUTS = ["Survived.class", "Survived.confidence", "Survived.probabilities", "Fare.value", "Fare.low", "Fare.high"]


def test_a_card_of_several_tasks_has_a_part_for_each_as_if_it_were_the_only_one(tmp_path: Path) -> None:
    card = model_card.of_description(described(BOTH), OUTPUTS, {"task": BOTH}, "c0de", {})
    card = dataclasses.replace(card, metrics={"Survived.auc": 0.9, "Fare.rmse": 30.0})
    card.write(tmp_path)
    card = ModelCard.read(tmp_path)
    assert (card.kind, card.label, card.classes, card.share) == ("several", "Survived", None, None)
    survived, fare = card.parts()
    assert (survived.kind, survived.task, survived.label) == ("class", "BinaryClassification", "Survived")
    assert (survived.classes, survived.outputs) == (["no", "yes"], ["class", "confidence", "probabilities"])
    assert (fare.kind, fare.label, fare.share, fare.outputs) == ("value", "Fare", 0.9, ["value", "low", "high"])
    assert (survived.metrics, fare.metrics) == ({"auc": 0.9}, {"rmse": 30.0})
    assert [model_card.description_of(_featured(part)).task for part in card.parts()] == list(BOTH.tasks)


def _featured(card: ModelCard) -> ModelCard:
    return dataclasses.replace(card, configuration=card.configuration | {"features": {}})


def test_a_card_of_one_task_is_its_only_part(make_card: MakeCard) -> None:
    card = make_card()
    assert card.parts() == (card,)
    assert (card.kind, make_card(task="Regression", classes=None).kind) == ("class", "value")


def test_a_card_of_labels_has_their_classes() -> None:
    card = model_card.of_description(described(MultiLabel("topics", classes=("a", "b"))), ["classes"], {}, "c0de", {})
    assert (card.kind, card.classes, card.tasks) == ("classes", ["a", "b"], None)


def test_the_interface_of_several_tasks_has_their_labels_and_classes() -> None:
    interface = model_card.of_description(described(BOTH), OUTPUTS, {}, "c0de", {}).interface
    assert interface["tasks"] == {"Survived": ["no", "yes"], "Fare": None}
    other = Several.of((BinaryClassification("Survived", classes=("died", "survived")), *BOTH.tasks[1:]))
    assert model_card.of_description(described(other), OUTPUTS, {}, "c0de", {}).interface != interface


def test_a_card_of_an_older_version_has_no_tasks(tmp_path: Path, make_card: MakeCard) -> None:
    make_card().write(tmp_path)
    path = tmp_path / model_card.PATH
    older = json.loads(path.read_text(encoding="utf-8"))
    del older["tasks"]
    path.write_text(json.dumps(older), encoding="utf-8")
    assert ModelCard.read(tmp_path) == make_card()
