"""The definitions of the custom resources that the manifests use, read from Go modules at test time."""

import functools
import json
import shutil
import subprocess
from pathlib import Path

# module@version: the folder in it
DEFINITIONS = {
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": "example/prometheus-operator-crd",
    "github.com/cert-manager/cert-manager@v1.21.2": "deploy/crds",
    "github.com/kserve/kserve@v0.17.0": "config/crd/full",
}
WANTED = ("_servicemonitors", "_prometheusrules", "_issuers", "_inferenceservices")


@functools.cache
def files() -> tuple[Path, ...]:
    """The YAML files of ``WANTED``.

    Raises:
      RuntimeError: Go is missing, or a module cannot be had.
    """
    if shutil.which("go") is None:
        raise RuntimeError("go not found")
    folders = [_downloaded(module) / folder for module, folder in DEFINITIONS.items()]
    return tuple(
        file
        for folder in folders
        for file in sorted(folder.glob("*.yaml"))
        if any(name in file.name for name in WANTED)
    )


def _downloaded(module: str) -> Path:
    done = subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{module} cannot be downloaded: {(done.stdout + done.stderr)[-300:]}")
    return Path(json.loads(done.stdout)["Dir"])
