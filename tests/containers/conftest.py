"""The images, each built once, a home with models that the trainer's has trained, and a table of what was built."""

from pathlib import Path

import pytest

from tests.containers import images, restricted

PAGE = images.ROOT / "studio" / "static"
MEGABYTE = 1e6


@pytest.fixture(scope="session", autouse=True)
def _docker() -> None:
    if (reason := images.missing()) is not None:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def gateway(_docker: None) -> str:
    return images.image("gateway")


@pytest.fixture(scope="session")
def trainer(_docker: None) -> str:
    """Four minutes, when Docker has none of its layers."""
    return images.image("trainer")


@pytest.fixture(scope="session")
def studio(_docker: None) -> str:
    if not PAGE.is_dir():
        pytest.skip("studio/static is not built: make studio")
    return images.image("studio")


@pytest.fixture(scope="session")
def volume(trainer: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is mounted at /mnt/slipway: ``home`` with a model of digits, which the trainer's image made without a network."""
    folder = tmp_path_factory.mktemp("volume")
    done = restricted.run(trainer, "slipway", "run", "digits", "--json", write={"/mnt/slipway": folder})
    assert done.code == 0, done.stderr
    (folder / "digits.json").write_text(done.stdout)
    return folder


@pytest.fixture(scope="session")
def home(trainer: str, volume: Path, data: Path) -> Path:
    """A home with models of digits and the Titanic."""
    options = ("--set", "ensemble=1")
    done = restricted.run(
        *(trainer, "slipway", "run", "titanic", *options),
        read={"/mnt/slipway/data": data},
        write={"/mnt/slipway": volume},
    )
    assert done.code == 0, done.stderr
    return volume / "home"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not images.SECONDS:
        return
    base = images.size(images.BASE)
    rows = [f"base: {base / MEGABYTE:.0f} MB"]
    rows += [
        f"{tag}: {(images.size(tag) - base) / MEGABYTE:.0f} MB above its base, built in {seconds:.0f} s"
        for tag, seconds in images.SECONDS.items()
    ]
    terminalreporter.section("images")
    terminalreporter.write("\n".join(rows) + "\n")
