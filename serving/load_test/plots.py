"""Latency percentiles and achieved rate: over the offered rates of a sweep, or over the time of one rate."""

from dataclasses import dataclass
from pathlib import Path

from serving.load_test.result import PERCENTILES, Result

_COLORS = {
    "p50": "#2a9d8f",
    "p95": "#e9a03b",
    "p99": "#c8443a",
    "achieved": "#26547c",
    "offered": "#9aa0a6",
    "knee": "#6a4c93",
}


@dataclass(frozen=True)
class Curves:
    """What both kinds of plot draw.

    Attributes:
      title, x_label: texts.
      x: the rates in rising order, or seconds.
      latency: milliseconds by percentile; None where nothing was answered.
      achieved, offered: requests a second.
      knee: where it is on the x axis.
    """

    title: str
    x_label: str
    x: list[float]
    latency: dict[str, list[float | None]]
    achieved: list[float]
    offered: list[float]
    knee: float | None


def curves(result: Result) -> Curves:
    """The curves of a report: over time for one rate, over the offered rates for a sweep."""
    title = f"{result['model']} {result['version']} at {result['url']}"
    if not result["sweep"]:
        (step,) = result["rates"]
        windows, rate = step["windows"], step["offered"]
        latency: dict[str, list[float | None]] = {name: [window[name] for window in windows] for name in PERCENTILES}
        achieved, offered = [window["achieved"] for window in windows], [rate] * len(windows)
        at = [window["at"] for window in windows]
        return Curves(f"{title}, {rate:g} requests/s", "seconds", at, latency, achieved, offered, None)
    # A rate that failed is tried again; of its attempts the last one decided.
    last = {step["offered"]: step for step in result["rates"]}
    steps = [last[rate] for rate in sorted(last)]
    rates = [step["offered"] for step in steps]
    latency = {name: [step["latency"][name] for step in steps] for name in PERCENTILES}
    knee = result["knee"]["offered"] if result["knee"] else None
    return Curves(title, "offered requests/s", rates, latency, [step["achieved"] for step in steps], rates, knee)


def picture(result: Result, file: Path) -> None:
    """Writes the curves as a PNG of 1430 x 598 pixels: latency percentiles, and offered and answered rates."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogFormatter

    drawn = curves(result)
    # Not pyplot: it keeps every figure alive, and looks for a display.
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(drawn.title)
    times, rates = figure.subplots(1, 2)
    for name, values in drawn.latency.items():
        times.plot(
            drawn.x, [float("nan") if v is None else v for v in values], "o-", ms=4, label=name, color=_COLORS[name]
        )
    times.set(xlabel=drawn.x_label, ylabel="latency, ms, from when the request was due", yscale="log")
    for axis in (times.yaxis.set_major_formatter, times.yaxis.set_minor_formatter):
        axis(LogFormatter(minor_thresholds=(1.5, 0.5)))  # 20, not 2 x 10^1
    rates.plot(drawn.x, drawn.offered, "--", label="offered", color=_COLORS["offered"])
    rates.plot(drawn.x, drawn.achieved, "o-", ms=4, label="answered", color=_COLORS["achieved"])
    rates.set(xlabel=drawn.x_label, ylabel="requests/s", ylim=(0, None))
    for axes in (times, rates):
        if drawn.knee is not None:
            axes.axvline(drawn.knee, color=_COLORS["knee"], ls=":", label=f"knee, {drawn.knee:,g}/s")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(file, dpi=130)


def page(result: Result, file: Path) -> None:
    """Writes the curves as one interactive HTML file that needs no network."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    drawn = curves(result)
    figure = make_subplots(cols=2, subplot_titles=("latency, from when the request was due", "answered and offered"))
    for name, milliseconds in drawn.latency.items():
        style = {"name": name, "mode": "lines+markers", "line": {"color": _COLORS[name]}}
        figure.add_trace(go.Scatter(x=drawn.x, y=milliseconds, hovertemplate="%{y:.2f} ms", **style), row=1, col=1)
    for name, values in (("offered", drawn.offered), ("achieved", drawn.achieved)):
        line = {"color": _COLORS[name], "dash": "dash" if name == "offered" else "solid"}
        label = "answered" if name == "achieved" else name
        figure.add_trace(
            go.Scatter(x=drawn.x, y=values, name=label, line=line, hovertemplate="%{y:,.1f}/s"), row=1, col=2
        )
    if drawn.knee is not None:
        figure.add_vline(
            x=drawn.knee, line_dash="dot", line_color=_COLORS["knee"], annotation_text=f"knee, {drawn.knee:,g}/s"
        )
    figure.update_xaxes(title_text=drawn.x_label)
    figure.update_yaxes(title_text="ms", type="log", col=1)
    figure.update_yaxes(title_text="requests/s", rangemode="tozero", col=2)
    figure.update_layout(title=drawn.title, hovermode="x unified", template="plotly_white")
    # plotly.js inside the file (4 MB): a report must open on a machine without a network.
    figure.write_html(file, include_plotlyjs=True, full_html=True)
