"""Beam's arguments for each runner, and what is refused before anything starts."""

import contextlib
import http.server
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.beam import runners
from schemas.errors import InputError

OVERVIEW = {"taskmanagers": 2, "slots-total": 6, "flink-version": "1.19.3"}


@contextlib.contextmanager
def answering(content: object) -> Iterator[str]:
    """HOST:PORT of a server that answers as Flink's REST interface does at /v1/overview."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/v1/overview" else 404)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job server's jar, and a Java beside it, as far as the arguments look at them."""
    file, java = tmp_path / "job-server.jar", tmp_path / "java"
    file.touch()
    java.touch(mode=0o755)
    monkeypatch.setenv(runners.JOB_SERVER, str(file))
    monkeypatch.setenv("PATH", str(tmp_path))
    return file


def refused(*arguments: object) -> str:
    with pytest.raises(InputError) as error:
        runners.arguments(*arguments)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
    return str(error.value)


def test_without_a_runner_beam_stays_in_this_process() -> None:
    assert runners.arguments() == runners.LOCAL_ARGS == runners.from_environment({})


def test_what_is_given_counts_more_than_what_is_chosen() -> None:
    args = runners.arguments("local", "", ["--direct_num_workers=2"])
    assert (
        runners.option(args, "direct_num_workers") == "2" and runners.option(args, "direct_running_mode") == "in_memory"
    )


def test_flink_gets_as_many_tasks_and_processes_as_the_session_has_slots(jar: Path) -> None:
    with answering(OVERVIEW) as master:
        args = runners.arguments("flink", master)
    assert runners.option(args, "parallelism") == "6" and runners.option(args, "sdk_worker_parallelism") == "3"
    assert runners.option(args, "flink_master") == master and runners.option(args, "flink_job_server_jar") == str(jar)
    assert runners.option(args, "environment_type") == "EXTERNAL"


def test_a_job_server_that_runs_needs_no_jar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(runners.JOB_SERVER, raising=False)
    with answering(OVERVIEW) as master, answering({}) as endpoint:
        args = runners.arguments("flink", master, [f"--job_endpoint={endpoint}"])
    assert runners.option(args, "flink_job_server_jar") is None and runners.option(args, "job_endpoint") == endpoint


def test_a_missing_jar_is_named_with_the_command_that_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(runners.JOB_SERVER, raising=False)
    with answering(OVERVIEW) as master:
        line = refused("flink", master)
    assert "SLIPWAY_FLINK_JOB_SERVER" in line and "mvn dependency:copy" in line
    assert "org.apache.beam:beam-runners-flink-1.19-job-server:2." in line


def test_missing_java_is_said(jar: Path) -> None:
    (jar.parent / "java").unlink()
    assert shutil.which("java") is None
    with answering(OVERVIEW) as master:
        assert "Java" in refused("flink", master)


def test_a_session_without_slots_is_refused_unless_the_parallelism_is_given(jar: Path) -> None:
    with answering(OVERVIEW | {"slots-total": 0, "taskmanagers": 0}) as master:
        assert "no task slots" in refused("flink", master)
        args = runners.arguments("flink", master, ["--parallelism=4"])
    assert runners.option(args, "parallelism") == "4"


def test_an_address_where_nobody_or_somebody_else_answers_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        master = f"127.0.0.1:{taken.getsockname()[1]}"
        assert f"--flink-master {master}" in (line := refused("flink", master)) and "refused" in line
    with answering(["something else"]) as other:
        assert "no Flink session" in refused("flink", other)
    with socket.create_server(("127.0.0.1", 0)) as database:
        threading.Thread(target=lambda: database.accept()[0].sendall(b"J\0\0\0\n10.11-MariaDB\0"), daemon=True).start()
        assert "no Flink session" in refused("flink", f"127.0.0.1:{database.getsockname()[1]}")
    assert "nobody answers" in refused("spark", "", [f"--job_endpoint={master}"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("storm",), "'storm'; one of local, flink, spark, dataflow"),
        (("flink",), "--flink-master HOST:PORT"),
        (("local", "localhost:8081"), "goes with --beam flink"),
        (("spark",), "--job_endpoint=HOST:PORT"),
        (("local", "", ["workers=2"]), "'workers=2'"),
        (("local", "", ["--runner=PrismRunner"]), "--beam chooses the runner"),
    ],
)
def test_what_is_wrong_is_named(arguments: tuple[object, ...], said: str) -> None:
    assert said in refused(*arguments)


def test_dataflow_says_all_that_is_missing() -> None:
    line = refused("dataflow", "", ["--project=p"])
    assert "--project" not in line
    assert all(f"--{name}=" in line for name in ("region", "temp_location", "sdk_container_image"))


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_an_input_error(text: str) -> None:
    try:
        host, port = runners._address("--flink-master", text)
    except InputError:
        return
    assert host and 0 < port < 65536


@given(st.lists(st.text()))
def test_the_variable_is_a_json_list(extra: list[str]) -> None:
    assert runners.extra_from_environment({"SLIPWAY_BEAM_ARGS": json.dumps(extra)}) == tuple(extra)


@pytest.mark.parametrize("text", ["--parallelism=2", '{"a": 1}', "[1]", "null"])
def test_another_variable_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="SLIPWAY_BEAM_ARGS"):
        runners.from_environment({"SLIPWAY_BEAM_ARGS": text})
