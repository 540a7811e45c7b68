import dataclasses
import re
from typing import Any

import pytest

from pipelines.kubeflow.doctor import nodes
from pipelines.kubeflow.doctor.nodes import Node
from pipelines.kubeflow.doctor.requirements import Pod
from pipelines.kubeflow.taints import Taint

GPU = "nvidia.com/gpu"
SELECTOR = {"nvidia.com/gpu.present": "true"}
TAINT = Taint(GPU, "present")
TRAIN = Pod("train", "2", "4Gi", GPU, 1, SELECTOR, ({"key": GPU, "operator": "Exists", "effect": "NoSchedule"},))
LIGHT = Pod("prepare", "1", "3Gi", "", 0, {}, ())
PLAIN = Node("plain", True, {}, (), {"cpu": "3920m", "memory": "15Gi"})
ACCELERATED = Node("fast", True, SELECTOR, (TAINT,), {"cpu": "8", "memory": "31922428Ki", GPU: "4"})


def node(base: Node = ACCELERATED, **changes: Any) -> Node:
    return dataclasses.replace(base, **changes)


def test_each_pod_finds_its_node() -> None:
    both = [PLAIN, ACCELERATED]
    assert nodes.finding(TRAIN, both).said == "fast can take it (2 cores, 4Gi, 1 nvidia.com/gpu)"
    assert nodes.finding(LIGHT, both).said == "plain can take it (1 cores, 3Gi)"
    assert {nodes.finding(pod, both).state for pod in (TRAIN, LIGHT)} == {"ok"}


def test_many_nodes_are_not_all_named() -> None:
    many = [node(PLAIN, name=f"n{i}") for i in range(5)]
    assert nodes.finding(LIGHT, many).said.startswith("n0, n1, n2 and 2 more can take it")


@pytest.mark.parametrize(
    ("pod", "found", "said", "mend"),
    [
        (LIGHT, [], "no node is ready", "kubectl get nodes"),
        (LIGHT, [node(PLAIN, ready=False)], "no node is ready", "kubectl get nodes"),
        (TRAIN, [PLAIN], "no node offers 1 nvidia.com/gpu; the most is 0", "device plugin"),
        (dataclasses.replace(TRAIN, count=8), [PLAIN, ACCELERATED], "no node offers 8 .* the most is 4", "device plugin"),
        (
            TRAIN,
            [PLAIN, node(labels={})],
            "no such node is labelled nvidia.com/gpu.present=true",
            "kubectl label node fast nvidia.com/gpu.present=true, or compile with --gpu-selector",
        ),
        (
            TRAIN,
            [PLAIN, node(taints=(TAINT, Taint("pool", "gpu", "NoExecute")))],
            "every such node has a taint that the pod does not tolerate: pool$",
            "--gpu-toleration",
        ),
        (LIGHT, [ACCELERATED], "does not tolerate: nvidia.com/gpu", "add nodes without it"),
        (LIGHT, [node(PLAIN, allocatable={"cpu": "940m", "memory": "15Gi"})], "offers 1 of cpu; the most is 940m", "--cpu"),
        (LIGHT, [node(PLAIN, allocatable={"cpu": "2", "memory": "3G"})], "offers 3Gi of memory; the most is 3G", "--memory"),
        (LIGHT, [node(PLAIN, allocatable={})], "offers 1 of cpu; the most is 0", "--cpu"),
    ],
)  # fmt: skip
def test_why_there_is_none(pod: Pod, found: list[Node], said: str, mend: str) -> None:
    finding = nodes.finding(pod, found)
    assert finding.state == "missing" and finding.what == f"node for {pod.task}"
    assert re.search(said, finding.said), finding.said
    assert mend in finding.mend
