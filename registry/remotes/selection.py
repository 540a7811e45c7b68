"""NAME[@VERSION], as `push` and `pull` take it."""

from registry.archives.manifest import NAME, VERSION
from schemas.errors import InputError


def selected(text: str) -> tuple[str, str | None]:
    """ "titanic@1.2.0" to ("titanic", "1.2.0"), "titanic" to ("titanic", None).

    Raises InputError for a name that no model can have, which might lead out of the home, or a version of another form.
    """
    name, separator, version = text.partition("@")
    if not NAME.fullmatch(name):
        raise InputError(f"NAME: received {name!r}; letters, digits, _, - and . are expected, such as titanic@1.2.0")
    if separator and not VERSION.fullmatch(version):
        raise InputError(f"VERSION: received {version!r}; a semantic version such as 1.2.0 is expected")
    return name, version or None
