"""The tasks of what `slipway compile` writes as the pods that KFP would make of them; `slipway doctor` about the file."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.test_doctor import CRD
from tests.k8s.rendered import ROOT
from tests.pods.slipway import NAMESPACE, POD, Slipway

_SLIPWAY = (sys.executable, str(ROOT / "slipway.py"))
_PARAMETERS = {"run_id": "pods-1", "cache": False}  # a training that is cached starts no workers
_LITTLE = "100m"  # the nodes have two cores each, and servers run on them


class Tasks:
    """A compiled pipeline of digits and its pods; their names are those of the tasks."""

    def __init__(self, slipway: Slipway, folder: Path, *options: str) -> None:
        self.slipway = slipway
        self.file = folder / "digits.yaml"
        image = "--image=registry.example.com/slipway-trainer:0.1.0"
        subprocess.run([*_SLIPWAY, "compile", "digits", image, *options, f"-o{self.file}"], check=True, timeout=300)
        pipeline, platform = yaml.safe_load_all(self.file.read_text())
        self._executors = pipeline["deploymentSpec"]["executors"]
        self._configs = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
        self._defaults = {
            name: one.get("defaultValue") for name, one in pipeline["root"]["inputDefinitions"]["parameters"].items()
        }

    def start(self, name: str) -> None:
        """The pod of a task."""
        container = self._executors[f"exec-{name}"]["container"]
        config = self._configs[f"exec-{name}"]
        arguments = [self._filled(word) for word in container.get("command", []) + container.get("args", [])]
        main = {
            "name": "main",
            "image": container["image"],
            "command": [word for word in arguments if word is not None],
            "env": [*map(_with_less, container["env"]), *_from_secrets(config), *_from_fields(config)],
            "resources": {
                "requests": {"cpu": _LITTLE, "memory": "1Gi"},
                "limits": {"memory": container["resources"]["resourceMemoryLimit"]},
            },
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
            "volumeMounts": [{"name": "slipway", "mountPath": mount["mountPath"]} for mount in config["pvcMount"]],
        }
        spec = {
            "serviceAccountName": "pipeline-runner",
            "restartPolicy": "Never",
            "securityContext": POD,
            "containers": [main],
            "volumes": [{"name": "slipway", "persistentVolumeClaim": {"claimName": "slipway"}}],
        }
        metadata = {"name": f"digits-{name}", "namespace": NAMESPACE, "labels": config["podMetadata"]["labels"]}
        self.slipway.api.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})

    def _filled(self, word: str) -> str:
        """An argument with what the run gives its placeholders."""
        for name, value in (self._defaults | _PARAMETERS).items():
            shown = json.dumps(value) if isinstance(value, list | bool) else _number(value)
            word = word.replace(f"{{{{$.inputs.parameters['{name}']}}}}", shown)
        return word.replace("{{$.outputs.parameters['result'].output_file}}", "/tmp/result.json")

    def has_ended(self, name: str) -> bool:
        time.sleep(0.5)
        phase = self.slipway.get("pod", f"digits-{name}")["status"]["phase"]
        return phase in ("Succeeded", "Failed")

    def succeeded(self, name: str) -> bool:
        return bool(self.slipway.get("pod", f"digits-{name}")["status"]["phase"] == "Succeeded")

    def said(self, name: str) -> str:
        return self.slipway.api.kubectl("-n", NAMESPACE, "logs", f"digits-{name}").stdout

    def declare_kfp(self) -> None:
        """What doctor looks for of KFP, without a pod behind it."""
        self.slipway.api.create(CRD)
        ports = [{"port": 8888}]
        metadata = {"name": "ml-pipeline", "namespace": NAMESPACE}
        service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": ports}}
        subsets = [{"addresses": [{"ip": "198.18.0.200"}], "ports": ports}]
        self.slipway.api.create(
            service, {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": subsets}
        )

    def doctor(self) -> tuple[int, list[dict[str, Any]]]:
        """Exit code and findings of `slipway doctor FILE --cluster`."""
        command = [*_SLIPWAY, "doctor", str(self.file), "--cluster", "--json", f"--namespace={NAMESPACE}"]
        environment = os.environ | {"KUBECONFIG": str(self.slipway.api.kubeconfig)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode in (0, 2), done.stderr
        return done.returncode, json.loads(done.stdout)["findings"]


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str("" if value is None else value)


def _with_less(variable: dict[str, str]) -> dict[str, str]:
    """The worker's pod with a smaller request of processor time."""
    if variable["name"] != "SLIPWAY_WORKER_POD":
        return variable
    worker = json.loads(variable["value"])
    worker["resources"]["requests"] |= {"cpu": _LITTLE, "memory": "1Gi"}
    return variable | {"value": json.dumps(worker)}


def _from_secrets(config: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": key["envVar"],
            "valueFrom": {"secretKeyRef": {"name": _constant(entry["secretNameParameter"]), "key": key["secretKey"]}},
        }
        for entry in config.get("secretAsEnv", ())
        for key in entry["keyToEnv"]
    ]


def _from_fields(config: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": entry["name"], "valueFrom": {"fieldRef": {"fieldPath": entry["fieldPath"]}}}
        for entry in config.get("fieldPathAsEnv", ())
    ]


def _constant(parameter: dict[str, Any]) -> str:
    return str(parameter["runtimeValue"]["constant"])
