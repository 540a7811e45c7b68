from pathlib import Path

import pytest
from kfp import kubernetes
from kfp.pipeline_spec import pipeline_spec_pb2 as spec

from pipelines.kubeflow.simulate import placeholders, places, pods, retries, scheduling
from pipelines.kubeflow.simulate.cluster import Cluster
from schemas.errors import InputError
from tests.pipelines.kubeflow.simulate.made import IMAGE, compiled, task

CLUSTER = Cluster.model_validate(
    {
        "images": [IMAGE],
        "claims": ["slipway", "other"],
        "secrets": {"slipway-metadata": {"password": "hidden"}, "registry": {}},
        "services": {"slipway-metadata:3306": "127.0.0.1:3307"},
        "nodes": [
            {"name": "cpu-1", "allocatable": {"cpu": "2", "memory": "4Gi"}},
            {
                "name": "gpu-1",
                "labels": {"pool": "gpu"},
                "taints": [{"key": "nvidia.com/gpu", "value": "yes"}],
                "allocatable": {"cpu": "8", "memory": "32Gi", "nvidia.com/gpu": "2"},
            },
        ],
    }
)
METADATA = "mysql://slipway@slipway-metadata:3306/slipway"


def made(tmp_path, change, cluster=CLUSTER):
    """The pod of a pipeline's only task after a change of that task, checked against a cluster."""

    def pipeline(amount: str = "1", claim: str = "other", image: str = IMAGE):
        change(task("only", "pass", a="b"), {"amount": amount, "claim": claim, "image": image})

    document = compiled(tmp_path, pipeline)
    found = placeholders.parameters(document, {})
    run = placeholders.Run("0-1-2", "n", "r", "", "", found)
    step = document.tasks["only"]
    pod = pods.made(step, placeholders.inputs(step, run, {}), run, cluster)
    places.check("only", pod, cluster)
    scheduling.check("only", pod, cluster)
    return pod


def test_everything_of_a_pod(tmp_path):
    def change(step, given):
        step.set_cpu_request("500m").set_cpu_limit("2").set_memory_limit("4Gi").set_env_variable("A", "b")
        step.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(2)
        kubernetes.use_secret_as_env(step, "slipway-metadata", {"password": "PASSWORD"})
        kubernetes.mount_pvc(step, given["claim"], "/mnt/slipway/", sub_path="a/b")
        kubernetes.empty_dir_mount(step, "shm", "/dev/shm", medium="Memory", size_limit="2Gi")
        kubernetes.add_node_selector(step, "pool", "gpu")
        kubernetes.add_toleration(step, key="nvidia.com/gpu", operator="Exists", effect="NoSchedule")
        kubernetes.set_timeout(step, 60)
        kubernetes.use_field_path_as_env(step, "POD", "metadata.name")
        kubernetes.set_image_pull_secrets(step, ["registry"])
        kubernetes.add_pod_label(step, "slipway/dataset", "digits")
        kubernetes.set_security_context(step, run_as_user=1000, run_as_group=1001)

    pod = made(tmp_path, change)
    assert pod.image == IMAGE and pod.deadline == 60 and pod.fields == {"POD": "metadata.name"}
    assert pod.environment == {"A": "b", "PASSWORD": "hidden"} and pod.secrets == {"PASSWORD"}
    assert pod.mounts == (pods.Mount("/mnt/slipway", "other", "a/b"), pods.Mount("/dev/shm", "", "shm"))
    assert {name: float(amount) for name, amount in pod.requests.items()} == {
        "cpu": 0.5, "memory": 4 * 2**30, "nvidia.com/gpu": 2}  # fmt: skip
    assert pod.limits == {"cpu": 2, "memory": 4 * 2**30} and pod.user == "1000:1001"
    room = scheduling.Room(CLUSTER.nodes)
    assert room.place(pod) == "gpu-1" and room.place(pod) is None, "two accelerators, both taken"
    room.release("gpu-1", pod)
    assert room.place(pod) == "gpu-1"


def test_amounts_and_images_may_be_parameters(tmp_path):
    def change(step, given):
        step.set_cpu_limit(given["amount"]).set_container_image(given["image"])

    pod = made(tmp_path, change)
    assert pod.requests["cpu"] == 1 and pod.image == IMAGE


