"""How many processors this process may keep busy."""

import math
import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable(quota: Path = _QUOTA) -> int:
    """The processors of its affinity; fewer where its container may use less of their time, as a pod's limit says.

    Args:
      quota: cgroup v2's file of ``$MAX $PERIOD`` in microseconds (docs.kernel.org/admin-guide/cgroup-v2.html); MAX is ``max``
        where there is no limit.
    """
    allowed = len(os.sched_getaffinity(0))
    try:
        most, period = quota.read_text().split()
        return max(1, min(allowed, math.ceil(int(most) / int(period))))
    except (OSError, ValueError):  # another system, or no limit
        return allowed
