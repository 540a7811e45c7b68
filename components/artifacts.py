"""What TFX passes to an executor's ``Do``."""

from tfx.types import Artifact

Artifacts = dict[str, list[Artifact]]
"""Input or output artifacts by channel name; a list, because a channel may bring several."""
