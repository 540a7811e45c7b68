"""Drawings that are kept, each with its earlier revisions."""
