"""Three times the knee for half a minute: what is refused and how fast, what memory does, and how soon it is well again.

usage: python -m bench.serving.overload MODELS [--name NAME] [--seconds S] [--times T]

The model server by itself and then the gateway before it. A low rate of probes begins at the moment when the overload ends;
recovery is when the last of them fails or takes longer than 100 ms.
"""

import argparse
import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import uvloop

from bench.serving import results
from bench.serving.asking import Asked, asking, card_of
from bench.serving.running import Server, gateway, model_server
from schemas.model_card import ModelCard
from serving.load_test.figures import Spread, figures
from serving.load_test.open_loop import NOT_SENT, Outcome

PROBES = 20.0  # a second
PROBE_SECONDS = 6.0
WELL_MS = 100.0
REFUSED = ("UNAVAILABLE", "HTTP 503")
BY_GRPC = "CANCELLED"  # gRPC's own refusal, of calls that wait to be taken in
_WARM = 1.0  # seconds of the overload before those that count


async def measured(asked: Asked, servers: dict[str, Server], arguments: argparse.Namespace) -> dict[str, Any]:
    knee = await asked.knee(400.0)
    await asyncio.sleep(3.0)
    memory: dict[str, list[float]] = {name: [] for name in servers}
    watching = asyncio.create_task(watched(servers, memory))
    over, probes = await asyncio.gather(
        asked.outcome(arguments.times * knee, arguments.seconds), probed(asked, _WARM + arguments.seconds)
    )
    watching.cancel()
    return {
        "knee": knee,
        "overload": figures(over).as_json(),
        "refusals": refusals(over),
        "all_refusals": vars(all_refusals(over)),
        "recovery_seconds": recovery(probes),
        "probes_failed": sum(error is not None for error in probes.errors),
        "megabytes": memory,
        "alive": {name: server.alive for name, server in servers.items()},
    }


async def probed(asked: Asked, after: float) -> Outcome:
    await asyncio.sleep(after)
    return await asked.outcome(PROBES, PROBE_SECONDS, warm_seconds=0.0)


async def watched(servers: dict[str, Server], memory: dict[str, list[float]]) -> None:
    """Resident megabytes, twice a second."""
    while True:
        for name, server in servers.items():
            if server.alive:
                memory[name].append(round(server.megabytes(), 1))
        await asyncio.sleep(0.5)


def refusals(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """For each class of error: how many, and how long they took from when they were due and from when they were sent."""
    latency, lag = np.asarray(outcome.latency), np.asarray(outcome.lag)
    found = {}
    for name in sorted({error for error in outcome.errors if error and error != NOT_SENT}):
        chosen = np.array([error == name for error in outcome.errors])
        from_due, from_send = Spread.of(latency[chosen]), Spread.of((latency - lag)[chosen])
        found[name] = {"count": int(chosen.sum()), "from_due": vars(from_due), "from_send": vars(from_send)}
    return found


def all_refusals(outcome: Outcome) -> Spread:
    """Of every refusal, whatever its class, from when it was sent."""
    refused = np.array([error in (*REFUSED, BY_GRPC) for error in outcome.errors])
    return Spread.of((np.asarray(outcome.latency) - np.asarray(outcome.lag))[refused])


def recovery(probes: Outcome) -> float:
    """Seconds after the overload until the last probe was due that failed or took long."""
    bad = [
        due
        for due, latency, error in zip(probes.due, probes.latency, probes.errors, strict=True)
        if error is not None or latency * 1e3 > WELL_MS
    ]
    return round(max(bad, default=0.0), 3)


def flat(samples: list[float]) -> float:
    """Growth over the second half of the overload, as a share: the first half may fill pools."""
    half = samples[len(samples) // 2 :]
    return max(half) / half[0] - 1


def written(found: dict[str, Any], times: float) -> None:
    rows, verdicts = [], []
    for way, one in found.items():
        over = one["overload"]
        rows.append([f"{way}: offered", over["offered"], over["requests"], "", "", ""])
        latency = over["latency"]
        rows.append(
            [f"{way}: answered", over["achieved"], over["answered"], latency["p50"], latency["p99"], latency["max"]]
        )
        for name, kind in one["refusals"].items():
            spread = kind["from_send"]
            rows.append(
                [
                    f"{way}: {name}",
                    kind["count"] / over["duration"],
                    kind["count"],
                    *(spread[p] for p in ("p50", "p99", "max")),
                ]
            )
        unsent = over["errors"].get(NOT_SENT, 0)
        rows.append([f"{way}: not sent (1024 under way)", unsent / over["duration"], unsent, "", "", ""])
        refused = {name: kind for name, kind in one["refusals"].items() if name in (*REFUSED, BY_GRPC)}
        others = sum(kind["count"] for name, kind in one["refusals"].items() if name not in refused) + unsent
        by_grpc = refused.get(BY_GRPC, {"count": 0})["count"] / max(sum(kind["count"] for kind in refused.values()), 1)
        slowest = one["all_refusals"]["p99"] or 0.0
        verdicts += [
            results.verdict(f"{way}: processes that ended", sum(not alive for alive in one["alive"].values()), 0),
            results.verdict(f"{way}: p99 of refusals from when they were sent, ms", slowest, 100.0),
            results.verdict(f"{way}: refusals that were gRPC's own CANCELLED, %", 100 * by_grpc, 0.0),
            results.verdict(f"{way}: requests that failed otherwise, or that the generator could not send", others, 0),
            results.verdict(f"{way}: seconds to recovery", one["recovery_seconds"], 2.0),
        ]
        verdicts += [
            results.verdict(f"{way}: memory of the {name}, growth over the second half, %", 100 * flat(samples), 2.0)
            for name, samples in one["megabytes"].items()
        ]
    headings = ("", "a second", "requests", "p50 ms", "p99 ms", "max ms")
    knees = ", ".join(f"{way} {one['knee']:,g}/s" for way, one in found.items())
    behind = ", ".join(f"{way} {one['overload']['behind']['p99']:.1f} ms" for way, one in found.items())
    lines = [
        f"{times:g} times the knee ({knees}). Answers from when they were due, refusals from when they were sent. "
        f"Generator behind its schedule, p99: {behind}.",
        "",
        *results.table(headings, rows),
    ]
    results.write("overload", "Overload", lines, verdicts, found)


async def one_way(
    url: str, card: ModelCard, servers: dict[str, Server], arguments: argparse.Namespace
) -> dict[str, Any]:
    async with asking(url, card) as asked:
        return await measured(asked, servers, arguments)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--name", default="titanic")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--times", type=float, default=3.0)
    parser.add_argument("--only", choices=("gRPC", "gateway"))
    arguments = parser.parse_args()
    card = card_of(arguments.models, arguments.name)
    found: dict[str, Any] = {}
    if arguments.only != "gateway":
        with model_server(arguments.models) as server:
            url = f"grpc://127.0.0.1:{server.port}"
            found["gRPC"] = uvloop.run(one_way(url, card, {"model server": server}, arguments))
    if arguments.only != "gRPC":
        with model_server(arguments.models) as server, gateway(arguments.models, server) as front:
            url = f"http://127.0.0.1:{front.port}"
            found["gateway"] = uvloop.run(one_way(url, card, {"model server": server, "gateway": front}, arguments))
    written(found, arguments.times)


if __name__ == "__main__":
    main()
