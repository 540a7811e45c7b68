"""What the routes work with: one object for each application."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from schemas.home import Home
from studio.settings import Settings


@dataclass(frozen=True)
class Studio:
    """The parts of a running studio.

    Attributes:
      home: where datasets, models and the studio's own files (``studio/``) are kept.
      settings: of `slipway studio`.
    """

    home: Home
    settings: Settings


def _studio_of(request: Request) -> Studio:
    return request.app.state.studio


TheStudio = Annotated[Studio, Depends(_studio_of)]
