"""Every overlay renders, always to the same bytes, and is what Kubernetes' schemas say."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.k8s import rendered
from tests.k8s.rendered import K8S, OVERLAYS, kustomize, objects, of_kind, text

CUSTOM = ("monitoring.coreos.com/", "cert-manager.io/", "serving.kserve.io/")
VERSION = "1.32"
CLUSTER_WIDE = ("Namespace", "PersistentVolume")


@pytest.mark.parametrize("name", OVERLAYS)
def test_rendering_twice_gives_the_same_bytes(name: str) -> None:
    assert kustomize(K8S / "overlays" / name) == text(name)


def test_no_object_is_there_twice(overlay: str) -> None:
    names = [(found["kind"], found["metadata"]["name"]) for found in objects(overlay)]
    assert len(names) == len(set(names))


def test_all_is_in_one_namespace(overlay: str) -> None:
    wanted = "kubeflow" if overlay == "local" else "slipway"
    for found in objects(overlay):
        assert found["metadata"].get("namespace") == (None if found["kind"] in CLUSTER_WIDE else wanted)
    for binding in of_kind(overlay, "RoleBinding"):
        assert {subject["namespace"] for subject in binding["subjects"]} == {wanted}


def test_all_says_that_it_is_slipways(overlay: str) -> None:
    for found in objects(overlay):
        if found["kind"] != "Namespace":
            assert found["metadata"]["labels"]["app.kubernetes.io/part-of"] == "slipway"


def test_the_schemas_of_kubernetes_are_kept(overlay: str) -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="the package kubernetes-validate is not installed")
    for found in objects(overlay):
        if not found["apiVersion"].startswith(CUSTOM):
            validate.validate(found, VERSION, strict=True)


def test_the_overlays_differ_where_they_should() -> None:
    kinds = {name: {found["kind"] for found in objects(name)} for name in OVERLAYS}
    assert "InferenceService" in kinds["kserve"] and "Namespace" not in kinds["local"]
    assert "HorizontalPodAutoscaler" not in kinds["local"] and "ServiceMonitor" not in kinds["local"]
    deployments = [found["metadata"]["name"] for found in of_kind("kserve", "Deployment")]
    assert deployments == ["slipway-gateway"]
    (claim,) = [c for c in of_kind("local", "PersistentVolumeClaim") if c["metadata"]["name"] == "slipway"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_every_file_of_the_base_and_of_a_component_is_used() -> None:
    for folder in [K8S / "base", *(K8S / "components").iterdir(), *(K8S / "overlays").iterdir()]:
        document = (folder / "kustomization.yaml").read_text()
        for file in folder.rglob("*"):
            path = str(file.relative_to(folder))
            if file.is_file() and path not in ("kustomization.yaml", "adapter-values.yaml"):
                assert path in document, f"{folder / path} is not named in {folder}/kustomization.yaml"


def test_no_password_and_no_key_is_in_the_files(overlay: str) -> None:
    assert not of_kind(overlay, "Secret")
    for file in K8S.rglob("*.yaml"):
        assert not re.search(r"(?i)(password|token|secret): *['\"]?[A-Za-z0-9+/]{12,}['\"]? *$", file.read_text(), re.M)


@pytest.mark.parametrize("name", ["cpu", "gpu"])
def test_they_can_live_in_kfps_namespace_as_the_readme_says(name: str, tmp_path: Path) -> None:
    copied = shutil.copytree(K8S, tmp_path / "k8s")
    overlay = copied / "overlays" / "cpu" / "kustomization.yaml"
    written = overlay.read_text().replace("namespace: slipway", "namespace: kubeflow")
    overlay.write_text(written.replace("components/namespace", "components/shared-namespace"))
    found = list(yaml.safe_load_all(kustomize(copied / "overlays" / name)))
    assert {one["metadata"].get("namespace") for one in found} == {"kubeflow"}
    (binding,) = [one for one in found if one["kind"] == "RoleBinding"]
    assert [subject["namespace"] for subject in binding["subjects"]] == ["kubeflow"]


def test_the_files_of_helm_are_yaml() -> None:
    assert yaml.safe_load((K8S / "components/monitoring/adapter-values.yaml").read_text())["rules"]["custom"]


def test_two_renderings_of_a_combination_agree() -> None:
    first = rendered.text("cpu+gcs")
    rendered.text.cache_clear()
    assert rendered.text("cpu+gcs") == first
