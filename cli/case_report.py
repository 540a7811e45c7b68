"""The handpicked cases on a terminal: how many went as expected, and each that did not with why it was picked."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.case_words import answered, expected, summary
from schemas.records import CaseResult, CasesReport


def show(report: CasesReport, console: Console) -> None:
    """Prints nothing for a dataset without cases."""
    if not report.count:
        return
    passed = report.passed == report.count
    console.print(f" cases: {summary(report)}", highlight=False, style="" if passed else "yellow")
    for result in report.failed:
        console.print(_failed(result), highlight=False)
    console.print()


def _failed(result: CaseResult) -> Table:
    outcome = f"expected {expected(result.expect)}; the model answers {answered(result.answer)}"
    rows = Table.grid(padding=(0, 1))
    rows.add_row(Text("   ✗", "yellow"), Text(f"line {result.line}: {outcome}"))
    rows.add_row("", Text(result.why, "dim"))
    return rows
