"""One run of Titanic up to Transform, as a process of its own: seconds by step as JSON on the last line.

usage: python -m bench.beam.steps HOME DATA [--beam flink --flink-master HOST:PORT] [--beam-arg --KEY=VALUE ...]
"""

import argparse
import json
import sys
from pathlib import Path

from components.data import sources
from pipelines.beam import job_server, runners
from pipelines.execution import metadata_store
from pipelines.page import catalog
from pipelines.page.resolution import with_domains
from schemas import events
from schemas.home import Home
from schemas.quiet import output_to

LAST = "Transform"


class _EnoughError(Exception):
    """The steps that are measured are done."""


def measured(home: Home, beam_args: tuple[str, ...]) -> dict[str, float]:
    """Wall seconds of each step up to LAST."""
    home.prepare("titanic")
    page = with_domains(catalog.load("titanic"))
    located = sources.prepare(page.source, page.name, home.data, (*page.columns(), *page.splits.key))
    with job_server.running(beam_args, home.root / "job_server.log") as ready:
        from pipelines.execution import builder, launching, local_runner

        store = metadata_store.from_environment(home, {})
        root = store.root(home, page.name)
        built = builder.build(page, located, home, root, cache=False, beam_args=ready())
        seconds: dict[str, float] = {}

        def measure(event: events.Event) -> None:
            if isinstance(event, events.StepFinished):
                seconds[event.step] = round(event.seconds, 2)
                if event.step == LAST:
                    raise _EnoughError

        try:
            with events.listening(measure):
                local_runner.run(built, launching.Connection(store), "bench")
        except _EnoughError:
            return seconds
    raise RuntimeError(f"the pipeline ended without {LAST}")


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
