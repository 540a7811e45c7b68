"""/docs: the OpenAPI document as a page that needs nothing else, no script of another server and no network."""

import html
import json
from pathlib import Path

from schemas import request_schema
from serving.gateway.openapi import JsonObject
from serving.gateway.problems import KINDS

_TEMPLATE = Path(__file__).with_name("docs.html")


def page(document: JsonObject) -> str:
    """The page as HTML; it lists the models, routes and problems of the document.

    Args:
      document: OpenAPI 3.1; what is tagged ``predictions`` gets a form to try it.
    """
    operations = [(path, verb, op) for path, verbs in document["paths"].items() for verb, op in verbs.items()]
    models = [(path, op) for path, _, op in operations if "predictions" in op["tags"] and "{" not in path]
    parts = {
        "models": "".join(_model(path, op) for path, op in models) or "<p>No model has been pushed.</p>",
        "routes": "".join(_route(path, verb, op) for path, verb, op in operations),
        "problems": "".join(_problem(*kind) for kind in KINDS.items()),
    }
    text = _TEMPLATE.read_text(encoding="utf-8")
    for name, part in parts.items():
        # Not str.format: the template's CSS and script are full of braces.
        before, _, after = text.partition(f"<!-- {name} -->")
        text = before + part + after
    return text


def _model(path: str, operation: JsonObject) -> str:
    content = operation["requestBody"]["content"]
    (example,) = content["application/json"]["examples"].values()
    body = json.dumps(example["value"], indent=1, ensure_ascii=False)
    columns = request_schema.columns(content["application/json"]["schema"]["properties"]["input"])
    rows = "".join(_column(name, column) for name, column in columns.items())
    upload = '<label>or a file <input type="file" name="file"></label>' if "image/png" in content else ""
    return f"""<section><h3>{_text(operation["summary"])}</h3><p><code>POST {_text(path)}</code></p>
<table><tr><th>field</th><th>type</th><th></th></tr>{rows}</table>
<form data-path="{_text(path)}"><textarea name="body" rows="8" spellcheck="false">{_text(body)}</textarea>
<p>{upload} <button>Ask</button></p><pre hidden></pre></form></section>"""


def _column(name: str, column: JsonObject) -> str:
    kinds = column.get("type", "a picture")
    kind = kinds if isinstance(kinds, str) else " or ".join(kinds)
    about = column.get("description") or column.get("anyOf", [{}])[0].get("description", "")
    return f"<tr><td><code>{_text(name)}</code></td><td>{_text(kind)}</td><td>{_text(about)}</td></tr>"


def _route(path: str, verb: str, operation: JsonObject) -> str:
    return f"<tr><td><code>{verb.upper()} {_text(path)}</code></td><td>{_text(operation['summary'])}</td></tr>"


def _problem(slug: str, kind: tuple[int, str, str]) -> str:
    status, title, advice = kind
    return f'<tr id="{slug}"><td>{status}</td><td><code>{slug}</code></td><td>{_text(title)}. {_text(advice)}</td></tr>'


def _text(value: str) -> str:
    # Cards come from model folders: whatever is in one is shown as text and never becomes markup.
    return html.escape(value)
