import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kubeflow.simulate import cluster, mariadb
from schemas.errors import InputError

WHOLE = """
images: ["registry.example.com/slipway-trainer:*"]
claims: [slipway]
secrets: {slipway-metadata: {password: x}}
services: {"slipway-metadata:3306": "127.0.0.1:3307"}
nodes:
- name: gpu-1
  labels: {nvidia.com/gpu.present: "true"}
  taints: [{key: nvidia.com/gpu}]
  allocatable: {cpu: 1500m, memory: 4Gi, nvidia.com/gpu: 1}
"""


def read(tmp_path, text):
    file = tmp_path / "cluster.yaml"
    file.write_text(text)
    return cluster.read(file)


def test_a_declared_cluster(tmp_path):
    found = read(tmp_path, WHOLE)
    (node,) = found.nodes
    assert node.allocatable == {"cpu": Decimal("1.5"), "memory": 4 * 2**30, "nvidia.com/gpu": 1}
    assert node.taints[0].effect == "NoSchedule"
    assert found.has_image("registry.example.com/slipway-trainer:1.2") and not found.has_image("other:1")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("claims:", "volumes:", "volumes: received .*Extra inputs"),
        ("4Gi", "4Gib", "nodes.0.allocatable.memory: received '4Gib'"),
        ("1500m", "-1", "nodes.0.allocatable.cpu"),
        ("[slipway]", "slipway", "claims: received 'slipway'"),
        ("{password: x}", "{password: 3}", "secrets.slipway-metadata.password"),
        ("key: nvidia.com/gpu}", "key: a, effect: Never}", "taints.0.effect: received 'Never'"),
        ("nodes:", "nodes: []\nother:", "nodes"),
    ],
)
def test_what_is_not_allowed_is_named_on_one_line(tmp_path, before, after, expected):
    assert before in WHOLE
    with pytest.raises(InputError, match=f"--cluster .*cluster.yaml: .*{expected}") as refused:
        read(tmp_path, WHOLE.replace(before, after))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "- 1", "a: [", "3"])
def test_what_is_no_cluster_is_refused(tmp_path, text):
    with pytest.raises(InputError, match="--cluster"):
        read(tmp_path, text)
    with pytest.raises(InputError, match="none"):
        cluster.read(tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "amount"), [("500m", "0.5"), ("2", "2"), ("0.25", "0.25"), ("4Gi", 2**32), ("1G", 10**9), (3, 3)]
)
def test_amounts(text, amount):
    assert cluster.quantity(text) == Decimal(amount)


@given(st.text())
def test_any_text_is_an_amount_or_refused(text):
    with contextlib.suppress(ValueError):
        assert cluster.quantity(text) >= 0


def test_the_default_cluster_has_a_metadata_store(monkeypatch):
    monkeypatch.setattr(mariadb, "missing", lambda: None)
    assert cluster.default().mariadb
    monkeypatch.setattr(mariadb, "missing", lambda: "it is not there")
    without = cluster.default()
    assert not without.mariadb and without.services == {"slipway-metadata:3306": "sqlite"}
    assert without.secrets == {"slipway-metadata": {"password": ""}}
