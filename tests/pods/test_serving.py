"""Gateway and model server in pods: answers through the Service, an update under load, disruptions, policies."""

import json
import time

import pytest

from tests.pods import asking
from tests.pods.slipway import NAMESPACE, OUTSIDE, Slipway

pytestmark = pytest.mark.timeout(3600)  # the first test builds Kubernetes and the images, where they are not there yet


@pytest.fixture(scope="module")
def serving(slipway: Slipway, model: str) -> Slipway:
    """With a model that every gateway has seen: all pods are ready by their own probes."""
    for name in ("slipway-serving", "slipway-gateway"):
        slipway.api.until(f"{name} is ready", lambda name=name: slipway.is_rolled_out("deployment", name), 600)
    return slipway


def test_a_question_through_the_service_is_answered_with_a_key_alone(serving: Slipway, model: str) -> None:
    (status, answer), without_key = serving.answer("curl", asking.ONCE)
    assert (status, without_key) == (200, 401), answer
    assert answer["output"]["class"] == "4"
    assert str(answer["serving_version"]) == model


def test_each_part_has_two_pods_on_two_nodes(serving: Slipway) -> None:
    for name in ("slipway-serving", "slipway-gateway"):
        assert {pod["spec"]["nodeName"] for pod in serving.pods(name)} == {"node-1", "node-2"}, name


def test_the_policies_keep_pods_apart(serving: Slipway) -> None:
    """From outside the gateway alone; from the gateway's pods the model server, and the database from none of them."""
    addresses = {
        name: serving.pods(name)[0]["status"]["podIP"]
        for name in ("slipway-serving", "slipway-gateway", "slipway-metadata")
    }
    gateway, grpc = f"{addresses['slipway-gateway']}:8080", f"{addresses['slipway-serving']}:8500"
    places = [gateway, grpc, f"{addresses['slipway-serving']}:8501", f"{addresses['slipway-metadata']}:3306"]
    env = [{"name": "PLACES", "value": " ".join(places)}]
    # From outside: none but the gateway answers.
    assert serving.answer("outside", asking.REACHED, env=env) == [True, False, False, False]
    as_gateway = {"labels": {"app.kubernetes.io/name": "slipway-gateway", "app.kubernetes.io/part-of": "slipway"}}
    found = serving.answer("as-gateway", asking.REACHED, env=env, namespace=NAMESPACE, **as_gateway)
    assert found == [False, True, False, False]


def _loaded(serving: Slipway, name: str) -> None:
    serving.run(name, asking.UNTIL_TOLD)
    serving.api.kubectl("-n", OUTSIDE, "wait", "--for=condition=ready", f"pod/{name}", "--timeout=100s")
    time.sleep(3)


def _told(serving: Slipway, name: str) -> dict[str, object]:
    serving.api.kubectl("-n", OUTSIDE, "exec", name, "--", "python", "-c", "import os; os.kill(1, 15)")
    found: dict[str, object] = json.loads(serving.said(name).strip().splitlines()[-1])
    return found


def test_a_new_version_of_the_gateway_under_load_fails_no_question(serving: Slipway) -> None:
    before = {pod["metadata"]["uid"] for pod in serving.pods("slipway-gateway")}
    _loaded(serving, "load-update")
    serving.apply(gateway="0.1.1")

    def is_new() -> bool:
        after = {pod["metadata"]["uid"] for pod in serving.pods("slipway-gateway")}
        return not after & before and serving.is_rolled_out("deployment", "slipway-gateway")

    serving.api.until("the new gateways", is_new, 400)
    time.sleep(12)  # the old ones end ten seconds after they have been told to (preStop)
    found = _told(serving, "load-update")
    print(f"rolling update under load: {found}")
    assert found["failures"] == 0 and int(str(found["good"])) > 50, found
    images = {pod["spec"]["containers"][0]["image"] for pod in serving.pods("slipway-gateway")}
    assert images == {"registry.example.com/slipway-gateway:0.1.1"}


def test_the_autoscaler_and_the_budgets_are_taken(serving: Slipway) -> None:
    scaler = serving.get("hpa", "slipway-gateway")
    able = {c["type"]: c for c in scaler["status"].get("conditions", [])}["AbleToScale"]
    assert able["status"] == "True", able
    for name in ("slipway-gateway", "slipway-serving"):
        budget = serving.get("pdb", name)["status"]
        assert (budget["expectedPods"], budget["disruptionsAllowed"]) == (2, 1), name


def test_a_budget_refuses_the_second_eviction_and_a_drain_under_load_fails_no_question(serving: Slipway) -> None:
    _loaded(serving, "load-drain")
    node = "node-2"
    on_it = serving.api.get("pods", "-n", OUTSIDE)["items"][0]["spec"]["nodeName"]
    node = "node-1" if on_it == "node-2" else "node-2"  # the pod that asks is not drained
    first = serving.api.kubectl(
        "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=100s", check=False
    )
    try:
        assert first.returncode == 0, first.stderr
        left = serving.pods("slipway-serving")
        # The second model server finds no room, so the first may not be evicted, too.
        (only,) = [pod for pod in left if pod["spec"].get("nodeName")]
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": only["metadata"]["name"], "namespace": NAMESPACE},
        }
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{only['metadata']['name']}/eviction"
        refused = serving.api.kubectl("create", "--raw", path, "-f", "-", input=json.dumps(eviction), check=False)
        assert refused.returncode and "disruption budget" in refused.stderr, refused.stderr
        time.sleep(12)
        found = _told(serving, "load-drain")
        print(f"drain under load: {found}")
        assert found["failures"] == 0 and int(str(found["good"])) > 20, found
    finally:
        serving.api.kubectl("uncordon", node)
    serving.api.until("all is ready again", lambda: serving.is_rolled_out("deployment", "slipway-serving"), 400)
