"""What the rest of Slipway takes for granted of the manifests: compiled pipelines, workers, the entry point, KFP's account."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.kubeflow import compiler, groups, roots
from pipelines.kubeflow.layout import Options
from pipelines.workers import job, kubernetes_api
from tests.k8s.policies import matches
from tests.k8s.rendered import ROOT, of_kind, one, pods
from tests.k8s.test_references import SECRETS

OPTIONS = Options("slipway-trainer:0.1.0", gpus=1)


@pytest.fixture(scope="module")
def steps() -> dict[str, Any]:
    """The platform document's part of each task of a compiled pipeline."""
    _, platform = yaml.safe_load_all(compiler.compiled("digits", OPTIONS))
    executors: dict[str, Any] = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert len(executors) == len(groups.tasks())
    return executors


def selects(overlay: str, policy: str, labels: dict[str, str]) -> bool:
    return matches(one(overlay, "NetworkPolicy", policy)["spec"]["podSelector"], labels)


def test_the_policies_know_the_pods_of_compiled_pipelines(steps: dict[str, Any], overlay: str) -> None:
    for step in steps.values():
        labels = step["podMetadata"]["labels"]
        for policy in ("slipway-closed", "slipway-names", "slipway-pipelines", "slipway-metadata-clients"):
            assert selects(overlay, policy, labels), policy


def test_the_policies_know_the_pods_of_workers(steps: dict[str, Any], overlay: str) -> None:
    labels = steps["exec-train"]["podMetadata"]["labels"]
    container = {"name": "main", "image": "slipway-trainer:0.1.0"}
    metadata = {"name": "train", "namespace": "slipway", "uid": "1", "labels": labels}
    made = job.job({"metadata": metadata, "spec": {"containers": [container]}}, "workers", 2, Path("/order"))
    for policy in ("slipway-closed", "slipway-names", "slipway-pipelines"):
        assert selects(overlay, policy, made["spec"]["template"]["metadata"]["labels"]), policy


def test_compiled_pipelines_find_their_volume_their_secret_and_their_store(steps: dict[str, Any]) -> None:
    for step in steps.values():
        claims = {mount["constant"] for mount in step["pvcMount"]}
        assert claims <= {found["metadata"]["name"] for found in of_kind("cpu", "PersistentVolumeClaim")}
        for secret in step["secretAsEnv"]:
            assert {key["secretKey"] for key in secret["keyToEnv"]} <= SECRETS[secret["secretName"]]
    stores = {
        variable["value"]
        for pod in pods("cpu")
        for container in pod.containers
        for variable in container.get("env", [])
        if variable["name"] == "SLIPWAY_METADATA"
    }
    assert stores == {OPTIONS.metadata}


def test_recurring_pipelines_have_their_files_where_compiled_ones_have_them(overlay: str) -> None:
    root = roots.parse("gs://my-bucket" if overlay == "cpu+gcs" else OPTIONS.root)
    assert root.claim in {found["metadata"]["name"] for found in of_kind(overlay, "PersistentVolumeClaim")}
    for pod in pods(overlay):
        if pod.labels["app.kubernetes.io/name"] == "slipway-pipeline":
            (container,) = pod.containers
            set_to = {variable["name"]: variable.get("value") for variable in container["env"]}
            assert (set_to["SLIPWAY_HOME"], set_to["SLIPWAY_DATA"]) == (root.home, root.data)
            assert {"name": "slipway", "mountPath": root.mount} in container["volumeMounts"]


def test_the_drift_check_is_the_first_task_of_a_pipeline() -> None:
    (found,) = [pod.containers[0] for pod in pods("cpu") if pod.owner == "CronJob/slipway-drift-titanic"]
    nodes = [argument.partition("=")[2] for argument in found["args"] if argument.startswith("--node=")]
    assert tuple(nodes) == groups.tasks()[0].nodes


def test_servers_and_trainings_look_for_gpus_in_the_same_place(steps: dict[str, Any]) -> None:
    (serving,) = [pod for pod in pods("gpu") if pod.owner == "Deployment/slipway-serving"]
    assert steps["exec-train"]["nodeSelector"]["labels"] == serving.spec["nodeSelector"]
    (compiled,) = steps["exec-train"]["tolerations"]
    (toleration,) = serving.spec["tolerations"]
    assert compiled == toleration


def granted(rules: Any) -> set[tuple[str, str]]:
    return {(resource, verb) for rule in rules for resource in rule["resources"] for verb in rule["verbs"]}


def test_a_trainer_may_do_what_its_code_asks_for_and_no_more(overlay: str) -> None:
    (role,) = of_kind(overlay, "Role")
    assert granted(role["rules"]) == granted(kubernetes_api.RULES)


def test_the_job_that_makes_the_tables_runs_a_command_that_there_is() -> None:
    (found,) = [pod for pod in pods("cpu") if pod.owner == "Job/slipway-init"]
    command = [sys.executable, "slipway.py", *found.spec["containers"][0]["args"], "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "table" in done.stdout.lower(), done.stderr
