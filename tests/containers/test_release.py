"""`make release` of the gateway's image: built twice it is one image, and its list names what is inside."""

import json
import re
import subprocess
from pathlib import Path

import docker
import pytest

from schemas.version import VERSION
from tests.containers import images, restricted
from tests.release import command
from tests.release.osv import CANARY, folder

pytestmark = pytest.mark.skipif(command.missing() is not None, reason=str(command.missing()))


def released(folder_: Path, advisories: Path, *options: str) -> Path:
    base = ("--images=gateway", f"--base={images.base()}", "--docker-option=--network=host")
    done = command.make(VERSION, *base, *options, f"--folder={folder_}", f"--advisories={advisories}")
    assert done.returncode in (0, 3), done.stderr  # 3: npm's registry could not be asked
    return folder_ / VERSION


def image_id(made: Path) -> str:
    """Other tests may give the tag to a build of their own meanwhile."""
    (image,) = json.loads((made / "release.json").read_text())["images"]
    assert image["tag"] == f"slipway-gateway:{VERSION}"
    return str(image["id"])


@pytest.fixture(scope="module")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("advisories"), CANARY)


@pytest.fixture(scope="module")
def made(_docker: None, advisories: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return released(tmp_path_factory.mktemp("first"), advisories)


def test_a_second_build_is_the_same_image_and_the_same_bytes(made: Path, advisories: Path, tmp_path: Path) -> None:
    again = released(tmp_path, advisories, "--docker-option=--no-cache")
    assert (made / "SHA256SUMS").read_text() == (again / "SHA256SUMS").read_text()
    assert docker.from_env().images.get(image_id(again))


def test_the_image_is_what_the_record_says_and_runs(made: Path) -> None:
    (image,) = json.loads((made / "release.json").read_text())["images"]
    found = docker.from_env().images.get(image["id"])
    base = docker.from_env().images.get(images.base())
    assert found.labels["org.opencontainers.image.version"] == VERSION
    assert [*base.attrs["RootFS"]["Layers"], *image["layers_above_the_base"]] == found.attrs["RootFS"]["Layers"]
    assert image["base"] == {"name": images.base(), "id": base.id, "digests": []}
    assert image["archive"]["bytes"] == (made / image["archive"]["file"]).stat().st_size
    assert restricted.run(image_id(made), "slipway", "--version").stdout.splitlines()[0] == f"slipway {VERSION}"


def test_the_bytecode_in_it_is_used_though_all_files_have_one_time(made: Path) -> None:
    code = "import importlib.util as u, fastapi; f = open(u.cache_from_source(fastapi.__file__), 'rb'); print(f.read(8)[4:])"
    assert restricted.run(image_id(made), "python", "-c", code).stdout.strip() == str(
        b"\x01\x00\x00\x00"
    )  # PEP 552: unchecked hash


def test_the_list_names_the_packages_of_the_lock_and_of_debian(made: Path) -> None:
    bill = json.loads((made / f"slipway-gateway-{VERSION}.cdx.json").read_text())
    urls = {component["purl"].partition("?")[0] for component in bill["components"]}
    lock = (command.ROOT / "k8s" / "images" / "gateway.lock").read_text()
    pins = re.findall(r"^([\w.-]+)==([^ ;]+)", lock, re.MULTILINE)
    assert {f"pkg:pypi/{name}@{version}" for name, version in pins} <= urls
    shown = subprocess.run(
        [
            "docker",
            "run",
            "--rm",
            "--entrypoint=dpkg-query",
            image_id(made),
            "--show",
            "--showformat=${Package} ${Version}\n",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    packages = {line.split()[0] for line in shown.stdout.splitlines()}
    listed = {each["name"] for each in bill["components"] if each["purl"].startswith("pkg:deb/debian/")}
    assert packages and packages == listed
    assert any(url.startswith("pkg:generic/python@3.11.") for url in urls)