REFUSED = {
    "image": (lambda s, c: s.set_container_image("other:1"), "image 'other:1' is not in the cluster; it has registry"),
    "claim": (lambda s, c: kubernetes.mount_pvc(s, "none", "/m"), "claim 'none' is not in the cluster; it has slipway, other"),
    "way out": (lambda s, c: kubernetes.mount_pvc(s, "slipway", "/m", sub_path="../x"), "inside of the volume"),
    "relative": (lambda s, c: kubernetes.mount_pvc(s, "slipway", "m"), "an absolute path"),
    "twice": (
        lambda s, c: (kubernetes.mount_pvc(s, "slipway", "/m"), kubernetes.mount_pvc(s, "other", "/m/")),
        "two volumes are mounted at one path",
    ),
    "Secret": (lambda s, c: kubernetes.use_secret_as_env(s, "none", {"a": "A"}), "Secret 'none' is not in the cluster"),
    "key": (lambda s, c: kubernetes.use_secret_as_env(s, "slipway-metadata", {"a": "A"}), "no key 'a'; it has password"),
    "pull secret": (lambda s, c: kubernetes.set_image_pull_secrets(s, ["none"]), "imagePullSecret: the Secret 'none'"),
    "pull policy": (lambda s, c: s.platform_config.update(kubernetes={"imagePullPolicy": "Some"}), "imagePullPolicy"),
    "label": (lambda s, c: kubernetes.add_pod_label(s, "a", "b c"), "podMetadata: 'a'='b c'"),
    "placeholder": (lambda s, c: s.set_env_variable("A", "{{$.pipeline_job_uuid}}"), "env A: .*replaces no placeholder"),
    "reference": (lambda s, c: s.set_env_variable("A", "1").set_env_variable("B", "$(A)"), r"Kubernetes replaces \$\(NAME\)"),
    "service": (lambda s, c: s.set_env_variable("A", "http://other:80/x"), "service other:80 is not in the cluster"),
    "address": (lambda s, c: s.set_env_variable("A", "other:80"), "service other:80 is not in the cluster"),
    "field": (lambda s, c: kubernetes.use_field_path_as_env(s, "A", "status.podIP"), "status.podIP is not simulated"),
    "cpu": (lambda s, c: s.set_cpu_limit("9"),
            "fits on no node; cpu-1: cpu 9 asked, 2 there; gpu-1: the taint nvidia.com/gpu is not tolerated, cpu 9 asked"),
    "memory": (lambda s, c: s.set_memory_request("5Gi"), "memory 5Gi asked, 4Gi there"),
    "request": (lambda s, c: s.set_cpu_request("2").set_cpu_limit("1"), "cpu: the request 2.* is above the limit 1"),
    "device": (lambda s, c: s.set_accelerator_type("amd.com/gpu").set_accelerator_limit(1), "amd.com/gpu 1 asked, 0 there"),
    "selector": (lambda s, c: kubernetes.add_node_selector(s, "pool", "none"), "has no label pool=none"),
    "toleration": (
        lambda s, c: kubernetes.add_node_selector(s, "pool", "gpu") and kubernetes.add_toleration(
            s, key="nvidia.com/gpu", operator="Equal", value="no", effect="NoSchedule"),
        "gpu-1: the taint nvidia.com/gpu is not tolerated",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_the_cluster_does_not_have_is_refused_by_name(tmp_path, what):
    change, expected = REFUSED[what]
    with pytest.raises(InputError, match=f"task only: .*{expected}") as refused:
        made(tmp_path, change)
    assert "\n" not in str(refused.value) and "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        ({"operator": "Exists"}, True),
        ({"key": "nvidia.com/gpu", "operator": "Exists"}, True),
        ({"key": "nvidia.com/gpu", "value": "yes"}, True),
        ({"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "nvidia.com/gpu", "operator": "Equal"}, False),
        ({"key": "other", "operator": "Exists"}, False),
    ],
)
def test_tolerations(tmp_path, toleration, tolerated):
    def change(step, _):
        kubernetes.add_node_selector(step, "pool", "gpu")
        kubernetes.add_toleration(step, **toleration)

    if tolerated:
        made(tmp_path, change)
    else:
        with pytest.raises(InputError, match="not tolerated"):
            made(tmp_path, change)


def test_an_optional_secret_may_be_missing(tmp_path):
    def change(step, _):
        kubernetes.use_secret_as_env(step, "none", {"a": "A"}, optional=True)

    assert made(tmp_path, change).environment == {}


def test_places(tmp_path):
    def change(step, _):
        kubernetes.mount_pvc(step, "slipway", "/mnt/slipway")
        kubernetes.mount_pvc(step, "other", "/mnt/slipway/inner", sub_path="x")
        kubernetes.use_secret_as_env(step, "slipway-metadata", {"password": "PASSWORD"})
        step.set_env_variable("STORE", METADATA).set_env_variable("HOME_OF_IT", "/mnt/slipway/home")

    cluster = CLUSTER.with_metadata("127.0.0.1:3307", "/mnt/slipway")  # a Secret is not rewritten
    pod = made(tmp_path, change, cluster)
    at = places.of(pod, cluster.services, Path("/shared"), Path("/own"))
    for text, expected in {
        "/mnt/slipway": "/shared/slipway",
        "/mnt/slipway/a": "/shared/slipway/a",
        "data=/mnt/slipway/a,/mnt/slipway/inner/b": "data=/shared/slipway/a,/shared/other/x/b",
        '["/mnt/slipway"]': '["/shared/slipway"]',
        "/mnt/slipway2": "/mnt/slipway2",
        "/a/mnt/slipway": "/a/mnt/slipway",
        "/tmp/kfp/outputs/out": "/own/outputs/out",
    }.items():
        assert at.rewritten(text) == expected
    assert at.environment(pod, pods.Identity("p", "u", "n")) == {
        "PASSWORD": "/mnt/slipway",
        "STORE": "mysql://slipway@127.0.0.1:3307/slipway",
        "HOME_OF_IT": "/shared/slipway/home",
    }
    empty = places.of(pod, {"slipway-metadata:3306": "sqlite"}, Path("/shared"), Path("/own"))
    assert empty.environment(pod, pods.Identity("p", "u", "n"))["STORE"] == ""


def test_our_own_mariadb_has_one_user_and_one_database(tmp_path):
    ours = CLUSTER.model_copy(update={"mariadb": True})
    made(tmp_path, lambda step, _: step.set_env_variable("STORE", METADATA), ours)
    with pytest.raises(InputError, match=r"STORE: received .*; the cluster's own MariaDB is mysql://slipway@"):
        made(tmp_path, lambda step, _: step.set_env_variable("STORE", METADATA.replace("slipway@", "root@")), ours)


class Clock:
    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


def policy(tmp_path, deadline=60, most=2, **fields):
    def pipeline():
        kubernetes.set_timeout(task("only", "pass", a="b"), deadline)

    step = compiled(tmp_path, pipeline).tasks["only"]
    step.spec.retry_policy.CopyFrom(spec.PipelineTaskSpec.RetryPolicy(max_retry_count=most))
    for name, seconds in fields.items():
        if name == "backoff_factor":
            step.spec.retry_policy.backoff_factor = seconds
        else:
            getattr(step.spec.retry_policy, name).seconds = seconds
    return step


def test_retries_follow_argos_clock(tmp_path, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(retries, "time", clock)
    step = policy(tmp_path, backoff_duration=30, backoff_factor=2, backoff_max_duration=300)
    found = retries.Retries(step)
    assert found.left(60) == 60
    assert found.next(1) == (30, "")
    clock.now += 200
    assert found.left(60) == 60 and found.left(1000) == 70, "the wait that was left out counts"
    assert found.next(2)[0] == 60
    assert found.next(3)[0] is None
    late = retries.Retries(step)
    clock.now += 271
    wait, why = late.next(1)
    assert wait is None and "backoffMaxDuration allows 300 s" in why


def test_a_policy_that_retries_less_than_it_seems_to_is_noted(tmp_path):
    assert "is not retried later than 300 s" in retries.check(policy(tmp_path, 3600, backoff_max_duration=300))
    assert "is not retried later than 0 s" in retries.check(policy(tmp_path, 3600))
    assert retries.check(policy(tmp_path, 300, backoff_max_duration=300)) is None
    assert retries.check(policy(tmp_path, 3600, most=0)) is None
    with pytest.raises(InputError, match=r"backoffFactor: received 1\.5"):
        retries.check(policy(tmp_path, backoff_factor=1.5))
