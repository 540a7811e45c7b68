"""A figure as a PNG file, by matplotlib: for slides, issues and papers."""

import itertools
import math
from pathlib import Path
from typing import Any

from reports.figures.figure import Bars, Figure, Line, Matrix, Points, Ranges, Rule
from schemas.files import replacing

_DPI = 144
# The colours of templates/style.css in its light scheme.
_COLOURS = ("#5b6776", "#1d5fd1", "#c2410c", "#0f766e", "#7c3aed", "#a16207", "#be185d")
_LARGEST = 40  # classes whose names and counts have room in a matrix


def write(path: Path, figure: Figure) -> None:
    """Writes the file whole. Raises OSError where it cannot be written."""
    # Not pyplot, which keeps every figure and looks for a screen.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=_size(figure), dpi=_DPI, layout="constrained")
    agg = FigureCanvasAgg(canvas)
    axes = canvas.add_subplot()
    axes.set_title(figure.title, fontsize=11, loc="left", fontweight="bold", parse_math=False)
    axes.set_xlabel(figure.x.label, parse_math=False)
    axes.set_ylabel(figure.y.label, parse_math=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if not any(isinstance(mark, Ranges | Matrix) for mark in figure.marks):
        axes.set_xlim(figure.x.low, figure.x.high)
        axes.set_ylim(figure.y.low, figure.y.high)
        axes.grid(color="#e3e7ec", linewidth=0.6)
        axes.set_axisbelow(True)
    for mark in figure.marks:
        _draw(axes, mark)
    if figure.legend:
        # A "_" in front would hide a name, and a "$" would make a formula of it.
        handles, names = axes.get_legend_handles_labels()
        legend = axes.legend(handles, names, fontsize=8, frameon=False)
        for text in legend.get_texts():
            text.set_parse_math(False)
    with replacing(path) as part:
        agg.print_png(part)  # savefig would lay out and draw everything twice


def _size(figure: Figure) -> tuple[float, float]:
    for mark in figure.marks:
        if isinstance(mark, Ranges):
            return 6.4, 1.2 + 0.27 * max(2, len(mark.names))
        if isinstance(mark, Matrix):
            side = 2.4 + 0.36 * min(max(4, len(mark.names)), 30)
            return side + 0.6, side
    return 6.0, 3.9


def _draw(axes: Any, mark: Any) -> None:
    colour = _COLOURS[getattr(mark, "colour", 0) % len(_COLOURS)]
    match mark:
        case Line():
            style = {"linestyle": "--" if mark.dashed else "-", "linewidth": 0.9 if mark.faint else 1.7}
            axes.plot(mark.x, mark.y, color=colour, alpha=0.75 if mark.faint else 1, label=_name(mark.name), **style)
        case Bars():
            edges = list(itertools.pairwise(mark.edges))
            widths = [stop - start for start, stop in edges]
            axes.bar(
                [start for start, _ in edges],
                mark.heights,
                widths,
                align="edge",
                color=colour,
                edgecolor="white",
                label=_name(mark.name),
            )
        case Points():
            if mark.low:
                axes.vlines(mark.x, mark.low, mark.high, color=colour, linewidth=1.2)
            axes.scatter(
                mark.x, mark.y, s=18 if len(mark.x) <= 40 else 7, color=colour, label=_name(mark.name), zorder=3
            )
        case Rule():
            axes.axvline(mark.at, color=colour, linestyle=":", linewidth=1.2, label=_name(mark.name))
        case Ranges():
            _ranges(axes, mark)
        case Matrix():
            _matrix(axes, mark)


def _name(name: str) -> str:
    return name.lstrip("_") or "_none"


def _ranges(axes: Any, mark: Ranges) -> None:
    rows = range(len(mark.names))
    axes.hlines(rows, mark.low, mark.high, color=_COLOURS[1], linewidth=2)
    axes.scatter(mark.value, rows, s=22, color=_COLOURS[1], zorder=3)
    if math.isfinite(mark.reference):
        axes.axvline(mark.reference, color=_COLOURS[0], linestyle="--", linewidth=1)
    axes.set_yticks(list(rows), [name[:50] for name in mark.names], fontsize=8, parse_math=False)
    axes.set_ylim(len(mark.names) - 0.5, -0.5)
    axes.grid(axis="x", color="#e3e7ec", linewidth=0.6)
    axes.set_axisbelow(True)


def _matrix(axes: Any, mark: Matrix) -> None:
    size = len(mark.names)
    shares = [[count / (sum(row) or 1) for count in row] for row in mark.counts]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_ylabel("label")
    if size > _LARGEST:
        return
    names = [name[:16] for name in mark.names]
    axes.set_xticks(range(size), names, rotation=90 if size > 4 else 0, fontsize=8, parse_math=False)
    axes.set_yticks(range(size), names, fontsize=8, parse_math=False)
    for row, column in itertools.product(range(size), range(size)):
        count = mark.counts[row][column]
        if count:
            colour = "white" if shares[row][column] > 0.55 else "#1b2430"
            axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=7, color=colour)
