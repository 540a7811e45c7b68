"""One run of Titanic up to Transform, as a process of its own: seconds by step as JSON on the last line.

usage: python -m bench.beam.steps HOME DATA [--beam flink --flink-master HOST:PORT] [--beam-arg --KEY=VALUE ...]
"""

import argparse
import json
import sys
from pathlib import Path

from components.data import sources
from pipelines.beam import runners
from pipelines.execution import metadata_store, session
from pipelines.page import catalog
from pipelines.page.resolution import with_domains
from schemas.home import Home
from schemas.quiet import output_to

LAST = "Transform"


def measured(home: Home, beam_args: tuple[str, ...]) -> dict[str, float]:
    """Wall seconds of each step up to LAST."""
    home.prepare("titanic")
    page = with_domains(catalog.load("titanic"))
    located = sources.prepare(page.source, page.name, home.data, (*page.columns(), *page.splits.columns))
    request = session.Request(page, home, cache=False, beam_args=beam_args)
    store = metadata_store.from_environment(home, {})
    with session.opened(request, located, store, "bench", home.root / "run.log") as opened:
        steps = list(opened.nodes)
        return {step: round(opened.launch(step).seconds, 2) for step in steps[: steps.index(LAST) + 1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--beam", default=runners.LOCAL)
    parser.add_argument("--flink-master", default="")
    parser.add_argument("--beam-arg", action="append", default=[])
    arguments = parser.parse_args()
    beam_args = runners.arguments(arguments.beam, arguments.flink_master, arguments.beam_arg)
    home = Home(arguments.home.absolute(), arguments.data.absolute())
    home.root.mkdir(parents=True, exist_ok=True)
    with output_to(home.root / "run.log"):
        seconds = measured(home, beam_args)
    print(json.dumps(seconds))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
