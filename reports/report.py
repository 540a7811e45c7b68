"""The report on a model: reports/<dataset>/<version>/report.html, and its figures as PNG."""

from pathlib import Path

from analysis import drift_records, learning_curve
from analysis.drift import Drift
from analysis.learning_curve import LearningCurve
from registry import dossier, version_map
from reports import experiments as dataset_experiments
from reports import headline, material, rendering
from reports.experiments import Experiments
from reports.figures import png
from reports.material import Material
from reports.sections import (
    attributions,
    comparison,
    data,
    drift,
    errors,
    experiments,
    failures,
    findings,
    labels,
    lineage,
    multi_label,
    parameters,
    residuals,
    slices,
    training,
    verdict,
)
from reports.sections.section import Section
from schemas.errors import InputError
from schemas.files import write_whole
from schemas.home import Home
from schemas.tasks import CLASS, CLASSES

FILE = "report.html"
FIGURES = "figures"


def write(home: Home, name: str, version: str | None = None) -> Path:
    """Writes the report on a model from its dossier, and its figures beside it; an earlier one is replaced.

    Args:
      name: the dataset.
      version: a semantic or integer version, or the id of a run whose model was refused; without it the newest version, or
        the last refused run where no model was ever pushed.

    Returns:
      The file ``reports/NAME/VERSION/report.html``; ``reports/NAME/refused/RUN_ID/report.html`` of a refused model.

    Raises:
      InputError: there is no such version, or it has no dossier.
    """
    folder = dossier.find(home.registry(name), name, version or _only_refused(home, name))
    target = home.reports(name) / folder.relative_to(home.registry(name))
    found = material.read(folder)
    checks = drift_records.read(home, name, found.version, drift.MOST) if found.version else ()
    parts = sections(found, checks, _sizes(home, found), dataset_experiments.read(home, name))
    content = page(found, parts)
    for section in parts:
        for figure in section.all_figures:
            png.write(target / FIGURES / f"{figure.slug}.png", figure)
    write_whole(target / FILE, content)
    return target / FILE


def _sizes(home: Home, found: Material) -> LearningCurve | None:
    """The learning curve; where it cannot be read, None, and the reason in ``missing``."""
    try:
        return learning_curve.read(home, found.name)
    except InputError as error:
        found.missing["learning curve"] = str(error)
        return None


def page(found: Material, parts: list[Section]) -> str:
    """The HTML of a report."""
    return rendering.render(headline.headline(found), findings.findings(found), parts, found.missing)


def _only_refused(home: Home, name: str) -> str | None:
    """The run of the last refused model where none was ever pushed: what else could be meant?"""
    entries = version_map.entries(home.registry(name))
    return None if not entries or any(entry.version for entry in entries) else entries[-1].run_id


def sections(
    found: Material,
    checks: tuple[Drift, ...] = (),
    sizes: LearningCurve | None = None,
    tried: Experiments | None = None,
) -> list[Section]:
    """All sections in their order; of drift and of experiments where there were any."""
    return [
        verdict.section(found),
        data.section(found),
        training.section(found, sizes),
        *(labels.of_each(found, make) for make in (_errors, slices.section, failures.section, attributions.section)),
        labels.of_each(found, comparison.section) if found.previous else comparison.section(found),
        *([drift.section(checks)] if checks else []),
        *([experiments.section(tried)] if tried else []),
        parameters.section(found),
        lineage.section(found),
    ]


def _errors(found: Material) -> Section:
    """What the answers to one label get wrong."""
    sections = {CLASS: errors.section, CLASSES: multi_label.section}
    return sections.get(found.task.kind, residuals.section)(found)
