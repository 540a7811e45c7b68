"""The very scripts of the backup CronJob against a real MariaDB that runs with the StatefulSet's options."""

import gzip
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import ml_metadata
import pytest
from ml_metadata.proto import metadata_store_pb2

from pipelines.execution import metadata_store
from pipelines.kubeflow.simulate import mariadb
from schemas.home import Home
from tests.k8s.rendered import K8S, pods

SCRIPTS = K8S / "base" / "metadata" / "config"


def statefulset_options() -> list[str]:
    (pod,) = [pod for pod in pods("cpu") if pod.owner == "StatefulSet/slipway-metadata"]
    arguments: list[str] = pod.containers[0]["args"]
    return arguments


class Server(mariadb.MariaDB):
    """With the options that it has in the cluster."""

    def _command(self) -> list[str]:
        return [*super()._command(), *(o for o in statefulset_options() if "buffer-pool" not in o)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if (reason := mariadb.missing()) is not None:
        pytest.skip(f"no MariaDB: {reason}")
    with Server(tmp_path_factory.mktemp("mariadb")) as running:
        yield running


def store(server: Server) -> ml_metadata.MetadataStore:
    environment = {"SLIPWAY_METADATA": server.url, "SLIPWAY_METADATA_PASSWORD": server.password}
    found = metadata_store.from_environment(Home(Path("/none"), Path("/none")), environment)
    return ml_metadata.MetadataStore(found.config, enable_upgrade_migration=False)


def remember(server: Server, *names: str) -> None:
    """Writes artifacts of one type, as pipelines do."""
    with_type = metadata_store_pb2.ArtifactType(name="Model")
    connected = store(server)
    number = connected.put_artifact_type(with_type)
    connected.put_artifacts(
        [metadata_store_pb2.Artifact(type_id=number, name=name, uri=f"/m/{name}") for name in names]
    )


def remembered(server: Server) -> set[str]:
    return {artifact.name for artifact in store(server).get_artifacts()}


def run(server: Server, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A script with the environment of its CronJob, and our server's address in it."""
    (pod,) = [pod for pod in pods("cpu") if pod.owner == f"CronJob/slipway-metadata-{script}"]
    (container,) = pod.containers
    given = {variable["name"]: variable.get("value", server.password) for variable in container["env"]}
    given |= {"MARIADB_HOST": "127.0.0.1", "MARIADB_PORT": str(server.port)}
    path, *rest = container["command"][1:]
    assert path == f"/scripts/{script}.sh" and len(rest) == len(arguments)
    command = ["bash", str(SCRIPTS / f"{script}.sh"), *arguments]
    complete = {"PATH": os.environ["PATH"]} | given | environment
    return subprocess.run(command, capture_output=True, text=True, env=complete, timeout=120)


def dumps(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_backup_brings_back_what_was_and_removes_what_came_later(server: Server, tmp_path: Path) -> None:
    remember(server, "one", "two", "ONE")  # the collation tells ONE from one
    done = run(server, "backup", str(tmp_path), "14")
    assert done.returncode == 0, done.stderr
    (name,) = dumps(tmp_path)
    assert name.startswith("slipway-") and name.endswith("Z.sql.gz") and name in done.stdout
    remember(server, "three")
    store(server).put_artifact_type(metadata_store_pb2.ArtifactType(name="Later"))
    subprocess.run(
        [
            "mariadb",
            "--host=127.0.0.1",
            f"--port={server.port}",
            "--user=slipway",
            "slipway",
            "-e",
            "CREATE TABLE later (a INT)",
        ],
        env=os.environ | {"MYSQL_PWD": server.password},
        check=True,
    )
    done = run(server, "restore", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert remembered(server) == {"one", "two", "ONE"}
    assert [found.name for found in store(server).get_artifact_types() if found.name in ("Model", "Later")] == ["Model"]
    again = run(server, "backup", str(tmp_path), "14")
    assert again.returncode == 0
    newest = gzip.decompress((tmp_path / dumps(tmp_path)[-1]).read_bytes()).decode()
    assert "`later`" not in newest
    remember(server, "four")  # the restored store goes on as one


def test_an_older_backup_can_be_named(server: Server, tmp_path: Path) -> None:
    remember(server, "old")
    before = remembered(server)
    assert run(server, "backup", str(tmp_path), "14").returncode == 0
    (first,) = dumps(tmp_path)
    time.sleep(1.1)  # names have seconds
    remember(server, "new")
    assert run(server, "backup", str(tmp_path), "14").returncode == 0
    assert run(server, "restore", str(tmp_path), BACKUP=first).returncode == 0
    assert remembered(server) == before
    assert run(server, "restore", str(tmp_path)).returncode == 0
    assert remembered(server) == before | {"new"}


def test_only_the_newest_are_kept(server: Server, tmp_path: Path) -> None:
    old = [f"slipway-2026010{day}T000000Z.sql.gz" for day in range(1, 6)]
    for name in [*old, "notes.txt"]:
        (tmp_path / name).write_bytes(b"x")
    done = run(server, "backup", str(tmp_path), "3")
    assert done.returncode == 0, done.stderr
    left = dumps(tmp_path)
    assert left[0] == "notes.txt" and left[1:3] == old[-2:] and len(left) == 4
    assert done.stdout.count("removed") == 3


def test_a_server_that_is_away_leaves_no_backup_and_removes_none(server: Server, tmp_path: Path) -> None:
    (tmp_path / "slipway-20260101T000000Z.sql.gz").write_bytes(b"x")
    done = run(server, "backup", str(tmp_path), "1", MYSQL_PWD="wrong")
    assert done.returncode != 0 and "Access denied" in done.stderr
    assert dumps(tmp_path) == ["slipway-20260101T000000Z.sql.gz"]


def test_a_backup_that_is_not_whole_is_not_restored(server: Server, tmp_path: Path) -> None:
    remember(server, "kept")
    assert run(server, "backup", str(tmp_path), "14").returncode == 0
    (name,) = dumps(tmp_path)
    whole = gzip.decompress((tmp_path / name).read_bytes())
    before = remembered(server)
    cut = tmp_path / "slipway-20990101T000000Z.sql.gz"
    for damaged in (gzip.compress(whole[: len(whole) // 2]), (tmp_path / name).read_bytes()[:-200], b""):
        cut.write_bytes(damaged)
        done = run(server, "restore", str(tmp_path))
        assert done.returncode == 2 and "is not whole" in done.stderr, done.stderr
    assert remembered(server) == before


def test_a_name_that_is_not_there_is_told_with_those_that_are(server: Server, tmp_path: Path) -> None:
    (tmp_path / "slipway-20260101T000000Z.sql.gz").write_bytes(b"x")
    done = run(server, "restore", str(tmp_path), BACKUP="slipway-2020.sql.gz")
    assert done.returncode == 2 and "slipway-20260101T000000Z.sql.gz" in done.stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(server, "restore", str(empty)).returncode == 2
