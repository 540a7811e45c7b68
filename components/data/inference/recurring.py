"""Columns of which nearly each row has another value: what comes back in them all the same."""

import re
from collections import Counter
from typing import Any

from components.data.inference.profile import Profile

_WORD = re.compile(r"[^\W\d][\w']*")
_LEAST_ROWS, _LEAST_SHARE = 20, 0.01  # that a word stands in
_EVERYWHERE = 0.95  # of the rows: a word of them all tells nothing
_COVERED = 0.5  # of the rows have such a word
_MOST_WORDS = 1000
_GAPS = (0.05, 0.95)  # shares of rows without a value between which it counts whether there is one
_KEPT = 5  # rows of a name that is kept
Kind = tuple[str, str, dict[str, Any]]


def of_names(profile: Profile, rows: int) -> Kind | None:
    """Words of names, such as titles or makers; or whether there is a name; None where nothing comes back.

    Args:
      rows: those with a value.
    """
    seen = profile.known.total()
    cells = [({word.lower() for word in _WORD.findall(cell)}, count) for cell, count in profile.known.items()]
    counts: Counter[str] = Counter()
    for words, count in cells:
        counts.update(dict.fromkeys(words, count))
    least = max(_LEAST_ROWS, _LEAST_SHARE * seen)
    common = {word for word, count in counts.most_common(_MOST_WORDS) if least <= count <= _EVERYWHERE * seen}
    covered = sum(count for words, count in cells if words & common)
    if len(common) > 1 and covered >= _COVERED * seen:
        first = ", ".join(sorted(common, key=lambda word: (-counts[word], word))[:3])
        why = f"names whose words come back, such as {first}: {len(common):,} of them are read"
        return "text", why, {"encoding": "multi_hot", "ngrams": 1, "vocabulary": len(common)}
    if _GAPS[0] <= 1 - rows / max(profile.rows, 1) <= _GAPS[1]:
        why = f"nearly each value is another one: it counts whether there is one, and names of {_KEPT} rows and more"
        return "category", why, {"min_count": _KEPT}
    return None
