"""How the training went: the diagnosis of the fit, and the curves by epoch."""

import math
from dataclasses import dataclass

from analysis.learning_curve import LearningCurve
from analysis.records import FitDiagnosis
from reports import wording
from reports.figures import scale
from reports.figures.figure import Axis, Figure, Line, Rule
from reports.material import Material
from reports.sections import learning_curve
from reports.sections.section import Section
from schemas.curves import Curve

_LOSS = "loss"
_ROWS = 15  # epochs in the table behind a figure


@dataclass(frozen=True)
class View:
    """What the template shows.

    Attributes:
      fit: the diagnosis, None where there is none.
      command, why: the change that it suggests, and why; "" without one.
      sizes: the learning curve by training-set size, None where none was measured.
      sizes_command: what measures it.
    """

    fit: FitDiagnosis | None
    command: str
    why: str
    sizes: learning_curve.View | None
    sizes_command: str


def section(material: Material, sizes: LearningCurve | None = None) -> Section:
    """The section; its figures come from curves.json, its diagnosis from analysis.json.

    Args:
      sizes: the dataset's last learning curve by training-set size, which may be of another version.
    """
    fit = material.analysis.fit if material.analysis else None
    absent = []
    if not material.curves:
        absent.append(
            f"The curves of the training are missing: curves.json: {material.missing.get('curves.json', 'no epoch')}."
        )
    if fit is None:
        absent.append("The fit was not diagnosed.")
    return Section(
        id="training",
        title="Training and fit",
        lead=fit.sentence if fit else _trained(material.curves),
        badge=fit.kind if fit and fit.kind != "unknown" else "",
        view=View(
            fit,
            command(material),
            wording.sentence(fit.why) if fit else "",
            learning_curve.view(sizes, material) if sizes else None,
            learning_curve.command(material.name),
        ),
        figures=(
            *(_figure(material.curves, name) for name in _names(material.curves)),
            *(learning_curve.figures(sizes) if sizes else ()),
        ),
        absent=tuple(absent),
    )


def command(material: Material) -> str:
    """What to type for the change that the diagnosis suggests; "" where it suggests none."""
    fit = material.analysis.fit if material.analysis else None
    return f"slipway run {material.name} --set {fit.suggestion}" if fit and fit.suggestion else ""


def _trained(curves: tuple[Curve, ...]) -> str:
    if not curves:
        return "How the model was trained is not known."
    epochs = wording.listed([str(len(curve.epochs)) for curve in curves])
    models = "one model" if len(curves) == 1 else f"{len(curves)} models"
    return f"Training {models} took {epochs} epochs."


def _names(curves: tuple[Curve, ...]) -> list[str]:
    """What was measured on both splits: the loss first."""
    found = {name for curve in curves for epoch in curve.epochs for name in epoch.eval if name in epoch.train}
    return sorted(found, key=lambda name: (name != _LOSS, name))[:4]


def _figure(curves: tuple[Curve, ...], name: str) -> Figure:
    lines, values = [], []
    many = len(curves) > 1
    for curve in curves:
        x = [epoch.epoch for epoch in curve.epochs]
        for colour, (split, metrics) in enumerate(
            {"train": [e.train for e in curve.epochs], "eval": [e.eval for e in curve.epochs]}.items(), 1
        ):
            y = [_number(each.get(name)) for each in metrics]
            values += y
            first = curve is curves[0]
            lines.append(Line(f"{split} split" if first else "", x, y, colour, dashed=split == "eval", faint=many))
    bests = [curve.best.epoch for curve in curves if curve.best]
    rule = Rule("lowest eval loss", bests[0]) if len(bests) == 1 else None
    last = max((epoch.epoch for curve in curves for epoch in curve.epochs), default=1)
    which = f" Each pair of lines is one of the {len(curves)} models of the ensemble." if many else ""
    kept = f" The weights of epoch {wording.first([str(best) for best in bests])} were kept." if bests else ""
    return Figure(
        slug=f"training_{name}",
        title=f"{wording.metric(name).capitalize()} by epoch",
        text=f"The {wording.metric(name)} on the train and on the eval split after each epoch.{which}{kept}",
        x=Axis("epoch", 1, max(last, 2), whole=True),
        y=Axis(wording.metric(name), *scale.around(values)),
        marks=(*([rule] if rule else []), *lines),
        columns=(*(["model"] if many else []), "epoch", "train split", "eval split"),
        rows=tuple(row for curve in curves for row in _rows(curve, name, many=many, most=max(4, _ROWS // len(curves)))),
    )


def _rows(curve: Curve, name: str, *, many: bool, most: int) -> list[tuple[str, ...]]:
    step = max(1, math.ceil(len(curve.epochs) / most))
    chosen = sorted({*range(0, len(curve.epochs), step), len(curve.epochs) - 1}) if curve.epochs else []
    return [
        (
            *([str(curve.member)] if many else []),
            str(curve.epochs[index].epoch),
            wording.metric_value(curve.epochs[index].train.get(name)),
            wording.metric_value(curve.epochs[index].eval.get(name)),
        )
        for index in chosen
    ]


def _number(value: float | None) -> float:
    return math.nan if value is None else value
