"""Questions to real models through the studio's own servers, and what happens when these end."""

import base64
import contextlib
import dataclasses
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image as Picture

from prediction.loaded_model import LoadedModel
from registry import labels, pushed
from schemas.home import Home
from schemas.model_card import ModelCard
from studio.asking import form, seen
from studio.settings import Settings
from tests.studio.running import Running, running

PASSENGER = {"Sex": "female", "Age": 38, "Pclass": 1, "Name": 'O\'Brien, Mrs. "Ann" $HOME'}


@pytest.fixture(scope="module")
def served(pushed_models: Home) -> Iterator[Running]:
    with running(pushed_models) as found:
        yield found


def ask(served: Running, name: str, value: object, version: str | None = None) -> dict:
    answer = served.post(f"/api/datasets/{name}/ask", {"input": value, "version": version})
    assert answer.status_code == 200, answer.text
    return answer.json()


def shell(line: str, folder: Path) -> dict:
    return json.loads(subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, check=True).stdout)


def local_answer(home: Home, name: str, value: object, version: str | None = None) -> dict:
    """What the model itself answers in this process."""
    (answer,) = LoadedModel(pushed.find(home.models(name), name, version)).predict([value])
    return answer.as_json()


def until(true: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not become true"
        time.sleep(0.05)


def test_the_servers_start_with_the_first_question_and_answer_as_the_model_does(
    served: Running, tmp_path: Path
) -> None:
    assert served.get("/api/serving").json() == {"state": "stopped", "url": None, "own": True, "error": None}
    reply = ask(served, "titanic", PASSENGER)
    state = served.get("/api/serving").json()
    assert state["state"] == "ready" and reply["curl"].startswith(f"curl '{state['url']}/v1/models/titanic/predict")
    expected = local_answer(served.studio.home, "titanic", PASSENGER)
    assert reply["output"]["class"] == expected["class"]
    assert reply["output"]["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-5)
    assert reply["version"] == "1.1.0" and reply["milliseconds"] > 0
    pasted = shell(reply["curl"], tmp_path)
    assert pasted["output"]["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-5)


def test_an_older_version_is_loaded_when_it_is_asked_for(served: Running, tmp_path: Path) -> None:
    reply = ask(served, "titanic", PASSENGER, "1.0.0")
    expected = local_answer(served.studio.home, "titanic", PASSENGER, "1.0.0")
    assert reply["version"] == "1.0.0"
    assert reply["output"]["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-5)
    assert shell(reply["curl"], tmp_path)["version"] == "1.0.0"
    assert ask(served, "titanic", PASSENGER)["version"] == "1.1.0"
    assert labels.read(served.studio.home.registry("titanic")) == {}  # the user's own


def test_a_question_that_does_not_fit_names_the_field(served: Running) -> None:
    for route in ("ask", "explain"):
        problem = served.post(f"/api/datasets/titanic/{route}", {"input": {"Age": "old"}})
        assert problem.status_code == 422 and problem.headers["content-type"] == "application/problem+json"
        found = problem.json()
        assert found["field"] == "Age" and "'old'" in found["detail"] and "a finite number" in found["detail"]
        assert found["errors"][0]["allowed"].startswith("a finite number")
        unknown = served.post(f"/api/datasets/titanic/{route}", {"input": {"Aeg": 3}}).json()
        assert unknown["field"] == "Aeg" and "Age" in unknown["detail"]


@pytest.mark.parametrize("route", ["ask", "explain"])
@pytest.mark.parametrize(
    ("name", "version", "says"),
    [
        ("titanic", "9.9.9", "its versions are 1.0.0, 1.1.0"),
        ("imdb", None, "slipway run imdb"),
        ("%2e%2e", None, "there is no dataset"),
        ("..%2fregistry", None, ""),
    ],
)
def test_what_was_not_pushed_is_not_found(
    served: Running, route: str, name: str, version: str | None, says: str
) -> None:
    problem = served.post(f"/api/datasets/{name}/{route}", {"input": {}, "version": version})
    assert problem.status_code == 404 and says in problem.json()["detail"]


def test_a_form_has_what_the_card_knows(served: Running) -> None:
    form = served.get("/api/datasets/titanic/form").json()
    fields = {field["name"]: field for field in form["fields"]}
    assert form["version"] == "1.1.0" and form["classes"] == ["died", "survived"]
    assert fields["Age"]["kind"] == "number" and fields["Age"]["optional"] and fields["Age"]["example"] == 35.0
    assert fields["Sex"]["kind"] == "choice" and fields["Sex"]["names"] == ["female", "male"]
    assert fields["Name"]["kind"] == "string"
    assert (fields["Age"]["low"], fields["Age"]["high"]) == (0.42, 80.0)
    assert ask(served, "titanic", form["example"])["output"]
    assert served.get("/api/datasets/titanic/form", version="1.0.0").json()["version"] == "1.0.0"
    digits = served.get("/api/datasets/digits/form").json()
    (picture,) = digits["fields"]
    assert (picture["kind"], picture["height"], picture["width"], picture["channels"]) == ("image", 8, 8, 1)
    assert not picture["optional"] and digits["white_on_black"]


def test_the_names_that_a_model_learned_stand_the_most_frequent_first(pushed_models: Home, tmp_path: Path) -> None:
    found = seen.columns(pushed_models.registry("titanic") / "1.0.0")
    assert found["Embarked"].names == ("S", "C", "Q")
    assert found["Cabin"].names == ()  # too many to choose from
    folder = pushed.find(pushed_models.models("titanic"), "titanic")
    card = ModelCard.read(folder)
    features = {**card.configuration["features"], "Embarked": {"@type": "Category"}}
    learned = dataclasses.replace(card, configuration=card.configuration | {"features": features})
    field = next(field for field in form.form_of(learned, found).fields if field.name == "Embarked")
    assert (field.kind, field.names) == ("choice", ["S", "C", "Q"])
    assert seen.columns(tmp_path) == {}


def png(size: int) -> bytes:
    """Noise, which does not compress."""
    file = io.BytesIO()
    Picture.fromarray(np.random.default_rng(0).integers(0, 255, (size, size), np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("size", [8, 200])
def test_the_curl_line_of_a_picture_works(served: Running, size: int, tmp_path: Path) -> None:
    picture = png(size)
    for value in (base64.b64encode(picture).decode(), {"image": {"b64": base64.b64encode(picture).decode()}}):
        reply = ask(served, "digits", value)
        assert (reply["curl_file"] is None) == (size == 8)
        if reply["curl_file"]:
            (tmp_path / reply["curl_file"]).write_bytes(picture)
        assert shell(reply["curl"], tmp_path)["output"]["class"] == reply["output"]["class"]


def test_a_picture_that_is_none_is_refused(served: Running) -> None:
    problem = served.post("/api/datasets/digits/ask", {"input": base64.b64encode(b"no picture").decode()})
    assert problem.status_code == 422 and problem.json()["field"] == "image"


def test_an_answer_is_explained_by_columns(served: Running) -> None:
    found = served.post("/api/datasets/titanic/explain", {"input": PASSENGER})
    assert found.status_code == 200, found.text
    explanation = found.json()
    output = local_answer(served.studio.home, "titanic", PASSENGER)
    assert explanation["of"] == f"probability of {output['class']}"
    assert explanation["score"] == pytest.approx(output["confidence"], abs=1e-5)
    weights = [part["weight"] for part in explanation["parts"]]
    assert sorted(weights, key=abs, reverse=True) == weights and len(weights) == 9
    assert sum(weights) == pytest.approx(explanation["score"] - explanation["reference_score"], abs=0.01)
    assert next(part for part in explanation["parts"] if part["name"] == "Sex")["value"] == "female"


def test_an_answer_to_a_picture_is_explained_by_pixels(served: Running) -> None:
    example = served.get("/api/datasets/digits/form").json()["example"]
    explanation = served.post("/api/datasets/digits/explain", {"input": example}).json()
    heat = np.array(explanation["heat"])
    assert heat.shape == (8, 8) and explanation["parts"] == []
    assert heat.sum() == pytest.approx(explanation["score"] - explanation["reference_score"], abs=0.02)


@pytest.mark.parametrize("which", [0, 1])
def test_a_killed_server_comes_back_under_its_address(served: Running, which: int, tmp_path: Path) -> None:
    before = ask(served, "titanic", PASSENGER)
    pid = served.studio.serving.pids[which]
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: served.studio.serving.pids[which] not in (None, pid))
    until(lambda: served.get("/api/serving").json()["state"] == "ready")
    assert ask(served, "titanic", PASSENGER)["output"] == before["output"]
    assert shell(before["curl"], tmp_path)["output"]["class"] == before["output"]["class"]


def test_a_version_that_is_pushed_meanwhile_answers(served: Running) -> None:
    ask(served, "digits", base64.b64encode(png(8)).decode())
    models = served.studio.home.models("digits")
    newest = pushed.find(models, "digits")
    number = int(newest.name) + 1
    part = shutil.copytree(newest, models / f".{number}")
    dataclasses.replace(ModelCard.read(part), version="1.0.1", serving_version=number).write(part)
    part.rename(models / str(number))
    try:
        assert ask(served, "digits", base64.b64encode(png(8)).decode())["version"] == "1.0.1"
        assert served.get("/api/datasets/digits/form").json()["version"] == "1.0.1"
    finally:
        shutil.rmtree(models / str(number))


def test_a_gateway_that_runs_elsewhere_is_asked(served: Running, pushed_models: Home) -> None:
    ask(served, "titanic", PASSENGER)
    url = served.studio.serving.url
    assert url is not None
    with running(pushed_models, Settings(gateway=url)) as other:
        assert other.get("/api/serving").json() == {"state": "ready", "url": url, "own": False, "error": None}
        assert ask(other, "titanic", PASSENGER)["version"] == "1.1.0"
        assert other.studio.serving.pids == ()
    with running(pushed_models, Settings(gateway="http://127.0.0.1:9")) as away:
        state = away.get("/api/serving").json()
        assert state["state"] == "failed" and "does not answer" in state["error"]
        problem = away.post("/api/datasets/titanic/ask", {"input": PASSENGER})
        assert problem.status_code == 503 and "cannot be reached" in problem.json()["detail"]


def test_a_server_that_cannot_run_is_a_failure_in_words(pushed_models: Home, tmp_path: Path) -> None:
    root = tmp_path / "home"
    shutil.copytree(pushed_models.models("titanic"), root / "models" / "titanic")
    (root / "studio" / "serving").mkdir(parents=True)
    (root / "studio" / "serving" / "gateway_keys.json").write_text("no keys")
    with running(Home(root, tmp_path)) as broken:
        problem = broken.post("/api/datasets/titanic/ask", {"input": PASSENGER})
        assert problem.status_code == 503
        assert "slipway gateway ends as soon as it is started" in problem.json()["detail"]
        state = broken.get("/api/serving").json()
        assert state["state"] == "failed" and "gateway_keys.json" in state["error"]
        (root / "studio" / "serving" / "gateway_keys.json").unlink()
        assert ask(broken, "titanic", PASSENGER)["version"] == "1.1.0"


_ALONE = """
import asyncio, sys
from pathlib import Path
from schemas.home import Home
from studio.asking.serving import Serving

async def main():
    serving = Serving(Home(Path(sys.argv[1]), Path(sys.argv[1])))
    await serving.client()
    print(*serving.pids, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_the_servers_end_with_a_studio_that_is_killed(pushed_models: Home, tmp_path: Path) -> None:
    root = tmp_path / "home"
    shutil.copytree(pushed_models.models("titanic"), root / "models" / "titanic")
    command = [sys.executable, "-c", _ALONE, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as studio:
        assert studio.stdout is not None
        children = [psutil.Process(int(pid)) for pid in studio.stdout.readline().split()]
        assert len(children) == 2
        studio.kill()
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.wait(60)
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
