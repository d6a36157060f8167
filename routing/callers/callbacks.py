"""Callbacks: asked for instead of waiting, or owed for a missed call; made when their turn comes, closed when reached.

The engine stands them in line (`CallbackWaiting`); this is their record. Every use case may be called twice.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor
from core.clock import Clock
from core.database import Database
from core.errors import Conflict, NotFound
from core.ids import new_id
from core.personal import Personal
from core.settings import Settings
from routing.callers import repository
from routing.callers.block_list import change, checked_reason
from routing.callers.model import Callback, CallbackCall
from routing.callers.numbers import is_reachable, national
from routing.callers.rules import (
    OPEN,
    CallbackAct,
    CallbackKind,
    CallbackRules,
    CallbackState,
    CallOutcome,
    after,
    in_waking_hours,
    retry_at,
)

MISSED_QUEUE = "callbacks"
"""Queue of the plan in which callbacks of missed calls stand."""
_SOON = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class CallbackCallView:
    """A call of a callback as it is shown."""

    call_id: str
    part: str
    at: datetime
    endpoint: str
    outcome: str | None


@dataclass(frozen=True, slots=True)
class CallbackView:
    """A callback as it is shown. Instants are aware UTC."""

    callback_id: str
    kind: CallbackKind
    number: Personal
    queue: str
    dialled: str
    entered_at: datetime
    state: CallbackState
    next_call_id: str
    not_before: datetime | None
    attempts: int
    created_at: datetime
    closed_at: datetime | None
    calls: tuple[CallbackCallView, ...] = ()


class Callbacks:
    """Use cases of callbacks; one transaction each."""

    def __init__(self, database: Database, clock: Clock, rules: CallbackRules) -> None:
        self._database = database
        self._clock = clock
        self.rules = rules

    async def ask(
        self, call_id: str, number: Personal, *, queue: str, dialled: str, entered_at: datetime
    ) -> CallbackView | None:
        """Keep a waiting caller's wish to be called back; None: his number cannot be called.

        A number has one open callback: a further wish joins it, and takes the place of one owed for a missed call.
        """
        known_as = Personal(national(number.reveal()))
        if not is_reachable(known_as.reveal()):
            return None
        now = self._clock.now()
        async with self._transaction() as session:
            if (known := await repository.call(session, call_id)) is not None:
                return await self._shown(session, known.callback_id)
            found = await repository.open_callback(session, known_as)
            if found is not None and found.kind == CallbackKind.MISSED:
                _move(found, CallbackAct.RANG_AGAIN, now)
                await session.flush()
                found = None
            if found is None:
                found = _new(CallbackKind.ASKED, known_as, queue, dialled, entered_at, now)
                session.add(found)
                await session.flush()
            session.add(CallbackCall(call_id=call_id, callback_id=found.id, part="asked", at=now))
            await session.flush()
            return await self._shown(session, found.id)

    async def miss(
        self, call_id: str, number: Personal | None, *, dialled: str, entered_at: datetime, ended_at: datetime
    ) -> CallbackView | None:
        """Owe a callback for a call that nobody answered; None: none is owed.

        None is owed to a caller without a number that can be called, to one who hung up at once, and for our own
        attempts. A number has one open callback, however often it called.
        """
        known_as = Personal(national(number.reveal())) if number is not None else None
        waited = (ended_at - entered_at).total_seconds()
        if known_as is None or not is_reachable(known_as.reveal()) or waited < self.rules.shortest_seconds:
            return None
        now = self._clock.now()
        async with self._transaction() as session:
            if await repository.call(session, call_id) is not None:
                return None
            found = await repository.open_callback(session, known_as)
            if found is None:
                found = _new(CallbackKind.MISSED, known_as, MISSED_QUEUE, dialled, entered_at, now)
                found.not_before = in_waking_hours(self.rules, now + self.rules.missed_pause)
                session.add(found)
                await session.flush()
            session.add(CallbackCall(call_id=call_id, callback_id=found.id, part="missed", at=entered_at))
            await session.flush()
            return await self._shown(session, found.id)

    async def answered(self, call_id: str, number: Personal | None) -> None:
        """Note that a citizen's call was answered: what was owed to his number is done."""
        if number is None:
            return
        async with self._transaction() as session:
            if await repository.call(session, call_id) is not None:
                return
            found = await repository.open_callback(session, Personal(national(number.reveal())))
            if found is not None and found.next_call_id != call_id:
                _move(found, CallbackAct.RANG_AGAIN, self._clock.now())
                session.add(CallbackCall(call_id=call_id, callback_id=found.id, part="again", at=self._clock.now()))

    async def taken(self, call_id: str, endpoint: str) -> None:
        """Note that an agent took the offer: the citizen's phone is rung now. `call_id` is the callback's next call."""
        async with self._transaction() as session:
            found = await repository.callback_of_next_call(session, call_id)
            if found is None or found.state not in OPEN:
                return
            _move(found, CallbackAct.TAKEN, self._clock.now())
            if await repository.call(session, call_id) is None:
                now = self._clock.now()
                session.add(
                    CallbackCall(call_id=call_id, callback_id=found.id, part="attempt", at=now, endpoint=endpoint)
                )

    async def reached(self, call_id: str) -> None:
        """Note that agent and citizen talk."""
        await self._end(call_id, CallOutcome.REACHED)

    async def failed(self, call_id: str, outcome: CallOutcome) -> None:
        """Note that an attempt was in vain; the next one is set, or the callback is given up."""
        await self._end(call_id, outcome)

    async def cancel(self, callback_id: str, *, reason: str, actor: Actor) -> CallbackView:
        """Take a callback out, by a person.

        Raises:
            NotFound: there is no such callback.
            TransitionRefused: it is closed.
            InvalidInput: no reason is given.
        """
        why = checked_reason(reason)
        async with self._transaction() as session:
            found = await repository.callback(session, callback_id)
            if found is None:
                raise NotFound("回拨任务", callback_id)
            now = self._clock.now()
            _move(found, CallbackAct.CANCELLED, now)
            session.add(change(actor, "cancel_callback", found.id, why, now))
            return await self._shown(session, found.id)

    async def open(self) -> list[CallbackView]:
        """Return the open callbacks by their place; those older than the rules keep are given up first."""
        now = self._clock.now()
        async with self._transaction() as session:
            for one in await repository.callbacks(session, only_open=True):
                if one.state == CallbackState.WAITING and now - one.created_at > self.rules.keep:
                    _move(one, CallbackAct.EXHAUSTED, now)
            await session.flush()
            return [_view(one) for one in await repository.callbacks(session, only_open=True)]

    async def list(
        self, *, only_open: bool = False, before: str | None = None, limit: int | None = None
    ) -> list[CallbackView]:
        """Return callbacks with their calls: the open ones by their place, or all, newest first."""
        async with self._database.reading() as session:
            found = await repository.callbacks(session, only_open=only_open, before=before, limit=limit)
            calls = await repository.calls_of(session, [one.id for one in found])
        return [_view(one, calls) for one in found]

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction; two writers of one number meet as a `Conflict`; asking again finds it done."""
        try:
            async with self._database.transaction() as session:
                yield session
        except IntegrityError as clash:
            raise Conflict("该号码的回拨任务刚由另一进程更新,请重试") from clash

    async def _shown(self, session: AsyncSession, callback_id: str) -> CallbackView:
        found = await repository.callback(session, callback_id)
        if found is None:
            raise NotFound("回拨任务", callback_id)
        return _view(found, await repository.calls_of(session, [callback_id]))

    async def _end(self, call_id: str, outcome: CallOutcome) -> None:
        now = self._clock.now()
        async with self._transaction() as session:
            attempt = await repository.call(session, call_id)
            if attempt is None or attempt.part != "attempt" or attempt.outcome is not None:
                return
            attempt.outcome = outcome
            found = await repository.callback_of_next_call(session, call_id)
            if found is None or found.state != CallbackState.CALLING:
                return
            if outcome is CallOutcome.REACHED:
                _move(found, CallbackAct.REACHED, now)
            else:
                self._try_again(found, outcome, now)

    def _try_again(self, found: Callback, outcome: CallOutcome, now: datetime) -> None:
        counts = outcome is not CallOutcome.AGENT_LEFT
        found.attempts += counts
        due = retry_at(self.rules, found.attempts, now) if counts else now + _SOON
        _move(found, CallbackAct.EXHAUSTED if due is None else CallbackAct.FAILED, now)
        if due is not None:
            found.not_before, found.next_call_id = due, new_id()


def callbacks_of(database: Database, clock: Clock, settings: Settings) -> Callbacks:
    """Return the callbacks under the rules of the settings."""
    given = settings.callbacks
    return Callbacks(
        database,
        clock,
        CallbackRules(
            attempts=given.attempts,
            retry_minutes=given.retry_minutes,
            earliest=given.earliest,
            latest=given.latest,
            shortest_seconds=given.missed_seconds,
            missed_pause=timedelta(minutes=given.missed_pause_minutes),
            keep=timedelta(hours=given.keep_hours),
        ),
    )


def _new(
    kind: CallbackKind, number: Personal, queue: str, dialled: str, entered_at: datetime, now: datetime
) -> Callback:
    return Callback(
        id=new_id(),
        kind=kind,
        number=number,
        number_hash=number,
        queue=queue,
        dialled=dialled,
        entered_at=entered_at,
        state=CallbackState.WAITING,
        next_call_id=new_id(),
        attempts=0,
        created_at=now,
    )


def _move(found: Callback, act: CallbackAct, now: datetime) -> None:
    found.state = after(CallbackState(found.state), act)
    if found.state not in OPEN:
        found.closed_at = now


def _view(one: Callback, calls: Sequence[CallbackCall] = ()) -> CallbackView:
    return CallbackView(
        callback_id=one.id,
        kind=CallbackKind(one.kind),
        number=one.number,
        queue=one.queue,
        dialled=one.dialled,
        entered_at=one.entered_at,
        state=CallbackState(one.state),
        next_call_id=one.next_call_id,
        not_before=one.not_before,
        attempts=one.attempts,
        created_at=one.created_at,
        closed_at=one.closed_at,
        calls=tuple(
            CallbackCallView(call.call_id, call.part, call.at, call.endpoint, call.outcome)
            for call in calls
            if call.callback_id == one.id
        ),
    )
