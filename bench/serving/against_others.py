"""The model server against what people use instead: a plain FastAPI server around `model.predict`, and `mlflow models serve`.

usage: python -m bench.serving.against_others MODELS --environment FOLDER [--rounds N] [--seconds S]

One row a request from 32 clients at once, and 512 rows a request from 4; each client asks again once it has its answer. The
servers run one at a time, in turn. MLflow lives in an environment of its own, which is made in FOLDER with pip if it is not
there (MLflow and TensorFlow, 2 GB).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import uvloop

from bench.serving import results
from bench.serving.asking import Asked, asking, card_of
from bench.serving.running import Server, command, free_port, model_server
from prediction import split_rows
from registry import version_map
from schemas.model_card import ModelCard
from serving.load_test.address import Address
from serving.load_test.http_target import HttpTarget

ONE, MANY = (1, 32), (512, 4)  # rows a request, clients
HERE = Path(__file__).parent
PACKAGES = ("mlflow==3.*", "tensorflow-cpu==2.21.*")
_WARM_SECONDS = 3.0


def post(path: str, body: Any) -> bytes:
    text = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
    return head.encode() + text


def plain_payloads(rows: Sequence[split_rows.Row], batch: int) -> list[bytes]:
    assert batch == 1
    return [post("/predict", row.input) for row in rows]


def mlflow_payloads(rows: Sequence[split_rows.Row], batch: int) -> list[bytes]:
    turns, columns = cycle(rows), list(rows[0].input)
    batches = [list(islice(turns, batch)) for _ in range(-(-len(rows) // batch))]
    return [
        post(
            "/invocations",
            {"dataframe_split": {"columns": columns, "data": [[row.input[name] for name in columns] for row in batch]}},
        )
        for batch in batches
    ]


@contextmanager
def plain(model: Path) -> Iterator[Server]:
    port = free_port()
    with command([sys.executable, str(HERE / "plain_server.py"), str(model), str(port)], port) as server:
        yield server


@contextmanager
def mlflow(model: Path, environment: Path) -> Iterator[Server]:
    port = free_port()
    if not (environment / "bin" / "mlflow").exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        subprocess.run([str(environment / "bin" / "pip"), "install", "--quiet", *PACKAGES], check=True)
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder, "saved")
        python = str(environment / "bin" / "python")
        subprocess.run([python, str(HERE / "mlflow_model.py"), str(model), str(saved)], check=True, capture_output=True)
        serve = [python, "-m", "mlflow", "models", "serve", "--model-uri", str(saved), "--env-manager", "local"]
        path = {"PATH": f"{environment / 'bin'}:{os.environ['PATH']}"}  # it starts uvicorn by its name
        with command([*serve, "--port", str(port)], port, f"http://127.0.0.1:{port}/ping", path) as server:
            yield server


async def over_http(port: int, card: ModelCard, payloads: Sequence[bytes], clients: int, seconds: float) -> float:
    target = HttpTarget(Address("http", "127.0.0.1", port), card, 30.0, None)
    try:
        asked = Asked(target, payloads)
        await asked.closed_loop(clients, _WARM_SECONDS)
        return await asked.closed_loop(clients, seconds)
    finally:
        await target.close()


async def over_grpc(port: int, card: ModelCard, batch: int, clients: int, seconds: float) -> float:
    async with asking(f"grpc://127.0.0.1:{port}", card, batch) as asked:
        await asked.closed_loop(clients, _WARM_SECONDS)
        return await asked.closed_loop(clients, seconds)


def measured(arguments: argparse.Namespace) -> dict[str, list[float]]:
    """Requests a second of each contender, by round."""
    card = card_of(arguments.models, "titanic")
    model = version_map.folders(arguments.models / "titanic")[-1]
    rows = list(split_rows.rows(card, 1000))
    http = {"plain": plain_payloads(rows, 1), "mlflow": mlflow_payloads(rows, MANY[0])}
    contenders: dict[str, tuple[Callable[[], AbstractContextManager[Server]], Callable[[int], Any]]] = {
        "slipway serve, 1 row": (
            lambda: model_server(arguments.models),
            lambda port: over_grpc(port, card, *ONE, arguments.seconds),
        ),
        "FastAPI and model.predict, 1 row": (
            lambda: plain(model),
            lambda port: over_http(port, card, http["plain"], ONE[1], arguments.seconds),
        ),
        "slipway serve, 512 rows": (
            lambda: model_server(arguments.models),
            lambda port: over_grpc(port, card, *MANY, arguments.seconds),
        ),
        "mlflow models serve, 512 rows": (
            lambda: mlflow(model, arguments.environment.absolute()),
            lambda port: over_http(port, card, http["mlflow"], MANY[1], arguments.seconds),
        ),
    }
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(arguments.rounds):
        for name, (start, ask) in contenders.items():
            with start() as server:
                found[name].append(round(uvloop.run(ask(server.port)), 2))
                print(f"{name}: {found[name][-1]:,} requests/s", file=sys.stderr)
    return found


def written(found: dict[str, list[float]]) -> None:
    middle = {name: statistics.median(rates) for name, rates in found.items()}
    ours_one, plain_one, ours_many, mlflow_many = middle.values()
    rows = [[name, rate, rate * (512 if "512" in name else 1), *found[name]] for name, rate in middle.items()]
    headings = ("", "requests/s", "rows/s", *(f"round {n + 1}" for n in range(len(rows[0]) - 3)))
    lines = [
        f"The Titanic's test rows. One row a request from {ONE[1]} clients, 512 rows a request from {MANY[1]}; "
        "median of the rounds.",
        "",
        *results.table(headings, rows),
    ]
    verdicts = [
        results.verdict("times the rate of FastAPI and model.predict, 1 row", ours_one / plain_one, 3.0, at_least=True),
        results.verdict("times the rate of mlflow models serve, 512 rows", ours_many / mlflow_many, 5.0, at_least=True),
    ]
    results.write("against_others", "The model server against others", lines, verdicts, {"requests_a_second": found})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--environment", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0)
    written(measured(parser.parse_args()))


if __name__ == "__main__":
    main()
