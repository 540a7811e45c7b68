"""The target of an address: over gRPC or over HTTP."""

from schemas.model_card import ModelCard
from serving.load_test.address import Address
from serving.load_test.grpc_target import GrpcTarget
from serving.load_test.http_target import HttpTarget
from serving.load_test.protocol import Target


def target(address: Address, card: ModelCard, timeout: float, key: str | None = None) -> Target:
    """The target at an address.

    Args:
      timeout: seconds after which a request is given up.
      key: the gateway's API key.
    """
    if address.scheme == "grpc":
        return GrpcTarget(address, card, timeout)
    return HttpTarget(address, card, timeout, key)
