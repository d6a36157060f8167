"""A sound file over HTTP with byte ranges (RFC 9110 section 14), refusals in the one error form."""

import contextlib
import os

from fastapi.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from api.errors import MalformedError, answer

_MALFORMED = 400
_UNSATISFIABLE = 416


class AudioFile(FileResponse):
    """`FileResponse` with two corrections: a malformed Range is ignored (14.2), 416 is answered as JSON."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or the part that is asked for."""
        refused: Message | None = None

        async def unless_refused(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] in {_MALFORMED, _UNSATISFIABLE}:
                refused = message
            if refused is None:
                await send(message)

        await super().__call__(scope, receive, unless_refused)
        if refused is None:
            return
        if refused["status"] == _MALFORMED:
            whole = [(name, value) for name, value in scope["headers"] if name != b"range"]
            await super().__call__({**scope, "headers": whole}, receive, send)
            return
        response = answer(MalformedError(_UNSATISFIABLE))
        response.headers["Content-Range"] = dict(refused["headers"])[b"content-range"].decode()
        await response(scope, receive, send)


class AudioCopy(AudioFile):
    """A copy made for one answer: it is gone once it was sent, or could not be."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the copy and delete it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)  # noqa: PTH108 - in memory or on the next disk: nothing to wait for
