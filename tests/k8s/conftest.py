"""Every overlay, one after the other."""

import pytest

from tests.k8s import rendered

<<<<<<< HEAD

@pytest.fixture(autouse=True, scope="session")
def _kubectl() -> None:
    if reason := rendered.missing():
        pytest.skip(reason)

=======
>>>>>>> main

@pytest.fixture(params=rendered.ALL)
def overlay(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name
