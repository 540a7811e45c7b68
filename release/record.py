"""What a folder of a release says about itself: release.json and SHA256SUMS."""

import hashlib
import json
import platform
from dataclasses import asdict
from functools import cache
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from release.audit import Audit
from release.images import Image
from release.inputs import Source

SUMS, RECORD = "SHA256SUMS", "release.json"
_TOOLS = ("build", "cyclonedx-bom", "cyclonedx-python-lib", "pip-audit", "setuptools")


def sha256(path: Path) -> str:
    """Of a file's content, in hex. An image's archive, of gigabytes, is read once for its list, the record and the sums."""
    about = path.stat()
    return _sha256(path, about.st_size, about.st_mtime_ns)


@cache
def _sha256(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(
    folder: Path,
    version: str,
    source: Source,
    distributions: list[Path],
    images: list[Image],
    audit: Audit,
    docker: str,
) -> None:
    """Writes both files into ``folder``, the sums last, of all that is there; the same bytes in each build.

    Args:
      docker: its version; "" where no image was built.
    """
    tools = {name: installed(name) for name in _TOOLS} | {"python": platform.python_version()}
    record = {
        "version": version,
        "commit": source.commit,
        "dirty": source.dirty,
        "source_date_epoch": source.time,
        "distributions": [_file(path) for path in distributions],
        "images": [_image(image) for image in images],
        "audit": asdict(audit),
        "tools": tools | ({"docker": docker} if docker else {}),
    }
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    sums = [f"{sha256(path)}  {path.name}\n" for path in sorted(folder.iterdir()) if path.name != SUMS]
    (folder / SUMS).write_text("".join(sums), encoding="utf-8")


def _file(path: Path) -> dict[str, Any]:
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}


def _image(image: Image) -> dict[str, Any]:
    return {
        "name": image.tag.partition(":")[0],
        "tag": image.tag,
        "id": f"sha256:{image.written.image_id}",
        "lock": image.lock,
        "base": {"name": image.base, "id": image.base_id, "digests": image.base_digests},
        "layers_above_the_base": [f"sha256:{digest}" for digest in image.written.layers],
        "bytes_above_the_base": image.written.layer_bytes,
        "archive": _file(image.archive),
    }
