"""A thread with a loop and a database connection of its own: what is written down there does not hold the engine up.

SQLAlchemy takes milliseconds of processor time for each transaction. On the engine's own loop they would stand between
a caller and a free agent; in a thread the interpreter gives way to the engine within half a millisecond.
"""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from core.database import Database

T = TypeVar("T")

_SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter while another one waits for it (Python's own: 5 ms)."""


class Backroom:
    """Runs coroutines in its thread; `database` is to be used there only."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="backroom", daemon=True)
        sys.setswitchinterval(_SWITCH_SECONDS)

    def start(self) -> None:
        """Open for work."""
        self._thread.start()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Have a coroutine run there; its result or its error is ours."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def close(self) -> None:
        """Close the database and end the thread."""
        await self.run(self.database.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()


@asynccontextmanager
async def open_backroom(url: str) -> AsyncIterator[Backroom]:
    """Open a back room for the time of the block."""
    room = Backroom(url)
    room.start()
    try:
        yield room
    finally:
        await room.close()
