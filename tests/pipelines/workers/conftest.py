"""A pod as KFP and Argo make it for the Trainer's task."""

from typing import Any

import pytest


@pytest.fixture
def pod() -> dict[str, Any]:
    def at(name: str) -> dict[str, str]:
        return {"name": name, "mountPath": f"/{name}"}

    main = {
        "name": "main",
        "image": "registry.example/slipway-trainer:1",
        "imagePullPolicy": "IfNotPresent",
        "workingDir": "/app",
        "command": ["/var/run/argo/argoexec", "emissary", "--", "/kfp-launcher/launch"],
        "args": ["--copy", "python", "-m", "cli.node"],
        "env": [
            {"name": "SLIPWAY_HOME", "value": "/mnt/slipway/home"},
            {"name": "SLIPWAY_GPUS", "value": "2"},
            {"name": "SLIPWAY_METADATA", "value": "mysql://slipway@slipway-metadata:3306/slipway"},
            {"name": "SLIPWAY_METADATA_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "m", "key": "password"}}},
            {"name": "SLIPWAY_POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "KFP_POD_UID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}},
            {"name": "ARGO_TEMPLATE", "value": "{}"},
        ],
        "resources": {"limits": {"nvidia.com/gpu": "2", "memory": "8Gi"}, "requests": {"cpu": "4"}},
        "securityContext": {"runAsUser": 1000, "runAsNonRoot": True},
        "volumeMounts": [
            {"name": "data", "mountPath": "/mnt/slipway"},
            {"name": "shm", "mountPath": "/dev/shm"},
            *map(at, ("var-run-argo", "kfp-launcher", "kube-api-access-x7x2z")),
        ],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "digits-train-17",
            "namespace": "team",
            "uid": "11111111-2222-3333-4444-555555555555",
            "labels": {
                "app.kubernetes.io/name": "slipway-pipeline",
                "app.kubernetes.io/component": "train",
                "slipway/dataset": "digits",
                "workflows.argoproj.io/workflow": "digits-abc",
            },
            "annotations": {"gke-gcsfuse/volumes": "true", "workflows.argoproj.io/node-name": "digits.train"},
        },
        "spec": {
            "serviceAccountName": "pipeline-runner",
            "nodeName": "gpu-node-1",
            "nodeSelector": {"nvidia.com/gpu.present": "true"},
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
            "imagePullSecrets": [{"name": "registry"}],
            "initContainers": [{"name": "kfp-launcher", "image": "kfp"}, {"name": "init", "image": "argoexec"}],
            "containers": [{"name": "wait", "image": "argoexec"}, main],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": "slipway"}},
                {"name": "shm", "emptyDir": {"medium": "Memory"}},
                {"name": "var-run-argo", "emptyDir": {}},
                {"name": "tmp-dir-argo", "emptyDir": {}},
                {"name": "kfp-launcher", "emptyDir": {}},
                {"name": "kube-api-access-x7x2z", "projected": {"sources": []}},
            ],
        },
    }
