"""A remote of each protocol, on a real server where the protocol has one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registry.remotes import servers


@pytest.fixture(params=["folder", "s3", "gs", "sftp", "webdav", "gdrive"])
def remote(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty remote, with its credentials where the protocol's own tools have theirs."""
    folder = tmp_path / "server"
    folder.mkdir()
    match request.param:
        case "folder":
            yield str(folder / "models")
        case "s3":
            with servers.s3(monkeypatch) as url:
                yield url
        case "gs":
            with servers.gcs(monkeypatch) as url:
                yield url
        case "sftp":
            with servers.sftp(monkeypatch, folder) as url:
                yield url
        case "webdav":
            monkeypatch.setenv("SLIPWAY_REMOTE_PASSWORD", servers.PASSWORD)
            with servers.webdav(folder) as url:
                yield url
        case "gdrive":
            with servers.drive(monkeypatch, folder):
                yield "gdrive://root/team/models"
