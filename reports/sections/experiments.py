"""The last K-fold, workflow and tuning of the dataset: how much is chance, and which settings were tried."""

import math
from dataclasses import dataclass

from analysis.folds import CrossValidation, Spread
from analysis.trials import Search, Trial
from reports import wording
from reports.experiments import Experiments
from reports.figures import scale
from reports.figures.figure import Axis, Figure, Line, Points
from reports.sections.section import Section

_SHOWN = 20  # contradicted labels
_TITLES = {"workflow": "Workflow", "tune": "Tuning"}


@dataclass(frozen=True)
class SearchView:
    """One search: heading, what it found in words, the table of its trials, the number of the best, and what to type."""

    title: str
    text: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    best: int
    command: str
    figure: Figure


@dataclass(frozen=True)
class View:
    """What the template shows.

    Attributes:
      kfold: what it found in words, "" without one; ``folds`` and ``spread`` are its tables, ``columns`` the heads of both.
      contradicted: labels that its models contradict: row of the source, key, label, answer, quality.
    """

    kfold: str
    columns: tuple[str, ...]
    folds: list[tuple[str, ...]]
    spread: list[tuple[str, ...]]
    contradicted: list[tuple[str, ...]]
    searches: list[SearchView]


def section(found: Experiments) -> Section:
    """The section of at least one experiment."""
    kfold = found.kfold
    searches = [_search(search) for search in found.searches]
    figures = [*([_folds_figure(kfold)] if kfold else []), *(search.figure for search in searches)]
    return Section(
        id="experiments",
        title="K-fold and trials",
        lead="Experiments with the page as it was then; the models were other ones than this version's.",
        view=View(
            kfold=_kfold(kfold) if kfold else "",
            columns=("Fold", "Rows", *(wording.metric(name) for name in kfold.metrics), "Naive baseline")
            if kfold
            else (),
            folds=_folds(kfold) if kfold else [],
            spread=_spread(kfold) if kfold else [],
            contradicted=_contradicted(kfold) if kfold else [],
            searches=searches,
        ),
        figures=tuple(figures),
    )


def _when(run_id: str) -> str:
    """The day and the minute of a run id, ``20261129T150940.123456``."""
    day, _, moment = run_id.partition("T")
    return f"{day[:4]}-{day[4:6]}-{day[6:8]} {moment[:2]}:{moment[2:4]}"


def _with(settings: tuple[str, ...]) -> str:
    return f", with {wording.listed(list(settings))}" if settings else ""


def _kfold(found: CrossValidation) -> str:
    primary, mean = wording.metric(found.primary), found.metrics[found.primary].mean
    times = "" if found.repeats == 1 else f", {found.repeats} times"
    better = found.better.mean
    sure = "no interval says whether that is better than the naive baseline"
    if better.low is not None:
        sure = f"{'better' if better.low > 0 else 'not surely better'} than the naive baseline's"
    return (
        f"{found.folds} folds of {found.rows:,} examples{times}, {_when(found.run_id)}{_with(found.settings)}. "
        f"The mean {primary} is {wording.with_interval(mean)}, {sure}. The interval is corrected for the rows that the folds "
        "share (Nadeau and Bengio, 2003)."
    )


def _folds(found: CrossValidation) -> list[tuple[str, ...]]:
    return [
        (
            str(one.fold) if found.repeats == 1 else f"{one.repeat}.{one.fold}",
            f"{one.rows['test']:,}",
            *(wording.metric_value(one.metrics[name]) for name in found.metrics),
            wording.metric_value(one.naive[found.primary]),
        )
        for one in found.results
    ]


def _spread(found: CrossValidation) -> list[tuple[str, ...]]:
    columns: list[Spread] = [*found.metrics.values(), found.naive]
    return [
        ("Mean", "", *(wording.metric_value(one.mean.value) for one in columns)),
        ("Deviation", "", *(wording.metric_value(one.deviation) for one in columns)),
        ("95% interval", "", *(wording.interval(one.mean) for one in columns)),
    ]


