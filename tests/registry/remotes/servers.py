"""Real servers of the protocols of remotes, each on a free port of this machine and with credentials of its own."""

import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

USER, PASSWORD = "slipway", "s3cret pass/word"
_SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
Subsystem sftp internal-sftp
ForceCommand internal-sftp
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def program(name: str) -> str:
    """The path of a program; the test is skipped by its name where it is missing."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/lib/openssh")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@contextmanager
def s3(patch: pytest.MonkeyPatch) -> Iterator[str]:
    """moto's S3 with an empty bucket; yields its URL."""
    boto3, server = pytest.importorskip("boto3"), pytest.importorskip("moto.server")
    running = server.ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        patch.delenv(name, raising=False)
    keys = {"AWS_ACCESS_KEY_ID": USER, "AWS_SECRET_ACCESS_KEY": PASSWORD, "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in (keys | {"AWS_ENDPOINT_URL": f"http://{host}:{port}"}).items():
        patch.setenv(name, value)
    try:
        urllib.request.urlopen(
            f"http://{host}:{port}/moto-api/reset", b""
        ).close()  # moto's buckets are those of the process
        boto3.client("s3").create_bucket(Bucket="models")
        yield "s3://models/team"
    finally:
        running.stop()


@contextmanager
def gcs(patch: pytest.MonkeyPatch) -> Iterator[str]:
    """An emulator of Google Cloud Storage with an empty bucket; yields its URL."""
    emulator, port = pytest.importorskip("gcp_storage_emulator.server"), free_port()
    patch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    patch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with emulator.create_server("127.0.0.1", port, in_memory=True, default_bucket="models"):
        yield "gs://models/team"


@contextmanager
def sftp(patch: pytest.MonkeyPatch, folder: Path) -> Iterator[str]:
    """OpenSSH's server with a host key and a user's key of its own, which ~/.ssh has; yields the URL of ``folder``/served."""
    server, keygen, port = program("sshd"), program("ssh-keygen"), free_port()
    home = folder / "home" / ".ssh"
    home.mkdir(parents=True)
    for key in (folder / "host_key", home / "id_ed25519"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    shutil.copy(home / "id_ed25519.pub", folder / "authorized_keys")
    (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host_key.pub').read_text()}")
    patch.setenv("HOME", str(home.parent))
    patch.delenv("SSH_AUTH_SOCK", raising=False)
    (folder / "sshd_config").write_text(_SSHD.format(port=port, folder=folder))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd, as root, wants this empty folder
    (folder / "served").mkdir()
    log = folder / "sshd.log"
    running = subprocess.Popen([server, "-D", "-f", str(folder / "sshd_config"), "-E", str(log)])
    try:
        wait_for(port, log)
        yield f"sftp://127.0.0.1:{port}{folder}/served"
    finally:
        running.terminate()
        running.wait()


def wait_for(port: int, log: Path) -> None:
    """Returns when something listens on the port; fails with the server's log if nothing ever does."""
    for _ in range(200):
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"no server on port {port}: {log.read_text() if log.exists() else ''}")


@contextmanager
def webdav(folder: Path, wrap: Any = lambda application: application) -> Iterator[str]:
    """WsgiDAV under cheroot, with a user; yields the URL of ``folder``/team, which is there, without its password.

    Args:
      wrap: takes the WSGI application, and gives the one that is served.
    """
    wsgidav, wsgi = pytest.importorskip("wsgidav.wsgidav_app"), pytest.importorskip("cheroot.wsgi")
    (folder / "team").mkdir(parents=True)
    users = {"user_mapping": {"*": {USER: {"password": PASSWORD}}}}
    config = {"provider_mapping": {"/dav": str(folder)}, "simple_dc": users, "verbose": 0, "logging": {"enable": False}}
    server = wsgi.Server(("127.0.0.1", 0), wrap(wsgidav.WsgiDAVApp(config)), numthreads=4)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"webdav://{USER}@127.0.0.1:{server.bind_addr[1]}/dav/team"
    finally:
        server.stop()
        thread.join()


@contextmanager
def drive(patch: pytest.MonkeyPatch, folder: Path) -> Iterator[Any]:
    """``drive_server``, which this process takes for Google; yields the server."""
    pytest.importorskip("pydrive2.fs")
    httplib2 = pytest.importorskip("httplib2")
    from tests.registry.remotes import drive_server

    with drive_server.DriveServer(folder) as server:
        (folder / "key.json").write_text(drive_server.json.dumps(server.key))
        patch.setenv("SLIPWAY_DRIVE_CREDENTIALS", str(folder / "key.json"))
        patch.setattr(httplib2, "CA_CERTS", str(server.certificate))
        look_up, connect = socket.getaddrinfo, socket.socket.connect

        def place(host: str, port: int) -> tuple[str, int]:
            return ("127.0.0.1", server.server_port) if host in drive_server.HOSTS else (host, port)

        patch.setattr(socket, "getaddrinfo", lambda host, port, *more: look_up(*place(host, port), *more))
        patch.setattr(socket.socket, "connect", lambda own, address: connect(own, place(*address)))
        yield server
