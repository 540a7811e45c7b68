"""The request of `slipway predict --file`, checked before anything heavy is imported."""

from dataclasses import dataclass
from pathlib import Path

from schemas.csv_files.endings import CSV, LINES, PACKED, RECORDS, TABLES, plain
from schemas.errors import InputError
from schemas.model_card import ModelCard

STDOUT = "-"
FOLDER = "a folder"
_INPUTS = (*CSV, *TABLES, *LINES, *RECORDS, ".txt")
_KNOWN = ", ".join((*plain(_INPUTS), f"{' and '.join(plain((*CSV, *LINES)))} compressed ({', '.join(PACKED)})"))
_OUTPUTS = (".csv", ".parquet")
_ONE_INPUT = {"image": "pictures (.png, .jpg, .webp, .bmp, .gif)", "string": "texts (.txt)"}


@dataclass(frozen=True)
class FileRequest:
    """One batch prediction.

    Attributes:
      file: what is read: a file, or a folder of pictures or texts.
      out: what is written; "-" is CSV on stdout.
      probabilities: whether each class's probability gets a column.
      submission: whether Kaggle's format is written.
      as_json: whether stdout gets the summary as JSON.
    """

    file: str
    out: str
    probabilities: bool = False
    submission: bool = False
    as_json: bool = False

    @property
    def kind(self) -> str:
        """One of the suffixes that are known, or FOLDER."""
        return FOLDER if Path(self.file).is_dir() else _suffix(self.file, _INPUTS)


def from_options(
    value: str | None, file: str | None, out: str | None, probabilities: bool, submission: bool, as_json: bool
) -> FileRequest | None:
    """The batch that the options describe, or None where they describe one input. Raises InputError for a bad mix."""
    given = {"--out": out is not None, "--probabilities": probabilities, "--submission": submission}
    if file is None:
        for option, is_given in given.items():
            if is_given:
                raise InputError(f"{option} is for a batch; name its input with --file INPUT")
        return None
    if value is not None:
        raise InputError(f"INPUT {value!r} and --file {file} are both given; ask one question, or predict a file")
    if out is None:
        raise InputError("--out is missing; name the file to write (.csv, .parquet), or - for CSV on stdout")
    return FileRequest(file, out, probabilities, submission, as_json)


def check(request: FileRequest, card: ModelCard) -> None:
    """Raises InputError for what cannot be read, cannot be written, or is not for this model."""
    _check_input(request, card)
    _check_output(request)
    if request.probabilities and not card.has_classes:
        raise InputError(f"--probabilities is for a classification; {card.name} predicts no class")
    if request.submission:
        _check_submission(request, card)


def _check_input(request: FileRequest, card: ModelCard) -> None:
    if not Path(request.file).exists():
        raise InputError(f"--file {request.file}: no such file or folder")
    types = [spec["type"] for spec in card.inputs.values()]
    single = types[0] if len(types) == 1 else ""
    columns = ", ".join(card.inputs)
    if request.kind not in (*_INPUTS, FOLDER):
        raise InputError(
            f"--file {request.file}: unknown kind of file {request.kind!r}; known are {_KNOWN}, and a folder"
        )
    if request.kind == FOLDER and single not in _ONE_INPUT:
        raise InputError(
            f"--file {request.file} is a folder; {card.name} reads {columns}: give a .csv or .parquet file"
        )
    if request.kind == ".txt" and single != "string":
        raise InputError(f"--file {request.file}: a .txt file is for a model of one text; {card.name} reads {columns}")
    if request.kind in CSV and "image" in types:
        raise InputError(
            f"--file {request.file}: CSV cannot carry pictures; give a folder, a .parquet or a .jsonl file"
        )


def _check_output(request: FileRequest) -> None:
    if request.out == STDOUT:
        if request.as_json:
            raise InputError("--out - and --json both write to stdout; name a file, or leave out --json")
        return
    out = Path(request.out)
    if _suffix(request.out, _OUTPUTS) not in _OUTPUTS:
        raise InputError(
            f"--out {request.out}: unknown kind of file; known are {', '.join(_OUTPUTS)}, and - for CSV on stdout"
        )
    if out.is_dir():
        raise InputError(f"--out {request.out} is a folder; name a file")
    if not out.absolute().parent.is_dir():
        raise InputError(f"--out {request.out}: there is no folder {out.parent}; make it first")
    # samefile and not equal paths: a link to the input would be written over while it is read.
    if out.exists() and out.samefile(request.file):
        raise InputError(f"--out {request.out} is the input itself; name another file")


def _check_submission(request: FileRequest, card: ModelCard) -> None:
    if card.submission is None:
        raise InputError(
            f"{card.name} {card.version} has no submission format; say submission=Submission(id=..., column=...) in "
            f"pipelines/{card.name}.py and run it again"
        )
    if request.probabilities:
        raise InputError("--submission and --probabilities are both given; a submission has two columns alone")
    if request.kind not in (*CSV, *TABLES):
        raise InputError(
            f"--submission: {request.file} has no column {card.submission['id']!r}; give a .csv or .parquet file that has it"
        )
    if request.out != STDOUT and _suffix(request.out, _OUTPUTS) != ".csv":
        raise InputError(f"--out {request.out}: a submission is a CSV file; give it the suffix .csv")


def _suffix(path: str, known: tuple[str, ...]) -> str:
    """The known suffix that a path ends in, else its own; lower-case."""
    name = Path(path).name.lower()  # all suffixes of one name: ".csv.gz" is known, and ".gz" alone is not
    return next((suffix for suffix in known if name.endswith(suffix)), Path(name).suffix)
