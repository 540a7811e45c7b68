"""The images of the cluster, Slipway's and stand-ins for others: in a store of containerd that each node has a copy of."""

import functools
import hashlib
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.cluster import go_programs
from tests.containers import images
from tests.pods import network

HERE = Path(__file__).parent
PAUSE = "slipway.test/pause:1"
DNS = "slipway.test/coredns:1"
_REGISTRY = "registry.example.com"  # of docs/kubernetes.md
_DATABASE = "slipway-mariadb:test"
# What the manifests call them, of what Docker has them as.
_NAMES = {
    "slipway-gateway:test": (
        "slipway-gateway:0.1.0",
        f"{_REGISTRY}/slipway-gateway:0.1.0",
        f"{_REGISTRY}/slipway-gateway:0.1.1",
    ),
    "slipway-trainer:test": (f"{_REGISTRY}/slipway-trainer:0.1.0",),
    images.SERVING: (),
    _DATABASE: ("mariadb:10.11.14",),
    PAUSE: (),
    DNS: (),
}
_SECONDS = 1800


def cache() -> Path:
    """A folder with a short path on a disk: sockets lie in it, whose paths may have 107 bytes."""
    folder = Path("/var/tmp/slipway-pods")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@functools.cache  # one for all nodes, whatever is built meanwhile
def store() -> Path:
    """containerd's folder with all images, made again when one of them is another than before.

    Raises:
      RuntimeError: an image cannot be built or read; with the last words of the step.
    """
    _build()
    ids = network.run("docker", "image", "inspect", "--format={{.Id}}", *_NAMES)
    known = hashlib.sha256(f"{ids}{_NAMES}".encode()).hexdigest()[:12]
    folder = cache() / f"store-{known}"
    if not folder.is_dir():
        for old in cache().glob("store-*"):
            shutil.rmtree(old)
        with tempfile.TemporaryDirectory(prefix="part-", dir=cache()) as part:
            _fill(Path(part))
            (Path(part) / "root").rename(folder)
    return folder


def _build() -> None:
    images.image("gateway")
    images.stand_in()
    base = f"--build-arg=BASE={images.base()}"
    network.run("docker", "build", "--quiet", "--network=host", base, f"--tag={_DATABASE}", str(HERE / "mariadb"))
    pause, dns = go_programs.build("pause", "coredns")
    for program, tag in ((pause, PAUSE), (dns, DNS)):
        _from_text(f'FROM scratch\nCOPY {program.name} /\nENTRYPOINT ["/{program.name}"]\n', tag, program)


def _from_text(dockerfile: str, tag: str, *files: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Dockerfile").write_text(dockerfile)
        for file in files:
            shutil.copy(file, folder)
        network.run("docker", "build", "--quiet", f"--tag={tag}", folder)


def _fill(folder: Path) -> None:
    """Reads the images from Docker with a containerd of its own, in a mount namespace of its own."""
    address = folder / "s"
    config = folder / "config.toml"
    config.write_text(
        f'version = 2\nroot = "{folder}/root"\nstate = "{folder}/state"\n'
        f'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\n  address = "{address}"\n'
    )
    ctr = ("ctr", f"--address={address}", "--namespace=k8s.io", "images")
    with (folder / "log").open("wb") as log:
        containerd = subprocess.Popen(
            ["unshare", "--mount", "--fork", "--kill-child", "containerd", f"--config={config}"], stdout=log, stderr=log
        )
    try:
        _wait_for(address, folder / "log")
        saved = subprocess.Popen(["docker", "save", *_NAMES], stdout=subprocess.PIPE)
        done = subprocess.run(
            [*ctr, "import", "-"], stdin=saved.stdout, capture_output=True, text=True, timeout=_SECONDS
        )
        if saved.wait() or done.returncode:
            raise RuntimeError(f"the images cannot be read: {done.stderr.strip()}")
        for have, names in _NAMES.items():
            for name in names:
                network.run(*ctr, "tag", _whole(have), _whole(name))
    finally:
        containerd.kill()  # unshare heeds no SIGTERM; all that is written is written by now
        containerd.wait()


def _wait_for(address: Path, log: Path) -> None:
    end = time.monotonic() + 60
    while subprocess.run(["ctr", f"--address={address}", "version"], capture_output=True).returncode:
        if time.monotonic() > end:
            raise RuntimeError(f"containerd does not come up: {log.read_text()[-1000:]}")
        time.sleep(0.2)


def _whole(name: str) -> str:
    """The name with the registry that Docker leaves out."""
    first = name.split("/")[0]
    if "/" in name and "." in first:
        return name
    return f"docker.io/{name}" if "/" in name else f"docker.io/library/{name}"


def give_to(folder: Path) -> None:
    """Puts the images into containerd's folder: layers are never written again and are linked, the indexes are copied."""
    network.run("cp", "--archive", "--link", str(store()), str(folder))
    for index in folder.rglob("*.db"):
        copy = index.with_suffix(".part")
        shutil.copy(index, copy)
        copy.replace(index)
