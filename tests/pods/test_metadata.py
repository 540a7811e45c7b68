"""The database's StatefulSet, the job that fills it, and backup and restore by the commands of docs/kubernetes.md."""

import pytest

from tests.pods.slipway import NAMESPACE, Slipway

pytestmark = pytest.mark.timeout(3600)  # the first test builds Kubernetes and the images, where they are not there yet


def test_the_init_job_ends_when_the_database_is_ready(slipway: Slipway) -> None:
    assert slipway.job_ends("slipway-init") == "Complete"
    (pod,) = slipway.pods("slipway-metadata")
    assert pod["status"]["containerStatuses"][0]["ready"]  # by healthcheck.sh
    assert (slipway.volumes["slipway"] / "home" / "models").is_dir()
    assert (slipway.volumes["slipway"] / "data").is_dir()


def test_a_backup_is_made_of_the_cron_job_and_comes_back(slipway: Slipway) -> None:
    slipway.job_ends("slipway-init")
    folder = slipway.volumes["slipway-backup"]
    slipway.api.kubectl("-n", NAMESPACE, "create", "job", "--from=cronjob/slipway-metadata-backup", "backup-now")
    assert slipway.job_ends("backup-now") == "Complete"
    (dump,) = folder.glob("slipway-*.sql.gz")
    assert dump.stat().st_size > 1000
    slipway.api.kubectl("-n", NAMESPACE, "create", "job", "--from=cronjob/slipway-metadata-restore", "restore-1")
    assert slipway.job_ends("restore-1") == "Complete"
    assert dump.name in slipway.api.kubectl("-n", NAMESPACE, "logs", "job/restore-1").stdout


def test_the_database_keeps_what_it_has_when_its_pod_is_gone(slipway: Slipway) -> None:
    slipway.job_ends("slipway-init")
    before = slipway.pods("slipway-metadata")[0]["metadata"]["uid"]
    slipway.api.kubectl("-n", NAMESPACE, "delete", "pod", "slipway-metadata-0")

    def is_back() -> bool:
        found = slipway.pods("slipway-metadata")
        return (
            bool(found)
            and found[0]["metadata"]["uid"] != before
            and slipway.is_rolled_out("statefulset", "slipway-metadata")
        )

    slipway.api.until("a new pod of the database", is_back)
    client = "exec mariadb --host=127.0.0.1 --user=slipway --password=$MARIADB_PASSWORD"
    query = f"{client} --batch --skip-column-names -e 'SHOW TABLES' slipway"
    shown = slipway.api.kubectl("-n", NAMESPACE, "exec", "slipway-metadata-0", "--", "bash", "-c", query).stdout
    assert "Execution" in shown.split()
