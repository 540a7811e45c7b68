"""One cluster for all tests of pods, with Slipway in it as docs/kubernetes.md puts it there."""

import signal
from collections.abc import Iterator

import pytest

from tests.pods import cluster
from tests.pods.cluster import Cluster
from tests.pods.slipway import Slipway


@pytest.fixture(scope="session")
def running() -> Iterator[Cluster]:
    """Two nodes that are ready, and names that are looked up."""
    if reason := cluster.missing():
        pytest.skip(f"no pods here: {reason}")
    # SIGTERM, as of `timeout`, must not leave a cluster behind.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Cluster() as found:
        yield found
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def slipway(running: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Slipway:
    """The overlay of docs/kubernetes.md, applied, with a model of digits on the volume."""
    installed = Slipway(running, tmp_path_factory.mktemp("overlay"))
    installed.install()
    return installed


@pytest.fixture(scope="session")
def model(slipway: Slipway) -> str:
    """A version of digits that `slipway run digits` has trained and pushed in a pod like those of the CronJobs."""
    return slipway.trained("digits")
