"""The report that every run writes, shown as a step; it can fail without harm to the model, which is judged and pushed."""

import dataclasses
import time

from pipelines.steps import REPORT
from schemas import events
from schemas.home import Home
from schemas.records import RunResult


def with_report(home: Home, result: RunResult) -> RunResult:
    """The result with the file of its report and the seconds that it took; without, and with a note, where it failed."""
    from reports import report

    events.publish(events.StepStarted(REPORT))
    begun = time.monotonic()
    try:
        file = report.write(home, result.dataset, result.version or result.run_id)
    except Exception as error:  # whatever is wrong with a page of prose and figures
        events.publish(events.StepFailed(REPORT, f"{error}; for more: slipway report {result.dataset} --debug"))
        return result
    seconds = round(time.monotonic() - begun, 3)
    events.publish(events.StepFinished(REPORT, seconds, False))
    return dataclasses.replace(result, report=str(file), seconds=result.seconds | {REPORT: seconds})
