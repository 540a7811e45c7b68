"""What an image says of the machine that built it: no secret, no path, no name of a host that it downloaded from."""

import configparser
import json
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import docker
import pytest

from tests.containers import images, restricted

_SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|_KEY$", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s'\"]+")
# Of the base, and of the health checks.
_OWN_HOSTS = {"127.0.0.1"}


def told(tag: str) -> str:
    """How an image came to be and what it is, less what it has from the base: history, and the configuration."""
    client = docker.from_env()
    base, image = client.images.get(images.base()), client.images.get(tag)
    known = {line["CreatedBy"] for line in base.history()}
    config = image.attrs["Config"]
    config["Env"] = [line for line in config["Env"] if line not in base.attrs["Config"]["Env"]]
    config.pop("Image", None)
    history = [line["CreatedBy"] for line in image.history() if line["CreatedBy"] not in known]
    assert history
    return json.dumps([history, config, image.attrs.get("Author"), image.attrs.get("Comment")])


def hosts() -> set[str]:
    """The hosts that this machine downloads packages from."""
    found = [value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_")) and "://" in value]
    pip = configparser.ConfigParser()
    pip.read("/etc/pip.conf")
    found += [value for section in pip.sections() for value in pip[section].values() if "://" in value]
    return {host for text in found for url in _URL.findall(text) if (host := urlsplit(url).hostname)}


def leaks(text: str) -> list[str]:
    """What ``text`` says of this machine and of its user's secrets."""
    secrets = [value for name, value in os.environ.items() if _SECRET.search(name) and len(value) > 7]
    paths = [str(images.ROOT), f"{Path.home()}/"]
    others = {urlsplit(url).hostname for url in _URL.findall(text)} - _OWN_HOSTS
    named = [word for word in (*secrets, *paths, *hosts()) if word in text]
    return [*named, *sorted(filter(None, others))]


@pytest.mark.parametrize("name", images.NAMES)
def test_the_history_and_the_configuration_say_nothing(name: str, request: pytest.FixtureRequest) -> None:
    assert leaks(told(request.getfixturevalue(name))) == []


@pytest.mark.parametrize("name", ["gateway", "trainer"])
def test_no_file_names_the_folder_that_it_was_built_from(name: str, request: pytest.FixtureRequest) -> None:
    search = f"grep -rlF -e '{images.ROOT}' /app /opt/venv/bin /opt/venv/pyvenv.cfg || true"
    done = restricted.run(request.getfixturevalue(name), "sh", "-c", search)
    assert (done.code, done.stdout) == (0, "")


def test_an_image_that_says_too_much_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TEST_TOKEN", "s3cret-of-a-test")
    lines = (
        f"FROM {images.base()}",
        "ENV TOKEN=s3cret-of-a-test",
        f"RUN true {images.ROOT}/x https://packages.example/simple",
    )
    (tmp_path / "Dockerfile").write_text("\n".join(lines))
    tag = "slipway-leaks:test"
    subprocess.run(["docker", "build", "--quiet", f"--tag={tag}", str(tmp_path)], check=True, capture_output=True)
    try:
        found = leaks(told(tag))
    finally:
        subprocess.run(["docker", "rmi", tag], check=True, capture_output=True)
    assert {"s3cret-of-a-test", str(images.ROOT), "packages.example"} <= set(found)
