"""The versions of a dataset's model: the version map, their reports, and two of them side by side."""
