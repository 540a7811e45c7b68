"""How long `slipway serve` takes from its start to its first answer, TensorFlow's import and all models included.

usage: python -m bench.serving.serve_start MODELS [--name NAME] [--rounds N]
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

from bench.serving import results
from bench.serving.asking import card_of
from bench.serving.running import command, free_port
from registry import version_map
from serving.client import ServingCallError, ServingClient

_WANTED_SECONDS = 15.0


def once(models: Path, name: str) -> float:
    """Seconds from the start of the process to the answer to its model's own example."""
    card, port = card_of(models, name), free_port()
    arguments = [sys.executable, "slipway.py", "serve", "--models", str(models), "--grpc-port", str(port)]
    begun = time.perf_counter()
    with (
        command([*arguments, "--rest-port", "-1"], port),
        ServingClient(f"127.0.0.1:{port}", models=models, retries=0) as client,
    ):
        while True:
            try:
                client.predict(name, card.example)
                return time.perf_counter() - begun
            except ServingCallError:
                time.sleep(0.05)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--name", default="titanic")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    names = sorted(folder.name for folder in asked.models.iterdir() if version_map.folders(folder))
    found = [once(asked.models, asked.name) for _ in range(asked.rounds)]
    lines = [
        f"`slipway serve` with {', '.join(names)}, {asked.rounds} starts: median {statistics.median(found):.1f} s, "
        f"slowest {max(found):.1f} s to the first answer."
    ]
    verdicts = [results.verdict("seconds to the first answer, slowest", round(max(found), 2), _WANTED_SECONDS)]
    results.write("serve_start", "Start of the model server", lines, verdicts, {"seconds": found, "models": names})


if __name__ == "__main__":
    main()
