"""Where a pipeline keeps its files in the cluster: a volume that every pod mounts."""

import re
from dataclasses import dataclass

from schemas.errors import InputError, shown

FORMS = "pvc://NAME[/PREFIX] or gs://BUCKET[/PREFIX]"
_MOUNT = "/mnt/slipway"
_CLAIM = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_BUCKET = re.compile(r"[a-z0-9][-a-z0-9_.]{1,220}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_NO_FILE_SYSTEM = ("s3", "s3a", "minio")


@dataclass(frozen=True)
class Root:
    """A mounted volume, and the folder in it that is Slipway's.

    Attributes:
      claim: the PersistentVolumeClaim.
      mount: where it is mounted.
      folder: the absolute path of the folder, at or below ``mount``.
      bucket: the Cloud Storage bucket behind the claim, or "".
    """

    claim: str
    mount: str
    folder: str
    bucket: str = ""

    @property
    def home(self) -> str:
        """$SLIPWAY_HOME of the pods."""
        return f"{self.folder}/home"

    @property
    def data(self) -> str:
        """$SLIPWAY_DATA of the pods."""
        return f"{self.folder}/data"


def parse(text: str) -> Root:
    """The root that ``--root`` names. Raises InputError for one that cannot be used.

    A bucket is mounted by the Cloud Storage FUSE driver through a claim ``gcs-BUCKET``, so that TFX sees plain paths.
    """
    scheme, separator, rest = text.partition("://")
    name, *folders = rest.rstrip("/").split("/")
    if separator and scheme in _NO_FILE_SYSTEM:
        raise InputError(
            f"--root: received {shown(text)}; {FORMS} is expected: TensorFlow has no file system for {scheme}://, so that no "
            "step could read or write there"
        )
    pattern = {"pvc": _CLAIM, "gs": _BUCKET}.get(scheme) if separator else None
    if pattern is None or not pattern.fullmatch(name) or not all(map(_PREFIX.fullmatch, folders)):
        raise InputError(
            f"--root: received {shown(text)}; {FORMS} is expected, in lower case, with a prefix of letters, digits and . _ -"
        )
    mount = _MOUNT if scheme == "pvc" else f"/gcs/{name}"
    folder = "/".join([mount, *folders])
    if scheme == "pvc":
        return Root(name, mount, folder)
    return Root(f"gcs-{name.replace('_', '-')}", mount, folder, bucket=name)
