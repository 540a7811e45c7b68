"""The options of `slipway studio`."""

from dataclasses import dataclass

from schemas.settings import setting


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The studio's options."""

    host: str = setting("127.0.0.1", "Where to listen; any address but this machine's own asks for a token.")
    port: int = setting(8090, "The port; 0 takes a free one.", low=0, high=65535)
    gateway: str = setting("", "A gateway to ask; without it the studio starts its own.", metavar="URL")
    jobs: int = setting(1, "How many jobs train at a time.", low=1, high=64)
    minutes: float = setting(120, "Minutes after which a job is stopped.", low=0.1, high=100_000)
    memory_mb: int = setting(8000, "Megabytes at which a job is stopped.", low=256)
    max_nodes: int = setting(2000, "The most nodes of a graph.", low=1, high=100_000)
    max_parameters: int = setting(200_000_000, "The most parameters of a graph that is trained.", low=1)
    max_upload_mb: int = setting(500, "Megabytes of an uploaded file.", low=1, high=100_000)
