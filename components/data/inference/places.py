"""Pairs of columns that are a place: latitude and longitude."""

import dataclasses
import re

from components.data.inference.drafts import Column

_LATITUDE = re.compile(r"(^|[\s_.-])(lat|latitude)$", re.IGNORECASE)
_LONGITUDE = re.compile(r"(^|[\s_.-])(lon|lng|long|longitude)$", re.IGNORECASE)


def with_places(columns: list[Column]) -> list[Column]:
    """The columns, of which the first latitude and longitude that fit their range are a place."""
    latitude = _first(columns, _LATITUDE, 90)
    longitude = _first(columns, _LONGITUDE, 180)
    if latitude is None or longitude is None:
        return columns
    kinds = {latitude: ("latitude", longitude), longitude: ("longitude", latitude)}
    return [
        dataclasses.replace(
            one, kind=kinds[one.name][0], why=f"degrees, with {kinds[one.name][1]!r} a place", options={}
        )
        if one.name in kinds
        else one
        for one in columns
    ]


def _first(columns: list[Column], pattern: re.Pattern[str], most: float) -> str | None:
    for one in columns:
        bounded = one.minimum is not None and one.maximum is not None and -most <= one.minimum < one.maximum <= most
        if bounded and one.kind == "number" and pattern.search(one.name):
            return one.name
    return None
