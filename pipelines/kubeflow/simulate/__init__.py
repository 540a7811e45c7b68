"""A compiled pipeline run without a cluster: every task's command as a process or container of this machine."""
