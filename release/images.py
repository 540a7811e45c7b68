"""The images: built by Docker from the files of a commit, and written as archives that two builds have in common."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from release.archives import Written, rewrite_image
from release.inputs import base_of
from schemas.errors import InputError

NAMES = ("gateway", "trainer", "studio")
LOCKS = {"gateway": "gateway.lock", "trainer": "trainer.lock", "studio": "trainer.lock"}
# Prints the packages of Debian that an image has, and its Python, which in Docker's own images is none of them.
_LIST = r"""
. /etc/os-release && echo "$ID-$VERSION_ID" && python -c 'import platform; print(platform.python_version())'
dpkg-query --show --showformat='${Package} ${Version} ${Architecture}\n'
"""


@dataclass(frozen=True)
class Image:
    """An image of a release.

    Attributes:
      tag: slipway-NAME:VERSION.
      lock: the lock file in k8s/images that its packages are from.
      base: the image that it is built on, as it was named.
      base_id: that one's own ID.
      base_digests: those that its registries know it by; none of one that was made on this machine.
      archive: for `docker load`.
    """

    name: str
    tag: str
    lock: str
    base: str
    base_id: str
    base_digests: tuple[str, ...]
    archive: Path
    written: Written


def build(
    name: str, version: str, tree: Path, target: Path, time: int, given: str = "", options: Sequence[str] = ()
) -> Image:
    """Builds an image and writes its archive, target/slipway-NAME-VERSION.tar. Docker does not have it by name yet.

    Args:
      given: a base in place of the Dockerfile's.
      options: more of `docker build`.

    Raises:
      InputError: a step failed; with its last words.
    """
    dockerfile = tree / "k8s" / "images" / f"{name}.Dockerfile"
    base = base_of(dockerfile, given)
    tag = f"slipway-{name}:{version}"
    with tempfile.TemporaryDirectory(dir=target, prefix=f".{name}.") as folder:
        number, saved = Path(folder, "id"), Path(folder, "saved.tar")
        arguments = (f"--build-arg=PYTHON_IMAGE={base}", f"--build-arg=VERSION={version}", f"--iidfile={number}")
        _docker("build", *options, f"--file={dockerfile}", *arguments, str(tree))
        (found,) = json.loads(_docker("image", "inspect", base))
        _docker("save", f"--output={saved}", number.read_text())
        archive = target / f"slipway-{name}-{version}.tar"
        layers = [digest.removeprefix("sha256:") for digest in found["RootFS"]["Layers"]]
        steps = len(_docker("history", "--quiet", base).splitlines())
        written = rewrite_image(saved, archive, tag, layers, steps, time)
    digests = tuple(sorted(found["RepoDigests"] or ()))
    return Image(name, tag, LOCKS[name], base, found["Id"], digests, archive, written)


def load(image: Image) -> None:
    """Gives the image its name; raises InputError where Docker reads another one out of the archive."""
    _docker("load", f"--input={image.archive}")
    (found,) = json.loads(_docker("image", "inspect", image.tag))
    if found["Id"] != f"sha256:{image.written.image_id}":
        raise InputError(f"{image.tag}: Docker loaded {found['Id']}, not sha256:{image.written.image_id}")


@cache  # the images of a release have one base
def system(image: str) -> tuple[str, str, list[tuple[str, str, str]]]:
    """What an image has beside its lock's packages.

    Returns:
      the distribution ("debian-12"), Python's version, and name, version and architecture of each Debian package.
    """
    shell = ("--network=none", "--entrypoint=sh", image, "-c", _LIST)
    distribution, python, *packages = _docker("run", "--rm", *shell).splitlines()
    return distribution, python, [_three(line) for line in packages]


def server_version() -> str:
    """Docker's version; raises InputError where it does not answer."""
    return _docker("version", "--format={{.Server.Version}}").strip()


def _three(line: str) -> tuple[str, str, str]:
    name, version, architecture = line.split()
    return name, version, architecture


def _docker(*arguments: str) -> str:
    try:
        done: subprocess.CompletedProcess[Any] = subprocess.run(["docker", *arguments], capture_output=True, text=True)
    except FileNotFoundError:
        raise InputError("docker: not found: install Docker, or release with IMAGES= for the wheel alone") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise InputError(f"docker {arguments[0]}: {said[-1] if said else f'exit code {done.returncode}'}")
    return str(done.stdout)
