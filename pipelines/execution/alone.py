"""A dataset's work in a process of this machine: alone, its errors explained, the libraries' output in a log."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from components.data.sources import Located
from pipelines.execution import preflight, session
from pipelines.execution.metadata_store import Store
from pipelines.execution.session import Make, Request, Session
from schemas import events
from schemas.errors import InputError
from schemas.home import Home
from schemas.lock import only_one
from schemas.quiet import output_to


@contextmanager
def no_run(home: Home, name: str) -> Iterator[None]:
    """Keeps runs of a dataset, whose pipeline folder is there, from going on while the context is open."""

    def waiting(process: str) -> None:
        text = f"another run of {name} is going on (process {process}); waiting for it to end"
        events.publish(events.Waiting("run", text))

    with only_one(home.pipeline(name) / ".lock", waiting):
        yield


@contextmanager
def alone(request: Request) -> Iterator[None]:
    """Makes the dataset's folders, and keeps other processes from working on it while the context is open.

    Raises:
      InputError: something that the user can mend, such as a full disk.
    """
    name = request.pipeline.name
    request.home.prepare(name)
    try:
        with no_run(request.home, name):
            yield
    except InputError:
        raise
    except Exception as error:
        if (explained := preflight.explained(error, request.home)) is not None:
            raise explained from error
        raise


@contextmanager
def logged(request: Request, located: Located, store: Store, make: Make | None = None) -> Iterator[Session]:
    """A session with a run id of this moment and a log file of its own; see pipelines.execution.session.opened.

    What the libraries print while the context is open goes to the log, which an error names.
    """
    run_id = datetime.now().strftime("%Y%m%dT%H%M%S.%f")
    log = request.home.pipeline(request.pipeline.name) / "logs" / f"{run_id}.log"
    log.parent.mkdir(exist_ok=True)
    with output_to(log):
        try:
            with session.opened(request, located, store, run_id, log, make) as opened:
                yield opened
        except Exception as error:
            error.add_note(f"the libraries' own output is in {log}")
            raise
