"""What a release is made of, checked before anything is built: the version, the work tree, the bases of the images."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from schemas.errors import InputError
from schemas.version import VERSION

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "k8s" / "images"
_PINNED = re.compile(r"@sha256:[0-9a-f]{64}$")
_TAG = re.compile(r"\bslipway-(?:trainer|trainer-gpu|gateway|studio):([\w.-]+)|^ARG VERSION=(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """The commit that a release is made of.

    Attributes:
      tree: a commit with the files that are built; of a dirty work tree, one that no branch has.
      commit: the commit that is checked out.
      time: when it was made, in seconds since 1970; all that is built has this time.
      dirty: whether files differ from the commit.
    """

    tree: str
    commit: str
    time: int
    dirty: bool


def check_version(version: str) -> None:
    """Raises InputError unless it is a version in the form of PEP 440, and the one that the sources name."""
    try:
        parsed = Version(version)
    except InvalidVersion:
        raise InputError(f"VERSION: {version!r} is no version: write it as X.Y.Z, or X.Y.Zrc1") from None
    if str(parsed) != version or parsed.local:  # an image's tag has no place for "+local"
        allowed = f"write it as {parsed.public}"
        raise InputError(f"VERSION: {version!r} is not in the form that wheels and tags share: {allowed}")
    if version != VERSION:
        raise InputError(
            f"VERSION: {version!r}, and schemas/version.py has {VERSION!r}: change it there, and commit it"
        )
    for path in sorted([*(ROOT / "k8s").rglob("*.yaml"), *IMAGES.glob("*.Dockerfile")]):
        for found in _TAG.finditer(path.read_text(encoding="utf-8")):
            named = found[1] or found[2]
            if named != version:
                raise InputError(
                    f"{path.relative_to(ROOT)}: names the version {named!r}, not {version!r}: change it there"
                )


def source(*, dirty: bool) -> Source:
    """The commit to build.

    Args:
      dirty: whether changes of tracked files that are not committed may be built, too. Untracked files never are.

    Raises:
      InputError: this is no git repository, or files differ and must not.
    """
    changed = _git("status", "--porcelain").splitlines()
    if changed and not dirty:
        first = changed[0][3:]
        raise InputError(
            f"the work tree has {len(changed)} file(s) that are not committed, the first is {first!r}: "
            "commit them, or release with DIRTY=1, which the record says"
        )
    commit = _git("rev-parse", "HEAD")
    # A commit of what differs; git stash create prints nothing where no tracked file does.
    tree = (_git("stash", "create") if changed else "") or commit
    return Source(tree, commit, int(_git("log", "-1", "--format=%ct", commit)), bool(changed))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise InputError(f"git {arguments[0]}: {done.stderr.strip()}: a release is made from a clone")
    return done.stdout.rstrip("\n")


def base_of(dockerfile: Path, given: str = "") -> str:
    """The image that a Dockerfile starts from.

    Args:
      given: takes the place of its ARG PYTHON_IMAGE; it need not have a digest, as the image is recorded by its ID.

    Raises:
      InputError: a FROM names an image without a digest, or there are several.
    """
    text = dockerfile.read_text(encoding="utf-8")
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", text, re.MULTILINE))
    stages: set[str] = set()
    bases: set[str] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        found = re.match(r"FROM (?:--\S+ )*(\S+)(?: AS (\S+))?$", line, re.IGNORECASE)
        if not found:
            continue
        named = re.sub(r"\$\{?(\w+)\}?", lambda name: arguments.get(name[1], ""), found[1])
        stages.add(found[2])
        if named in stages:
            continue
        if not _PINNED.search(named):
            where = f"{dockerfile.name}, line {number}"
            raise InputError(
                f"{where}: FROM {named or found[1]!r} has no digest: write NAME:TAG@sha256:... (64 digits)"
            )
        bases.add(given if given and "PYTHON_IMAGE" in found[1] else named)
    if len(bases) != 1:
        raise InputError(f"{dockerfile.name}: starts from {sorted(bases)}; one base is expected")
    return bases.pop()
