"""Jobs of a real studio: each trains the digits by the real command in a process of its own."""

import json
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.studio.conftest import Start
from tests.studio.process import RunningStudio, eventually

QUICK = {"dataset": "digits", "settings": {"epochs": "2"}}
OVER = ("blessed", "not_blessed", "done", "failed", "cancelled")


def queue(studio: RunningStudio, **job: Any) -> dict[str, Any]:
    answer = studio.http.post("/api/jobs", json=QUICK | job)
    assert answer.status_code == 201, answer.text
    return answer.json()


def job(studio: RunningStudio, id: str) -> dict[str, Any]:
    return studio.http.get(f"/api/jobs/{id}").json()


def over(studio: RunningStudio, id: str) -> dict[str, Any]:
    return eventually(lambda: (found := job(studio, id))["state"] in OVER and found, 400)


def started(studio: RunningStudio, id: str, step: str) -> dict[str, Any]:
    """The job once one of its steps began."""

    def found() -> dict[str, Any] | None:
        now = job(studio, id)
        assert now["state"] in ("queued", "running"), now
        return now if any(one["step"] == step for one in now["steps"]) else None

    return eventually(found, 300)


def stream(studio: RunningStudio, id: str, after: str | None = None) -> Iterator[dict[str, Any]]:
    """The job's server-sent events."""
    headers = {"last-event-id": after} if after else {}
    with studio.http.stream("GET", f"/api/jobs/{id}/events", headers=headers, timeout=300) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        event: dict[str, Any] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if line and name:  # a line that begins with a colon is a comment
                event[name] = json.loads(value) if name == "data" else value
            elif not line and event:
                yield event
                event = {}


def of_kind(messages: Iterable[dict[str, Any]], kind: str) -> list[Any]:
    return [one["data"] for one in messages if one["event"] == kind]


def test_a_run_is_queued_watched_and_kept(start: Start) -> None:
    studio = start()
    queued = queue(studio, settings={"epochs": "25"}, document="a drawing")
    assert queued["state"] == "queued" and queued["place"] == 1
    assert queued["command"] == "slipway run digits --set epochs=25"
    watched = list(stream(studio, queued["id"]))
    first, last = watched[0], watched[-1]
    assert first["event"] == last["event"] == "job"
    assert [one["state"] for one in of_kind(watched, "job")][-2:] == ["running", "blessed"]
    published = of_kind(watched, "event")
    assert published[-1]["event"] == "run_finished"
    assert sum(one["event"] == "epoch_ended" for one in published) >= 5
    done = job(studio, queued["id"])
    assert done == last["data"]
    assert done["version"] == "1.0.0" and done["error"] is None
    assert done["result"] == published[-1]["result"] and done["run_id"] == done["result"]["run_id"]
    assert {step["state"] for step in done["steps"]} == {"done"}
    assert [epoch["epoch"] for epoch in done["epochs"]] == list(range(1, len(done["epochs"]) + 1))
    log = studio.http.get(f"/api/jobs/{done['id']}/log").json()
    assert of_kind(watched, "log") == log
    assert any("Trainer" in line for line in log)
    assert studio.http.get(f"/api/jobs/{done['id']}/log", params={"after": len(log) - 1}).json() == log[-1:]
    (row,) = studio.http.get("/api/jobs").json()
    assert row["metric"] == done["result"]["metrics"]["accuracy"] and row["document"] == "a drawing"
    assert row["sparkline"][-1] == done["epochs"][-1]["eval"]["loss"]
    # A reader that left in the middle gets the rest, and one that had all is told to ask no more.
    middle = len(watched) // 2
    rest = list(stream(studio, done["id"], watched[middle]["id"]))
    for kind in ("event", "log", "job"):  # the two files are read in turn, and not as they were written
        assert of_kind(rest, kind) == of_kind(watched[middle + 1 :], kind)
    late = list(stream(studio, done["id"]))  # the job first, which is over, and then the log
    assert of_kind(stream(studio, done["id"], late[0]["id"]), "log") == log
    again = studio.http.get(f"/api/jobs/{done['id']}/events", headers={"last-event-id": last["id"]})
    assert again.status_code == 204
    # What the next server reads is the same.
    assert studio.end() == 0
    assert job(start(), done["id"]) == done


