import signal
import socket
import subprocess
import sys
import time

import pymysql
import pytest

from pipelines.kubeflow.simulate import mariadb
from schemas.errors import InputError

pytestmark = pytest.mark.skipif(mariadb.missing() is not None, reason=str(mariadb.missing()))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with mariadb.MariaDB(tmp_path_factory.mktemp("mariadb")) as running:
        yield running


def connected(server, user="slipway", password=None, database=None):
    password = server.password if password is None else password
    return pymysql.connect(host="127.0.0.1", port=server.port, user=user, password=password, database=database)


def test_the_user_has_the_one_database(server):
    with connected(server) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW DATABASES")
        assert {name for (name,) in cursor.fetchall()} == {"information_schema", "slipway"}
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            cursor.execute("CREATE DATABASE other")


@pytest.mark.parametrize("user", ["root", "", "slipway"])
def test_nobody_comes_in_without_the_password(server, user):
    with pytest.raises(pymysql.err.OperationalError, match="denied"):
        connected(server, user, password="")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_data_port_and_password_outlive_a_stop_and_a_crash(server, sent):
    with connected(server, database="slipway") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE kept AS SELECT 42 AS value")
        connection.commit()
    before = (server.port, server.password, server.url)
    server.stop(sent)
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", server.port)):
        pass
    server.start()
    assert (server.port, server.password, server.url) == before
    with connected(server, database="slipway") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT value FROM kept")
        assert cursor.fetchall() == ((42,),)


def test_secrets_are_for_the_owner_alone(server):
    for name in ("password", "init.sql"):
        assert (server.folder / name).stat().st_mode & 0o777 == 0o600
    assert server.password not in server.url


def test_a_server_that_cannot_start_names_its_log(server, tmp_path):
    second = mariadb.MariaDB(tmp_path)
    second.port = server.port  # taken
    with pytest.raises(InputError, match="server\\.log"):
        second.start()


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(mariadb, "_program", lambda name: None)
    assert "mariadbd and mariadb-install-db not found" in str(mariadb.missing())
    with pytest.raises(InputError, match="mariadb-server"):
        mariadb.MariaDB(mariadb.Path("nowhere")).start()


def test_a_killed_process_leaves_no_server_behind(tmp_path):
    script = (
        "import pathlib, sys, time\nfrom pipelines.kubeflow.simulate.mariadb import MariaDB\n"
        "server = MariaDB(pathlib.Path(sys.argv[1])); server.start(); print(server.port, flush=True); time.sleep(99)"
    )
    with subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline())
        process.kill()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail("the server still runs")
