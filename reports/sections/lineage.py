"""Where the model comes from: run, data, code, libraries and the artifacts of its steps."""

from dataclasses import dataclass

from registry.dossier import Origin
from reports import wording
from reports.material import Material
from reports.sections.section import Section


@dataclass(frozen=True)
class View:
    """What the template shows."""

    facts: list[tuple[str, str]]
    origins: tuple[Origin, ...]
    libraries: list[tuple[str, str]]
    files: list[tuple[str, str]]


def section(material: Material) -> Section:
    """The section; it needs the record alone."""
    record = material.record
    card = record.card
    absent = () if record.lineage else ("The artifacts of the steps were not recorded.",)
    return Section(
        id="lineage",
        title="Lineage",
        lead=f"Made by run {record.run_id}"
        + (f", pushed {_when(card.pushed_at)}." if card.version else "; not pushed."),
        view=View(
            _facts(material),
            record.lineage,
            sorted((record.libraries or card.libraries).items()),
            sorted(material.missing.items()),
        ),
        absent=absent,
    )


def _when(at: str | None) -> str:
    return f"{(at or '')[:16].replace('T', ' ')} UTC"


def _facts(material: Material) -> list[tuple[str, str]]:
    record, card = material.record, material.record.card
    data = card.data
    commit = record.commit
    rows = ", ".join(f"{split} {count:,}" for split, count in (data.get("rows") or {}).items())
    facts = [
        ("dataset", card.name),
        ("version", card.version or "none: it was refused"),
        ("serving version", str(card.serving_version) if card.serving_version else ""),
        ("version before", record.previous or "none"),
        ("run", record.run_id),
        ("pushed" if card.version else "judged", _when(card.pushed_at) if card.pushed_at else ""),
        (
            "git commit",
            f"{commit.id}{' with changes that are not committed' if commit.changed else ''}" if commit else "none",
        ),
        ("data, sha256", str(data.get("fingerprint") or "")),
        ("rows by split", rows),
        ("rows read at most", f"{data['limit']:,}" if data.get("limit") else ""),
        ("span", str(data.get("span") or "")),
        ("code of features and model", card.code),
        ("weights", card.weights or ""),
        ("trained on", card.devices),
        ("trained model", record.trained),
        ("notes of the analysis", wording.listed(material.analysis.notes) if material.analysis else ""),
    ]
    return [(name, value) for name, value in facts if value]