def _contradicted(found: CrossValidation) -> list[tuple[str, ...]]:
    return [
        (str(one.source_row), wording.cut(one.key, 40), _text(one.label), _text(one.answer), f"{one.quality:.3f}")
        for one in found.contradicted[:_SHOWN]
    ]


def _text(value: str | float) -> str:
    return wording.cut(value, 40) if isinstance(value, str) else wording.number(value, 4)


def _folds_figure(found: CrossValidation) -> Figure:
    primary, mean = found.primary, found.metrics[found.primary].mean
    places = [float(place) for place in range(1, len(found.results) + 1)]
    values = [_number(one.metrics[primary]) for one in found.results]
    naive = [one.naive[primary] for one in found.results]
    start, stop = 0.5, len(places) + 0.5
    lines = [
        Line(name, [start, stop], [_number(value)] * 2, 1, dashed=dashed)
        for name, value, dashed in (
            ("mean", mean.value, False),
            ("95% interval", mean.low, True),
            ("", mean.high, True),
        )
        if value is not None
    ]
    label = wording.metric(primary)
    return Figure(
        slug="folds",
        title=f"{label} of each fold",
        text=f"The {label} of each fold's model on the rows that it has not seen, their mean and its 95% interval, and the "
        "naive baseline on the same rows.",
        x=Axis("fold", start, stop, whole=True),
        y=Axis(label, *scale.around([*values, *naive, _number(mean.low), _number(mean.high)])),
        marks=(*lines, Points("folds", places, values, 1), Points("naive baseline", places, naive, 0)),
        columns=("fold", label, "naive baseline"),
        rows=tuple((row[0], *row[2 + list(found.metrics).index(primary) :][:1], row[-1]) for row in _folds(found)),
    )


def _search(found: Search) -> SearchView:
    best, title = found.best_trial, _TITLES.get(found.kind, found.kind)
    test = wording.listed(
        [f"{wording.metric(name)} {wording.metric_value(value)}" for name, value in found.test.items()]
    )
    text = (
        f"{wording.count(len(found.trials) - 1, 'trial')}, {_when(found.run_id)}{_with(found.base)}, compared on "
        f"{found.examples['eval']:,} eval examples. Trial {best.number} has the lowest eval loss; on the test split, which "
        f"chose nothing, its model reaches {test}."
    )
    texts = (*found.base, *found.settings)
    return SearchView(
        title=title,
        text=text,
        columns=("Trial", "Stage", "What", "Train loss", "Eval loss", f"Eval {wording.metric(found.primary)}", "Fit"),
        rows=[_row(trial, found.primary) for trial in found.trials],
        best=best.number,
        command=" ".join(["slipway run", found.dataset, *(f"--set {text}" for text in texts)]),
        figure=_losses(found, title),
    )


def _row(trial: Trial, primary: str) -> tuple[str, ...]:
    return (
        str(trial.number) if trial.number else "",
        trial.stage,
        wording.cut(trial.what, 120) if trial.number else "",
        _loss(trial.train_loss),
        _loss(trial.eval_loss),
        wording.metric_value(trial.eval[primary]),
        trial.fit,
    )


def _loss(value: float | None) -> str:
    return wording.number(value, 4)


def _losses(found: Search, title: str) -> Figure:
    trained = [trial for trial in found.trials if trial.number]
    places = [float(trial.number) for trial in trained]
    train = [_number(trial.train_loss) for trial in trained]
    evaluation = [_number(trial.eval_loss) for trial in trained]
    best = found.best_trial
    return Figure(
        slug=f"trials_{found.kind}",
        title=f"{title}: the losses of its trials",
        text="The mean loss of each trial's model, without penalties, on the train and on the eval split. "
        f"Trial {best.number} is the best.",
        x=Axis("trial", 0.5, len(trained) + 0.5, whole=True),
        y=Axis("loss", *scale.around([*train, *evaluation], zero=True)),
        marks=(
            Line("train split", places, train, 1),
            Line("eval split", places, evaluation, 2, dashed=True),
            Points("best", [float(best.number)], [_number(best.eval_loss)], 3),
        ),
        columns=("trial", "train split", "eval split"),
        rows=tuple((str(trial.number), _loss(trial.train_loss), _loss(trial.eval_loss)) for trial in trained),
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else value
