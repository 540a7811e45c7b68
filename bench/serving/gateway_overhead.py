"""What the gateway adds to a request: direct gRPC and the gateway in turn, at half of the gateway's knee.

usage: python -m bench.serving.gateway_overhead MODELS [--name NAME] [--rounds N] [--seconds S]

MODELS is the folder of pushed models ($SLIPWAY_HOME/models). Both servers run all the time; each round measures one way and
then the other, and the other order in the next round, so that whatever the machine does meanwhile meets both.
"""

import argparse
import statistics
from pathlib import Path
from typing import Any

import uvloop

from bench.serving import results
from bench.serving.asking import Asked, asking, card_of
from bench.serving.running import gateway, model_server

GRPC, HTTP = "direct gRPC", "through the gateway"


async def measured(urls: dict[str, str], arguments: argparse.Namespace) -> dict[str, Any]:
    card = card_of(arguments.models, arguments.name)
    async with asking(urls[GRPC], card) as direct, asking(urls[HTTP], card) as through:
        knee = await through.knee(400.0)
        rate = round(knee / 2, 1)
        ways: dict[str, Asked] = {GRPC: direct, HTTP: through}
        found: dict[str, list[dict[str, Any]]] = {GRPC: [], HTTP: []}
        for turn in range(arguments.rounds):
            for way in (GRPC, HTTP) if turn % 2 == 0 else (HTTP, GRPC):
                found[way].append((await ways[way].at(rate, arguments.seconds)).as_json())
    return {"knee": knee, "rate": rate, "rounds": found}


def written(found: dict[str, Any]) -> None:
    rounds = found["rounds"]
    middle = {
        way: {p: statistics.median(turn["latency"][p] for turn in turns) for p in ("p50", "p95", "p99")}
        for way, turns in rounds.items()
    }
    added = {p: middle[HTTP][p] - middle[GRPC][p] for p in ("p50", "p95", "p99")}
    rows = [
        [way, *values.values(), max(turn["behind"]["p99"] for turn in rounds[way])] for way, values in middle.items()
    ]
    errors = sum(sum(turn["errors"].values()) for turns in rounds.values() for turn in turns)
    lines = [
        f"Knee of the gateway {found['knee']:,g} requests/s; measured at {found['rate']:,g}/s, {len(rounds[GRPC])} rounds of "
        f"each in turn, median of the rounds, {errors} errors. Milliseconds from when a request was due.",
        "",
        *results.table(("", "p50", "p95", "p99", "generator behind, p99"), [*rows, ["added", *added.values(), ""]]),
    ]
    verdicts = [
        results.verdict("added p50, ms", added["p50"], 3.0),
        results.verdict("added p99, ms", added["p99"], 8.0),
        results.verdict("errors", errors, 0),
    ]
    results.write("gateway_overhead", "What the gateway adds", lines, verdicts, found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--name", default="titanic")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=8.0)
    arguments = parser.parse_args()
    with model_server(arguments.models) as server, gateway(arguments.models, server) as front:
        urls = {GRPC: f"grpc://127.0.0.1:{server.port}", HTTP: f"http://127.0.0.1:{front.port}"}
        found = uvloop.run(measured(urls, arguments))
    written(found)


if __name__ == "__main__":
    main()
