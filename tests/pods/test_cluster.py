"""The cluster itself: what all other tests of pods stand on."""

import pytest

from tests.pods.cluster import Cluster
from tests.pods.slipway import OUTSIDE, Slipway

pytestmark = pytest.mark.timeout(3600)  # the first test builds Kubernetes and the images, where they are not there yet
_LOOKED_UP = """
import json, socket
print(json.dumps([socket.gethostbyname(n) for n in ("kubernetes.default", "slipway-gateway.kubeflow")]))
"""


def test_both_nodes_are_ready_and_names_are_looked_up(running: Cluster, slipway: Slipway) -> None:
    assert running.ready() == ["node-1", "node-2"]
    addresses = slipway.answer("names", _LOOKED_UP)
    assert addresses[0] == "10.96.0.1"
    assert addresses[1] == slipway.get("service", "slipway-gateway")["spec"]["clusterIP"]
    assert slipway.api.get("pods", "-n", OUTSIDE)["items"] == []
