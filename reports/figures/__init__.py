"""Figures of a report: one record, drawn as SVG in the page and as PNG beside it."""
