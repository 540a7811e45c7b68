"""`slipway push`: a version of this home to a remote."""

import json
import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Debug, Json

if TYPE_CHECKING:
    from registry.remotes.pushing import Pushed

Remote = Annotated[
    str,
    typer.Argument(
        metavar="REMOTE",
        help="A folder, or s3://BUCKET/PATH, gs://BUCKET/PATH, sftp://USER@HOST/PATH, webdavs://HOST/PATH, gdrive://ID/PATH.",
    ),
]


def push(
    model: Annotated[
        str,
        typer.Argument(metavar="NAME[@VERSION]", help="A pushed model, with a version or a label; the newest without."),
    ],
    remote: Remote,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what the remote has of this version, and send every part again.")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Push a version to a remote: its model, its dossier and its entry of the version map, in one archive."""
    from cli import console
    from registry.archives import packing
    from registry.remotes import address, connections, pushing, selection
    from schemas import events
    from schemas.home import Home

    name, version = selection.here(model)
    home = Home.from_environment()
    place = address.parse(remote)
    with console.showing():
        archive = packing.of_version(home.models(name), home.registry(name), name, version)
        if not archive.manifest.has_dossier:
            events.publish(events.Note(f"{name} {archive.manifest.version} has no dossier: the model goes without it"))
        result = pushing.push(archive, connections.connect(place), replace=replace)
    print(json.dumps(result.to_json()) if as_json else _text(result))


def _text(result: "Pushed") -> str:
    done = "is there already" if result.already_there else "is pushed"
    again = shlex.join(
        ("slipway", "pull", f"{result.model}@{result.version}", result.remote, "--sha256", result.sha256)
    )
    return "\n".join(
        (
            f"{result.model} {result.version} {done}: {result.remote}",
            f"archive: {result.bytes / 1e6:.1f} MB, of which {result.sent / 1e6:.1f} MB were sent; sha256 {result.sha256}",
            f"next:    {again}",
        )
    )
