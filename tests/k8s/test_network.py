"""Who reaches whom, computed from the rendered NetworkPolicies: what is needed is open, all else is closed."""

import itertools

import pytest

from tests.k8s.policies import Peer, reaches
from tests.k8s.rendered import Object, of_kind, pods

WORKFLOW = {"workflows.argoproj.io/workflow": "slipway-titanic-x7k2p"}
STEP = {"app.kubernetes.io/name": "slipway-pipeline", "app.kubernetes.io/part-of": "slipway"}


def peers(overlay: str) -> dict[str, Peer]:
    """The pods of an overlay, those that KFP starts, and the world around them."""
    made = pods(overlay)
    own = made[0].namespace
    found = {
        pod.owner.partition("/")[2]: Peer(pod.owner, own, pod.labels, ports=pod.ports)
        for pod in made
        if not pod.owner.startswith("CronJob/slipway-metadata")
    }
    (backup,) = [pod for pod in made if pod.owner == "CronJob/slipway-metadata-backup"]
    found["serving"] = found.pop("slipway-models" if overlay == "kserve" else "slipway-serving")
    found |= {
        "backup": Peer("backup", own, backup.labels),
        "step": Peer("step", own, WORKFLOW | STEP),
        "driver": Peer("driver", own, WORKFLOW),
        "stranger": Peer("stranger", own, {"app": "notebook"}),
        "outsider": Peer("outsider", "default", {"app.kubernetes.io/name": "slipway-gateway"}),
        "ingress": Peer("ingress", "ingress-nginx", {"app.kubernetes.io/name": "ingress-nginx"}),
        "prometheus": Peer("prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"}),
        "grafana": Peer("grafana", "monitoring", {"app.kubernetes.io/name": "grafana"}),
        "kfp": Peer("kfp", "kubeflow", {"app": "ml-pipeline"}),
        "internet": Peer("internet", address="203.0.113.7"),
        "kubernetes": Peer("kubernetes", address="172.18.0.2"),
    }
    return found


SERVERS = {
    "slipway-gateway": (8080,),
    "serving": (8500, 8501),
    "slipway-metadata": (3306,),
    "slipway-studio": (8090,),
    "kfp": (8888, 8887, 9000, 3306),
    "internet": (443, 80, 22),
    "kubernetes": (6443,),
    "step": (43211,),
}
SERVING = {
    ("ingress", "slipway-gateway", 8080),
    ("slipway-gateway", "serving", 8500),
}
METADATA = {(who, "slipway-metadata", 3306) for who in ("slipway-init", "backup", "step")}
PIPELINES = {
    ("step", "step", 43211),
    *(("step", "kfp", port) for port in (8888, 8887, 9000)),
    *((who, "internet", 443) for who in ("step",)),
    *((who, "kubernetes", 6443) for who in ("step",)),
}
DRIVER = {
    *(("driver", "kfp", port) for port in (8888, 8887, 9000)),
    ("driver", "internet", 443),
    ("driver", "kubernetes", 6443),
}
MONITORING = {
    ("prometheus", "slipway-gateway", 8080),
    ("prometheus", "serving", 8501),
}
RECURRING = {
    flow
    for who in ("slipway-drift-titanic", "slipway-train-titanic")
    for flow in (
        (who, "slipway-metadata", 3306),
        (who, "internet", 443),
        (who, "kubernetes", 6443),
        (who, "step", 43211),
    )
}


STUDIO = {
    ("slipway-studio", "slipway-gateway", 8080),
    ("slipway-studio", "slipway-metadata", 3306),
    ("slipway-studio", "internet", 443),
}


def flows(overlay: str) -> set[tuple[str, str, int]]:
    """All that is open between pods of Slipway and the world; not between two that are none of ours."""
    policies, everybody = of_kind(overlay, "NetworkPolicy"), peers(overlay)
    own = next(iter(everybody.values())).namespace
    return {
        (source, destination, port)
        for source, (destination, ports) in itertools.product(everybody, SERVERS.items())
        if destination in everybody
        for port in ports
        if own in (everybody[source].namespace, everybody[destination].namespace)
        if reaches(policies, everybody[source], everybody[destination], port)
    }


