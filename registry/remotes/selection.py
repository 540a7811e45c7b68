"""NAME[@VERSION], as `push` and `pull` take it."""

from registry.archives.manifest import NAME, VERSION
from schemas.errors import InputError


def here(text: str) -> tuple[str, str | None]:
    """ "titanic@stable" to ("titanic", "stable"), "titanic" to ("titanic", None): a version of this home.

    Raises InputError for a name that no model can have, which might lead out of the home, or an empty version.
    """
    name, separator, version = text.partition("@")
    if not NAME.fullmatch(name):
        raise InputError(f"NAME: received {name!r}; letters, digits, _, - and . are expected, such as titanic@1.2.0")
    if separator and not version:
        raise InputError(f"VERSION: received {text!r}; a version is expected after the @, such as titanic@1.2.0")
    return name, version or None


def there(text: str) -> tuple[str, str | None]:
    """``here`` for a version of a remote, which knows neither labels nor serving versions. Raises InputError."""
    name, version = here(text)
    if version is not None and not VERSION.fullmatch(version):
        raise InputError(f"VERSION: received {version!r}; a semantic version is expected, such as titanic@1.2.0")
    return name, version
