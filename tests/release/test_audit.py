"""Known vulnerabilities are found, or ignored for a reason; and what could not be looked up never passes in silence."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from release import __main__ as program
from release import advisories, locks
from release.audit import audit
from schemas.errors import InputError
from tests.release.osv import CANARY, advisory, folder, service

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".venv" / "release" / "bin" / "python"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "some.lock"
    path.write_text("boat==1.5 \\\n    --hash=sha256:00\n    # via\n    #   ship==3\n")
    return path


def events(*pairs: tuple[str, str]) -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": [{kind: version} for kind, version in pairs]}]
    return {"package": {"name": "boat"}, "ranges": ranges}


def test_a_lock_with_a_vulnerable_version_fails_in_one_line_for_each(
    tmp_path: Path, lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = folder(tmp_path / "data", CANARY, advisory())
    assert program.main(["audit", str(lock), f"--advisories={given}"]) == 2
    first, last = capsys.readouterr().err.splitlines()
    assert first.startswith("audit: boat 1.5: PYSEC-2026-7, CVE-2026-7, in some.lock: take 2.0, or give a reason")
    assert last == (
        "audit: 1 versions looked up (data, newest advisory of 2026-11-01): 1 known vulnerabilities, 0 ignored"
    )


def test_a_lock_without_one_passes(tmp_path: Path, lock: Path) -> None:
    lock.write_text("boat==2.0\nship==1\n")
    given = folder(tmp_path / "data", CANARY, advisory())
    assert program.main(["audit", str(lock), f"--advisories={given}"]) == 0


@pytest.mark.parametrize(
    ("affected", "vulnerable"),
    [
        (events(("introduced", "0"), ("fixed", "1.6")), True),
        (events(("introduced", "0"), ("fixed", "1.5")), False),
        (events(("introduced", "1.6")), False),
        (events(("introduced", "0"), ("last_affected", "1.5")), True),
        (events(("introduced", "0"), ("last_affected", "1.4")), False),
        (events(("introduced", "0"), ("fixed", "1.0"), ("introduced", "1.5"), ("fixed", "2")), True),
        (events(("introduced", "0"), ("fixed", "1.0"), ("introduced", "1.10")), False),
        ({"package": {"name": "boat"}, "versions": ["1.5"]}, True),
        ({"package": {"name": "boat"}, "versions": ["1.50"]}, False),
        ({"package": {"name": "boat"}, "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}, False),
        ({"package": {"name": "ship"}, "versions": ["1.5"]}, False),
    ],
)
def test_versions_are_compared_as_osv_says(tmp_path: Path, affected: dict[str, Any], vulnerable: bool) -> None:
    path = tmp_path / "vulns" / "boat" / "1.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"id": "PYSEC-2", "affected": [affected]}))
    found = advisories.in_folder(tmp_path)([locks.Pin("boat", "1.5")])
    assert [each.id for each in found] == ["PYSEC-2"] * vulnerable


def test_a_withdrawn_advisory_counts_for_nothing(tmp_path: Path) -> None:
    given = folder(tmp_path, advisory(withdrawn="2026-11-02T00:00:00Z"))
    assert advisories.in_folder(given)([locks.Pin("boat", "1.5")]) == []


def judged(folder: Path, **changes: Any) -> Path:
    entry = {"id": '"CVE-2026-7"', "package": '"Boat"', "reason": '"Never reached."', "date": "2026-11-30"} | changes
    path = folder / "ignored.toml"
    path.write_text("[[ignored]]\n" + "".join(f"{name} = {value}\n" for name, value in entry.items() if value))
    return path


def test_one_that_was_judged_is_ignored_by_any_of_its_names(tmp_path: Path, lock: Path) -> None:
    given = folder(tmp_path / "data", CANARY, advisory())
    found = audit([lock], given, web=None, judged_in=judged(tmp_path))
    assert (found.known, found.ignored, found.missing) == ([], ["PYSEC-2026-7"], [])
    other = audit([lock], given, web=None, judged_in=judged(tmp_path, package='"ship"'))
    assert len(other.known) == 1 and not other.ignored


@pytest.mark.parametrize(
    "changes", [{"reason": ""}, {"reason": '" "'}, {"date": ""}, {"date": '"soon"'}, {"until": "2027-01-01"}]
)
def test_nothing_is_ignored_without_a_reason_and_a_date(tmp_path: Path, changes: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"^ignored.toml, entry 1: .*write id, package, reason, date"):
        locks.ignored(judged(tmp_path, **changes))


def test_the_repository_s_own_list_can_be_read() -> None:
    locks.ignored()


def test_every_lock_of_the_repository_is_looked_up() -> None:
    there = {path for pattern in ("*.lock", "k8s/images/*.lock") for path in ROOT.glob(pattern)}
    assert set(locks.LOCKS) == there and len(there) >= 6
    assert all(lock.name in {path.name for paths in locks.pins(there).values() for path in paths} for lock in there)


def test_data_that_does_not_know_what_all_know_is_no_data(
    tmp_path: Path, lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = folder(tmp_path / "data", advisory())
    assert program.main(["audit", str(lock), f"--advisories={given}"]) == program.NOT_LOOKED_UP
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("audit: no vulnerability data was reachable, so not all was looked up: data, newest")


@pytest.mark.parametrize("given", ["empty", "missing"])
def test_a_folder_without_advisories_is_refused(
    tmp_path: Path, lock: Path, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert program.main(["audit", str(lock), f"--advisories={tmp_path / given}"]) == 2
    assert f"{given}: has no advisories: give a clone" in capsys.readouterr().err


def test_a_lock_that_is_missing_or_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none.lock: .*No such file"):
        locks.pins([tmp_path / "none.lock"])
    (tmp_path / "empty.lock").touch()
    with pytest.raises(InputError, match=r"empty.lock: names no package"):
        locks.pins([tmp_path / "empty.lock"])


@pytest.mark.skipif(not TOOLS.exists(), reason="the tools of a release are missing: make .venv/release/installed")
def test_pip_audit_asks_a_service_and_names_what_it_knows() -> None:
    code = (
        "from release.advisories import of_service; from release.locks import Pin; "
        "pins = [Pin('boat', '1.5'), Pin('boat', '9'), Pin('ship', '1')]; "
        "print(*((each.pin.version, each.id, each.fixed) for each in of_service('osv')(pins)), sep='\\n')"
    )
    known = advisory()
    known["affected"][0]["package"]["name"] = "boat"  # which OSV itself has in the normalised form
    with service({"boat": {"vulns": [known]}}) as address:
        environment = os.environ | {"PIP_AUDIT_OSV_URL": f"{address}/v1/query", "PYTHONPATH": str(ROOT)}
        done = subprocess.run([TOOLS, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "('1.5', 'PYSEC-2026-7', ('2.0',))" in done.stdout.splitlines()


def test_npm_s_advisories_of_the_page_s_packages_fail_too(
    tmp_path: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    lock.write_text("boat==2.0\n")
    package = {"name": "page", "version": "1.0.0", "dependencies": {"sail": "1.0.0"}}
    sail = {"version": "1.0.0", "resolved": "https://example.com/sail.tgz", "integrity": "sha512-AAAA"}
    packages = {"": package, "node_modules/sail": sail}
    (tmp_path / "package.json").write_text(json.dumps(package))
    (tmp_path / "package-lock.json").write_text(json.dumps(package | {"lockfileVersion": 3, "packages": packages}))
    found = {
        "id": 1,
        "url": "https://example.com/advisories/GHSA-1",
        "title": "x",
        "severity": "critical",
        "vulnerable_versions": "<2",
    }
    given = folder(tmp_path / "data", CANARY)
    versions = {"name": "sail", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": {"name": "sail"} | sail}}
    answers = {"/-/npm/v1/security/advisories/bulk": {"sail": [found]}, "/sail": versions}
    with service(answers) as address:
        monkeypatch.setenv("npm_config_registry", address)
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
        result = audit([lock], given, web=tmp_path)
        judged_in = judged(tmp_path, id='"GHSA-1"', package='"sail"')
        ignored = audit([lock], given, web=tmp_path, judged_in=judged_in)
    assert result.known == ["sail: GHSA-1 (critical), in studio/web/package-lock.json"] and not result.missing
    assert (ignored.known, ignored.ignored) == ([], ["GHSA-1"])


def test_without_npm_s_answer_it_is_said(tmp_path: Path, lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock.write_text("boat==2.0\n")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    found = audit([lock], folder(tmp_path / "data", CANARY), web=tmp_path)
    assert found.missing == ["npm: not found"] and found.checked == 1
