"""The exit codes are declared once, and docs/command_line.md says what each of them means."""

import re
import signal
from pathlib import Path

from schemas.exit_codes import ExitCode

DOCS = Path(__file__).parents[2] / "docs" / "command_line.md"


def test_the_table_in_the_docs_has_every_code_and_no_other() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(str(code.value), code.meaning) for code in ExitCode]


def test_a_signal_has_the_code_that_a_shell_would_give_it() -> None:
    assert [ExitCode.INTERRUPTED - 128, ExitCode.TERMINATED - 128] == [signal.SIGINT, signal.SIGTERM]
