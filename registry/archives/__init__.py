"""The archive of a version: one file with its model, its dossier and its entry of the version map (docs/remotes.md)."""
