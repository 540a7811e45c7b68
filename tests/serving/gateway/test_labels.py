"""Labels of the registry (slipway label), followed by a gateway that runs."""

from pathlib import Path

from registry import labels
from tests.serving.gateway.conftest import Start, World
from tests.serving.gateway.model_server import AVAILABLE, LOADING
from tests.serving.gateway.running import Running, eventually
from tests.serving.gateway.test_refusals import problem
from tests.serving.gateway.test_versions import INPUT, configuration, version

PREDICT = "/v1/models/titanic/labels/stable/predict"


def put(own: World, name: str, number: int) -> None:
    """As `slipway label` does."""
    labels.put(own.home / "registry" / "titanic", name, own.server.cards["titanic", number], "")


def listed(gateway: Running) -> dict[str, str]:
    return dict(gateway.http.get("/v1/models/titanic").json()["labels"])


def test_a_label_is_followed_and_listed_without_a_restart(own: World, start: Start) -> None:
    own.push("titanic", "1.1.0", 2)
    gateway = start(own)
    problem(gateway.predict("titanic", INPUT, path=PREDICT), 404, "unknown-version")
    put(own, "stable", 1)
    eventually(lambda: listed(gateway) == {"stable": "1.0.0"})
    assert version(gateway, "/labels/stable") == "1.0.0" and version(gateway) == "1.1.0"
    put(own, "stable", 2)
    eventually(lambda: version(gateway, "/labels/stable") == "1.1.0")
    labels.remove(own.home / "registry" / "titanic", "stable")
    eventually(lambda: gateway.predict("titanic", INPUT, path=PREDICT).status_code == 404)
    assert listed(gateway) == {}


def test_until_its_new_version_is_loaded_the_one_before_answers(own: World, start: Start) -> None:
    own.push("titanic", "1.1.0", 2, LOADING)
    own.push("titanic", "1.2.0", 3, LOADING)
    put(own, "stable", 1)
    put(own, "next", 3)
    gateway = start(own)
    assert version(gateway, "/labels/stable") == "1.0.0"
    put(own, "stable", 2)
    eventually(lambda: listed(gateway)["stable"] == "1.1.0")
    assert version(gateway, "/labels/stable") == "1.0.0"
    own.server.states["titanic"][2] = AVAILABLE
    eventually(lambda: version(gateway, "/labels/stable") == "1.1.0")
    # A label that never had a version that is loaded.
    answer = gateway.predict("titanic", INPUT, path="/v1/models/titanic/labels/next/predict")
    found = problem(answer, 503, "model-not-ready")
    assert "titanic 1.2.0 (next)" in found["detail"] and answer.headers["retry-after"] == "1"


def test_the_configuration_wins_over_the_registry_and_that_over_the_model_server(
    own: World, start: Start, tmp_path: Path
) -> None:
    own.push("titanic", "1.1.0", 2)
    for label in ("stable", "mine", "theirs"):
        own.server.labels["titanic", label] = 2
    put(own, "stable", 1)
    put(own, "mine", 1)
    file = configuration(tmp_path / "gateway.toml", "", 'stable = "1.1.0"')
    gateway = start(own, "--config", file)
    found = {label: version(gateway, f"/labels/{label}") for label in ("stable", "mine", "theirs")}
    assert found == {"stable": "1.1.0", "mine": "1.0.0", "theirs": "1.1.0"}
    assert listed(gateway) == {"stable": "1.1.0", "mine": "1.0.0"}


def test_labels_that_cannot_be_read_are_reported_and_change_nothing(own: World, start: Start) -> None:
    put(own, "stable", 1)
    gateway = start(own)
    (own.home / "registry" / "titanic" / labels.FILE).write_text("{")
    eventually(lambda: any("labels not read" in line["event"] for line in gateway.log))
    assert version(gateway, "/labels/stable") == "1.0.0"


def test_another_registry_can_be_named(own: World, start: Start, tmp_path: Path) -> None:
    labels.put(tmp_path / "elsewhere" / "titanic", "stable", own.server.cards["titanic", 1], "")
    gateway = start(own, "--registry", str(tmp_path / "elsewhere"))
    assert version(gateway, "/labels/stable") == "1.0.0"
