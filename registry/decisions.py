"""Who decided something about a version by hand, when, and why: it is recorded with the version."""

import getpass
import os
from datetime import UTC, datetime

from schemas.model_card import Decision

FORCED = "forced blessing"
ROLLBACK = "rollback"


def decision(kind: str, why: str, replaced: str | None) -> Decision:
    """A decision of this user, now.

    Args:
      kind: FORCED or ROLLBACK.
      replaced: the version that was the newest until now; None where there was none.
    """
    return {"kind": kind, "by": user(), "at": now(), "why": why, "replaced": replaced}


def user() -> str:
    """The name of the user; where the system has no name for it, as in a container, ``user 1000``."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def now() -> str:
    """The time: ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
