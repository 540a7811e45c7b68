"""OpenAPI, the documentation page, and what the models say of themselves."""

import json
import re
import shlex
import shutil
import subprocess
from html.parser import HTMLParser
from typing import Any

import pytest
import schemathesis

from serving.gateway.problems import KINDS
from tests.serving.gateway.conftest import CARDS, Start, World
from tests.serving.gateway.running import Running


@pytest.fixture
def document(gateway: Running) -> dict[str, Any]:
    found: dict[str, Any] = gateway.http.get("/openapi.json").json()
    return found


def test_the_document_is_openapi_that_a_tool_reads_whole(document: dict[str, Any]) -> None:
    operations = list(schemathesis.openapi.from_dict(document).get_all_operations())
    assert len(operations) == 6 + len(CARDS) + 3
    assert all(operation.ok() for operation in operations)
    ids = [operation.get("operationId") for path in document["paths"].values() for operation in path.values()]
    assert len(set(ids)) == len(ids)


def test_each_model_has_its_own_path_with_an_example_that_works(gateway: Running, document: dict[str, Any]) -> None:
    for name in CARDS:
        operation = document["paths"][f"/v1/models/{name}/predict"]["post"]
        body = operation["requestBody"]["content"]["application/json"]["examples"][name]["value"]
        answer = gateway.predict(name, body)
        assert answer.status_code == 200, answer.text


def test_every_status_of_a_problem_is_documented(document: dict[str, Any]) -> None:
    responses = document["paths"]["/v1/models/titanic/predict"]["post"]["responses"]
    assert set(responses) == {"200"} | {str(status) for status, _, _ in KINDS.values()} - {"405", "500"}


def test_the_page_needs_no_other_server(gateway: Running) -> None:
    answer = gateway.http.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", answer.text)


class Page(HTMLParser):
    """The tags' attributes of a page, and whether they are nested well."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def test_the_page_has_a_form_for_each_model_and_a_place_for_each_problem(gateway: Running) -> None:
    page = Page(gateway.http.get("/docs").text)
    forms = [attributes["data-path"] for tag, attributes in page.found if tag == "form"]
    assert sorted(forms) == [f"/v1/models/{name}/predict" for name in sorted(CARDS)]  # type: ignore[type-var]
    assert set(KINDS) <= {attributes.get("id") for _, attributes in page.found}
    assert len([tag for tag, attributes in page.found if attributes.get("type") == "file"]) == 1


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_the_pages_script_is_javascript(gateway: Running) -> None:
    (script,) = re.findall(r"<script>(.*)</script>", gateway.http.get("/docs").text, re.DOTALL)
    assert subprocess.run(["node", "--check", "-"], input=script, text=True).returncode == 0


def test_a_model_that_writes_html_into_its_card_does_not_write_the_page(own: World, start: Start) -> None:
    nasty = "<script>alert(1)</script>"
    inputs = {nasty: {"type": "string", "tensor": "x"}, "other": {"type": "string", "tensor": "y"}}
    own.push("titanic", "1.1.0", 2, inputs=inputs, example={nasty: nasty})
    text = start(own).http.get("/docs").text
    assert nasty not in text and "&lt;script&gt;alert(1)" in text


def test_the_models_are_listed(gateway: Running) -> None:
    models = gateway.http.get("/v1/models").json()["models"]
    assert [model["name"] for model in models] == sorted(CARDS)
    assert models[[model["name"] for model in models].index("titanic")] == {
        "name": "titanic",
        "task": "BinaryClassification",
        "version": "1.0.0",
        "serving_version": 1,
        "ready": True,
        "url": "/v1/models/titanic",
    }


def test_a_models_page_has_its_inputs_and_a_request_that_works(gateway: Running) -> None:
    found = gateway.http.get("/v1/models/titanic").json()
    assert found["inputs"] == {"Age": {"type": "number"}, "Sex": {"type": "string"}}
    assert found["versions"] == [{"version": "1.0.0", "serving_version": 1, "state": "AVAILABLE"}]
    assert found["example"]["body"] == {"input": {"Age": 22.0, "Sex": "male"}}


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
@pytest.mark.parametrize("name", sorted(CARDS))
def test_the_curl_line_of_a_model_works(gateway: Running, name: str) -> None:
    line = gateway.http.get(f"/v1/models/{name}").json()["example"]["curl"]
    done = subprocess.run([*shlex.split(line), "-s"], capture_output=True, text=True, timeout=30)
    assert json.loads(done.stdout)["model"] == name


def test_an_empty_models_folder_is_reported_by_readyz_and_docs(own: World, start: Start) -> None:
    for name in CARDS:
        (own.models / name).rename(own.home / name)
    gateway = start(own, ready=False)
    assert gateway.http.get("/v1/models").json() == {"models": []}
    assert "No model has been pushed" in gateway.http.get("/docs").text
    assert gateway.http.get("/openapi.json").status_code == 200
    assert gateway.http.get("/readyz").status_code == 503
