"""The parts of a multipart/form-data body."""

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header


def parts(header: str, body: bytes) -> list[tuple[str, bytes]]:
    """Name and content of each part, in order (RFC 7578).

    Args:
      header: the Content-Type with its boundary.

    Raises:
      ValueError: not a whole form, with the reason as its text.
    """
    # Starlette decodes header bytes as latin-1; this gives the bytes back.
    _, options = parse_options_header(header.encode("latin-1"))
    boundary = options.get(b"boundary")
    if not boundary:
        raise ValueError("its Content-Type has no boundary")
    reader = _Reader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise ValueError(str(error)) from error
    # finalize() accepts a body that stops in the middle.
    if not reader.ended:
        raise ValueError("it has no end; is the last boundary missing?")
    return reader.found


class _Reader:
    """The parser's callbacks, which collect the parts."""

    def __init__(self) -> None:
        self.found: list[tuple[str, bytes]] = []
        self.ended = False
        self._header = self._value = self._disposition = b""
        self._chunks: list[bytes] = []

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            # The parser passes its whole buffer with the bounds of the part's piece in it.
            "on_part_data": lambda data, start, end: self._chunks.append(data[start:end]),
            "on_part_end": self._end,
            "on_header_begin": self._header_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._disposition = b""
        self._chunks = []

    def _header_begin(self) -> None:
        self._header = self._value = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value

    def _end(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise ValueError("a part has no name")
        self.found.append((options[b"name"].decode("utf-8", "replace"), b"".join(self._chunks)))

    def _finish(self) -> None:
        self.ended = True
