"""The locustfile, headless, against a real HTTP server."""

import csv
import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from schemas.model_card import ModelCard
from tests.serving.load_test.test_report import pushed as pushed

ROOT = Path(__file__).parents[3]


def run(tmp_path: Path, url: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable, "-m", "locust", "-f", "serving/load_test/locustfile.py", "--headless", "--host", url,
        "--users", "4", "--spawn-rate", "4", "--run-time", "2s", "--csv", str(tmp_path / "figures"),
    ]  # fmt: skip
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_locust_s_users_send_the_rows(http: Any, pushed: ModelCard, tmp_path: Path) -> None:
    dataclasses.replace(pushed, serving_version=17).write(tmp_path / "home" / "models" / "titanic" / "17")
    found = run(
        tmp_path,
        http.url,
        SLIPWAY_HOME=str(tmp_path / "home"),
        SLIPWAY_LOCUST_MODEL="titanic",
        SLIPWAY_API_KEY="secret",
    )
    assert found.returncode == 0, found.stderr
    with (tmp_path / "figures_stats.csv").open() as file:
        total = list(csv.DictReader(file))[-1]
    assert int(total["Request Count"]) > 20 and int(total["Failure Count"]) == 0
    assert {"Age": 22.0, "Sex": "male"} in [body["input"] for body in http.received]
    assert {headers["Authorization"] for headers in http.headers} == {"Bearer secret"}


def test_a_model_must_be_named(tmp_path: Path) -> None:
    found = run(tmp_path, "http://127.0.0.1:9", SLIPWAY_LOCUST_MODEL="")
    assert found.returncode != 0 and "SLIPWAY_LOCUST_MODEL is not set" in found.stderr
