"""What the pods of a compiled pipeline ask a cluster for, read from its two YAML documents."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from schemas.errors import InputError


@dataclass(frozen=True)
class Pod:
    """What a task's pod asks a node for.

    Attributes:
      task: the name.
      cpu, memory: quantities, as Kubernetes writes them.
      accelerator: the resource, or "".
      count: of accelerators.
      selector: labels that the node must have.
      tolerations: taints that it may have, as Kubernetes writes tolerations.
    """

    task: str
    cpu: str
    memory: str
    accelerator: str
    count: int
    selector: Mapping[str, str]
    tolerations: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Requirements:
    """All that a pipeline needs.

    Attributes:
      pods: of its tasks, and one for all workers, where several train.
      claims: PersistentVolumeClaims.
      secrets: keys by Secret.
      pull_secrets: Secrets that open registries.
      metadata: the metadata server's URL, or "".
      workers: pods that train together; 1 for one.
    """

    pods: tuple[Pod, ...]
    claims: tuple[str, ...]
    secrets: Mapping[str, tuple[str, ...]]
    pull_secrets: tuple[str, ...]
    metadata: str
    workers: int


def read(file: Path) -> Requirements:
    """Raises InputError for a file that is not what ``slipway compile`` writes."""
    try:
        return parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; name a file that slipway compile wrote") from error
    except (ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())[:200]
        raise InputError(f"{file} is no compiled pipeline ({said}); write it with slipway compile") from error


def parse(text: str) -> Requirements:
    """Raises ValueError, TypeError, KeyError, AttributeError or YAMLError for a text of another form."""
    # Two documents, as every pipeline that Slipway compiles mounts a claim and so has a platform part.
    pipeline, platform = yaml.safe_load_all(text)
    executors = pipeline["deploymentSpec"]["executors"]
    configs = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    containers = {name: executor["container"] for name, executor in executors.items()}
    environment = [entry for container in containers.values() for entry in container.get("env", ())]
    secrets: dict[str, set[str]] = {}
    for config in configs.values():
        for secret in config.get("secretAsEnv", ()):
            keys = {key["secretKey"] for key in secret["keyToEnv"]}
            secrets.setdefault(_constant(secret["secretNameParameter"]), set()).update(keys)
    claims = {
        _constant(mount["pvcNameParameter"]) for config in configs.values() for mount in config.get("pvcMount", ())
    }
    pull = {entry["secretName"] for config in configs.values() for entry in config.get("imagePullSecret", ())}
    return Requirements(
        pods=(*(_pod(name, containers[name], configs.get(name, {})) for name in containers), *_worker(environment)),
        claims=tuple(sorted(claims)),
        secrets={name: tuple(sorted(keys)) for name, keys in secrets.items()},
        pull_secrets=tuple(sorted(pull)),
        metadata=_value(environment, "SLIPWAY_METADATA", ""),
        workers=int(_value(environment, "SLIPWAY_WORKERS", "1")),
    )


def _pod(executor: str, container: dict[str, Any], config: dict[str, Any]) -> Pod:
    resources = container.get("resources", {})
    accelerator = resources.get("accelerator", {})
    return Pod(
        # KFP's compiler names the executor after the task.
        task=executor.removeprefix("exec-"),
        cpu=resources.get("resourceCpuRequest", "0"),
        memory=resources.get("resourceMemoryRequest", "0"),
        accelerator=accelerator.get("resourceType", ""),
        count=int(accelerator.get("resourceCount", 0)),
        selector=config.get("nodeSelector", {}).get("labels", {}),
        tolerations=tuple(config.get("tolerations", ())),
    )


def _worker(environment: list[dict[str, str]]) -> tuple[Pod, ...]:
    """The pod of each worker that trains, where several do."""
    # The workers' pods are in no document: the Trainer's task starts them while it runs.
    worker = json.loads(_value(environment, "SLIPWAY_WORKER_POD", "{}"))
    if not worker:
        return ()
    asked = dict(worker["resources"]["requests"])
    cpu, memory = asked.pop("cpu"), asked.pop("memory")
    # What is left beside cpu and memory is the resource of a device plugin, whatever its name.
    accelerator, count = next(iter(asked.items()), ("", "0"))
    return (Pod("worker", cpu, memory, accelerator, int(count), worker["nodeSelector"], tuple(worker["tolerations"])),)


def _constant(parameter: dict[str, Any]) -> str:
    return str(parameter["runtimeValue"]["constant"])


def _value(environment: list[dict[str, str]], name: str, default: str) -> str:
    return next((entry["value"] for entry in environment if entry["name"] == name), default)
