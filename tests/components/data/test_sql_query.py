"""SQL queries through ExampleGen on the Titanic's rows: of SQLite, and of a real PostgreSQL server."""

import getpass
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy
from pyarrow import parquet

from components.data import sources
from components.data.sources import Block, sql_query
from schemas import events
from schemas.columns.typed import to_text
from schemas.errors import InputError
from schemas.lock import only_one
from schemas.sources import Csv, Sql

PASSWORD = "pa:ss/w@rd"
SECRET = "pa%3Ass%2Fw%40rd"
QUERY = 'SELECT * FROM titanic ORDER BY "PassengerId"'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "ships"
    path.mkdir()
    return path


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of its own, with a password; it ends with the tests."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        pytest.skip("PostgreSQL's server is not installed (Debian's package postgresql)")
    binaries = found[-1].parent
    user = getpass.getuser()
    if os.getuid() == 0:  # it refuses to be run as root
        user = next((name for name in ("postgres", "nobody") if _is_user(name)), user)
    place = Path(tempfile.mkdtemp(prefix="slipway-postgres-"))  # a socket's path may have 107 bytes: not below tmp_path
    secret = place / "password"
    secret.write_text(PASSWORD)
    for path in (place, secret):
        shutil.chown(path, user)
    port = _free_port()
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    run = (
        {"user": user, "cwd": place, "env": environment, "stdout": subprocess.DEVNULL}
        if os.getuid() == 0
        else {"cwd": place}
    )
    initdb = [
        binaries / "initdb",
        "-D",
        place / "data",
        "-U",
        "captain",
        "-A",
        "scram-sha-256",
        "--pwfile",
        secret,
        "-E",
        "UTF8",
    ]
    server = None
    try:
        subprocess.run(initdb, check=True, stderr=subprocess.PIPE, **run)  # type: ignore[call-overload]
        options = [
            "-D",
            place / "data",
            "-p",
            str(port),
            "-k",
            place,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "fsync=off",
        ]
        server = subprocess.Popen([binaries / "postgres", *options], stderr=subprocess.DEVNULL, **run)  # type: ignore[call-overload]
        url = f"postgresql+psycopg://captain:{SECRET}@127.0.0.1:{port}/postgres"
        _wait_for(url)
        yield url
    finally:
        if server:
            server.send_signal(signal.SIGINT)  # at SIGTERM it waits for clients, and a test's pool may still have one
            server.wait(30)
        shutil.rmtree(place, ignore_errors=True)


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(url: str) -> None:
    engine = sqlalchemy.create_engine(url)
    for _ in range(100):
        try:
            with engine.connect():
                break
        except sqlalchemy.exc.OperationalError:
            time.sleep(0.1)
    engine.dispose()


