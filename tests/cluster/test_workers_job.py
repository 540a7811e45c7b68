"""The workers' Job against a real Kubernetes API. There are no controllers and no nodes: the test plays them."""

import copy
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from pipelines.workers import cluster
from pipelines.workers.ends import WorkersLostError
from pipelines.workers.kubernetes_api import RULES, Api
from schemas import events
from schemas.errors import InputError
from tests.cluster import kubernetes_api
from tests.cluster.kubernetes_api import KubernetesAPI
from tests.e2e.command import REPOSITORY

NAMESPACE, ACCOUNT, POD, RUN = "team", "pipeline-runner", "digits-train", "digits 20260101"
NAME = cluster.name_of(RUN)
INDEX = "batch.kubernetes.io/job-completion-index"
RUNNING: dict[str, Any] = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
OWN_POD = {
    "metadata": {"name": POD, "labels": {"app.kubernetes.io/name": "slipway-pipeline"}},
    "spec": {
        "serviceAccountName": ACCOUNT,
        "containers": [
            {"name": "wait", "image": "argoexec"},
            {
                "name": "main",
                "image": "slipway:1",
                "resources": {"limits": {"nvidia.com/gpu": "1"}},
                "volumeMounts": [{"name": "data", "mountPath": "/mnt/slipway"}],
            },
        ],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "slipway"}}],
    },
}


def ended(code: int, **more: str) -> dict[str, Any]:
    times = {"startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:01Z"}
    return {"terminated": {"exitCode": code, **times, **more}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesAPI]:
    if reason := kubernetes_api.missing():
        pytest.skip(f"no Kubernetes API: {reason}")
    with KubernetesAPI(tmp_path_factory.mktemp("api")) as api:
        api.kubectl("create", "namespace", NAMESPACE)
        for account in (ACCOUNT, "without-rights"):
            api.kubectl("-n", NAMESPACE, "create", "serviceaccount", account)
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "w"}, "rules": RULES}
        api.kubectl("-n", NAMESPACE, "create", "-f", "-", input=json.dumps(role))
        api.kubectl(
            "-n", NAMESPACE, "create", "rolebinding", "w", "--role=w", f"--serviceaccount={NAMESPACE}:{ACCOUNT}"
        )
        pod = {"apiVersion": "v1", "kind": "Pod", **OWN_POD}
        api.kubectl("-n", NAMESPACE, "create", "-f", "-", input=json.dumps(pod))
        yield api


def api_of(server: KubernetesAPI, account: str = ACCOUNT) -> Api:
    """The API with the rights of a service account."""
    configuration = client.Configuration()
    configuration.host, configuration.verify_ssl = server.url, False
    token = server.kubectl("-n", NAMESPACE, "create", "token", account).stdout.strip()
    configuration.api_key = {"authorization": f"Bearer {token}"}
    return Api(client.ApiClient(configuration), NAMESPACE, POD)


