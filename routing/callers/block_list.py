"""The block list: who is refused, until when, why, by whom. The engine's role writes what holds to the switch."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import Actor
from core.clock import Clock
from core.database import Database
from core.errors import InvalidInput, NotFound
from core.personal import Personal
from routing.callers import repository
from routing.callers.model import CallerBlock, CallerChange
from routing.callers.numbers import is_emergency, is_reachable, national

LONGEST = timedelta(days=180)
"""An entry expires at the latest after this time; who deserves longer is looked at again by a person."""
_REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class BlockView:
    """An entry as it is shown. Instants are aware UTC."""

    block_id: str
    number: Personal
    reason: str
    blocked_at: datetime
    blocked_by: str
    expires_at: datetime
    holds: bool
    lifted_at: datetime | None
    lifted_by: str | None
    refused: int


class BlockList:
    """Use cases of the block list; one transaction each, every change on record (`caller_changes`)."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def block(self, number: str, *, reason: str, until: datetime, actor: Actor) -> BlockView:
        """Refuse a number until an instant. An entry that holds is replaced.

        Raises:
            InvalidInput: no number a citizen calls from, an emergency number, no reason, or no sensible end.
        """
        now = self._clock.now()
        known_as = _checked_number(number)
        why = checked_reason(reason)
        if not now < until <= now + LONGEST:
            raise InvalidInput("until", f"到期时间须在此刻之后、{LONGEST.days} 天以内")
        async with self._database.transaction() as session:
            earlier = await repository.unlifted_block(session, known_as)
            if earlier is not None:
                earlier.lifted_at, earlier.lifted_by = now, actor.account_id
                await session.flush()
            entry = CallerBlock(
                number=known_as,
                number_hash=known_as,
                reason=why,
                blocked_at=now,
                blocked_by=actor.account_id,
                expires_at=until,
                refused=0,
            )
            session.add(entry)
            await session.flush()
            session.add(change(actor, "block", entry.id, why, now))
            return _view(entry, now)

    async def unblock(self, number: str, *, reason: str, actor: Actor) -> BlockView:
        """Let a number in again.

        Raises:
            InvalidInput: no reason is given.
            NotFound: the number is not on the list.
        """
        why = checked_reason(reason)
        known_as = Personal(national(number))
        async with self._database.transaction() as session:
            entry = await repository.unlifted_block(session, known_as)
            if entry is None:
                raise NotFound("黑名单号码", known_as.masked)
            return self._lift(session, entry, why, actor)

    async def lift(self, block_id: str, *, reason: str, actor: Actor) -> BlockView:
        """Let the number of an entry in again; an entry that was lifted already stays as it is.

        Raises:
            InvalidInput: no reason is given.
            NotFound: there is no such entry.
        """
        why = checked_reason(reason)
        async with self._database.transaction() as session:
            entry = await repository.block(session, block_id)
            if entry is None:
                raise NotFound("黑名单记录", block_id)
            if entry.lifted_at is not None:
                return _view(entry, self._clock.now())
            return self._lift(session, entry, why, actor)

    async def list(self, *, with_past: bool = False) -> list[BlockView]:
        """Return entries, newest first: those that hold now, or all."""
        now = self._clock.now()
        async with self._database.reading() as session:
            return [_view(one, now) for one in await repository.blocks(session, holding_at=None if with_past else now)]

    async def note_refused(self, number: Personal) -> None:
        """Count a call that the switch refused."""
        known_as = Personal(national(number.reveal()))
        async with self._database.transaction() as session:
            entry = await repository.unlifted_block(session, known_as)
            if entry is not None:
                entry.refused += 1
                entry.last_refused_at = self._clock.now()

    def _lift(self, session: AsyncSession, entry: CallerBlock, why: str, actor: Actor) -> BlockView:
        now = self._clock.now()
        entry.lifted_at, entry.lifted_by = now, actor.account_id
        session.add(change(actor, "unblock", entry.id, why, now))
        return _view(entry, now)


def checked_reason(reason: str) -> str:
    """Return the reason as it is kept.

    Raises:
        InvalidInput: it is empty, too long, or has control characters.
    """
    stripped = reason.strip()
    if not stripped or len(stripped) > _REASON_MAX or not stripped.isprintable():
        raise InvalidInput("reason", f"须写明原因,1至{_REASON_MAX}个可见字符")
    return stripped


def _checked_number(number: str) -> Personal:
    known_as = national(number)
    if is_emergency(known_as):
        raise InvalidInput("number", "紧急号码不得列入黑名单")
    if not is_reachable(known_as):
        raise InvalidInput("number", "须为手机号码、带区号的固定电话或本地固定电话")
    return Personal(known_as)


def change(actor: Actor, what: str, thing_id: str, reason: str, now: datetime) -> CallerChange:
    """Return the record of a change a person made."""
    return CallerChange(at=now, by=actor.account_id, what=what, thing_id=thing_id, reason=Personal(reason))


def _view(entry: CallerBlock, now: datetime) -> BlockView:
    return BlockView(
        block_id=entry.id,
        number=entry.number,
        reason=entry.reason,
        blocked_at=entry.blocked_at,
        blocked_by=entry.blocked_by,
        expires_at=entry.expires_at,
        holds=entry.lifted_at is None and now < entry.expires_at,
        lifted_at=entry.lifted_at,
        lifted_by=entry.lifted_by,
        refused=entry.refused,
    )