def fill(url: str, table: pa.Table) -> None:
    engine = sqlalchemy.create_engine(url)
    table.to_pandas(integer_object_nulls=True).to_sql("titanic", engine, index=False, if_exists="replace")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, folder: Path, titanic: pa.Table, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a page says as url: of a database with the table ``titanic``."""
    if request.param == "sqlite":
        fill(f"sqlite:///{folder / 'ships.db'}", titanic)
        return "sqlite:///ships.db"
    url = request.getfixturevalue("postgres")
    fill(url, titanic)
    monkeypatch.setenv("SHIPS_URL", url)
    return "$SHIPS_URL"


def read(source: Sql, data: Path, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0) -> list[Block]:
    located = sources.prepare(source, "ships", data, (*columns, *key))
    assert sources.fingerprint(source, located.path) == located.fingerprint
    return list(sources.blocks(source, located.path, columns, key, limit))


def texts(found: list[Block], name: str) -> list[str | None]:
    cells = [cell for block in found for cell in to_text(block.cells[name].combine_chunks()).to_pylist()]
    return [None if cell is None else cell.decode() for cell in cells]


def test_examples_and_splits_are_those_of_the_same_rows_as_csv(
    database: str, folder: Path, data: Path, generate: Callable[..., object], tmp_path: Path
) -> None:
    found = generate(Sql(database, QUERY))
    (tmp_path / "examples").rename(tmp_path / "before")
    (folder / "titanic.csv").symlink_to(data / "titanic" / "titanic.csv")
    assert found == generate(Csv("titanic.csv"))


def test_rows_are_read_in_blocks_once(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_query, "_BLOCK_ROWS", 100)
    found = read(Sql(database, QUERY), tmp_path, ("PassengerId", "Age"), limit=250)
    assert texts(found, "PassengerId") == [str(number) for number in range(1, 251)]
    (snapshot,) = (tmp_path / "ships").glob("query-*")
    about = [parquet.read_metadata(file) for file in snapshot.iterdir()]
    assert sum(one.num_rows for one in about) == 891
    assert max(one.row_group(0).num_rows for one in about) == 100


def test_a_note_says_how_many_rows_and_where(database: str, tmp_path: Path) -> None:
    heard: list[str] = []
    with events.listening(lambda event: heard.append(str(getattr(event, "text", event)))):
        read(Sql(database, QUERY), tmp_path, ("Age",))
    (snapshot,) = (tmp_path / "ships").glob("query-*")
    assert any(f"the query gave 891 rows; they are in {snapshot}" in text for text in heard)


def test_equal_rows_have_the_same_fingerprint_and_a_changed_one_another(
    database: str, postgres: str, tmp_path: Path
) -> None:
    source = Sql(database, QUERY)
    first = sources.prepare(source, "ships", tmp_path, ("Age",))
    kept = {file: file.stat().st_mtime_ns for file in Path(first.path).iterdir()}
    assert sources.prepare(source, "ships", tmp_path, ("Age",)) == first
    assert {file: file.stat().st_mtime_ns for file in Path(first.path).iterdir()} == kept, (
        "another run may be reading them"
    )
    url = postgres if database.startswith("$") else f"sqlite:///{tmp_path / 'ships' / 'ships.db'}"
    with sqlalchemy.create_engine(url).begin() as connection:
        connection.execute(sqlalchemy.text('UPDATE titanic SET "Age" = 23 WHERE "PassengerId" = 891'))
    assert sources.prepare(source, "ships", tmp_path, ("Age",)).fingerprint != first.fingerprint
    assert [path.suffix for path in (tmp_path / "ships").glob(".*")] == [".lock"]


def test_nothing_is_written_into_the_database(database: str, tmp_path: Path) -> None:
    for query in ("DELETE FROM titanic", "DROP TABLE titanic", 'DELETE FROM titanic RETURNING "Age"'):
        with pytest.raises(InputError, match=r"^ships: "):
            read(Sql(database, query), tmp_path, ("Age",))
    assert len(texts(read(Sql(database, QUERY), tmp_path, ("Age",)), "Age")) == 891


def test_a_colon_and_a_percent_sign_are_no_parameters(database: str, tmp_path: Path) -> None:
    query = "SELECT 'a:b %s %% :c' AS x, count(*) AS n FROM titanic WHERE \"Name\" LIKE '%Mrs.%'"
    found = read(Sql(database, query), tmp_path, ("x", "n"))
    assert (texts(found, "x"), texts(found, "n")) == (["a:b %s %% :c"], ["125"])


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELEC 1", "syntax error"),
        ('SELECT "Age", "Age" FROM titanic', "the query has the column 'Age' twice; name one with AS"),
        ('SELECT "Sex" FROM titanic', "the query has no column 'Age', which ships needs; its columns are 'Sex'"),
        ('SELECT 1 AS "Age" FROM titanic WHERE 1 = 0', "the query gave no rows"),
    ],
)
def test_what_is_wrong_with_a_query_is_one_line(database: str, tmp_path: Path, query: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read(Sql(database, query), tmp_path, ("Age",))
    message = str(caught.value)
    assert message.startswith("ships: ")
    assert reason in message
    assert "\n" not in message
    assert PASSWORD not in message
    assert SECRET not in message
    left = [path.suffix for path in (tmp_path / "ships").glob("*query-*")]
    assert left in ([], [".lock"]), "nothing is left"


def test_a_refused_password_is_not_shown(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPS_URL", postgres.replace(SECRET, "wrong-secret"))
    with pytest.raises(InputError, match=r"captain:\*\*\*@127\.0\.0\.1.*password authentication failed") as caught:
        read(Sql("$SHIPS_URL", QUERY), tmp_path, ("Age",))
    assert "wrong-secret" not in str(caught.value)
    assert caught.value.__cause__ is None, "a traceback with --debug would show it"


@pytest.mark.parametrize("option", ["password", "sslpassword"])
def test_a_secret_among_the_options_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    monkeypatch.setenv(
        "SHIPS_URL", f"postgresql+psycopg://captain@127.0.0.1:{_free_port()}/ships?{option}={SECRET}&no=1"
    )
    with pytest.raises(
        InputError, match=r'^ships: postgresql\+psycopg://captain@127\.0\.0\.1:\d+/ships: .*"no"'
    ) as caught:
        read(Sql("$SHIPS_URL", QUERY), tmp_path, ("Age",))
    assert SECRET not in str(caught.value)


def test_postgresql_s_types(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPS_URL", postgres)
    query = """SELECT 1::bigint AS i, 2.50::numeric AS n, 0.1::float8 AS f, true AS b, 'é'::text AS t, '\\x01'::bytea AS y,
        timestamp '2024-01-02 03:04:05' AS ts, timestamptz '2024-01-02 03:04:05+02' AS tz, date '2024-01-02' AS d,
        array['a','b'] AS l, '{"k": 1}'::jsonb AS j, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS u, null AS z"""
    found = read(
        Sql("$SHIPS_URL", query), tmp_path, ("i", "n", "f", "b", "t", "y", "ts", "tz", "d", "l", "j", "u", "z")
    )
    cells = {name: texts(found, name)[0] for name in found[0].cells.column_names}
    assert cells == {
        "i": "1", "n": "2.50", "f": "0.1", "b": "true", "t": "é", "y": "\x01", "ts": "2024-01-02T03:04:05",
        "tz": "2024-01-02T01:04:05Z", "d": "2024-01-02", "l": '["a","b"]', "j": '{"k":1}',
        "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "z": None,
    }  # fmt: skip


def test_a_column_of_several_types_and_one_that_begins_without_values(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_query, "_BLOCK_ROWS", 2)
    with sqlite3.connect(folder / "t.db") as connection:
        connection.execute("CREATE TABLE t (x, y)")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?)", [(1, None), (2, None), ("a", 1), (3, 2), (None, None), (4.5, 3)]
        )
    found = read(Sql("sqlite:///t.db", "SELECT * FROM t"), tmp_path, ("x", "y"))
    assert texts(found, "x") == ["1", "2", "a", "3", None, "4.5"]
    assert texts(found, "y") == [None, None, "1", "2", None, "3"]


def test_a_column_without_a_name_is_read(folder: Path, tmp_path: Path) -> None:
    (folder / "t.db").touch()
    assert texts(read(Sql("sqlite:///t.db", 'SELECT 1 AS x, 2 AS ""'), tmp_path, ("x",)), "x") == ["1"]


def test_a_database_that_is_not_there_is_named(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHIPS_URL", raising=False)
    with pytest.raises(
        InputError, match=r"^ships: the environment variable SHIPS_URL is not set; set it to the database's address"
    ):
        read(Sql("$SHIPS_URL", QUERY), tmp_path, ("Age",))
    with pytest.raises(InputError, match=r"ships/no\.db is missing; source\.url names it"):
        read(Sql("sqlite:///no.db", QUERY), tmp_path, ("Age",))
    monkeypatch.setenv("SHIPS_URL", f"my {SECRET}")
    with pytest.raises(InputError, match=r"SHIPS_URL is no address of a database") as caught:
        read(Sql("$SHIPS_URL", QUERY), tmp_path, ("Age",))
    assert SECRET not in str(caught.value)
    monkeypatch.setenv("SHIPS_URL", f"oracle+no://a:{SECRET}@b/c")
    with pytest.raises(InputError, match=r"^ships: oracle\+no://a:\*\*\*@b/c: Can't load plugin"):
        read(Sql("$SHIPS_URL", QUERY), tmp_path, ("Age",))


def test_what_a_killed_process_left_is_removed(folder: Path, tmp_path: Path, titanic: pa.Table) -> None:
    fill(f"sqlite:///{folder / 'ships.db'}", titanic)
    source = Sql("sqlite:///ships.db", QUERY)
    name = Path(sources.prepare(source, "ships", tmp_path, ("Age",)).path).name
    for left in (".part", ".old"):
        (folder / f".{name}{left}").mkdir()
        (folder / f".{name}{left}" / "part-00000.parquet").write_text("half")
    sources.prepare(source, "ships", tmp_path, ("Age",))
    assert [path.name for path in folder.glob(".*")] == [f".{name}.lock"]


def test_one_process_at_a_time_writes_the_rows(folder: Path, tmp_path: Path, titanic: pa.Table) -> None:
    fill(f"sqlite:///{folder / 'ships.db'}", titanic)
    source = Sql("sqlite:///ships.db", QUERY)
    located = sources.prepare(source, "ships", tmp_path, ("Age",))
    lock = Path(located.path).with_name(f".{Path(located.path).name}.lock")
    said: list[Any] = []
    with ThreadPoolExecutor(1) as pool, events.listening(said.append):
        with only_one(lock, lambda process: pytest.fail(f"{process} has the lock")):
            other = pool.submit(sources.prepare, source, "ships", tmp_path, ("Age",))
            while not any(isinstance(event, events.Waiting) for event in said):
                assert not other.done(), "it waits"
                time.sleep(0.01)
        assert other.result() == located


@pytest.mark.parametrize(
    "url",
    [
        "$SHIPS_URL",
        "sqlite:///ships.db",
        "postgresql+psycopg://captain@127.0.0.1:5432/ships?sslmode=require",
        "postgresql://h/d",
    ],
)
def test_a_url_without_a_password_has_no_problem(url: str) -> None:
    assert list(Sql(url, QUERY).problems()) == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://captain:hunter2@host/ships", "postgresql://captain:hun/ter2@host/ships", "postgresql://h/d?password=hunter2",
        "postgresql://h/d?user=x&PassWord=hunter2", "hunter2", "captain:hunter2@host", "$hunter-2", "",
    ],
)  # fmt: skip
def test_a_url_with_a_password_is_refused_and_not_shown(url: str) -> None:
    (problem,) = Sql(url, QUERY).problems()
    assert problem.field == "url"
    assert "hunter2" not in str(problem)


def fields(**changes: Any) -> Sql:
    return Sql(**{"url": "$X", "query": QUERY} | changes)


@pytest.mark.parametrize(("field", "value"), [("query", ""), ("query", None), ("url", None), ("missing", "NA")])
def test_a_field_of_another_type_is_a_problem(field: str, value: object) -> None:
    assert [problem.field for problem in fields(**{field: value}).problems()] == [field]
