"""Archives whose bytes depend on what they hold, and not on when and where they were made."""

import gzip
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from schemas.errors import InputError
from schemas.files import replacing

_BLOCK = 1 << 20  # bytes
# What Docker's classic builder writes about the container of a step: another ID and host name in each build.
_OF_THE_BUILD = ("container", "container_config", "docker_version", "id", "parent")
_OF_THE_STEP = ("Hostname", "Domainname", "Image")

# What a COPY copied, by a hash that follows the files' times.
_COPIED = re.compile(r"\b(dir|file|multi):[0-9a-f]{64}")


@dataclass(frozen=True)
class Written:
    """An image's archive.

    Attributes:
      image_id: the SHA-256 of its configuration, as `docker images --no-trunc` shows it.
      layers: the SHA-256 of each layer above the base.
      layer_bytes: their size together.
    """

    image_id: str
    layers: tuple[str, ...]
    layer_bytes: int


def same_times(members: Iterable[tarfile.TarInfo], time: int) -> Iterator[tarfile.TarInfo]:
    """The entries of an archive, all with one time and without names of users: numbers are enough."""
    for member in members:
        member.mtime = time
        member.uname = member.gname = ""
        member.pax_headers = {
            name: value for name, value in member.pax_headers.items() if name not in ("mtime", "atime", "ctime")
        }
        yield member


def rewrite(source: IO[bytes], target: IO[bytes], time: int) -> None:
    """Copies a tar archive with ``same_times``, in the order that it has."""
    with (
        tarfile.open(fileobj=source, mode="r|") as old,
        tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in same_times(old, time):
            new.addfile(member, old.extractfile(member) if member.isreg() else None)


def rewrite_source_distribution(path: Path, time: int) -> None:
    """A .tar.gz, in place: sorted, owned by root, of one time, as gzip's own header is."""
    with (
        replacing(path) as part,
        tarfile.open(path) as old,
        part.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=time) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in same_times(sorted(old, key=lambda entry: entry.name), time):
            member.uid = member.gid = 0
            new.addfile(member, old.extractfile(member) if member.isreg() else None)


def rewrite_image(saved: Path, target: Path, tag: str, base_layers: list[str], base_steps: int, time: int) -> Written:
    """Writes what `docker save` saved anew, so that two builds of the same files are one image, with one ID.

    Docker's classic builder knows no SOURCE_DATE_EPOCH: it writes the time of the build into folders, layers and the
    configuration, and the ID of each step's container.

    Args:
      tag: the name that `docker load` gives the image.
      base_layers: the SHA-256 of each of the base's layers, which stay as they are.
      base_steps: how many steps of the history are the base's, and stay, too.
      time: what all else gets, in seconds since 1970.

    Raises:
      InputError: the image does not start with the base's layers.
    """
    with tarfile.open(saved) as old, _new_archive(target, time) as add:
        (manifest,) = json.load(_file(old, "manifest.json"))
        config = json.load(_file(old, manifest["Config"]))
        found = [digest.removeprefix("sha256:") for digest in config["rootfs"]["diff_ids"]]
        if found[: len(base_layers)] != base_layers:
            raise InputError(f"{tag}: does not start with the layers of its base: build it again")
        layers, above = [], 0
        for number, (name, digest) in enumerate(zip(manifest["Layers"], found, strict=True)):
            with target.with_name(f".{target.name}.layer").open("w+b") as layer:
                Path(layer.name).unlink()  # the descriptor keeps it: nothing is left of it after a crash
                _copy(_file(old, name), layer) if number < len(base_layers) else rewrite(_file(old, name), layer, time)
                size = layer.tell()
                digest = _sha256(layer)
                add(f"{digest}/layer.tar", layer, size)
            layers.append(digest)
            above += size if number >= len(base_layers) else 0
        text = json.dumps(_configuration(config, layers, base_steps, time), sort_keys=True).encode()
        image = hashlib.sha256(text).hexdigest()
        add(f"{image}.json", text)
        paths = [f"{digest}/layer.tar" for digest in layers]
        add("manifest.json", json.dumps([{"Config": f"{image}.json", "Layers": paths, "RepoTags": [tag]}]).encode())
    return Written(image, tuple(layers[len(base_layers) :]), above)


def _configuration(config: dict[str, Any], layers: list[str], base_steps: int, time: int) -> dict[str, Any]:
    """An image's configuration without what differs from one build to the next."""
    made = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kept = {name: value for name, value in config.items() if name not in _OF_THE_BUILD}
    kept["config"] = {name: value for name, value in config["config"].items() if name not in _OF_THE_STEP}
    kept["created"] = made
    steps = config["history"]
    kept["history"] = [*steps[:base_steps], *(_step(step, made) for step in steps[base_steps:])]
    kept["rootfs"] = config["rootfs"] | {"diff_ids": [f"sha256:{digest}" for digest in layers]}
    return kept


def _step(step: dict[str, Any], made: str) -> dict[str, Any]:
    """A step of the history, which Docker's cache may have had since before the commit."""
    return step | {"created": made, "created_by": _COPIED.sub(r"\1", step.get("created_by", ""))}


@contextmanager
def _new_archive(target: Path, time: int) -> Iterator[Any]:
    """Yields a function that adds a file: its name, and its bytes, or a file and its size."""
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as new:

        def add(name: str, content: bytes | IO[bytes], size: int = 0) -> None:
            entry = tarfile.TarInfo(name)
            entry.mtime = time
            entry.size = len(content) if isinstance(content, bytes) else size
            new.addfile(entry, io.BytesIO(content) if isinstance(content, bytes) else content)

        yield add


def _file(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)  # follows links: `docker save` writes a layer that stands twice once
    assert found is not None
    return found


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    while block := source.read(_BLOCK):
        target.write(block)


def _sha256(file: IO[bytes]) -> str:
    """Of the whole file, which is at its start afterwards."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return digest