class Controllers(threading.Thread):
    """Plays the Job controller, the kubelet and the garbage collector.

    Attributes:
      jobs: the Jobs that were created, as they were then.
      plans: for each of them in turn, called with the pods: patches their status, and returns the Job's condition.
    """

    def __init__(self, server: KubernetesAPI, *plans: Callable[["Controllers"], str | None]) -> None:
        super().__init__(daemon=True)
        connection = config.new_client_from_config(str(server.kubeconfig))
        self.core, self.batch = client.CoreV1Api(connection), client.BatchV1Api(connection)
        self.jobs: list[dict[str, Any]] = []
        self.plans = plans
        self.over = threading.Event()
        self._client = connection

    def __enter__(self) -> "Controllers":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """When the garbage is collected: the next test's workers have the same name."""
        until = time.monotonic() + 10
        while self.batch.list_namespaced_job(NAMESPACE).items and time.monotonic() < until:
            time.sleep(0.1)
        self.over.set()
        self.join(timeout=30)

    def run(self) -> None:
        seen = ""
        while not self.over.wait(0.2):
            for job in self.batch.list_namespaced_job(NAMESPACE).items:
                if job.metadata.deletion_timestamp:
                    self._collect(job.metadata.name)
                elif job.metadata.uid != seen:
                    seen = job.metadata.uid
                    self.jobs.append(self._client.sanitize_for_serialization(job))
                    self._create_pods(self.jobs[-1])
                    self._follow(self.plans[len(self.jobs) - 1])

    def _create_pods(self, job: dict[str, Any]) -> None:
        template = job["spec"]["template"]
        for index in range(job["spec"]["completions"]):
            metadata = copy.deepcopy(template["metadata"]) | {"name": f"{NAME}-{index}-x"}
            metadata["annotations"] = metadata.get("annotations", {}) | {INDEX: str(index)}
            self.core.create_namespaced_pod(NAMESPACE, {"metadata": metadata, "spec": template["spec"]})

    def _follow(self, plan: Callable[["Controllers"], str | None]) -> None:
        if (condition := plan(self)) is None:
            return
        now = "2026-01-01T00:00:02Z"
        before = {"Complete": "SuccessCriteriaMet", "Failed": "FailureTarget"}[condition]
        one = {"status": "True", "reason": "BackoffLimitExceeded", "message": "as the test says"}
        conditions = [{"type": kind, **one, "lastTransitionTime": now} for kind in (before, condition)]
        status: dict[str, Any] = {"conditions": conditions, "startTime": "2026-01-01T00:00:00Z"}
        status |= {"completionTime": now, "succeeded": 2} if condition == "Complete" else {"failed": 1}
        self.batch.patch_namespaced_job_status(NAME, NAMESPACE, {"status": status})

    def set(self, index: int, state: dict[str, Any] | None = None, **status: Any) -> None:
        """Patches a pod's status."""
        if state is not None:
            one = {"name": "worker", "state": state, "image": "i", "imageID": "i", "ready": False, "restartCount": 0}
            status["containerStatuses"] = [one]
        self.core.patch_namespaced_pod_status(f"{NAME}-{index}-x", NAMESPACE, {"status": status})

    def _collect(self, name: str) -> None:
        for pod in self.core.list_namespaced_pod(NAMESPACE, label_selector=f"slipway/workers={name}").items:
            self.core.delete_namespaced_pod(pod.metadata.name, NAMESPACE, grace_period_seconds=0)
        try:
            self.batch.patch_namespaced_job(name, NAMESPACE, {"metadata": {"finalizers": None}})
        except ApiException as error:
            assert error.status == 404, error


def both(state: dict[str, Any], phase: str, condition: str | None) -> Callable[[Controllers], str | None]:
    def plan(controllers: Controllers) -> str | None:
        for index in range(2):
            controllers.set(index, state, phase=phase)
        return condition

    return plan


def one_fails(state: dict[str, Any]) -> Callable[[Controllers], str | None]:
    def plan(controllers: Controllers) -> str | None:
        controllers.set(0, RUNNING, phase="Running")
        controllers.set(1, state, phase="Failed")
        return "Failed"

    return plan


SUCCEEDS = both(ended(0), "Succeeded", "Complete")


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_SECONDS_BETWEEN_POLLS", 0.2)


def left_over(server: KubernetesAPI) -> list[str]:
    found = server.get("-n", NAMESPACE, "jobs,services")["items"]
    return [one["kind"] for one in found if not one["metadata"].get("deletionTimestamp")]


def run(server: KubernetesAPI, account: str = ACCOUNT) -> list[str]:
    """What was published, as text."""
    lines: list[str] = []
    with events.listening(lambda event: lines.append(str(event))):
        cluster.run(Path("/mnt/slipway/order.json"), 2, RUN, api_of(server, account))
    return lines


def test_a_job_runs_to_its_end_and_nothing_is_left(server: KubernetesAPI) -> None:
    with Controllers(server, SUCCEEDS) as controllers:
        lines = run(server)
    (job,) = controllers.jobs
    assert (job["spec"]["completionMode"], job["spec"]["completions"], job["spec"]["backoffLimit"]) == ("Indexed", 2, 0)
    (owner,) = job["metadata"]["ownerReferences"]
    assert owner["uid"] == server.get("-n", NAMESPACE, "pod", POD)["metadata"]["uid"]
    spec = job["spec"]["template"]["spec"]
    assert spec["containers"][0]["image"] == "slipway:1"
    assert [volume["name"] for volume in spec["volumes"]] == ["data"]
    assert lines[0] == f"started 2 workers as Job {NAME}"
    assert not left_over(server)


