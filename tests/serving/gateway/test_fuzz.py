"""Bodies of all kinds: an answer or a refusal, never a bug, and never a word of the body in the log."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from bench.serving import fuzz_gateway
from tests.serving.gateway.conftest import CARDS, World
from tests.serving.gateway.running import Running

MODELS = {name: {column: spec["type"] for column, spec in card["inputs"].items()} for name, card in CARDS.items()}
ALLOWED = {200, 406, 413, 415, 422}


@pytest.fixture
def send_checked(gateway: Running, world: World) -> Any:
    """Sends a body, and checks what must hold of any answer."""

    def send(body: fuzz_gateway.Body) -> None:
        answer = gateway.http.post(body.path, content=body.content, headers=dict(body.headers))
        assert answer.status_code in ALLOWED, (body, answer.text)
        assert answer.json()

    return send


@settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(body=fuzz_gateway.bodies(MODELS))
def test_any_body_is_answered_or_refused(send_checked: Any, body: fuzz_gateway.Body) -> None:
    send_checked(body)


def test_no_body_left_a_trace_of_a_bug(gateway: Running) -> None:
    """After the bodies above, on the same gateway."""
    assert "Traceback" not in gateway.text
    assert not [line for line in gateway.log if line["event"] == "a bug of ours"]


def test_answers_conform_to_the_openapi_document(gateway: Running) -> None:
    schema = schemathesis.openapi.from_dict(gateway.http.get("/openapi.json").json())
    schema.config.update(base_url=gateway.url)

    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=15, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
        @given(case=operation.as_strategy())
        def run_case(case: schemathesis.Case) -> None:
            try:
                case.call_and_validate(excluded_checks=[schemathesis.checks.positive_data_acceptance])
            except httpx.HTTPError as error:
                raise AssertionError("no answer") from error

        run_case()