def test_the_server_is_killed_and_the_jobs_go_on(start: Start) -> None:
    studio = start()
    # Each with settings of its own: the result of the same run again would be there at once.
    first, second, third = (queue(studio, settings={"epochs": epochs})["id"] for epochs in "234")
    started(studio, first, "ExampleGen")
    seen = []
    for one in stream(studio, first):
        seen.append(one)
        if one["event"] == "event":
            break
    assert [job(studio, id)["place"] for id in (first, second, third)] == [None, 1, 2]
    studio.end(signal.SIGKILL)
    studio = start()
    assert [job(studio, id)["state"] for id in (first, second, third)] == ["running", "queued", "queued"]
    rest = list(stream(studio, first, seen[-1]["id"]))
    assert rest[-1]["data"]["state"] in ("blessed", "not_blessed")
    published = of_kind([*seen, *rest], "event")
    assert published == published_by(studio.home, first)[-len(published) :]  # each once
    assert job(studio, first)["result"]["dataset"] == "digits"
    started(studio, second, "Imports")
    # Now the child goes, too, as when the machine is switched off.
    studio.end(signal.SIGKILL)
    pid = json.loads((studio.home / "studio" / "jobs" / second / "job.json").read_text())["pid"]
    psutil.Process(pid).kill()
    eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")
    studio = start()
    lost = over(studio, second)
    assert lost["state"] == "failed" and "queue it again" in lost["error"]
    assert "\n" not in lost["error"]
    started(studio, third, "Imports")
    assert studio.http.post(f"/api/jobs/{third}/cancel").json()["stopping"] is True
    assert over(studio, third)["state"] == "cancelled"


def published_by(home: Path, id: str) -> list[dict[str, Any]]:
    file = home / "studio" / "jobs" / id / "events.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_jobs_are_stopped_at_their_limits_and_cancelled(start: Start) -> None:
    studio = start()
    large = queue(studio, memory_mb=256)["id"]
    slow = queue(studio, minutes=0.02)["id"]
    waiting = queue(studio)["id"]
    assert studio.http.get("/api/state").json()["jobs"] == 3
    # One that waits goes without having run.
    assert studio.http.post(f"/api/jobs/{waiting}/cancel").json()["state"] == "cancelled"
    failed = over(studio, large)
    assert failed["state"] == "failed" and "256 MB, its memory limit" in failed["error"]
    failed = over(studio, slow)
    assert failed["state"] == "failed" and "0.02 minutes, its time limit" in failed["error"]
    assert job(studio, waiting)["started"] is None
    again = studio.http.post(f"/api/jobs/{slow}/cancel")
    assert again.status_code == 409 and "is over" in again.json()["detail"]
    assert studio.http.get("/api/state").json()["jobs"] == 0
    for id in (large, slow):
        pid = json.loads((studio.home / "studio" / "jobs" / id / "job.json").read_text())["pid"]
        assert not psutil.pid_exists(pid)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": "nothing"}, "there is no dataset 'nothing'"),
        ({"dataset": "--help"}, "there is no dataset"),
        ({"settings": {"epochs": "0"}}, "epochs: received 0; use a whole number of at least 1"),
        ({"settings": {"epochs": "many"}}, "epochs: received 'many'"),
        ({"settings": {"epochs": "1" * 5000}}, "epochs: received"),
        ({"settings": {"schedule": "none"}}, "one of constant, cosine"),
        ({"settings": {"test": "-2"}}, "test: received -2"),
        ({"settings": {"filters": "8,16,x"}}, "filters: received"),
        ({"settings": {"--help": "x"}}, "has no such setting; it has"),
        ({"kind": "workflow", "graph": {}}, "graph: a workflow has none"),
        ({"kind": "prepare", "settings": {"epochs": "3"}}, "settings: a prepare has none"),
        ({"minutes": 1e9}, "the studio allows 120"),
        ({"memory_mb": 10**9}, "the studio allows 8000"),
        ({"memory_mb": 1}, "memory_mb"),
        ({"kind": "anything"}, "kind"),
        ({"limit": -1}, "limit"),
        ({"folds": 1}, "folds"),
        ({"nothing": 1}, "nothing"),
    ],
)
def test_a_mistake_is_told_before_anything_is_queued(studio: RunningStudio, changes: dict[str, Any], said: str) -> None:
    answer = studio.http.post("/api/jobs", json=QUICK | changes)
    assert answer.status_code in (404, 422)
    assert said in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]
    assert studio.http.get("/api/jobs").json() == []


def test_what_is_not_there_is_a_problem_document(studio: RunningStudio) -> None:
    for path in ("", "/log", "/events"):
        answer = studio.http.get(f"/api/jobs/20261130T000722458120-e43d{path}")
        assert answer.status_code == 404
        assert "there is no job" in answer.json()["detail"]


def test_a_record_that_cannot_be_read_is_left_out(start: Start) -> None:
    studio = start()
    assert studio.end() == 0
    folder = studio.home / "studio" / "jobs" / "20261130T000722458120-e43d"
    folder.mkdir(parents=True)
    (folder / "job.json").write_text("{")
    studio = start()
    assert studio.http.get("/api/jobs").json() == []
    assert "job.json: not the record of a job" in studio.log
    (folder / "job.json").unlink()
