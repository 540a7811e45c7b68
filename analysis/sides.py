"""What became of an answer from one version to another."""

import numpy as np

SAME, FIXED, BROKEN, OTHER = "", "fixed", "broken", "other"
"""What became of an answer: it is the same, it became right, it became wrong, or it is another wrong one."""


def of(labels: np.ndarray, answers: np.ndarray, before: np.ndarray, paired: np.ndarray) -> np.ndarray:
    """What became of each answer of a classification, str[N]: SAME, FIXED, BROKEN or OTHER.

    Args:
      labels, answers: int[N], class indices, or masks of several classes.
      before: int[N], the answers of the version before to the same examples.
      paired: bool[N], whether there was one; SAME where not.
    """
    found = np.full(len(labels), SAME, dtype="<U6")
    changed = paired & (answers != before)
    found[changed] = OTHER
    found[changed & (answers == labels)] = FIXED
    found[changed & (before == labels)] = BROKEN
    return found
