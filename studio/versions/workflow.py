"""The last workflow of a dataset. For a thread."""

from schemas.home import Home
from studio.messages.versions import SearchTrials


def last_of(home: Home, name: str) -> SearchTrials:
    """The last workflow; where there was none, the last tuning."""
    from reports import experiments  # and with it numpy

    found = {search.kind: search for search in experiments.read(home, name).searches}
    chosen = found.get(experiments.WORKFLOW) or found.get(experiments.TUNE)
    return SearchTrials(result=chosen.to_json() if chosen else None)
