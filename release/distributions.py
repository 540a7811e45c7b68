"""The wheel and the source distribution, the same bytes in each build."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from release.archives import rewrite_source_distribution
from release.inputs import ROOT, Source
from schemas.errors import InputError

_PAGE = Path("studio", "static")


def export(source: Source, folder: Path) -> None:
    """Puts the files of a commit into ``folder``, as a clone of anybody has them, and the studio's page that was built.

    Raises:
      InputError: the page is not built.
    """
    if not (ROOT / _PAGE / "index.html").is_file():
        raise InputError(f"{_PAGE}/index.html: not there, and wheel and images have it: make studio")
    folder.mkdir(parents=True)
    # Else the permissions are those of whoever cloned, and so are those in the wheel and in the images.
    archive = ["git", "-c", "tar.umask=0022", "archive", source.tree]
    with subprocess.Popen(archive, cwd=ROOT, stdout=subprocess.PIPE) as written:
        subprocess.run(["tar", "-x", "--same-permissions"], cwd=folder, stdin=written.stdout, check=True)
    if written.returncode:
        raise InputError(f"git archive {source.tree}: exit code {written.returncode}")
    shutil.copytree(ROOT / _PAGE, folder / _PAGE)
    for path in (folder / _PAGE, *(folder / _PAGE).rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def build(tree: Path, target: Path, time: int) -> list[Path]:
    """Builds the source distribution of ``tree``, and the wheel out of it; returns both.

    Args:
      time: what every file in them has, in seconds since 1970.

    Raises:
      InputError: setuptools failed; with its last words.
    """
    command = [sys.executable, "-m", "build", "--no-isolation", f"--outdir={target}", str(tree)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(time)}  # which wheels follow, and source distributions do not
    done = subprocess.run(command, capture_output=True, text=True, env=environment, umask=0o022)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise InputError(f"the wheel is not built: {said[-1] if said else f'exit code {done.returncode}'}")
    found = sorted([*target.glob("*.tar.gz"), *target.glob("*.whl")])
    for path in found:
        if path.suffix == ".gz":
            rewrite_source_distribution(path, time)
    return found
