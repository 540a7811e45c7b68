"""`slipway pull`: a version from a remote into this home."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Debug, Json
from cli.push import Remote
from schemas.errors import InputError

if TYPE_CHECKING:
    from registry.remotes.pulling import Pulled
    from registry.remotes.store import Store


def pull(
    model: Annotated[
        str, typer.Argument(metavar="NAME[@VERSION]", help="A model, with a version; the remote's newest without.")
    ],
    remote: Remote,
    sha256: Annotated[
        str | None, typer.Option(metavar="HEX", help="Take only the archive of this sha256, which push printed.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Show the versions that the remote has, and end.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Pull a version from a remote: its archive is verified, and nothing changes here where it is not whole."""
    from cli import console
    from registry.remotes import address, connections, pulling, selection
    from schemas.home import Home

    name, version = selection.there(model)
    if show and (version or sha256):
        raise InputError("--list: it shows all versions; leave @VERSION and --sha256 out")
    place = address.parse(remote)
    with console.showing():
        store = connections.connect(place)
        if show:
            return _list(store, name, as_json)
        result = pulling.pull(store, Home.from_environment(), name, version, sha256)
    print(json.dumps(result.to_json()) if as_json else _text(result))
    return None


def _list(store: "Store", name: str, as_json: bool) -> None:
    from registry.remotes import pulling

    found = [pulling.index(store, name, version) for version in pulling.versions(store, name)]
    if as_json:
        lines = [
            {key: value for key, value in one.to_json().items() if key not in ("format", "parts")} for one in found
        ]
        print(json.dumps({"model": name, "remote": store.address.shown, "versions": lines}))
        return
    for one in found:
        dossier = "with" if one.dossier else "without"
        print(f"{one.version:<9}{one.size / 1e6:.1f} MB, {dossier} its dossier, sha256 {one.sha256}")


def _text(result: "Pulled") -> str:
    done = "is here already" if result.already_here else "is pulled"
    lines = [
        f"{result.model} {result.version} {done}, as serving version {result.serving_version}: {result.folder}",
        f"archive: {result.bytes / 1e6:.1f} MB, of which {result.received / 1e6:.1f} MB were received; sha256 {result.sha256}",
    ]
    if not result.newest:
        lines.append(
            f"note:    a newer version is here and stays the one that is served; ask this one with --version {result.version}"
        )
    lines.append(f"next:    slipway predict {result.model} --version {result.version} --example")
    return "\n".join(lines)
