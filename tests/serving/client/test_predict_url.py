"""`slipway predict --url`, in a process in which TensorFlow cannot be imported."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from starlette.responses import Response

from prediction.wire import tensors
from tests.serving.client.outputs import classification, regression, status
from tests.serving.client.servers import Grpc, Http, free_port, problem

ROOT = Path(__file__).parents[3]
WITHOUT_TENSORFLOW = "import sys; sys.modules['tensorflow'] = None; import slipway; slipway.main()"
MODEL = {"model": "titanic", "version": "1.1.0", "serving_version": 8}
Slipway = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def slipway(models: Path) -> Slipway:
    def slipway(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SLIPWAY_")}
        environment |= {"SLIPWAY_HOME": str(models.parent), "PYTHONPATH": str(ROOT)} | variables
        command = [sys.executable, "-c", WITHOUT_TENSORFLOW, *arguments]
        return subprocess.run(command, cwd=models.parent, env=environment, capture_output=True, text=True, timeout=60)

    return slipway


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr of a command that ended with exit code 2."""
    assert (done.returncode, done.stdout) == (2, ""), done
    (line,) = done.stderr.splitlines()
    return line.removeprefix("slipway: ")


def page(name: str = "titanic", **changes: Any) -> dict[str, Any]:
    """A model's page, as the gateway has it."""
    return {
        "name": name, "task": "BinaryClassification", "label": "Survived", "version": "1.1.0", "serving_version": 8,
        "inputs": {"Age": {"type": "number"}, "Sex": {"type": "string"}}, "outputs": ["class"],
        "classes": ["survived", "died"], "metrics": {}, "example": {"body": {"input": {"Age": 22.0, "Sex": "male"}}},
        "reading": {"missing": ["", "?"], "delimiter": ";"}, "submission": None,
        "versions": [{"version": "1.1.0", "serving_version": 8, "state": "AVAILABLE"}],
    } | changes  # fmt: skip


def survives(value: dict[str, Any]) -> float:
    """What the server in these tests takes for the probability of survival."""
    return 0.25 if value["Age"] is None else 0.75 if value["Sex"] == "female" else 0.5


def as_gateway(pages: dict[str, dict[str, Any]], most: int = 1000) -> Any:
    """Answers as the gateway does: pages by name, and a Titanic model that takes at most ``most`` inputs."""

    def output(value: dict[str, Any]) -> dict[str, Any]:
        p = survives(value)
        probabilities = {"survived": p, "died": 1 - p}
        best = max(probabilities, key=probabilities.__getitem__)
        return {"class": best, "confidence": probabilities[best], "probabilities": probabilities}

    def answer(request: Any, body: bytes) -> Response:
        name = request.url.path.split("/")[3]
        if name not in pages:
            return problem("unknown-model", 404, f"there is no model {name!r}")
        if request.method == "GET":
            return Response(json.dumps(pages[name]))
        received = json.loads(body)
        if len(received.get("inputs", [])) > most:
            return problem("too-large", 413, f"up to {most} inputs are allowed")
        if "input" in received:
            return Response(json.dumps({"output": output(received["input"]), **MODEL}))
        return Response(json.dumps({"outputs": [output(value) for value in received["inputs"]], **MODEL}))

    return answer


def over_grpc(request: Any, context: Any) -> Any:
    ages, sexes = tensors.values(request.inputs["Age_in"]), tensors.values(request.inputs["Sex"])
    people = [{"Age": None if age != age else age, "Sex": sex.decode()} for age, sex in zip(ages, sexes, strict=True)]
    return classification(8, ["survived", "died"], [[survives(person), 1 - survives(person)] for person in people])


@pytest.fixture(params=["gateway", "grpc"])
def url(request: pytest.FixtureRequest, gateway: Http, model_server: Grpc) -> str:
    gateway.answer = as_gateway({"titanic": page(reading={"missing": [""]})})
    model_server.answer = over_grpc
    model_server.status = lambda request, context: status((7, "AVAILABLE"), (8, "AVAILABLE"))
    return gateway.url if request.param == "gateway" else f"grpc://{model_server.address}"


