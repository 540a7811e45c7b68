"""Every overlay, one after the other."""

import pytest

from tests.k8s import rendered


@pytest.fixture(autouse=True, scope="session")
def _kubectl() -> None:
    if reason := rendered.missing():
        pytest.skip(reason)


@pytest.fixture(params=rendered.ALL)
def overlay(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name
