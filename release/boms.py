"""Software bills of materials, in CycloneDX's JSON: what a wheel or an image has inside, in which version."""

import base64
import json
import subprocess
import sys
import uuid
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from schemas.errors import InputError

_ALGORITHMS = {"sha512": HashAlgorithm.SHA_512, "sha1": HashAlgorithm.SHA_1}  # as package-lock.json names them
_OURS = DisjunctiveLicense(id="Apache-2.0")


def of_lock(lock: Path) -> list[Component]:
    """The packages of a lock file, with the hashes that are installed; raises InputError where it cannot be read."""
    tool = Path(sys.executable).with_name("cyclonedx-py")
    options = ("--short-PURLs", "--output-reproducible", "--no-validate")
    done = subprocess.run([str(tool), "requirements", str(lock), *options], capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise InputError(f"{lock.name}: cyclonedx-py: {said[-1] if said else done.returncode}")
    bom: Bom = Bom.from_json(json.loads(done.stdout))
    for component in bom.components:
        component.description = None  # each line of the lock, at length
    return list(bom.components)


def of_web_page(lock: Path) -> list[Component]:
    """The npm packages that the studio's page is built of, by its package-lock.json, without the tools that build it.

    `npm sbom` would leave out those that others ask for as peers, React itself among them.
    """
    found: dict[str, Component] = {}
    for path, entry in json.loads(lock.read_text(encoding="utf-8"))["packages"].items():
        if not path or entry.get("dev") or entry.get("link"):
            continue
        name = path.rpartition("node_modules/")[2]
        scope, _, short = name.rpartition("/")
        algorithm, _, digest = entry.get("integrity", "").partition("-")
        content = base64.b64decode(digest).hex()
        component = Component(
            name=short,
            group=scope or None,
            version=entry["version"],
            type=ComponentType.LIBRARY,
            purl=PackageURL("npm", scope or None, short, entry["version"]),
            hashes=[HashType(alg=_ALGORITHMS[algorithm], content=content)] if algorithm in _ALGORITHMS else [],
        )
        found[str(component.purl)] = component  # one version may lie in several folders
    return list(found.values())


def of_system(distribution: str, python: str, packages: Iterable[tuple[str, str, str]]) -> list[Component]:
    """The Debian packages of an image, and its Python."""
    vendor = distribution.partition("-")[0]
    found: list[tuple[str, str, str, str, dict[str, str]]] = [("generic", "", "python", python, {})]
    for name, version, architecture in packages:
        found.append(("deb", vendor, name, version, {"arch": architecture, "distro": distribution}))
    return [
        Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            purl=PackageURL(kind, vendor or None, name, version, qualifiers),
        )
        for kind, vendor, name, version, qualifiers in found
    ]


def text(
    name: str,
    version: str,
    components: Iterable[Component],
    *,
    kind: ComponentType,
    digest: str,
    time: int,
    properties: dict[str, str],
) -> str:
    """The bill of one wheel or image, checked against CycloneDX's schema; the same text in each build.

    Args:
      digest: the SHA-256 of its file.
      time: in seconds since 1970.
      properties: more about it, by name.

    Raises:
      RuntimeError: the schema refuses what was written.
    """
    bom = Bom()
    bom.metadata.timestamp = datetime.fromtimestamp(time, UTC)
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_OID, f"{name}@{version}:{digest}")
    bom.metadata.component = Component(
        name=name,
        version=version,
        type=kind,
        licenses=[_OURS],
        bom_ref=f"{name}@{version}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        properties=[Property(name=f"slipway:{key}", value=value) for key, value in properties.items()],
    )
    for component in components:
        component.bom_ref.value = str(component.purl)
        bom.components.add(component)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that there is no graph of what asks for what: locks are flat
        written = str(JsonV1Dot6(bom).output_as_string(indent=2))
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(written)
    if wrong is not None:
        raise RuntimeError(f"the bill of {name}: {wrong}")
    return written + "\n"
