"""Settings of a job, checked before it is queued: by the rules that the settings themselves have (schemas.settings)."""

from collections.abc import Iterator, Mapping

from schemas import models
from schemas.settings import Setting, by_name
from schemas.splits import Splits
from schemas.training import Training
from studio.messages.datasets import Dataset, SettingForm


def mistakes(dataset: Dataset, settings: Mapping[str, str], drawn: bool) -> Iterator[str]:
    """What is wrong with the settings, each in one line.

    Args:
      drawn: whether the model is a drawn graph, which has no settings of its own.
    """
    forms = {form.name: form for form in dataset.settings if not (drawn and form.part == "model")}
    for name, text in settings.items():
        form = forms.get(name)
        if form is None:
            more = " with a drawn graph" if drawn else ""
            yield f"{name}: {dataset.name} has no such setting{more}; it has {', '.join(forms)}"
            continue
        rule = _rule(dataset, form)
        if rule is not None:
            yield from _mistakes(rule, text)


def _rule(dataset: Dataset, form: SettingForm) -> Setting | None:
    """The setting itself; None of a page's own kind of model, whose settings the job's command checks."""
    owner: type | None = {"training": Training, "splits": Splits}.get(form.part)
    owner = owner or getattr(models, dataset.model, None)
    return by_name(owner).get(form.name) if owner is not None else None


def _mistakes(rule: Setting, text: str) -> Iterator[str]:
    try:
        value = rule.read(text)
    except (ValueError, OverflowError):
        yield f"{rule.name}: received {text[:60]!r}; {rule.allowed} is expected"
        return
    for problem in rule.problems(value):
        yield str(problem)
