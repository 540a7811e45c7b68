"""Every overlay, one after the other."""

import pytest

from tests.k8s import rendered


@pytest.fixture(params=rendered.ALL)
def overlay(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name
