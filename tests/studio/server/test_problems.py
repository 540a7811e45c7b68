"""Errors of the system as problem documents."""

import errno
import os

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from studio.server import problems


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EROFS, 507), (errno.EIO, 500)])
def test_a_disk_that_takes_no_more_is_no_bug(number: int, status: int) -> None:
    app = FastAPI()
    problems.handle(app)

    @app.get("/")
    def fail() -> None:
        raise OSError(number, os.strerror(number), "/somewhere/1.json")

    answer = TestClient(app, raise_server_exceptions=False).get("/")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert (os.strerror(number) in answer.json()["detail"]) == (status == 507)