def test_an_answer_is_printed_as_in_process(slipway: Slipway, url: str) -> None:
    done = slipway("predict", "titanic", '{"Age": 4, "Sex": "female"}', "--url", url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "class:      survived",
        "confidence: 75.0%   (survived 75.0%, died 25.0%)",
        "model:      titanic 1.1.0 (8)",
    ]
    done = slipway("predict", "titanic", '{"Age": 4, "Sex": "female"}', "--url", url, "--json")
    output = {"class": "survived", "confidence": 0.75, "probabilities": {"survived": 0.75, "died": 0.25}}
    assert json.loads(done.stdout) == {"output": output, **MODEL}


def test_an_example_of_the_server_s_model(slipway: Slipway, url: str) -> None:
    assert json.loads(slipway("predict", "titanic", "--url", url, "--example").stdout) == {"Age": 22.0, "Sex": "male"}


def test_a_file_is_streamed_through_the_server(slipway: Slipway, url: str, tmp_path: Path) -> None:
    rows = ["Id,Age,Sex", *(f"{i},{i % 7 or ''},{('female', 'male', '')[i % 3]}" for i in range(2500))]
    (tmp_path / "in.csv").write_text("\n".join(rows) + "\n")
    out = tmp_path / "out.parquet"
    arguments = ("predict", "titanic", "--file", str(tmp_path / "in.csv"), "--out", str(out), "--probabilities")
    done = slipway(*arguments, "--url", url)
    assert done.returncode == 0, done.stderr
    assert "rows:       2,500 in " in done.stdout and f"asked of {url}" in done.stdout
    found = parquet.read_table(out).to_pylist()
    assert [row["Id"] for row in found] == [str(i) for i in range(2500)]
    for i, row in enumerate(found):
        p = survives({"Age": i % 7 or None, "Sex": ("female", "male", "")[i % 3]})
        assert (row["p(survived)"], row["p(died)"], row["confidence"]) == (p, 1 - p, max(p, 1 - p))


