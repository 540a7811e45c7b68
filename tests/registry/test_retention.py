"""Which versions stay, and why."""

from pathlib import Path
from typing import Any

from registry import labels, retention
from registry.retention import Retention
from registry.rollback import roll_back, target
from registry.standing import standings
from schemas.home import Home
from tests.registry.made_home import NAME, MadeHome


def home(made: MadeHome) -> Home:
    return Home(made.root, made.root / "data")


def plan(made: MadeHome, keep: int, blessed: Any = (), last_run: Any = ()) -> Retention:
    return retention.plan(home(made), NAME, standings(made.models, made.registry), keep, blessed, last_run)


def kept(made: MadeHome, keep: int, **more: Any) -> dict[str, tuple[str, ...]]:
    return {one.version: one.reasons for one in plan(made, keep, **more).kept}


def push(made: MadeHome, *versions: str, since: int = 1) -> None:
    for number, version in enumerate(versions, since):
        made.push(version, number, pushed_at=f"2026-01-01T00:00:{number:02}+00:00")


def test_the_most_recent_stay_by_number_and_not_as_text(made: MadeHome) -> None:
    push(made, "1.8.0", "1.9.0", "1.10.0")
    assert kept(made, 2) == {"1.9.0": ("recent",), "1.10.0": ("newest", "recent")}
    assert plan(made, 2).removed_versions == ("1.8.0",)
    assert kept(made, 5).keys() == {"1.8.0", "1.9.0", "1.10.0"} and plan(made, 5).paths == ()


def test_what_is_labelled_last_blessed_or_the_last_runs_stays_however_old(made: MadeHome) -> None:
    push(made, "1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0")
    labels.put(made.registry, "stable", standings(made.models, made.registry)[0].entry.card, "")
    found = kept(made, 1, blessed={2}, last_run=(str(made.models / "3"),))
    assert found == {
        "1.0.0": ("labelled",),
        "1.1.0": ("last blessed",),
        "1.2.0": ("last run",),
        "1.4.0": ("newest", "recent"),
    }
    assert plan(made, 1, {2}, (str(made.models / "3"),)).removed_versions == ("1.3.0",)


def test_a_version_that_was_rolled_back_to_is_as_recent_as_the_rollback(made: MadeHome) -> None:
    push(made, "1.0.0", "1.1.0", "1.2.0")
    entry = roll_back(made.models, made.registry, target(made.models, NAME, "1.0.0"), "")
    assert entry is not None
    assert kept(made, 1) == {"1.0.0": ("newest", "recent")}
    assert kept(made, 2).keys() == {"1.0.0", "1.2.0"}
    going = plan(made, 1).paths
    assert not {made.models / "1", made.models / str(entry.serving_version)} & set(going)


def test_all_that_a_version_has_left_goes_and_nothing_of_the_others(made: MadeHome) -> None:
    push(made, "1.0.0", "1.1.0")
    report = made.root / "reports" / NAME / "1.0.0"
    report.mkdir(parents=True)
    (made.root / "reports" / NAME / "kfold").mkdir()
    assert set(plan(made, 1).paths) == {
        made.models / "1",
        made.registry / "1.0.0",
        made.registry / "statistics" / "1.pb",
        report,
    }


def test_refused_runs_go_with_the_versions_of_their_time(made: MadeHome) -> None:
    made.refuse("before", 11, pushed_at="2026-01-01T00:00:00+00:00")
    push(made, "1.0.0", "1.1.0", "1.2.0")
    made.refuse("after", 12, pushed_at="2026-01-01T00:01:00+00:00")
    assert (plan(made, 3).removed_runs, plan(made, 3).kept_runs) == (("before",), ("after",))
    labels.put(made.registry, "stable", standings(made.models, made.registry)[1].entry.card, "")
    assert plan(made, 1).removed_runs == ("before",)
    assert made.registry / "refused" / "before" in plan(made, 1).paths


def test_without_a_version_all_refused_runs_stay(made: MadeHome) -> None:
    made.refuse("one", 11)
    assert plan(made, 1).kept_runs == ("one",)


def test_what_has_been_removed_already_is_not_listed_again(made: MadeHome, tmp_path: Path) -> None:
    push(made, "1.0.0", "1.1.0")
    for path in plan(made, 1).paths:
        path.rename(tmp_path / f"{path.name}-gone")
    assert plan(made, 1).removed == () and plan(made, 1).paths == ()
