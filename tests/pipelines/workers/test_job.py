"""The Job of the workers, made from a pod."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from pipelines.workers import cluster, job
from pipelines.workers.kubernetes_api import Api
from schemas.errors import InputError

Pod = dict[str, Any]
ORDER = Path("/mnt/slipway/home/order.json")


def main_of(pod: Pod) -> dict[str, Any]:
    return next(one for one in pod["spec"]["containers"] if one["name"] == "main")


def template(pod: Pod, workers: int = 2) -> tuple[dict[str, Any], dict[str, Any]]:
    """The workers' pod, and its container."""
    found = job.job(pod, "w", workers, ORDER)["spec"]["template"]
    (container,) = found["spec"]["containers"]
    return found, container


def test_workers_begin_and_end_together(pod: Pod) -> None:
    made = job.job(pod, "w", 3, ORDER)
    spec = made["spec"]
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", 3, 3)
    assert spec["backoffLimit"] == 0 and spec["template"]["spec"]["restartPolicy"] == "Never"
    assert made["metadata"]["ownerReferences"] == [
        {"apiVersion": "v1", "kind": "Pod", "name": "digits-train-17", "uid": pod["metadata"]["uid"]}
    ]


def test_each_worker_is_told_where_all_are(pod: Pod) -> None:
    found, container = template(pod, 3)
    hosts = ",".join(f"w-{index}.w.team.svc:2222" for index in range(3))
    assert container["command"] == ["python", "-m", "pipelines.workers.worker"]
    assert container["args"] == [str(ORDER), "--hosts", hosts]
    service = job.service(pod, "w")
    assert found["spec"]["subdomain"] == service["metadata"]["name"] == "w"
    assert service["spec"]["clusterIP"] == "None" and service["spec"]["publishNotReadyAddresses"]
    assert service["spec"]["selector"].items() <= found["metadata"]["labels"].items()


def test_a_worker_is_like_the_pod_that_starts_it(pod: Pod) -> None:
    found, container = template(pod)
    main = main_of(pod)
    for field in ("image", "imagePullPolicy", "workingDir", "resources"):
        assert container[field] == main[field]
    for field in ("serviceAccountName", "nodeSelector", "tolerations", "imagePullSecrets"):
        assert found["spec"][field] == pod["spec"][field]
    assert [volume["name"] for volume in found["spec"]["volumes"]] == ["data", "shm"]
    assert [mount["name"] for mount in container["volumeMounts"]] == ["data", "shm"]
    assert found["metadata"]["labels"]["app.kubernetes.io/name"] == "slipway-pipeline"  # as network policies name it
    assert found["metadata"]["labels"]["app.kubernetes.io/component"] == "worker"
    assert found["metadata"]["annotations"]["gke-gcsfuse/volumes"] == "true"


def test_a_worker_gets_no_more_than_it_needs(pod: Pod) -> None:
    found, container = template(pod)
    assert [one["name"] for one in container["env"]] == ["SLIPWAY_HOME", "SLIPWAY_GPUS"]
    assert "nodeName" not in found["spec"] and "initContainers" not in found["spec"]
    assert found["spec"]["automountServiceAccountToken"] is False
    assert "argo" not in json.dumps(found)
    security = container["securityContext"]
    assert security["runAsUser"] == 1000 and security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}


def test_workers_can_have_other_resources_than_the_pod_that_waits_for_them(pod: Pod) -> None:
    own = {"resources": {"limits": {"nvidia.com/gpu": "1"}}, "nodeSelector": {"pool": "a100"}}
    main_of(pod)["env"].append({"name": job.POD, "value": json.dumps(own)})
    found, container = template(pod)
    assert container["resources"] == own["resources"]
    assert found["spec"]["nodeSelector"] == {"pool": "a100"}
    assert found["spec"]["tolerations"] == pod["spec"]["tolerations"]


@pytest.mark.parametrize("text", ["gpu", "[]", '{"memory": "2Gi"}'])
def test_wrong_resources_are_named(pod: Pod, text: str) -> None:
    main_of(pod)["env"].append({"name": job.POD, "value": text})
    with pytest.raises(InputError, match=r"SLIPWAY_WORKER_POD=.*resources, nodeSelector, tolerations"):
        template(pod)


def test_without_a_main_container_there_must_be_only_one(pod: Pod) -> None:
    main_of(pod)["name"] = "trainer"
    with pytest.raises(InputError, match=r"digits-train-17: which of its containers \(wait, trainer\)"):
        template(pod)
    pod["spec"]["containers"] = pod["spec"]["containers"][1:]
    assert template(pod)[1]["image"] == "registry.example/slipway-trainer:1"


def test_the_pod_is_left_as_it_was(pod: Pod) -> None:
    before = json.dumps(pod)
    job.job(pod, "w", 2, ORDER)
    assert json.dumps(pod) == before


def test_a_run_has_one_name_and_a_pod_s_name_is_short_enough() -> None:
    name = cluster.name_of("digits 20260101")
    assert name == cluster.name_of("digits 20260101") != cluster.name_of("digits 20260102")
    assert len(f"{name}-255") <= 63


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"KFP_POD_NAME": "p"}, None),  # a simulated cluster
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, None),  # a notebook's pod
        ({"KUBERNETES_SERVICE_HOST": "h", "KFP_POD_NAME": "p", "NAMESPACE": "n"}, ("n", "p")),
        (
            {"KUBERNETES_SERVICE_HOST": "h", "SLIPWAY_POD_NAME": "p", "SLIPWAY_POD_NAMESPACE": "n", "NAMESPACE": "m"},
            ("n", "p"),
        ),
    ],
)
def test_a_process_is_in_a_pod_if_its_environment_names_one(
    environment: dict[str, str], expected: tuple[str, str] | None
) -> None:
    assert cluster.own_pod(environment) == expected


def test_each_line_of_a_log_that_is_read_again_and_again_is_told_once() -> None:
    log = cluster.Log()
    assert log.seconds() is None
    first = "2026-01-01T00:00:01.5Z progress: epoch 1/3\n2026-01-01T00:00:02.5Z a warning\n"
    assert log.new(first) == ["epoch 1/3"]
    assert log.seconds() is not None
    assert log.new(first + "2026-01-01T00:00:03.5Z progress: epoch 2/3\n") == ["epoch 2/3"]
    assert log.new("") == []


def test_lines_of_one_moment_are_all_told_once() -> None:
    log = cluster.Log()
    when = "2026-01-01T00:00:01.000000000Z"
    first = f"{when} progress: epoch 1/3\n{when} progress: epoch 2/3\n"
    assert log.new(first) == ["epoch 1/3", "epoch 2/3"]
    assert log.new(f"{first}{when} progress: epoch 3/3\n") == ["epoch 3/3"]


def test_a_wait_that_is_no_number_is_refused_before_anything_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cluster.WAIT, "half an hour")
    with pytest.raises(InputError, match="SLIPWAY_WORKERS_WAIT: received 'half an hour'"):
        cluster.run(ORDER, 2, "digits 1", cast(Api, object()))
