"""A release: checked, built, listed and recorded in a folder that appears when all of it is there."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cyclonedx.model.component import Component, ComponentType

from release import boms, distributions, images, record
from release.audit import Audit
from release.inputs import IMAGES, ROOT, Source, base_of, check_version, source
from schemas.errors import InputError
from schemas.files import replaced_folder

# The wheel has no lock of its own: this one has its packages with the extras that pods need, and no tool for tests.
_LOCK_OF_THE_WHEEL = IMAGES / "trainer.lock"


@dataclass(frozen=True)
class Wanted:
    """What is to be made.

    Attributes:
      images: of images.NAMES.
      base: in place of the base that the Dockerfiles name; "" for that one.
      docker_options: more of `docker build`.
      dirty: whether changes that are not committed may be in it.
      folder: where; the files of an earlier try are replaced.
    """

    version: str
    images: tuple[str, ...]
    base: str
    docker_options: tuple[str, ...]
    dirty: bool
    folder: Path


def make(wanted: Wanted, audited: Callable[[], Audit], say: Callable[[str], None]) -> Audit:
    """Makes folder/VERSION, and gives the images their names in Docker; returns what the audit found.

    Args:
      audited: carries the audit out; a release with a known vulnerability is not made.
      say: shows a line of what happens.

    Raises:
      InputError: something is not as a release needs it; nothing is left of what was built.
    """
    check_version(wanted.version)
    made_of = source(dirty=wanted.dirty)
    for name in wanted.images:
        base = base_of(IMAGES / f"{name}.Dockerfile", wanted.base)
        say(f"{name}: base {base}{', in place of the one that is pinned' if wanted.base else ''}")
    docker = images.server_version() if wanted.images else ""
    audit = audited()
    if audit.known:
        raise InputError(f"no release: {len(audit.known)} known vulnerabilities: {'; '.join(audit.known)}")
    with replaced_folder(wanted.folder / wanted.version) as folder:
        built = _built(wanted, made_of, folder, say)
        record.write(folder, wanted.version, made_of, built[0], built[1], audit, docker)
        for image in built[1]:
            images.load(image)
    say(f"{wanted.folder / wanted.version}: {record.RECORD}, {record.SUMS}, {len(built[0]) + len(built[1])} artefacts")
    return audit


def _built(
    wanted: Wanted, made_of: Source, folder: Path, say: Callable[[str], None]
) -> tuple[list[Path], list[images.Image]]:
    """Builds and lists everything in ``folder``; returns the distributions and the images."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".tree.") as scratch:
        tree = Path(scratch, f"slipway-{wanted.version}")
        distributions.export(made_of, tree)
        # Docker builds first: setuptools leaves folders of its own in the tree.
        found = []
        for name in wanted.images:
            built = images.build(name, wanted.version, tree, folder, made_of.time, wanted.base, wanted.docker_options)
            found.append(built)
            above = built.written.layer_bytes / 1e6
            say(f"{built.tag}: sha256:{built.written.image_id}, {above:.0f} MB above its base")
        packed = distributions.build(tree, folder, made_of.time)
        page = boms.of_web_page(tree / "studio" / "web" / "package-lock.json")
        for path in packed:
            if path.suffix == ".whl":
                components = [*boms.of_lock(tree / _LOCK_OF_THE_WHEEL.relative_to(ROOT)), *page]
                _list(folder, "slipway", wanted.version, components, ComponentType.APPLICATION, path, made_of, {})
        for image in found:
            components = [*boms.of_lock(tree / "k8s" / "images" / image.lock), *_of_image(image)]
            components += page if image.name == "studio" else []
            properties = {"image-id": image.written.image_id, "base": image.base, "base-id": image.base_id}
            name = f"slipway-{image.name}"
            _list(folder, name, wanted.version, components, ComponentType.CONTAINER, image.archive, made_of, properties)
    return packed, found


def _of_image(image: images.Image) -> list[Component]:
    """Of its base: nothing above it installs a Debian package."""
    return boms.of_system(*images.system(image.base))


def _list(
    folder: Path,
    name: str,
    version: str,
    components: Sequence[Component],
    kind: ComponentType,
    file: Path,
    made_of: Source,
    properties: dict[str, str],
) -> None:
    written = boms.text(
        name,
        version,
        components,
        kind=kind,
        digest=record.sha256(file),
        time=made_of.time,
        properties={"commit": made_of.commit} | properties,
    )
    (folder / f"{name}-{version}.cdx.json").write_text(written, encoding="utf-8")
