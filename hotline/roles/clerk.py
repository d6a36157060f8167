"""The engine's clerk: a process of its own that writes down what was decided, and looks up what was before.

SQLAlchemy takes tens of milliseconds of processor time a call. In the engine's own process, thread or not, they would
stand between a free agent and the caller who waits for him.
"""

import asyncio
import multiprocessing
import signal
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from core import personal
from core.clock import SystemClock
from core.database import Database
from core.errors import Conflict, HotlineError, PartUnavailable
from core.personal import Personal, PersonalKeys
from core.secrets import Secrets
from core.settings import Settings
from hotline.process import end_with_parent, go_as_others
from routing.callers.callbacks import callbacks_of
from routing.engine_events import CallDescribed
from routing.events import AgentStateChanged, RoutingNotice
from routing.figures.service import FigureLog
from routing.service import AgentDirectory, DecisionLog
from telephony.events import Party
from telephony.repository import CallFilter
from telephony.service import CallRecorder
from telephony.views import CallView

_LOOK_BACK = timedelta(days=30)
_CALLS = 20


class Clerk:
    """Asks the process; an answer is awaited, the engine's loop is not held up meanwhile.

    All requests raise PartUnavailable while the database, or the process, is away (it is started again), and Conflict
    when the database refuses what is to be written.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = self._hire()

    async def keep_decisions(self, notices: Sequence[RoutingNotice]) -> None:
        """Write decisions down in one transaction."""
        await self._ask("keep_decisions", list(notices))

    async def keep_changes(self, changes: Sequence[AgentStateChanged]) -> None:
        """Write changes of agents' states down in one transaction."""
        await self._ask("keep_changes", list(changes))

    async def look_up(self, call_id: str, caller: Personal, now: datetime) -> CallDescribed | None:
        """Return what is known of a caller from before; None: nothing."""
        found: CallDescribed | None = await self._ask("look_up", call_id, caller.reveal(), now)
        return found

    async def note_talk(self, call_id: str, caller: Personal | None) -> None:
        """Note that agent and citizen talk: a call back came about, or what was owed to his number is done."""
        await self._ask("note_talk", call_id, None if caller is None else caller.reveal())

    def dismiss(self) -> None:
        """End the process when it has done what it was asked."""
        self._pool.shutdown(wait=False)

    def _hire(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=_open_desk, initargs=(self._settings,))

    async def _ask(self, what: str, *arguments: object) -> Any:
        try:
            told, answer = await asyncio.get_running_loop().run_in_executor(self._pool, _do, what, arguments)
        except BrokenProcessPool as error:
            self._pool = self._hire()
            raise PartUnavailable("clerk", "记录进程已退出", remedy="已自动重新启动,无需处理") from error
        if told == "away":
            raise PartUnavailable(*answer[:2], remedy=answer[2])
        if told == "refused":
            raise Conflict(str(answer))
        return answer


@asynccontextmanager
async def open_clerk(settings: Settings) -> AsyncIterator[Clerk]:
    """Have a clerk for the time of the block."""
    clerk = Clerk(settings)
    try:
        yield clerk
    finally:
        clerk.dismiss()


# ---- in the clerk's own process


class _Desk:
    """What the process works with."""

    def __init__(self, settings: Settings) -> None:
        personal.install_keys(PersonalKeys(Secrets.load(settings.home).personal_key))
        database, clock = Database(settings.database_url), SystemClock()
        self.runner = asyncio.Runner()
        self._decisions = DecisionLog(database)
        self._figures = FigureLog(database, clock)
        self._calls = CallRecorder(database, clock, settings.spool_dir)
        self._agents = AgentDirectory(database, clock)
        self._callbacks = callbacks_of(database, clock, settings)

    async def keep_decisions(self, notices: list[RoutingNotice]) -> None:
        await self._decisions.store(notices)

    async def keep_changes(self, changes: list[AgentStateChanged]) -> None:
        await self._figures.store(changes)

    async def look_up(self, call_id: str, number: str, now: datetime) -> CallDescribed | None:
        wanted = CallFilter(caller=Personal(number), since=now - _LOOK_BACK, limit=_CALLS)
        earlier = [one for one in await self._calls.calls(wanted) if one.call_id != call_id]
        if not earlier:
            return None
        endpoint = next((phone for one in earlier if (phone := _served_by(one))), "")
        agent = await self._agents.by_number(endpoint) if endpoint else None
        return CallDescribed(call_id, last_agent_id="" if agent is None else agent.id, calls_on_matter=len(earlier))

    async def note_talk(self, call_id: str, number: str | None) -> None:
        # each is for the other's calls nothing
        await self._callbacks.reached(call_id)
        await self._callbacks.answered(call_id, None if number is None else Personal(number))


_desks: list[_Desk] = []


def _open_desk(settings: Settings) -> None:
    end_with_parent()
    go_as_others()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everybody; the engine ends us in order
    _desks.append(_Desk(settings))


def _do(what: str, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    """Do one thing; errors go back as plain words, because they cannot be pickled."""
    desk = _desks[0]
    try:
        return "done", desk.runner.run(getattr(desk, what)(*arguments))
    except PartUnavailable as error:
        return "away", (error.part, error.problem, error.remedy)
    except HotlineError as error:
        return "refused", error.message


def _served_by(call: CallView) -> str:
    joined = [leg for leg in call.legs if leg.party is Party.AGENT and leg.joined_at is not None]
    return joined[-1].endpoint if joined else ""
