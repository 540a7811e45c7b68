"""The folders of pushed models: a name and a version resolved to a folder."""

from pathlib import Path

from registry import labels, version_map
from registry.versioning import parse
from schemas.errors import InputError
from schemas.model_card import ModelCard


def find(models: Path, name: str, version: str | None = None) -> Path:
    """The directory of a pushed model: of a semantic or integer version, of a label, or the newest.

    Args:
      models: the folder of this model's versions, by integer; its labels are in the registry beside it.

    Raises:
      InputError: nothing was pushed, or not that version (the message lists those that were), or a model folder
        has no card that says which version it is.
    """
    folders = version_map.folders(models)
    if not folders:
        raise InputError(f"no model of {name!r} has been pushed to {models.parent}; run: slipway run {name}")
    if version is None:
        return folders[-1]
    # Both are names of a version: semantic ones have a point and integer ones have none, so they never meet.
    by_version = {ModelCard.read(folder).version: folder for folder in folders}
    by_version |= {folder.name: folder for folder in folders}
    if (label := labels.read(labels.registry_beside(models.parent) / models.name).get(version)) is not None:
        version = str(label.serving_version)
    if version not in by_version:
        # By number: as text, 1.10.0 would come before 1.9.0.
        known = sorted((v for v in by_version if v and "." in v), key=parse)
        raise InputError(
            f"{name} has no version {version!r}; its versions are {', '.join(known)} (slipway versions {name})"
        )
    return by_version[version]
