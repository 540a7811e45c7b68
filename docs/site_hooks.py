"""What the site does with the documentation beyond MkDocs: links to files of the repository that are no pages."""

import re
from pathlib import Path
from typing import Any

_LINK = re.compile(r"\[([^\]\n]+)\]\((\.\./[^)#\s]+)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Links to files outside docs/ become their names: the repository has them, the site has not. Each must be there."""
    docs = Path(config["docs_dir"])

    def named(match: re.Match[str]) -> str:
        text, target, _anchor = match.groups()
        file = (docs / page.file.src_uri).parent.joinpath(target).resolve()
        if not file.exists():
            raise FileNotFoundError(f"{page.file.src_uri}: a link to {target}, which is not there")
        if file.is_relative_to(docs):
            return match[0]
        path = file.relative_to(docs.parent)
        return f"`{path}`" if text == path.name else f"{text} (`{path}`)"

    return _LINK.sub(named, markdown)
