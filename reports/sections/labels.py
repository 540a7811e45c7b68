"""Of several labels a section that has a part for each, under a heading with its name."""

import dataclasses
from collections.abc import Callable

from reports.material import Material
from reports.sections.section import Section


def of_each(material: Material, make: Callable[[Material], Section]) -> Section:
    """The section of the label; of several labels one with a part for each, the first first.

    Args:
      make: the section of one label.
    """
    if not material.tasks:
        return make(material)
    parts = tuple(part(one, make(one)) for one in material.tasks)
    return Section(id=parts[0].id, title=make(material.tasks[0]).title, lead="", parts=parts)


def part(material: Material, section: Section) -> Section:
    """A section of one of several labels as a part of the one of all."""
    suffix = f"-{material.number}"
    figures = tuple(dataclasses.replace(each, slug=f"{each.slug}{suffix}") for each in section.figures)
    return dataclasses.replace(section, title=material.task.label, figures=figures, suffix=suffix)
