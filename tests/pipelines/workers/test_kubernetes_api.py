"""An API server that is away, or whose answers are lost; rights and a Job's life are in tests/cluster."""

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator

import pytest
from kubernetes import client

from pipelines.workers import kubernetes_api
from pipelines.workers.kubernetes_api import Api
from schemas.errors import InputError

Answer = Callable[[str, str], int]


@contextlib.contextmanager
def answering(answer: Answer) -> Iterator[Api]:
    """The API of a server that answers a method and a path with a status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = answer(self.command, self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"message": f"status {status}"}).encode())

        def do_DELETE(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        configuration = client.Configuration()
        configuration.host, configuration.proxy = f"http://127.0.0.1:{server.server_port}", None
        yield Api(client.ApiClient(configuration), "team", "digits-train")
        server.shutdown()


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubernetes_api, "_SECONDS_BETWEEN_CALLS", 0.01)


def test_what_was_made_though_the_answer_was_lost_is_made() -> None:
    answers, asked = iter([500, 409, 200]), []

    def answer(method: str, path: str) -> int:
        asked.append(path.rpartition("/")[2])
        return next(answers)

    with answering(answer) as api:
        api.create({"kind": "Service"}, {"kind": "Job"})
    assert asked == ["services", "services", "jobs"]


def test_what_somebody_else_has_made_is_a_conflict() -> None:
    with answering(lambda *_: 409) as api, pytest.raises(InputError, match="status 409"):
        api.create({"kind": "Service"}, {"kind": "Job"})


def test_a_pod_that_must_end_does_not_wait_for_an_api_that_is_silent() -> None:
    silent = threading.Event()

    def answer(method: str, path: str) -> int:
        silent.wait(60)
        return 200

    with answering(answer) as api:
        with pytest.raises(InputError, match="has not answered"):
            api.remove("w", wait=False, patience=0.1)
        silent.set()
