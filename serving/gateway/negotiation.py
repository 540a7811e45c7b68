"""Content negotiation: the Accept header and the query parameters of a prediction."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from schemas.errors import shown
from serving.gateway.problems import HttpProblem

_JSON = ("*/*", "application/*", "application/json", "application/problem+json")
_PARAMETERS = "probabilities, top"
MOST_CLASSES = 1000


@dataclass(frozen=True)
class Options:
    """The query parameters of a prediction.

    Attributes:
      probabilities: whether every class's probability is in the answer.
      top: how many of the likeliest classes are; 0 for none.
    """

    probabilities: bool = False
    top: int = 0


_DEFAULT = Options()  # shared: most predictions have no query


def check_accept(header: str | None) -> None:
    """Raises HttpProblem for an Accept header that rules JSON out."""
    if header is None or header in _JSON:
        return
    for entry in header.split(","):
        kind, *parameters = (part.strip().lower() for part in entry.split(";"))
        if kind in _JSON and not any(_is_zero(parameter) for parameter in parameters):
            return
    raise HttpProblem("not-acceptable", f"Accept {shown(header)} does not take application/json")


def _is_zero(parameter: str) -> bool:
    """Whether it is a quality of nothing: ``q=0``, ``q=0.0`` ..."""
    name, _, value = parameter.partition("=")
    return name.strip() == "q" and value.strip().rstrip("0") in ("", "0.", ".")


def options(query: bytes) -> Options:
    """The query of a prediction. Raises HttpProblem for a parameter that is unknown, repeated or has another value."""
    if not query:
        return _DEFAULT
    found: dict[str, str] = {}
    # latin-1 decodes any byte; what is no parameter is refused below, whatever its bytes.
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name not in ("probabilities", "top"):
            raise _refused(name, f"there is no query parameter {shown(name)}; the parameters are {_PARAMETERS}", value)
        if name in found:
            raise _refused(name, f"the query parameter {name} is there twice", value)
        found[name] = value
    probabilities = found.get("probabilities", "false")
    if probabilities not in ("true", "false"):
        raise _refused(
            "probabilities", f"probabilities: received {shown(probabilities)}; use true or false", probabilities
        )
    top = found.get("top", "0")
    # The length first: int() refuses more than 4300 digits with an error of its own, and takes digits of any script.
    if "top" in found and not (top.isascii() and top.isdecimal() and len(top) < 5 and 1 <= int(top) <= MOST_CLASSES):
        raise _refused("top", f"top: received {shown(top)}; use a whole number from 1 to {MOST_CLASSES}", top)
    return Options(probabilities == "true", int(top))


def _refused(name: str, detail: str, received: str) -> HttpProblem:
    return HttpProblem("invalid-parameter", detail, parameter=name[:100], received=received[:100])
