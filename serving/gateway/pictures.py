"""Pictures that Pillow has to make ready for the model, in threads: the event loop only looks at their headers."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from schemas import pictures
from schemas.model_card import ModelCard
from schemas.request import RequestError, picture_columns, prepared_picture
from serving.gateway.inputs import Inputs, refused
from serving.gateway.problems import HttpProblem

_AT_A_TIME = 2  # each takes up to six bytes a pixel while it is converted


class Pictures:
    """Makes the pictures of requests ready.

    Args:
      most_pixels: of a picture that is decoded.
    """

    def __init__(self, most_pixels: int) -> None:
        self._most_pixels = most_pixels
        self._threads = ThreadPoolExecutor(_AT_A_TIME, "pictures")

    def look(self, content: bytes) -> bytes:
        """The picture itself, for ``schemas.request.parse``; raises TooManyPixelsError by its header."""
        pictures.is_ready(content, self._most_pixels)
        return content

    async def prepared(self, card: ModelCard, inputs: Inputs, deadline: float) -> Inputs:
        """The inputs with pictures as the model takes them; those that need nothing stay as they are.

        Args:
          deadline: when the answer is due, in the seconds of ``time.monotonic``.

        Raises:
          HttpProblem: a picture cannot be converted, or not in time.
        """
        columns = picture_columns(card)
        waiting = [
            (index, name)
            for index, row in enumerate(inputs.rows if columns else ())
            for name in columns
            if not pictures.is_ready(row[name], self._most_pixels)  # type: ignore[arg-type]
        ]
        if not waiting:
            return inputs
        rows = [dict(row) for row in inputs.rows]
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                for index, name in waiting:
                    rows[index][name] = await self._converted(card, name, rows[index][name], index, inputs.many)  # type: ignore[arg-type]
        except TimeoutError:
            raise HttpProblem("too-slow", "the pictures could not be converted in time") from None
        return Inputs(rows, inputs.many)

    async def _converted(self, card: ModelCard, name: str, content: bytes, index: int, many: bool) -> bytes:
        convert = partial(pictures.prepared, most_pixels=self._most_pixels)
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, prepared_picture, card, name, content, convert
            )
        except RequestError as error:
            raise refused(card, [(error, index if many else None)]) from None

    def close(self) -> None:
        """Ends the threads; what is under way is finished."""
        self._threads.shutdown(wait=False, cancel_futures=True)
