"""A compiled pipeline run without a cluster: every task's command as a process of this machine."""