def test_when_a_worker_is_lost_all_are_started_again(server: KubernetesAPI) -> None:
    with Controllers(server, one_fails(ended(137, reason="OOMKilled")), SUCCEEDS) as controllers:
        lines = run(server)
    assert len(controllers.jobs) == 2
    assert any("worker 1 was killed by signal 9 (OOMKilled)" in line and "(1 of 2)" in line for line in lines)
    assert not left_over(server)


def test_workers_that_are_lost_again_and_again_fail_the_step(server: KubernetesAPI) -> None:
    lost = one_fails(ended(75, message="failure: UnavailableError: gone"))
    with (
        Controllers(server, lost, lost, lost) as controllers,
        pytest.raises(WorkersLostError, match="worker 1 failed: UnavailableError: gone"),
    ):
        run(server)
    assert len(controllers.jobs) == 3
    assert not left_over(server)


def test_a_worker_s_own_error_is_not_tried_again(server: KubernetesAPI) -> None:
    with (
        Controllers(server, one_fails(ended(2, message="...\nfailure: column Age is missing"))) as controllers,
        pytest.raises(InputError, match=r"^column Age is missing$"),
    ):
        run(server)
    assert len(controllers.jobs) == 1
    assert not left_over(server)


def test_pods_that_fit_nowhere_are_said_and_given_up(server: KubernetesAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}

    def pending(controllers: Controllers) -> None:
        controllers.set(0, RUNNING, phase="Running")
        controllers.set(1, phase="Pending", conditions=[condition])

    monkeypatch.setenv(cluster.WAIT, "4")
    lines: list[str] = []
    with (
        Controllers(server, pending),
        events.listening(lambda event: lines.append(str(event))),
        pytest.raises(InputError, match=r"not all of 2 workers have started in 4 s \(worker 1: Unschedulable: 0/3"),
    ):
        cluster.run(Path("/mnt/slipway/order.json"), 2, RUN, api_of(server))
    assert f"waiting for workers: worker 1: Unschedulable: {message}" in lines
    assert not left_over(server)


def test_a_missing_right_is_named_with_the_rule(server: KubernetesAPI) -> None:
    with pytest.raises(InputError, match=r'"jobs".*add this rule to a Role.*"verbs": \["create", "get", "delete"\]'):
        run(server, "without-rights")


def test_the_workers_of_an_attempt_that_died_are_removed_first(server: KubernetesAPI) -> None:
    leftover = both(RUNNING, "Running", None)
    with Controllers(server, leftover, SUCCEEDS) as controllers:
        api = api_of(server)
        pod = api.pod()
        api.create(cluster.job.service(pod, NAME), cluster.job.job(pod, NAME, 2, Path("/o")))
        until = time.monotonic() + 30
        while not controllers.jobs and time.monotonic() < until:
            time.sleep(0.1)
        run(server)
    assert len(controllers.jobs) == 2
    assert not left_over(server)


_TERMINATED = """
import sys
from pathlib import Path
from kubernetes import client
from pipelines import termination
from pipelines.workers import cluster
from pipelines.workers.kubernetes_api import Api
url, token = sys.argv[1:]
configuration = client.Configuration()
configuration.host, configuration.verify_ssl = url, False
configuration.api_key = {"authorization": f"Bearer {token}"}
termination.at_signal(lambda: None)
cluster.run(Path("/o"), 2, "digits 20260101", Api(client.ApiClient(configuration), "team", "digits-train"))
"""


def test_sigterm_removes_the_workers(server: KubernetesAPI) -> None:
    token = server.kubectl("-n", NAMESPACE, "create", "token", ACCOUNT).stdout.strip()
    with Controllers(server, both(RUNNING, "Running", None)) as controllers:
        process = subprocess.Popen(
            [sys.executable, "-c", _TERMINATED, server.url, token],
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        )
        until = time.monotonic() + 60
        while not controllers.jobs:
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 128 + signal.SIGTERM
        assert not left_over(server)
