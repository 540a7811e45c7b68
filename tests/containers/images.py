"""The images of k8s/images, built by Docker on a base of our own, as no registry of images can be asked here.

The base is Debian with Python, g++ and this machine's settings for downloads: its certificates, pip's and apt's files. It is
for tests alone; images that are kept are built on the one that the Dockerfiles name.
"""

import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker

from schemas.files import replacing
from schemas.lock import only_one

ROOT = Path(__file__).parents[2]
NAMES = ("gateway", "trainer", "studio")
SECONDS: dict[str, float] = {}  # what the first build of each tag took: later ones find its layers
BASE, _DEBIAN = "slipway-base:test", "slipway-debian:test"
SERVING = "tensorflow/serving:2.19.1"
_SUITE = "bookworm"
# debootstrap does not know that python3-distutils is what python3.11-venv calls python3.11-distutils.
_PACKAGES = ("python3.11-venv", "python3-distutils", "python3.11-dev", "g++", "ca-certificates")
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_OF_DOWNLOADS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_DEFAULT_TIMEOUT", "UV_DEFAULT_INDEX", "UV_INDEX")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy")


def missing() -> str | None:
    """Why no container can be built or run here, or None."""
    if not shutil.which("docker"):
        return "Docker is not installed: apt-get install docker.io"
    asked = subprocess.run(["docker", "version", "--format={{.Server.Version}}"], capture_output=True, text=True)
    if asked.returncode:
        return f"Docker's daemon does not answer: {(asked.stderr.strip().splitlines() or ['?'])[-1]}"
    if os.geteuid():
        return "a base image is made by root alone"
    return None if shutil.which("debootstrap") else "debootstrap is not installed: apt-get install debootstrap"


def base() -> str:
    """The tag of the base image, which is made when it is not there; raises RuntimeError with a step's last words."""
    with _alone("base"):
        if not _known(_DEBIAN):
            imported = ("docker", "import", "--change", 'CMD ["bash"]', str(_debian()), _DEBIAN)
            _done(imported)
        settings = _cache() / "settings"
        shutil.rmtree(settings, ignore_errors=True)
        _write_settings(settings)
        _done(("docker", "build", "--quiet", "--network=host", f"--tag={BASE}", str(settings)))
    return BASE


def image(name: str) -> str:
    """Builds ``gateway``, ``trainer`` or ``studio``, as far as Docker has not its layers; returns the tag.

    Raises:
      RuntimeError: a step of the Dockerfile failed; with its last words.
    """
    return build(name, f"slipway-{name}:test")


def stand_in() -> str:
    """The trainer's image under the name of TensorFlow Serving's, which cannot be pulled here: it starts as that one does."""
    image("trainer")
    folder = Path(__file__).parent / "stand_in"
    _done(("docker", "build", "--quiet", f"--tag={SERVING}", str(folder)))
    return SERVING


def build(name: str, tag: str, *options: str) -> str:
    """``docker build`` of k8s/images/NAME.Dockerfile, with more options than a test of its image needs."""
    arguments = [f"--build-arg=PYTHON_IMAGE={base()}", *_proxies()]
    with _alone(name):
        began = time.monotonic()
        file = f"--file=k8s/images/{name}.Dockerfile"
        _done(("docker", "build", "--network=host", file, f"--tag={tag}", *arguments, *options, "."))
        SECONDS.setdefault(tag, time.monotonic() - began)
    return tag


def size(tag: str) -> int:
    """Bytes of an image, all its layers together."""
    found: int = docker.from_env().images.get(tag).attrs["Size"]
    return found


def _cache() -> Path:
    folder = Path(os.environ.get("SLIPWAY_TEST_CACHE") or ROOT / "build" / "containers")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One build of an image at a time: the second finds every layer made."""
    with only_one(_cache() / f"{name}.lock", lambda process: None):
        yield


def _known(tag: str) -> bool:
    return subprocess.run(["docker", "image", "inspect", tag], capture_output=True).returncode == 0


def _debian() -> Path:
    """A tar of Debian with the packages of the base: made once, in three minutes."""
    file = _cache() / f"{_SUITE}.tar"
    if file.exists():
        return file
    root = _cache() / f"{_SUITE}.root"
    # A mount namespace of its own: whatever ends debootstrap, none of its mounts stays behind in the folder.
    alone = ("unshare", "--mount", "--fork", "--kill-child", "debootstrap")
    _remove(root)
    try:
        _done((*alone, "--variant=minbase", f"--include={','.join(_PACKAGES)}", _SUITE, str(root), _mirror()))
        (root / "usr" / "bin" / "python").symlink_to("python3.11")
        with replacing(file) as part, tarfile.open(part, "w") as tar:
            tar.add(root, ".", filter=lambda member: None if _is_left_out(member.name) else member)
    finally:
        _remove(root)
    return file


def _is_left_out(path: str) -> bool:
    parts = Path(path).parts
    return (parts[:1] in (("dev",), ("proc",), ("sys",)) and len(parts) > 1) or path.endswith(".deb")


def _remove(folder: Path) -> None:
    subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=True)


def _mirror() -> str:
    """The archive of Debian that this machine's apt uses."""
    asked = ("apt-get", "indextargets", "--format=$(REPO_URI)", "Created-By: Packages", f"Codename: {_SUITE}")
    if not (found := subprocess.run(asked, capture_output=True, text=True).stdout.split()):
        raise RuntimeError(f"apt knows no archive of {_SUITE}: run apt-get update")
    return found[0]


def _write_settings(folder: Path) -> None:
    """A context for `docker build`: what this machine must be told to download goes into the base."""
    apt = [
        file for file in Path("/etc/apt/apt.conf.d").glob("*") if "Invoke" not in file.read_text()
    ]  # what apt is to run is no business of a container
    certificates = Path(os.environ.get("SSL_CERT_FILE") or _CERTIFICATES)
    files = {file: file for file in (*apt, Path("/etc/pip.conf")) if file.is_file()}
    for file, target in (files | {certificates: Path(_CERTIFICATES)}).items():
        to = folder / "files" / target.relative_to("/")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, to)
    variables = dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"), _CERTIFICATES)
    variables |= {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}  # the second is the name that older ones know
    variables |= {name: os.environ[name] for name in _OF_DOWNLOADS if os.environ.get(name)}
    lines = [f"FROM {_DEBIAN}", "COPY files /", *(f'ENV {name}="{value}"' for name, value in variables.items())]
    (folder / "Dockerfile").write_text("\n".join(lines) + "\n")


def _proxies() -> list[str]:
    """As build arguments, which no history has."""
    names = [name for known in _PROXIES for name in (known, known.upper()) if os.environ.get(name)]
    return [f"--build-arg={name}" for name in names]


def _done(command: tuple[str, ...]) -> None:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        last = "\n".join(done.stdout.splitlines()[-20:])
        raise RuntimeError(f"{' '.join(command[:3])} ended with {done.returncode}:\n{last}")
