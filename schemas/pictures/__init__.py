"""Pictures as people have them, made into what the graph decodes: PNG or JPEG, upright, without transparency.

Training, `predict`, the gateway, the clients and batch prediction take a picture through here, so one file gives one answer.
"""

from schemas.pictures.converting import opened, prepared
from schemas.pictures.headers import ALLOWED, MOST_PIXELS, SUFFIXES, PictureError, TooManyPixelsError, is_ready

__all__ = [
    "ALLOWED",
    "MOST_PIXELS",
    "SUFFIXES",
    "PictureError",
    "TooManyPixelsError",
    "is_ready",
    "opened",
    "prepared",
]
