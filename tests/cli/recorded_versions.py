"""A home with versions and the records of the runs that made them."""

import json
from typing import Any

from tests.pipelines.execution.recorded_runs import RecordedRuns
from tests.registry.made_home import NAME, MadeHome


class Versions:
    """Three pushed versions and a refused run between them, with what their runs have left."""

    def __init__(self, made: MadeHome) -> None:
        self.made = made
        made.root.mkdir()
        self.runs = RecordedRuns(made.root / "metadata.db", made.pipeline)
        self.first = self.push("1.0.0", 5)
        self.refused = self.refuse("bad")
        self.second = self.push("1.1.0", 6, examples=self.first["examples"], baseline=self.first["model"])
        self.third = self.push("1.2.0", 7, baseline=self.second["model"])

    def push(self, version: str, number: int, **more: Any) -> dict[str, int]:
        found = self.runs.run(f"run-{number}", serving_version=number, **more)
        execution = int(self.runs.folder(found["model"]).name)
        self.made.push(version, number, execution, pushed_at=f"2026-01-01T00:00:{number:02}+00:00")
        return found

    def refuse(self, run: str) -> dict[str, int]:
        found = self.runs.run(run)
        self.made.refuse(run, int(self.runs.folder(found["model"]).name), pushed_at="2026-01-01T00:00:05+00:00")
        return found

    def last_run(self, found: dict[str, int]) -> None:
        """Records a run as the last one: its result rests on all that it has made."""
        evidence = [str(self.runs.folder(artifact)) for artifact in found.values()]
        result = {
            "dataset": NAME, "run_id": "x", "blessed": False, "version": None, "serving_version": None,
            "pushed_to": None, "metrics": {}, "examples": 1, "split": "test", "naive": {}, "baseline": None,
            "baseline_note": None, "checks": [], "worst_slice": None, "slices": [],
            "cases": {"count": 0, "passed": 0, "results": []}, "seconds": {}, "cached": [], "limit": 0,
            "repeated": False, "log": "", "excluded": {},
        }  # fmt: skip
        record = {"key": "k", "evidence": evidence, "result": result}
        (self.made.pipeline / "last_run.json").write_text(json.dumps(record))

    def live(self, found: dict[str, int]) -> set[str]:
        return {
            key
            for key, artifact in found.items()
            if self.runs.is_live(artifact) and self.runs.folder(artifact).exists()
        }
