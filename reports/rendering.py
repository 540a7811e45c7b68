"""Sections to one HTML file that needs no other: styles, script, figures and pictures are in it."""

import base64
import functools
import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reports import wording
from reports.figures import svg
from reports.headline import Headline
from reports.sections.finding import Finding
from reports.sections.section import Section

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = Path(__file__).parent / "templates"


def render(headline: Headline, findings: list[Finding], sections: list[Section], missing: dict[str, str]) -> str:
    """The page. Whatever texts the data has are escaped, and a policy in the page keeps it from running or loading any."""
    script = (_TEMPLATES / "script.js").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template("report.html")
        .render(
            headline=headline,
            findings=findings,
            sections=sections,
            missing=missing,
            style=(_TEMPLATES / "style.css").read_text(encoding="utf-8"),
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            written=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        )
    )


def _lowered(html: str) -> str:
    """The headings of a part, which stand below its own: h4 for h3. In texts of the data a < is escaped."""
    from markupsafe import Markup

    return Markup(re.sub(r"(</?h)3\b", r"\g<1>4", str(html)))


@functools.cache
def _environment() -> "jinja2.Environment":
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "draw": svg.draw,
        "interval": wording.with_interval,
        "lowered": _lowered,
        "metric": wording.metric_value,
        "number": wording.number,
        "sentence": wording.sentence,
        "share": wording.share,
        "short": lambda text: wording.short(text, 40),
        "trusted": Markup,  # for style.css and script.js alone
    }
    environment.globals |= {"width": svg.WIDTH, "height": svg.HEIGHT, "count": wording.count}
    return environment
