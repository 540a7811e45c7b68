"""A Kubernetes API without nodes: etcd and kube-apiserver as processes, with RBAC, admission and schemas as in a cluster.

    with KubernetesAPI(folder) as api:
        api.kubectl("apply", "--server-side", "-f", "-", input=text)

There is no controller and no kubelet: what is created stays as it is, and no pod runs.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.cluster import go_programs

_START_SECONDS = 120


def missing() -> str | None:
    """Why there can be no API here, or None if there can."""
    if absent := [name for name in ("etcd", "kubectl", "openssl") if shutil.which(name) is None]:
        return f"{', '.join(absent)} not found; install Debian's packages etcd-server, kubernetes-client and openssl"
    return None if _given() else go_programs.missing("kubernetes")


def _given() -> str | None:
    return os.environ.get("KUBE_APISERVER") or shutil.which("kube-apiserver")


def program() -> list[str]:
    """kube-apiserver: $KUBE_APISERVER, that of the PATH, or one that is built from the Go module proxy and kept.

    Raises:
      RuntimeError: it cannot be built; the text is Go's.
    """
    if given := _given():
        return [given]
    (built,) = go_programs.build("kubernetes")
    return [str(built), "kube-apiserver"]


class KubernetesAPI:
    """The API from ``start`` to ``stop``, or as a context manager, on free ports of 127.0.0.1.

    Attributes:
      kubeconfig: of an administrator.
      url: of the API.
      address: that it listens on, at port 6443 if it is another one than 127.0.0.1.
      users: who may come besides the administrator: the groups of each, by name.
    """

    def __init__(self, folder: Path, address: str = "127.0.0.1", users: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.kubeconfig = folder / "kubeconfig"
        self.address = address
        self.users = dict(users or {})
        self._processes: list[subprocess.Popen[bytes]] = []
        self.url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when the API is ready. Raises RuntimeError if it never is, with the end of its log."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        server = program()
        clients, peers, port = _free_ports(3)
        port = port if self.address == "127.0.0.1" else 6443
        etcd = f"http://127.0.0.1:{clients}"
        self._run(
            "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls=http://127.0.0.1:{peers}",
            "--unsafe-no-fsync",
        )
        key = self.folder / "accounts.key"
        subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
        self.url = f"https://{self.address}:{port}"
        self._run(
            *server,
            f"--etcd-servers={etcd}",
            f"--bind-address={self.address}",
            f"--secure-port={port}",
            f"--cert-dir={self.folder / 'certificates'}",
            f"--token-auth-file={self._tokens()}",
            "--authorization-mode=Node,RBAC",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--kubelet-preferred-address-types=InternalIP",
        )
        self._wait()

    def _tokens(self) -> Path:
        """Writes a token and a kubeconfig for each user; the file of the tokens."""
        file = self.folder / "tokens.csv"
        with file.open("w") as out:
            for user, groups in {"admin": "system:masters", **self.users}.items():
                token = secrets.token_hex(16)
                out.write(f'{token},{user},{user},"{groups}"\n')
                self._write_kubeconfig(token, self.kubeconfig_of(user))
        return file

    def kubeconfig_of(self, user: str) -> Path:
        """Of the administrator or one of ``users``."""
        return self.kubeconfig if user == "admin" else self.folder / f"kubeconfig-{user.replace(':', '-')}"

    def _run(self, *command: str) -> None:
        name = next(word for word in reversed(command) if not word.startswith("-"))  # kubernetes kube-apiserver --...
        log = self.folder / f"{Path(name).name}.log"
        with log.open("wb") as out:
            self._processes.append(subprocess.Popen(command, stdout=out, stderr=out, cwd=self.folder))

    def _write_kubeconfig(self, token: str, file: Path) -> None:
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "tests",
            "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "admin"}}],
            "clusters": [{"name": "tests", "cluster": {"server": self.url, "insecure-skip-tls-verify": True}}],
            "users": [{"name": "admin", "user": {"token": token}}],
        }
        file.write_text(json.dumps(document))

    def _wait(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while self.kubectl("get", "--raw", "/readyz", check=False).returncode:
            ended = next((p for p in self._processes if p.poll() is not None), None)
            if ended is not None or time.monotonic() > end:
                logs = "\n".join(log.read_text()[-1500:] for log in self.folder.glob("*.log"))
                raise RuntimeError(f"the Kubernetes API does not come up; its logs end with:\n{logs}")
            time.sleep(0.3)

    def kubectl(
        self, *arguments: str, input: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Runs kubectl as the administrator. Raises AssertionError with its words if it fails and ``check`` is set."""
        command = ["kubectl", f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.folder / 'cache'}", *arguments]
        done = subprocess.run(command, input=input, capture_output=True, text=True, timeout=120)
        assert not check or done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done

    def get(self, *arguments: str) -> Any:
        """What ``kubectl get`` answers, as JSON."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json").stdout)

    def define(self, files: Sequence[Path]) -> None:
        """Makes custom resources, and waits until they can be used."""
        for file in files:
            self.kubectl("create", "-f", str(file))
        end = time.monotonic() + _START_SECONDS
        while not all(map(_is_established, self.get("customresourcedefinitions")["items"])):
            assert time.monotonic() < end, "the custom resources are not taken"
            time.sleep(0.2)

    def stop(self) -> None:
        """Ends both processes; the API first, as it writes to the other."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()


def _is_established(definition: dict[str, Any]) -> bool:
    conditions = definition.get("status", {}).get("conditions") or []
    return any(found["type"] == "Established" and found["status"] == "True" for found in conditions)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
