"""Remotes: folders, buckets and servers that versions are pushed to and pulled from (docs/remotes.md)."""
