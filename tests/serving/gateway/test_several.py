"""Answers with any number of classes, and with several labels."""

from typing import Any

import schemathesis

from tests.serving.gateway.running import Running

PERSON = {"Age": 22, "Sex": "male"}


def output(gateway: Running, model: str, value: Any, **query: Any) -> Any:
    answer = gateway.predict(model, {"input": value}, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["output"]


def test_an_answer_has_all_of_its_classes(gateway: Running) -> None:
    assert output(gateway, "genres", "a drama of the war") == {"classes": ["drama", "war"]}
    assert output(gateway, "genres", "a comedy") == {"classes": []}
    many = gateway.predict("genres", {"inputs": ["crime", {"plot": "war"}]}).json()
    assert many["outputs"] == [{"classes": ["crime"]}, {"classes": ["war"]}]


def test_every_class_has_a_probability_of_its_own_on_request(gateway: Running) -> None:
    found = output(gateway, "genres", "war", probabilities="true")
    assert found == {"classes": ["war"], "probabilities": {"crime": 0.125, "drama": 0.125, "war": 0.75}}
    best = [{"class": "war", "confidence": 0.75}, {"class": "crime", "confidence": 0.125}]
    assert output(gateway, "genres", "war", top=2) == {"classes": ["war"], "top": best}


def test_several_labels_are_answered_by_their_names(gateway: Running) -> None:
    expected = {"Survived": {"class": "male", "confidence": 0.75}, "Fare paid": {"value": 22.0}}
    assert output(gateway, "voyage", PERSON) == expected
    assert gateway.predict("voyage", {"inputs": [PERSON] * 3}).json()["outputs"] == [expected] * 3


def test_options_hold_for_those_labels_that_have_classes(gateway: Running) -> None:
    found = output(gateway, "voyage", PERSON, probabilities="true", top=1)
    assert found["Survived"]["probabilities"] == {"female": 0.25, "male": 0.75}
    assert found["Survived"]["top"] == [{"class": "male", "confidence": 0.75}]
    assert found["Fare paid"] == {"value": 22.0}


def test_the_page_of_a_model_names_its_tasks(gateway: Running) -> None:
    page = gateway.http.get("/v1/models/voyage").json()
    assert (page["task"], page["classes"]) == ("Several", None)
    assert [(task["label"], task["classes"]) for task in page["tasks"]] == [
        ("Survived", ["female", "male"]),
        ("Fare paid", None),
    ]
    assert "tasks" not in gateway.http.get("/v1/models/titanic").json()


def test_a_label_without_a_finite_answer_is_named(gateway: Running) -> None:
    answer = gateway.predict("voyage", {"inputs": [PERSON, {"Sex": "male"}]})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "inputs[1]: the Fare paid.value that voyage 1.0.0 gives is nan"


def test_the_document_has_the_form_of_each_answer(gateway: Running) -> None:
    document = gateway.http.get("/openapi.json").json()
    assert all(operation.ok() for operation in schemathesis.openapi.from_dict(document).get_all_operations())
    paths = document["paths"]
    assert paths["/v1/models/voyage/predict"]["post"]["summary"] == "Predict Survived, Fare paid with voyage"

    def form(model: str) -> Any:
        responses = paths[f"/v1/models/{model}/predict"]["post"]["responses"]
        return responses["200"]["content"]["application/json"]["schema"]["properties"]["output"]

    assert form("voyage")["properties"].keys() == {"Survived", "Fare paid"}
    assert form("genres")["properties"]["classes"]["items"]["enum"] == ["crime", "drama", "war"]
    assert [one["name"] for one in paths["/v1/models/voyage/predict"]["post"]["parameters"]] == ["probabilities", "top"]