def test_a_part_that_is_too_large_is_sent_in_smaller_ones(slipway: Slipway, gateway: Http, tmp_path: Path) -> None:
    gateway.answer = as_gateway({"titanic": page()}, most=10)
    (tmp_path / "in.csv").write_text("Age;Sex\n" + "".join(f"{i};male\n" for i in range(50)) + "?;male\n")
    arguments = ("--file", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv"))
    assert slipway("predict", "titanic", *arguments, "--url", gateway.url).returncode == 0
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert (
        lines[1] == "0,male,survived,0.5" and lines[-1] == "?,male,died,0.75"
    )  # as the training file's cells are read
    assert {path for method, path, _ in gateway.seen if method == "POST"} == {
        "/v1/models/titanic/versions/1.1.0/predict"
    }


def test_a_refused_row_is_named_and_a_failing_server_gets_no_request_per_row(
    slipway: Slipway, gateway: Http, tmp_path: Path
) -> None:
    (tmp_path / "in.csv").write_text("Age;Sex\n" + "1;male\n" * 5 + "666;male\n")
    good = as_gateway({"titanic": page()})

    def refuse(request: Any, body: bytes) -> Response:
        if b"666" in body:
            return problem("invalid-input", 422, "titanic: 666 is refused")
        return good(request, body)

    gateway.answer = refuse
    arguments = ("--file", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv"), "--url", gateway.url)
    message = refusal(slipway("predict", "titanic", *arguments))
    assert message == f"{tmp_path}/in.csv, row 6: titanic: 666 is refused"
    gateway.answer = lambda request, body: (
        problem("bad-upstream", 502, "no answer") if request.method == "POST" else good(request, body)
    )
    gateway.seen.clear()
    assert refusal(slipway("predict", "titanic", *arguments)) == "no answer"
    assert len(gateway.seen) == 2 and not (tmp_path / "out.csv").exists()


def test_a_picture_is_read_here_and_sent(slipway: Slipway, gateway: Http, tmp_path: Path) -> None:
    inputs = {"image": {"type": "image"}}
    gateway.answer = lambda request, body: Response(
        json.dumps(page("shades", inputs=inputs, classes=None, example={"body": {"input": "AA=="}}))
        if request.method == "GET"
        else json.dumps({"output": {"value": 2}, **MODEL})
    )
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = slipway("predict", "shades", str(tmp_path / "x.png"), "--url", gateway.url)
    assert done.stdout.startswith("value:      2\n"), done
    assert json.loads(gateway.bodies[-1]) == {"input": {"b64": base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()}}
    assert gateway.seen[-1][1] == "/v1/models/shades/predict"  # no probabilities are requested of a regression
    assert "cannot read the picture nope.png" in refusal(slipway("predict", "shades", "nope.png", "--url", gateway.url))


def test_a_regression_over_grpc(slipway: Slipway, model_server: Grpc) -> None:
    model_server.status = lambda request, context: status((5, "AVAILABLE"))
    model_server.answer = lambda request, context: regression(
        5, [value * 2 for value in tensors.values(request.inputs["Area"])]
    )
    done = slipway("predict", "houses", '{"Area": 3}', "--url", f"grpc://{model_server.address}", "--json")
    assert json.loads(done.stdout)["output"] == {"value": 6.0}


def test_the_version_option_selects_a_version(slipway: Slipway, gateway: Http, model_server: Grpc) -> None:
    gateway.answer = as_gateway({"titanic": page()})
    for version in ("1.1.0", "8", "1.0.0"):
        assert (
            slipway(
                "predict", "titanic", '{"Age": 1, "Sex": ""}', "--url", gateway.url, "--version", version
            ).returncode
            == 0
        )
        assert gateway.seen[-1][1] == f"/v1/models/titanic/versions/{version}/predict?probabilities=true"
    model_server.status = lambda request, context: status((7, "AVAILABLE"), (8, "AVAILABLE"))
    model_server.answer = lambda request, context: classification(7, ["died", "survived"], [[0.75, 0.25]])
    done = slipway("predict", "titanic", "{}", "--url", f"grpc://{model_server.address}", "--version", "1.0.0")
    assert "died 75.0%" in done.stdout and "titanic 1.0.0 (7)" in done.stdout
    assert model_server.seen[-1].model_spec.version.value == 7


def test_the_key_is_an_option_or_a_variable(slipway: Slipway, gateway: Http) -> None:
    gateway.answer = as_gateway({"titanic": page()})
    question = ("predict", "titanic", '{"Age": 1, "Sex": ""}', "--url", gateway.url)
    slipway(*question, "--api-key", "slk_option")
    slipway(*question, SLIPWAY_API_KEY="slk_variable")
    keys = [headers.get("authorization") for _, _, headers in gateway.seen]
    assert keys == ["Bearer slk_option"] * 2 + ["Bearer slk_variable"] * 2
    gateway.answer = lambda request, body: problem("key-missing", 401, "the request has no API key")
    message = refusal(slipway(*question))
    assert message == "the request has no API key; --api-key KEY or $SLIPWAY_API_KEY gives the command a key"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("titanic", '{"Age": "old"}'), "titanic, field 'Age': received 'old'; a finite number"),
        (("titanic", "Age=4"), "INPUT 'Age=4' is not JSON"),
        (("titanic",), "INPUT is missing"),
        (("nope", "{}"), "no model 'nope' in "),
        (
            ("titanic", "{}", "--version", "9.9.9"),
            "titanic has no card of version '9.9.9'; there are cards of 1.0.0 (7)",
        ),
        (("titanic", "--file", "nope.csv", "--out", "-"), "--file nope.csv: no such file or folder"),
    ],
)
def test_mistakes_are_one_line(slipway: Slipway, model_server: Grpc, arguments: tuple[str, ...], message: str) -> None:
    model_server.status = lambda request, context: status((8, "AVAILABLE"))
    assert message in refusal(slipway("predict", *arguments, "--url", f"grpc://{model_server.address}"))


def test_a_server_that_is_away_or_no_server(slipway: Slipway) -> None:
    port = free_port()
    for url, message in (
        (f"http://127.0.0.1:{port}", "start it with: slipway gateway"),
        (f"grpc://127.0.0.1:{port}", "start it with: slipway serve"),
        (f"127.0.0.1:{port}", "or grpc://HOST:PORT of a model server (slipway serve) is expected"),
        ("http://", "one such as http://127.0.0.1:8080 is expected"),
    ):
        assert refusal(slipway("predict", "titanic", "{}", "--url", url)).endswith(message)
