"""No request that a generator makes from the OpenAPI document is answered by a bug."""

from collections.abc import Mapping

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.studio.process import OWN, RunningStudio, eventually

_NOT_ASKED = {
    "jobEvents": "does not end while a job runs",
    "startServing": "starts a model server",
    "latency": "starts a model server",
    "ask": "starts a model server",
    "explain": "starts a process with TensorFlow",
}
_CHECKS = [schemathesis.checks.not_a_server_error, schemathesis.checks.response_schema_conformance]
_GRAPH = {"nodes": [{"id": "a", "layer": "InputLayer", "name": "a", "config": {"shape": [4]}}]}


@pytest.fixture(scope="module")
def there(studio: RunningStudio) -> Mapping[str, str]:
    """Ids of what is there: at random nothing would be found. By the beginning of the paths that have them."""
    eventually(lambda: studio.http.get("/api/state").json()["keras"]["state"] == "ready", 300)
    document = studio.http.post("/api/documents", json={"name": "a drawing", "graph": _GRAPH}).json()
    job = studio.http.post("/api/jobs", json={"dataset": "digits", "minutes": 0.01}).json()
    eventually(lambda: studio.http.get(f"/api/jobs/{job['id']}").json()["ended"])
    return {"/api/documents/": document["id"], "/api/jobs/": job["id"], "/api/datasets/": "digits"}


def test_every_request_is_answered_or_refused(studio: RunningStudio, there: Mapping[str, str]) -> None:
    schema = schemathesis.openapi.from_dict(studio.http.get("/api/openapi.json").json())
    schema.config.update(base_url=studio.url)
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.definition.raw["operationId"] in _NOT_ASKED:
            continue
        known = next((id for path, id in there.items() if operation.path.startswith(path)), None)

        @settings(max_examples=20, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
        @given(case=operation.as_strategy(), known=st.sampled_from([known, None]))
        def ask(case: schemathesis.Case, known: str | None) -> None:
            nonlocal asked
            asked += 1
            if known is not None:
                case.path_parameters |= {name: known for name in ("id", "name") if name in case.path_parameters}
            try:
                case.call_and_validate(headers=OWN, checks=_CHECKS, timeout=120)
            except httpx.HTTPError as error:
                raise AssertionError("no answer") from error

        ask()
    assert asked > 200
    assert "Traceback" not in studio.log and "a bug of ours" not in studio.log
