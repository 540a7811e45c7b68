"""Versions: pinned, swapped without a loss, by label and by weight."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import grpc

from prediction.wire import tf_serving_pb2 as wire
from tests.serving.gateway.conftest import NUMBER, STRING, Start, World
from tests.serving.gateway.model_server import AVAILABLE, END, LOADING, Failure
from tests.serving.gateway.running import Running, eventually
from tests.serving.gateway.test_refusals import problem

INPUT: dict[str, Any] = {"input": {"Sex": "male"}}
OTHER = {"inputs": {"Sex": {**STRING, "tensor": "Sex"}, "Fare": {**NUMBER, "tensor": "Fare"}}}


def version(gateway: Running, path: str = "") -> str:
    answer = gateway.predict("titanic", INPUT, path=f"/v1/models/titanic{path}/predict")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["version"])


def test_a_version_is_selected_by_its_semantic_or_integer_version(own: World, start: Start) -> None:
    own.push("titanic", "1.1.0", 2)
    gateway = start(own)
    assert version(gateway) == "1.1.0"
    assert version(gateway, "/versions/1.0.0") == version(gateway, "/versions/1") == "1.0.0"
    found = problem(
        gateway.predict("titanic", INPUT, path="/v1/models/titanic/versions/9.0.0/predict"), 404, "unknown-version"
    )
    assert found["allowed"] == ["1.1.0", "1.0.0"]


def test_each_version_has_a_page(own: World, start: Start) -> None:
    reading = {"missing": ["?"], "delimiter": ";"}
    own.push("titanic", "2.0.0", 2, LOADING, **OTHER, reading=reading)
    gateway = start(own)
    pages = {
        path: gateway.http.get(f"/v1/models/titanic{path}").json() for path in ("", "/versions/1.0.0", "/versions/2")
    }
    assert [page["version"] for page in pages.values()] == [
        "1.0.0",
        "1.0.0",
        "2.0.0",
    ]  # without one, that which answers
    assert [page["ready"] for page in pages.values()] == [True, True, False]
    found = pages["/versions/2"]
    assert list(found["inputs"]) == ["Sex", "Fare"] and (found["reading"], found["submission"]) == (reading, None)
    assert found["example"]["url"] == f"{gateway.url}/v1/models/titanic/versions/2/predict"
    problem(gateway.http.get("/v1/models/titanic/versions/9.0.0"), 404, "unknown-version")


def test_a_version_that_is_not_loaded_is_not_asked(own: World, start: Start) -> None:
    own.push("titanic", "1.1.0", 2, LOADING)
    own.push("titanic", "1.2.0", 3, END)
    gateway = start(own)
    assert version(gateway) == "1.0.0"
    loading = gateway.predict("titanic", INPUT, path="/v1/models/titanic/versions/1.1.0/predict")
    problem(loading, 503, "model-not-ready")
    assert loading.headers["retry-after"] == "1"
    problem(gateway.predict("titanic", INPUT, path="/v1/models/titanic/versions/1.2.0/predict"), 404, "unknown-version")


def test_a_hot_swap_loses_no_request_and_the_new_card_reads_the_input(own: World, start: Start) -> None:
    """The old version vanishes between two polls; its inputs are other columns than the new one's."""
    gateway = start(own)
    failed: list[str] = []
    seen: Counter[str] = Counter()
    done = threading.Event()

    def send() -> None:
        while not done.is_set():
            answer = gateway.predict("titanic", INPUT)
            if answer.status_code != 200:
                failed.append(answer.text)
            else:
                seen[answer.json()["version"]] += 1

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()

    def retried() -> bool:
        retries = [line for line in gateway.http.get("/metrics").text.splitlines() if "version vanished" in line]
        return bool(retries) and float(retries[0].split()[-1]) > 0

    eventually(lambda: seen["1.0.0"] > 5)
    number = 1
    while number < 6 or not retried():  # whether a request meets a version that has just gone is a matter of luck
        number += 1
        assert number < 30, "no request ever met a version that had gone"
        own.push("titanic", f"{number}.0.0", number, **(OTHER if number % 2 == 0 else {}))
        own.server.states["titanic"] = {number - 1: END, number: AVAILABLE}
        eventually(lambda number=number: seen[f"{number}.0.0"] > 5)  # type: ignore[misc]
    done.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert set(seen) == {f"{n}.0.0" for n in range(1, number + 1)}


def test_a_version_without_a_card_is_not_asked(own: World, start: Start) -> None:
    own.server.states["titanic"][2] = AVAILABLE
    gateway = start(own)
    assert version(gateway) == "1.0.0"
    entries = gateway.http.get("/v1/models/titanic").json()["versions"]
    assert entries[0] == {"version": None, "serving_version": 2, "state": "AVAILABLE"}


def test_a_card_that_cannot_be_read_is_reported_and_left_out(own: World, start: Start) -> None:
    card = own.models / "titanic" / "2" / "assets.extra" / "model_card.json"
    card.parent.mkdir(parents=True)
    card.write_text("{}")
    (own.models / "titanic" / "tmp").mkdir()
    own.server.states["titanic"][2] = AVAILABLE
    gateway = start(own)
    assert version(gateway) == "1.0.0"
    (line,) = [line for line in gateway.log if line["event"] == "a model without a card is not served"]
    assert "titanic/2 has no readable card" in line["error"]


