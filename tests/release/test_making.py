"""`make release` of the wheel alone, which needs no Docker."""

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from release import locks
from schemas.version import VERSION
from tests.release import command
from tests.release.osv import CANARY, advisory, folder

pytestmark = pytest.mark.skipif(command.missing() is not None, reason=str(command.missing()))
WHEEL, SDIST, BILL = f"slipway-{VERSION}-py3-none-any.whl", f"slipway-{VERSION}.tar.gz", f"slipway-{VERSION}.cdx.json"


@pytest.fixture(scope="module")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("advisories"), CANARY)


@pytest.fixture(scope="module")
def made(advisories: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    parent = tmp_path_factory.mktemp("first")
    done = command.make(VERSION, "--images=", f"--folder={parent}", f"--advisories={advisories}")
    assert done.returncode in (0, 3), done.stderr  # 3: npm's registry could not be asked
    assert [path.name for path in parent.iterdir()] == [VERSION]
    return parent / VERSION


def test_two_builds_are_the_same_bytes_whoever_builds(
    made: Path, advisories: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    again = command.make(VERSION, "--images=", f"--folder={tmp_path}", f"--advisories={advisories}", umask=0o077)
    assert again.returncode in (0, 3), again.stderr
    assert {path.name for path in made.iterdir()} == {WHEEL, SDIST, BILL, "release.json", "SHA256SUMS"}
    for path in made.iterdir():
        assert path.read_bytes() == (tmp_path / VERSION / path.name).read_bytes(), path.name


def test_the_sums_are_of_every_file(made: Path) -> None:
    done = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=made, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert len(done.stdout.splitlines()) == len(list(made.iterdir())) - 1


def test_the_wheel_has_the_version_and_the_page(made: Path) -> None:
    with zipfile.ZipFile(made / WHEEL) as wheel:
        assert f"\nVersion: {VERSION}\n" in wheel.read(f"slipway-{VERSION}.dist-info/METADATA").decode()
        assert wheel.read("studio/static/index.html") == command.PAGE.read_bytes()
        assert not any(name.startswith("release/") for name in wheel.namelist())


def test_the_list_has_every_package_of_the_lock_and_of_the_page(made: Path) -> None:
    bill = json.loads((made / BILL).read_text())
    urls = {component["purl"] for component in bill["components"]}
    wanted = {f"pkg:pypi/{pin.name}@{pin.version}" for pin in locks.pins([command.ROOT / "k8s/images/trainer.lock"])}
    assert wanted == {url for url in urls if url.startswith("pkg:pypi/")}
    page = json.loads((command.ROOT / "studio" / "web" / "package.json").read_text())
    for name, version in page["dependencies"].items():
        assert f"pkg:npm/{name.replace('@', '%40')}@{version}" in urls
    assert not any(f"pkg:npm/{name}@" in url for name in ("vite", "eslint", "vitest") for url in urls)
    main = bill["metadata"]["component"]
    record = json.loads((made / "release.json").read_text())
    (sha256,) = [each["sha256"] for each in record["distributions"] if each["file"] == WHEEL]
    assert (main["name"], main["version"], main["hashes"][0]["content"]) == ("slipway", VERSION, sha256)


def test_the_record_names_commit_and_what_was_looked_up(made: Path) -> None:
    record = json.loads((made / "release.json").read_text())
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=command.ROOT, capture_output=True, text=True
    ).stdout.strip()
    assert (record["version"], record["commit"], record["images"]) == (VERSION, commit, [])
    assert record["audit"]["checked"] > 300 and record["audit"]["known"] == []


def test_a_known_vulnerability_stops_it_and_nothing_is_left(tmp_path: Path) -> None:
    pin = next(iter(locks.pins([command.ROOT / "k8s" / "images" / "gateway.lock"])))
    affected = {"package": {"name": pin.name}, "versions": [pin.version]}
    given = folder(tmp_path / "data", CANARY, advisory(affected=[affected]))
    done = command.make(VERSION, "--images=", f"--folder={tmp_path / 'out'}", f"--advisories={given}")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2 and line.startswith(
        f"release: no release: 1 known vulnerabilities: {pin.name} {pin.version}"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("99.0.0",), "release: VERSION: '99.0.0'"),
        ((VERSION, "--images=gatewy"), "release: IMAGES: ['gatewy'] is unknown"),
    ],
)
def test_a_mistake_is_one_line(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = command.make(*arguments, f"--folder={tmp_path / 'out'}")
    assert done.returncode == 2 and done.stderr.startswith(said) and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
