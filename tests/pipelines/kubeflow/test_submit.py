"""`slipway submit` against a server that answers as Kubeflow Pipelines does."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.kubeflow import api as module
from pipelines.kubeflow import following
from pipelines.kubeflow.api import Api, UnreachableError
from pipelines.kubeflow.layout import Options
from pipelines.kubeflow.submit import Submission, values
from schemas import events
from schemas.errors import InputError
from schemas.records import RunResult
from tests.pipelines.kubeflow import kfp_server

ROOT = Path(__file__).parents[3]
IMAGE = "registry.example.com/slipway-trainer:1.0"
RUN = [
    {"prepare": "RUNNING"},
    {"prepare": "SUCCEEDED", "transform": "SUCCEEDED", "train": "SUCCEEDED", "evaluate": "SUCCEEDED"},
]
RESULT: dict[str, Any] = {
    "dataset": "titanic", "run_id": "run-0", "blessed": True, "version": "1.0.0", "serving_version": 5, "repeated": False,
    "pushed_to": "/mnt/slipway/home/models/titanic/5", "metrics": {"auc": 0.87}, "examples": 130, "split": "test",
    "naive": {"auc": 0.5}, "baseline": None, "baseline_note": "", "checks": [], "worst_slice": None, "slices": [], "limit": 0,
    "cases": {"count": 0, "passed": 0, "results": []}, "seconds": {"total": 40.0}, "cached": [], "log": "", "excluded": {},
}  # fmt: skip
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def server() -> Iterator[kfp_server.Server]:
    with kfp_server.running() as server:
        yield server


@pytest.fixture
def submit(server: kfp_server.Server) -> Callable[..., Done]:
    def submit(*arguments: str, host: str = server.url, **variables: str) -> Done:
        return subprocess.run(
            command(host, *arguments), cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, timeout=60
        )

    return submit


def command(host: str, *arguments: str) -> list[str]:
    return [sys.executable, "slipway.py", "submit", "titanic", "--host", host, "--image", IMAGE, *arguments]


def submission(**changes: Any) -> Submission:
    return Submission("titanic", Options(IMAGE), **{"values": {}, "experiment": "slipway"} | changes)


def refusal(done: Done) -> str:
    """The one line of a command that ended with exit code 2."""
    assert done.returncode == 2, done
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("slipway: "), done.stderr
    return lines[0].removeprefix("slipway: ")


def test_a_run_is_uploaded_started_and_followed_to_its_verdict(
    submit: Callable[..., Done], server: kfp_server.Server
) -> None:
    server.states, server.result = RUN, json.dumps(RESULT)
    done = submit("--param", "limit=100", "--param", "learning_rate=0.01", "--param", 'settings=["dropout=0.3"]')
    assert done.returncode == 0, done.stderr
    (run,) = server.runs.values()
    assert run.runtime_config == {"parameters": {"limit": 100, "learning_rate": 0.01, "settings": '["dropout=0.3"]'}}
    assert [p.name for p in server.pipelines.values()] == ["slipway-titanic"]
    assert [e.display_name for e in server.experiments] == ["slipway"]
    lines = done.stderr.splitlines()
    assert lines[0].startswith("uploaded version 20") and lines[1] == f"run run-0: {server.url}/#/runs/details/run-0"
    assert [line.split()[1] for line in lines[2:]] == ["prepare", "transform", "train", "evaluate"]
    assert "12.5 s" in lines[2]
    assert "blessed as version 1.0.0" in done.stdout and "0.8700" in done.stdout
    assert "next:" not in done.stdout  # the model is not on this machine


def test_a_model_that_is_not_blessed_is_exit_code_3_and_json_says_all(
    submit: Callable[..., Done], server: kfp_server.Server
) -> None:
    server.version, server.states = 3, RUN[1:]
    server.result = json.dumps(RESULT | {"blessed": False})
    done = submit("--json", "--experiment", "nightly")
    assert done.returncode == 3, done.stderr
    report = json.loads(done.stdout)
    assert report["result"]["blessed"] is False and report["state"] == "SUCCEEDED" and report["uploaded"] is True
    assert report["run_id"] == "run-0" and report["tasks"]["prepare"] == 12.5
    assert [e.display_name for e in server.experiments] == ["nightly"]


def test_a_failed_task_is_exit_code_1_with_the_command_that_shows_why(
    submit: Callable[..., Done], server: kfp_server.Server
) -> None:
    server.states, server.end = [{"prepare": "SUCCEEDED", "transform": "FAILED"}], "FAILED"
    done = submit()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        "slipway: the run ended as FAILED (a task failed): transform failed; see: kubectl logs -c main --tail 30 "
        "-l slipway/dataset=titanic,app.kubernetes.io/component=transform,pipeline/runid=run-0"
    )


def test_a_server_that_does_not_show_the_result_is_said(submit: Callable[..., Done], server: kfp_server.Server) -> None:
    server.states = RUN[1:]
    done = submit("--json")
    assert done.returncode == 0 and json.loads(done.stdout)["result"] is None
    assert "whether the model was blessed stands in the output `result`" in done.stderr.splitlines()[-1]


def test_an_interrupt_stops_the_following_and_not_the_run(server: kfp_server.Server) -> None:
    server.states = [{"prepare": "RUNNING"}] * 1000
    process = subprocess.Popen(command(server.url), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    while server.polls == 0:
        time.sleep(0.05)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert not any("terminate" in asked for asked in server.asked)
    *_, how, last = said.splitlines()
    assert how.endswith(f"slipway submit titanic --host {server.url} --image {IMAGE} --run-id run-0")
    assert last == "slipway: stopped; what was started in the cluster goes on"


def test_a_run_is_followed_again_by_its_id(submit: Callable[..., Done], server: kfp_server.Server) -> None:
    api = Api(server.url)
    started = submission()
    run_id = started.start(api, started.upload(api))
    server.states, server.result = RUN[1:], json.dumps(RESULT)
    done = submit("--run-id", run_id, "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["result"]["version"] == "1.0.0"
    assert len(server.runs) == len(server.files) == 1
    assert refusal(submit("--run-id", "nowhere")).endswith("refused this (404 run not found)")


def test_no_follow_ends_when_the_run_is_started(submit: Callable[..., Done], server: kfp_server.Server) -> None:
    done = submit("--no-follow", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["run_id"] == "run-0"
    assert server.polls == 0


def test_the_same_bytes_are_uploaded_once(server: kfp_server.Server) -> None:
    api = Api(server.url)
    first = submission().upload(api)
    other = Submission("titanic", Options(IMAGE, retries=5), {}, "slipway").upload(api)
    again = submission().upload(api)  # on the list's second page
    assert (first.new, other.new, again.new) == (True, True, False)
    assert again.id == first.id != other.id and again.pipeline_id == other.pipeline_id
    assert len(server.files) == 2 and len(server.pipelines) == 1


def test_a_schedule_takes_the_place_of_the_last_one(submit: Callable[..., Done], server: kfp_server.Server) -> None:
    done = submit("--schedule", "0 3 * * 1", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["replaced"] == 0
    (first,) = server.recurring.values()
    assert first.trigger["cron_schedule"]["cron"] == "0 0 3 * * 1"
    assert (first.no_catchup, first.max_concurrency) == (True, "1")
    done = submit("--schedule", "30 4 * * *", "--service-account", "trainer", "--experiment", "nightly")
    assert done.returncode == 0 and "in place of the last" in done.stdout
    (second,) = server.recurring.values()
    assert second.recurring_run_id != first.recurring_run_id and second.service_account == "trainer"
    assert not server.runs


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--schedule", "0 3 * *"], "--schedule: received '0 3 * *'; five fields are expected: minute, "),
        (["--schedule", "60 3 * * *"], "--schedule: received '60' as the minute; *, 0 to 59, a range"),
        (["--schedule", "0 3 * * 1", "--run-id", "run-0"], "--schedule: received '0 3 * * 1' with --run-id"),
        (["--param", "rate=1"], "--param 'rate=1': KEY=VALUE is expected, KEY one of limit, "),
        (["--param", "limit=many"], "--param limit: received 'many'; a whole number"),
        (["--param", 'settings=["x=1"]'], "--set 'x=1': KEY=VALUE is expected, KEY one of "),
        (["--root", "s3://b"], "--root: received 's3://b'"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent(
    submit: Callable[..., Done], server: kfp_server.Server, arguments: list[str], message: str
) -> None:
    assert refusal(submit(*arguments)).startswith(message)
    assert server.asked == []


def test_nobody_there(submit: Callable[..., Done]) -> None:
    message = refusal(submit(host="http://127.0.0.1:1"))
    assert message == (
        "--host: nothing answers at http://127.0.0.1:1 ([Errno 111] Connection refused); is its port forwarded?"
    )


def test_a_token_is_sent_and_asked_for(submit: Callable[..., Done], server: kfp_server.Server) -> None:
    server.token = "opensesame"
    assert submit("--no-follow", SLIPWAY_KFP_TOKEN="opensesame").returncode == 0
    for token in ("", "wrong"):
        message = refusal(submit(SLIPWAY_KFP_TOKEN=token))
        assert message.endswith("there is no user identity header.); set SLIPWAY_KFP_TOKEN to a token that is valid")


def test_a_certificate_of_ones_own_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "both.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        str(file),
        "-out",
        str(tmp_path / "c.pem"),
    ]
    subprocess.run([*command, *subject], check=True, capture_output=True)
    file.write_text(file.read_text() + (tmp_path / "c.pem").read_text())
    with kfp_server.running(file) as server:
        with pytest.raises(InputError, match=r"the certificate of https://.* is not trusted; set SSL_CERT_FILE"):
            Api(server.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "c.pem"))
        assert Api(server.url).experiment("slipway") == "experiment-0"


@pytest.mark.parametrize("host", ["", "kubeflow", "ftp://h", "http://", "http://h:x", "http://u:p@h", "http://h?x=1"])
def test_hosts_that_are_none(host: str) -> None:
    with pytest.raises(InputError, match=r"^--host: received .*; http\(s\)://HOST\[:PORT\] of Kubeflow Pipelines"):
        Api(host)


def test_no_right(server: kfp_server.Server) -> None:
    server.forbidden = True
    with pytest.raises(InputError, match=r"does not let you do this in namespace ada \(403 User is not authorized\)"):
        Api(server.url, "ada")


def test_a_server_of_several_users_asks_for_a_namespace(server: kfp_server.Server) -> None:
    server.namespace = "ada"
    with pytest.raises(InputError, match=r"^--namespace: .* serves several users; name the namespace"):
        Api(server.url)
    api = Api(server.url, "ada")
    api.experiment("slipway")
    submission().upload(api)
    assert server.experiments[0].namespace == "ada"
    assert [p.namespace for p in server.pipelines.values()] == ["ada"]


def test_a_web_page_is_no_api(server: kfp_server.Server) -> None:
    server.page = "<html>log in</html>"
    with pytest.raises(InputError, match=r"answers with a web page; set SLIPWAY_KFP_TOKEN if it asks who you are"):
        Api(server.url)


def test_another_program_at_that_address(server: kfp_server.Server) -> None:
    with pytest.raises(InputError, match=r"has no Kubeflow Pipelines v2 API \(404\)"):
        Api(f"{server.url}/elsewhere")


def test_a_server_that_fails_is_no_bug_of_ours(server: kfp_server.Server) -> None:
    server.failing = 1
    with pytest.raises(UnreachableError, match=r"failed \(503 upstream is away\); try again"):
        Api(server.url)


@pytest.fixture
def heard() -> Iterator[list[events.Event]]:
    """What is published during the test."""
    found: list[events.Event] = []
    with events.listening(found.append):
        yield found


@pytest.fixture
def started(server: kfp_server.Server, monkeypatch: pytest.MonkeyPatch) -> tuple[Api, str]:
    monkeypatch.setattr(following, "_SECONDS_BETWEEN", 0.01)
    api = Api(server.url)
    return api, submission().start(api, submission().upload(api))


def test_tasks_side_by_side_are_published_as_they_go(
    server: kfp_server.Server, started: tuple[Api, str], heard: list[events.Event]
) -> None:
    api, run_id = started
    server.states = [
        {"cases": "PENDING"},
        {"cases": "RUNNING", "evaluator": "RUNNING"},
        {"cases": "SUCCEEDED", "evaluator": "RUNNING"},
        {"cases": "SUCCEEDED", "evaluator": "FAILED"},
    ]
    server.end = "FAILED"
    tasks = ["cases", "evaluator", "pusher"]
    run = following.follow(api, run_id, tasks)
    assert heard == [
        events.StepStarted("cases"),
        events.StepStarted("evaluator"),
        events.StepFinished("cases", 12.5, False),
        events.StepFailed("evaluator", "failed"),
    ]
    assert following.failed(run, tasks) == ["evaluator"]
    assert following.seconds(run, tasks) == {"cases": 12.5, "evaluator": 12.5}


def test_a_server_that_is_away_for_a_while_is_waited_for(
    server: kfp_server.Server, started: tuple[Api, str], heard: list[events.Event]
) -> None:
    server.failing, server.states = 3, RUN[1:]
    assert following.follow(*started, ["prepare"]).state == "SUCCEEDED"
    notes = [event.text for event in heard if isinstance(event, events.Note)]
    assert len(notes) == 3 and notes[0].endswith("see ml-pipeline's log; asking again")


def test_a_server_that_stays_away_is_given_up(
    server: kfp_server.Server, started: tuple[Api, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_MOST_SECONDS_WITHOUT_ANSWER", 0.05)
    server.failing = 1000
    with pytest.raises(UnreachableError):
        following.follow(*started, ["prepare"])


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("text", [None, "", "{", "[]", json.dumps(RESULT)])
def test_the_result_is_read_from_either_version(
    server: kfp_server.Server, started: tuple[Api, str], version: int, text: str | None
) -> None:
    server.version, server.result = version, text
    found = submission().result(*started)
    assert found == (RunResult.from_json(RESULT) if text and text.startswith('{"') else None)


def test_the_result_is_that_of_the_pushers_task(server: kfp_server.Server, started: tuple[Api, str]) -> None:
    server.result, server.result_task = json.dumps(RESULT), "pusher"
    assert submission().result(*started) is None
    assert Submission("titanic", Options(IMAGE, pod_per_node=True), {}, "x").result(*started) == RunResult.from_json(
        RESULT
    )


def test_values_have_the_types_that_the_pipeline_declares() -> None:
    given = ["limit=1e3", "epochs=2", "learning_rate=1", "accept_drift=True", "include=[]", "data=/mnt/x"]
    found = values("titanic", given)
    assert found == {
        "limit": 1000, "epochs": 2, "learning_rate": 1.0, "accept_drift": True, "include": "[]", "data": "/mnt/x",
    }  # fmt: skip
    assert type(found["limit"]) is int and type(found["learning_rate"]) is float


def test_two_clients_that_make_the_pipeline_at_once_share_it(
    server: kfp_server.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, other = Api(server.url), Api(server.url)
    named = module.Api._named
    calls: list[str] = []

    def raced(self: Api, name: str) -> Any:
        """The other client makes the pipeline just after this one has found that it is not there."""
        found = named(self, name)
        if not calls:
            calls.append(name)
            other.upload(name, submission_text)
        return found

    from pipelines.kubeflow import compiler

    submission_text = compiler.compiled("titanic", Options(IMAGE, retries=1))
    monkeypatch.setattr(module.Api, "_named", raced)
    assert submission().upload(api).pipeline_id == "pipeline-0"
    assert len(server.pipelines) == 1
