"""How long two versions take to answer: both are asked in turn, so that what else the machine does meets both."""

import statistics
import time

from schemas import request_schema
from schemas.errors import InputError
from schemas.model_card import ModelCard
from serving.client import AsyncGatewayClient
from studio.asking.questions import Questions
from studio.asking.serving import Serving
from studio.messages.versions import Latencies, Latency

_WARM_UPS = 5  # questions that are not counted


async def measure(
    serving: Serving, questions: Questions, name: str, versions: tuple[str, str], count: int
) -> Latencies:
    """The latencies of two versions, each asked for its own example, through gateway and model server.

    Args:
      count: how many questions each answers.

    Raises:
      InputError: as ``Questions.ask`` does; or a version has no example.
    """
    client = await serving.client()
    cards = [await questions.loaded(client, name, version) for version in versions]
    for card in cards:
        if not request_schema.example(card):
            raise InputError(f"{name} {card.version} has no example to ask; an older version made it: train it again")
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(-_WARM_UPS, count):
        for card, its in zip(cards, times, strict=True):
            took = await _ask(client, card)
            if number >= 0:
                its.append(took)
    left, right = (_latency(card, its) for card, its in zip(cards, times, strict=True))
    return Latencies(left=left, right=right)


async def _ask(client: AsyncGatewayClient, card: ModelCard) -> float:
    """Milliseconds of one question."""
    begun = time.perf_counter()
    await client.predict(card.name, request_schema.example(card), version=card.serving_version)
    return (time.perf_counter() - begun) * 1000


def _latency(card: ModelCard, times: list[float]) -> Latency:
    # Nearest rank: the time that 95% of the questions did not exceed.
    ordered = sorted(times)
    p95 = ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]
    return Latency(
        version=card.version or str(card.serving_version),
        requests=len(times),
        median=statistics.median(times),
        p95=p95,
    )
