"""Semantic versions of models: computed from what changed, never typed.

MAJOR: the request or the response changed. MINOR: features, model, hyperparameters or their code changed. PATCH: only data or
weights did.
"""

from schemas import codec
from schemas.model_card import ModelCard

FIRST = "1.0.0"


def next_version(card: ModelCard, previous: ModelCard | None) -> str:
    """The version of ``card``'s model after ``previous``, the model with the highest version so far."""
    if previous is None:
        return FIRST
    major, minor, patch = parse(previous.version or FIRST)  # it was pushed and has one; the type alone allows None
    if card.interface != previous.interface:
        return f"{major + 1}.0.0"
    # A setting that came after the previous version was made was at its default then.
    declared, before = (codec.completed(one.configuration) for one in (card, previous))
    if (declared, card.code) != (before, previous.code):
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def parse(version: str) -> tuple[int, int, int]:
    """ "1.2.3" to (1, 2, 3). Raises ValueError for anything else."""
    major, minor, patch = (int(part) for part in version.split("."))
    return major, minor, patch
