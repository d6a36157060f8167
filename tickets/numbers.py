"""The numbers people call tickets by (工单编号): a prefix, the local day, and a number that grows through the day.

No clause asks for numbers without gaps. They are taken in a transaction of their own, before the one that opens the
ticket: whoever opens tickets at the same moment would otherwise wait for each other's whole transaction, one after the
other. Those who wait in one process share one taking, in the order they came.
"""

import asyncio
from collections import Counter, defaultdict, deque
from datetime import datetime

from core.clock import LOCAL
from core.database import Database
from tickets import repository


class Numbers:
    """Gives numbers; in the order of asking within a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._waiting: Counter[str] = Counter()
        self._taken: defaultdict[str, deque[int]] = defaultdict(deque)

    async def take(self, prefix: str, now: datetime) -> str:
        """Return the next number of the local day; one whose ticket is not opened after all is not given again."""
        series = f"{prefix}{now.astimezone(LOCAL):%Y%m%d}"
        self._waiting[series] += 1
        try:
            async with self._turn:
                taken = self._taken[series]
                if not taken:
                    taken.extend(await self._more(series, self._waiting[series]))
                return f"{series}-{taken.popleft():06d}"
        finally:
            self._waiting[series] -= 1
            if not self._waiting[series]:
                del self._waiting[series]
                # not there when the only one who waited was cancelled before his turn
                self._taken.pop(series, None)

    async def _more(self, series: str, count: int) -> range:
        async with self._database.transaction() as session:
            last = await repository.next_number(session, series, count)
        return range(last - count + 1, last + 1)
