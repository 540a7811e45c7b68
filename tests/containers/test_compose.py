"""The compose file runs: what the page says is true, versions are swapped under load, and containers end and come back."""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import httpx
import pytest

from schemas.files import whole_folder
from tests.containers import compose, images, restricted
from tests.containers.compose import Production

_CURL = re.compile(r"^\$ (curl localhost:8080/v1/models/(\w+)/predict .*)$", re.MULTILINE)
# imdb's training takes minutes.
CURLS = [
    (page, *found)
    for page in ("README.md", "docs/serving.md")
    for found in _CURL.findall((images.ROOT / page).read_text())
    if found[1] != "imdb"
]
DIGIT = (images.ROOT / "docs" / "images" / "four.png").read_bytes()


@pytest.fixture(scope="module")
def production(home: Path, gateway: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    if (reason := compose.missing()) is not None:
        pytest.skip(reason)
    images.stand_in()
    folder = tmp_path_factory.mktemp("production")
    with compose.production(compose.make_clone(folder / "clone", home), folder / "log") as found:
        try:
            found.until_ready("digits", "titanic")
        except AssertionError as error:
            raise AssertionError((folder / "log").read_text()[-5000:]) from error
        yield found


def ask(client: httpx.Client, count: int = 0) -> httpx.Response:
    """Predicts a digit; with ``count``, that many at once."""
    files = [("file", ("four.png", DIGIT))] * (count or 1)
    return client.post("/v1/models/digits/predict", files=files)


def eventually(holds: Callable[[], bool], what: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@pytest.mark.parametrize(("page", "line", "name"), CURLS, ids=[f"{page} {name}" for page, _, name in CURLS])
def test_a_curl_line_of_the_pages(production: Production, page: str, line: str, name: str) -> None:
    """curl finds the key in the file in which it looks for options."""
    (production.clone / ".curlrc").write_text(f'silent\nheader = "X-API-Key: {production.key}"\n')
    command = line.replace("localhost:8080", production.url.removeprefix("http://"))
    done = subprocess.run(
        ["sh", "-c", command], cwd=production.clone, env=production.environment, capture_output=True, text=True
    )
    answer = json.loads(done.stdout)
    assert (answer["model"], answer["version"]) == (name, "1.0.0")
    assert answer["output"]["class"] == {"digits": "4", "titanic": "survived"}[name]


def test_nobody_gets_an_answer_without_a_key_and_a_wrong_input_is_refused(production: Production) -> None:
    assert ask(httpx.Client(base_url=production.url)).status_code == 401
    with production.client() as client:
        assert client.post("/v1/models/digits/predict", json={"input": "no picture"}).status_code == 422


def test_both_are_healthy_by_their_own_checks_and_the_gateway_has_no_rights(production: Production) -> None:
    for service in ("gateway", "model-server"):
        restricted.until_healthy(production.container(service))
    done = production.container("gateway").exec_run(
        ["sh", "-c", "grep CapEff /proc/1/status; touch /app/x /x"], demux=True
    )
    out, err = (text.decode() for text in done.output)
    assert out.split()[1].strip("0") == "" and err.count("Read-only file system") == 2


@contextmanager
def load(production: Production) -> Iterator[tuple[Counter[int], list[str]]]:
    """Three callers that ask all the time; yields answers by the version that gave them, and what was no answer."""
    seen: Counter[int] = Counter()
    failed: list[str] = []
    done = threading.Event()

    def call() -> None:
        with production.client() as client:
            while not done.is_set():
                try:
                    answer = ask(client)
                    answer.raise_for_status()
                    seen[answer.json()["serving_version"]] += 1
                except httpx.HTTPError as error:
                    failed.append(repr(error))

    callers = [threading.Thread(target=call) for _ in range(3)]
    for caller in callers:
        caller.start()
    try:
        yield seen, failed
    finally:
        done.set()
        for caller in callers:
            caller.join()


def test_a_version_that_is_pushed_under_load_takes_over_without_a_failure(production: Production) -> None:
    with load(production) as (seen, failed):
        eventually(lambda: seen.total() > 20, "nothing answers")
        old, new = push_again(production.clone / ".slipway" / "models" / "digits")
        eventually(lambda: seen[new] > 20, f"{new} does not answer")
    assert failed == []
    assert set(seen) == {old, new}


def push_again(models: Path) -> tuple[int, int]:
    """Pushes the newest version once more, as the Pusher does: by one renaming; returns its number and the new one's."""
    newest = max(int(path.name) for path in models.iterdir())
    with whole_folder(models / str(newest + 1)) as part:
        shutil.copytree(models / str(newest), part, dirs_exist_ok=True)
    return newest, newest + 1


def test_sigterm_lets_what_was_begun_end_and_the_container_comes_back(production: Production) -> None:
    """To the process and not by `docker stop`, after which Docker would leave the container stopped."""
    answers: list[int | str] = []

    def call() -> None:
        with production.client() as client:
            answers.append(ask(client, 900).status_code)

    def under_way() -> bool:
        with production.client() as client:
            lines = client.get("/metrics").text.splitlines()
        return any(line.startswith("slipway_gateway_in_flight") and float(line.split()[-1]) >= 4 for line in lines)

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    eventually(under_way, "no request was under way")
    assert ended(production, "gateway", signal.SIGTERM) == "0"
    for caller in callers:
        caller.join()
    assert answers == [200] * 4
    production.until_ready("digits", "titanic")


@pytest.mark.parametrize("service", ["gateway", "model-server"])
def test_a_killed_container_comes_back(production: Production, service: str) -> None:
    assert ended(production, service, signal.SIGKILL) == "137"
    production.until_ready("digits", "titanic")
    with production.client() as client:
        assert ask(client).json()["output"]["class"] == "4"


def ended(production: Production, service: str, how: signal.Signals) -> str:
    """Sends a signal to a container's first process, waits until Docker has started it again; returns its exit code."""
    container = production.container(service)
    before, began = container.attrs["RestartCount"], int(time.time())
    os.kill(container.attrs["State"]["Pid"], how)

    def again() -> bool:
        container.reload()
        running: bool = container.status == "running"
        return container.attrs["RestartCount"] > before and running

    eventually(again, f"{service} was not started again: {container.attrs['State']}")
    filters = {"container": container.id, "event": "die"}
    events = docker.from_env().events(since=began, until=int(time.time()) + 1, filters=filters, decode=True)
    code: str = [event["Actor"]["Attributes"]["exitCode"] for event in events][-1]
    return code