def test_a_new_model_is_seen_and_one_that_is_gone_is_not(own: World, start: Start) -> None:
    gateway = start(own)
    card = own.push("reviews", "1.0.0", 1)
    other = card.write
    del other
    (own.models / "mpg").rename(own.home / "away")
    eventually(lambda: gateway.predict("mpg", {"input": {}}).status_code == 404)
    (own.home / "away").rename(own.models / "mpg")
    eventually(lambda: gateway.predict("mpg", {"input": {"weight": 1}}).status_code == 200)


def test_it_is_ready_when_every_model_can_be_asked(own: World, start: Start) -> None:
    own.server.states["titanic"] = {1: LOADING}
    gateway = start(own, ready=False)
    eventually(lambda: gateway.http.get("/readyz").json().get("reasons") == ["titanic: version 1 is LOADING"])
    answer = gateway.http.get("/readyz")
    problem(answer, 503, "model-not-ready")
    assert answer.headers["retry-after"] == "1"
    problem(gateway.predict("titanic", INPUT), 503, "model-not-ready")
    assert gateway.predict("mpg", {"input": {"weight": 1}}).status_code == 200
    own.server.states["titanic"] = {1: END}
    eventually(lambda: "version 1 is END (no such file)" in gateway.http.get("/readyz").text)
    own.server.states["titanic"] = {}
    eventually(lambda: "does not know it" in gateway.http.get("/readyz").text)
    own.server.states["titanic"] = {1: AVAILABLE}
    eventually(lambda: gateway.http.get("/readyz").json() == {"status": "ready"})


def test_a_label_of_the_model_server_is_followed(own: World, start: Start) -> None:
    own.push("titanic", "1.1.0", 2, **OTHER)
    own.server.labels["titanic", "stable"] = 1
    gateway = start(own)
    assert version(gateway, "/labels/stable") == "1.0.0"
    own.server.labels["titanic", "stable"] = 2
    eventually(lambda: version(gateway, "/labels/stable") == "1.1.0")
    problem(gateway.predict("titanic", INPUT, path="/v1/models/titanic/labels/no/predict"), 404, "unknown-version")


def configuration(file: Path, weights: str, labels: str = "") -> str:
    """Writes a configuration as an editor does: under another name first."""
    draft = file.with_suffix(".new")
    draft.write_text(f"[models.titanic.weights]\n{weights}\n[models.titanic.labels]\n{labels}\n")
    draft.rename(file)
    return str(file)


def shares(gateway: Running, requests: int = 200) -> dict[str, float]:
    seen = Counter(version(gateway) for _ in range(requests))
    return {name: count / requests for name, count in seen.items()}


def test_weights_share_the_requests_and_can_change_while_it_runs(own: World, start: Start, tmp_path: Path) -> None:
    own.push("titanic", "1.1.0", 2)
    file = tmp_path / "gateway.toml"
    gateway = start(own, "--config", configuration(file, '"1.0.0" = 80\n"1.1.0" = 20', 'stable = "1.0.0"'))
    assert 0.08 < shares(gateway)["1.1.0"] < 0.35  # six standard deviations around 0.2 is 0.03 to 0.37
    assert version(gateway, "/labels/stable") == "1.0.0"
    assert gateway.http.get("/v1/models/titanic").json()["labels"] == {"stable": "1.0.0"}
    configuration(file, '"1.1.0" = 1', 'stable = "1.1.0"')
    eventually(lambda: version(gateway, "/labels/stable") == "1.1.0")
    assert shares(gateway, 50) == {"1.1.0": 1.0}


def test_an_edit_that_is_wrong_is_reported_and_changes_nothing(own: World, start: Start, tmp_path: Path) -> None:
    own.push("titanic", "1.1.0", 2)
    file = tmp_path / "gateway.toml"
    gateway = start(own, "--config", configuration(file, '"1.0.0" = 1'))
    configuration(file, '"1.0.0" = -1')
    eventually(lambda: any("models.titanic.weights.1.0.0: received -1" in str(line) for line in gateway.log))
    assert shares(gateway, 30) == {"1.0.0": 1.0}
    file.unlink()
    eventually(lambda: any("file gone" in line["event"] for line in gateway.log))
    assert shares(gateway, 30) == {"1.0.0": 1.0}
    configuration(file, '"1.1.0" = 1')
    eventually(lambda: version(gateway) == "1.1.0")


def test_a_weight_of_a_version_that_is_not_loaded_goes_to_the_others(own: World, start: Start, tmp_path: Path) -> None:
    file = configuration(tmp_path / "gateway.toml", '"1.0.0" = 1\n"3.0.0" = 99')
    gateway = start(own, "--config", file)
    assert shares(gateway, 30) == {"1.0.0": 1.0}
    configuration(Path(file), '"3.0.0" = 99')
    eventually(lambda: gateway.predict("titanic", INPUT).status_code == 503)
    assert "3.0.0" in problem(gateway.predict("titanic", INPUT), 503, "model-not-ready")["detail"]


def test_a_version_reported_available_but_not_found_ends_in_404(own: World, start: Start) -> None:
    gateway = start(own)

    def gone(request: wire.PredictRequest) -> None:
        raise Failure(grpc.StatusCode.NOT_FOUND, "Servable not found for request")

    own.server.before = gone
    problem(gateway.predict("titanic", INPUT), 404, "unknown-version")
    assert len(own.server.requests) == 3
