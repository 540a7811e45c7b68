import gzip
import shutil
from pathlib import Path

import httpx
import pytest

from schemas.errors import InputError
from studio.server import page
from tests.studio.conftest import Start
from tests.studio.process import RunningStudio


@pytest.mark.parametrize("path", ["/", "/draw/0123456789abcdef", "/datasets/digits/versions/1.0.0", "/%2e%2e/%2e%2e/x"])
def test_every_address_of_the_page_is_its_index(studio: RunningStudio, path: str) -> None:
    answer = studio.http.get(path)
    assert answer.status_code == 200
    assert "<title>Slipway studio" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


def test_files_that_are_named_by_their_content_are_kept_and_compressed(studio: RunningStudio) -> None:
    with studio.http.stream("GET", "/assets/index-abc123.js", headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert gzip.decompress(raw).startswith(b"export const words")


def test_a_script_of_an_older_build_is_missing_and_no_html(studio: RunningStudio) -> None:
    answer = studio.http.get("/assets/index-old.js")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/state/"])
def test_an_unknown_route_is_a_problem_document(studio: RunningStudio, path: str) -> None:
    answer = studio.http.get(path)
    assert answer.status_code == 404
    assert answer.json()["status"] == 404
    assert path in answer.json()["detail"]


def test_no_file_beside_the_page_is_read(studio: RunningStudio) -> None:
    (studio.home.parent / "secret.txt").write_text("secret")
    for path in (
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "//../secret.txt",
    ):
        target = httpx.URL(studio.url).copy_with(raw_path=path.encode())
        answer = studio.http.send(httpx.Request("GET", target))
        assert "secret" not in answer.text


def test_the_file_of_the_page_goes_away_in_the_middle(start: Start) -> None:
    studio = start()
    shutil.rmtree(studio.home.parent / "page")
    answer = studio.http.get("/")
    assert answer.status_code == 404


def test_without_the_built_page_the_command_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"make studio.*Node 20"):
        page.check(tmp_path)
