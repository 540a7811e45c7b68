"""What is logged, and what never is; the sampled request log; the metrics."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from prediction.answer import ValueAnswer
from serving.gateway.logs import Log
from serving.gateway.sampling import Sampling
from tests.pictures import PNG
from tests.serving.gateway.conftest import Start, World
from tests.serving.gateway.running import Running, eventually

SECRET = "a-secret-that-must-not-be-logged"


def test_each_request_is_a_line_of_json(gateway: Running) -> None:
    answer = gateway.predict("titanic", {"inputs": [{}, {}]}, headers={"x-request-id": "line-1"})
    assert answer.status_code == 200
    (line,) = [line for line in gateway.requests if line["request_id"] == "line-1"]
    assert line.pop("time").endswith("+00:00") and line.pop("ms") > 0
    assert line == {
        "level": "info",
        "event": "request",
        "request_id": "line-1",
        "method": "POST",
        "route": "/v1/models/{name}/predict",
        "status": 200,
        "model": "titanic",
        "version": "1.0.0",
        "inputs": 2,
        "key": None,
        "problem": None,
    }


@pytest.mark.parametrize(
    "request_of",
    [
        lambda g: g.predict("titanic", {"input": {"Sex": SECRET}}),
        lambda g: g.predict("titanic", {"input": {"Age": SECRET}}),
        lambda g: g.predict("titanic", {"input": {SECRET: 1}}),
        lambda g: g.predict("titanic", {SECRET: 1}),
        lambda g: g.predict("titanic", {"input": {}}, params={"top": SECRET}),
        lambda g: g.predict("titanic", {"input": {}}, params={SECRET: "1"}),
        lambda g: g.predict("titanic", {"input": {}}, headers={"content-type": f"text/{SECRET}"}),
        lambda g: g.predict("titanic", {"input": {}}, headers={"accept": SECRET}),
        lambda g: g.predict("titanic", {"input": {}}, headers={"authorization": f"Bearer {SECRET}"}),
        lambda g: g.http.post("/v1/models/titanic/predict", content=SECRET.encode()),
        lambda g: g.http.post("/v1/models/digits/predict", files={"file": SECRET.encode()}),
        lambda g: g.http.post(
            "/v1/models/digits/predict",
            content=f"--{SECRET}".encode(),
            headers={"content-type": "multipart/form-data; boundary=b"},
        ),
        lambda g: g.http.post(f"/v1/models/{SECRET}/predict"),
        lambda g: g.http.get(f"/{SECRET}"),
    ],
)
def test_nothing_of_a_request_is_logged_or_counted(gateway: Running, request_of: Any) -> None:
    request_of(gateway)
    assert SECRET not in gateway.text
    assert SECRET not in gateway.http.get("/metrics").text


def test_requests_latency_and_state_are_counted(own: World, start: Start) -> None:
    gateway = start(own)
    for sex in ("male", 1.5):
        gateway.predict("titanic", {"input": {"Sex": sex}})
    text = gateway.http.get("/metrics").text
    labels = 'method="POST",model="titanic",route="/v1/models/{name}/predict",status="%d"'
    for status in (200, 422):
        assert f"slipway_gateway_requests_total{{{labels % status}}} 1.0" in text
    assert 'slipway_gateway_upstream_seconds_count{code="OK",model="titanic"} 1.0' in text
    assert 'slipway_gateway_request_seconds_count{model="titanic",route="/v1/models/{name}/predict"} 2.0' in text
    assert "slipway_gateway_upstream_up 1.0" in text
    assert "slipway_gateway_build_info{" in text


def sampled(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_sample_of_requests_is_written_without_redacted_fields(own: World, start: Start, tmp_path: Path) -> None:
    file = tmp_path / "sample.jsonl"
    options = ("--request-log", str(file), "--request-log-sample", "1", "--redact", "Age", "--redact", "Nmae")
    gateway = start(own, *options)
    inputs = [{"Sex": "female", "Age": 51.5}, {"Sex": "male"}]
    gateway.predict("titanic", {"inputs": inputs}, headers={"x-request-id": "sample-1"})
    gateway.predict("mpg", {"input": {"weight": 2}})
    gateway.http.post("/v1/models/digits/predict", files={"file": PNG})
    gateway.predict("titanic", {"input": {"Age": "refused"}})
    eventually(lambda: file.exists() and len(sampled(file)) == 4)
    first, second, third, fourth = sampled(file)
    assert first.pop("time")
    assert first == {
        "request_id": "sample-1",
        "key": None,
        "model": "titanic",
        "version": "1.0.0",
        "serving_version": 1,
        "input": {"Age": "[redacted]", "Sex": "female"},
        "output": {"class": "female", "confidence": 0.75, "probabilities": {"female": 0.75, "male": 0.25}},
    }
    assert second["input"] == {"Age": "[redacted]", "Sex": "male"}
    assert third["input"] == {"weight": 2.0, "model year": None}
    assert fourth["input"]["image"]["b64"].startswith("iVBOR")
    assert "51.5" not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (warning,) = [line for line in gateway.log if line["level"] == "warning"]
    assert warning["field"] == "Nmae"


def test_the_sampled_log_is_rotated_by_size(tmp_path: Path) -> None:
    file, log = tmp_path / "sample.jsonl", Log(lambda lines: None)
    sampling = Sampling(file, 1.0, 2000, frozenset(), log)
    for i in range(200):
        sampling.take({"n": i}, [{"text": "line\u2028separator" * 5}], [ValueAnswer(1.0)])
    sampling.close()
    files = sorted(tmp_path.glob("sample.jsonl*"))
    assert [path.name for path in files] == ["sample.jsonl", *(f"sample.jsonl.{i}" for i in range(1, 6))]
    assert all(path.stat().st_size <= 2000 for path in files)
    numbers = [json.loads(line)["n"] for path in [*files[:0:-1], files[0]] for line in path.read_bytes().splitlines()]
    assert numbers == list(range(numbers[0], 200))
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.5, 380, 620), (1.0, 1000, 1000)])
def test_the_written_share_is_the_configured_one(tmp_path: Path, share: float, low: int, high: int) -> None:
    sampling = Sampling(tmp_path / "s", share, 10**9, frozenset(), Log(lambda lines: None))
    for _ in range(1000):
        sampling.take({}, [{"x": 1.0}], [ValueAnswer(1.0)])
    sampling.close()
    assert low <= len((tmp_path / "s").read_bytes().splitlines()) <= high


def test_a_full_disk_is_a_line_of_the_log_and_no_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    lines: list[bytes] = []
    log = Log(lines.append)
    sampling = Sampling(Path("/dev/full"), 1.0, 10**9, frozenset(), log)
    sampling.take({}, [{"x": 1.0}], [ValueAnswer(1.0)])
    sampling.close()
    log.close()
    assert b"the sampled request log cannot be written" in b"".join(lines)
    assert "Traceback" not in capfd.readouterr().err


def test_a_reader_of_the_log_that_takes_nothing_does_not_stop_the_requests() -> None:
    import threading

    blocked = threading.Event()
    log = Log(lambda lines: blocked.wait(20) and None)
    for _ in range(200_000):
        log.line("info", "request", text="x" * 60)
    assert log.dropped > 0
    blocked.set()
    log.close()