@pytest.mark.parametrize("overlay", ["cpu", "gpu", "kserve"])
def test_the_matrix_of_a_namespace_of_its_own(overlay: str) -> None:
    assert flows(overlay) == SERVING | METADATA | PIPELINES | DRIVER | MONITORING | RECURRING


def test_the_studio_asks_and_is_reached_by_port_forward_alone() -> None:
    assert flows("studio") == SERVING | METADATA | PIPELINES | DRIVER | MONITORING | RECURRING | STUDIO


def test_the_matrix_of_the_files_in_a_bucket() -> None:
    readers = ("serving", "slipway-gateway", "slipway-init", "backup")
    bucket = {(who, "internet", 443) for who in readers}
    assert flows("cpu+gcs") == SERVING | METADATA | PIPELINES | DRIVER | MONITORING | RECURRING | bucket


def test_the_matrix_of_kfps_namespace() -> None:
    """There what is not Slipway's stays open among itself, but does not reach what is."""
    ours = {"slipway-gateway", "serving", "slipway-metadata", "slipway-init", "backup", "step"}
    found = {flow for flow in flows("local") if ours & {flow[0], flow[1]}}
    assert found == SERVING | METADATA | PIPELINES
    assert ("stranger", "kfp", 3306) in flows("local") and ("driver", "kfp", 9000) in flows("local")


def test_every_pod_finds_names_and_no_other_dns(overlay: str) -> None:
    policies, everybody = of_kind(overlay, "NetworkPolicy"), peers(overlay)
    own = next(iter(everybody.values())).namespace
    dns = Peer("dns", "kube-system", {"k8s-app": "kube-dns"})
    other = Peer("other", "kube-system", {"k8s-app": "metrics-server"})
    foreign = Peer("foreign", address="8.8.8.8")
    for peer in everybody.values():
        if peer.namespace == own and peer.labels.get("app.kubernetes.io/part-of"):
            for protocol in ("UDP", "TCP"):
                assert reaches(policies, peer, dns, 53, protocol), peer.name
            assert not reaches(policies, peer, other, 53, "UDP")
            assert not reaches(policies, peer, foreign, 53, "UDP")


def test_certificates_can_be_had() -> None:
    solver = Peer("solver", "slipway", {"acme.cert-manager.io/http01-solver": "true"})
    everybody, policies = peers("cpu"), of_kind("cpu", "NetworkPolicy")
    assert reaches(policies, everybody["ingress"], solver, 8089)
    assert not reaches(policies, everybody["stranger"], solver, 8089)


def policy(spec: Object) -> Object:
    return {"metadata": {"namespace": "a"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"], **spec}}


def test_the_matrix_is_computed_as_kubernetes_documents_it() -> None:
    """Its own rules, on policies small enough to see the answer."""
    here, there = Peer("here", "a", {"app": "x"}, ports={"web": 80}), Peer("there", "b", {"app": "y"})
    assert reaches([], there, here, 80)
    assert not reaches([policy({})], there, here, 80) and reaches([policy({})], here, there, 80)
    assert reaches([policy({"ingress": [{}]})], there, here, 80)
    near = policy({"ingress": [{"from": [{"podSelector": {}}]}]})
    assert reaches([near], here, here, 80) and not reaches([near], there, here, 80)
    both = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "b"}},
        "podSelector": {"matchLabels": {"app": "z"}},
    }
    assert not reaches([policy({"ingress": [{"from": [both]}]})], there, here, 80)
    either = [{"namespaceSelector": both["namespaceSelector"]}, {"podSelector": both["podSelector"]}]
    assert reaches([policy({"ingress": [{"from": either}]})], there, here, 80)
    named = policy({"ingress": [{"ports": [{"port": "web"}]}]})
    assert reaches([named], there, here, 80) and not reaches([named], there, here, 81)
    assert not reaches([named], there, here, 80, "UDP")
    assert reaches([policy({}), named], there, here, 80)  # what any of them allows
    block = policy({"ingress": [{"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}]})
    assert reaches([block], Peer("far", address="203.0.113.7"), here, 80)
    assert not reaches([block], Peer("far", address="203.0.114.7"), here, 80)
