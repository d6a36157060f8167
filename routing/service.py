"""Use cases of the routing room: who the agents are, and the record of what the engine decided."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core import wire
from core.actors import Actor
from core.clock import Clock
from core.database import Database
from core.errors import Conflict, InvalidInput, NotFound
from core.personal import Personal
from routing import repository
from routing.events import CallLeftQueue, CallQueued, DecisionTrace, OfferEnded, OfferMade, OfferOutcome, RoutingNotice
from routing.model import Agent, OfferRecord, QueueStay

_NUMBER = re.compile(r"[0-9]{3,8}")
_NOT_FOR_AGENTS = frozenset({"110", "119", "120", "122", "12345"})
"""Emergency numbers and the hotline itself: an agent's phone under them would take what is dialled there."""
_NAME_LENGTH = 60


class AgentDirectory:
    """Who may take calls, at which phone."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(
        self, *, number: str, name: str, actor: Actor, account_id: str | None = None, phone_secret: str | None = None
    ) -> Agent:
        """Add an agent.

        Args:
            number: 3 to 8 digits, the phone's number and endpoint.
            name: what colleagues read.
            actor: who adds him.
            account_id: account of the person, if he signs on to pages.
            phone_secret: SIP password; None: a random one of 128 bits.

        Raises:
            InvalidInput: number or name is not well formed.
            Conflict: an active agent has the number or the account already.
        """
        _check_number(number)
        agent = Agent(
            number=number,
            name=_checked_name(name),
            account_id=account_id,
            phone_secret=Personal(_checked_secret(phone_secret)),
            active=True,
            added_at=self._clock.now(),
            added_by=actor.account_id,
        )
        async with self._database.transaction() as session:
            if await repository.agent_by_number(session, number) is not None:
                raise Conflict(f"号码 {number} 已有坐席使用", code="number_taken")
            if account_id is not None and await repository.agent_by_account(session, account_id) is not None:
                raise Conflict("该账号已是坐席", code="account_taken")
            await _insert(session, agent)
        return agent

    async def list(self, *, with_inactive: bool = False) -> list[Agent]:
        """Return the agents by number."""
        async with self._database.reading() as session:
            return [*await repository.agents(session, with_inactive=with_inactive)]

    async def get(self, agent_id: str) -> Agent:
        """Return an agent, active or not.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._database.reading() as session:
            return _found(await repository.agent(session, agent_id), agent_id)

    async def by_number(self, number: str) -> Agent | None:
        """Return the active agent with this number."""
        async with self._database.reading() as session:
            return await repository.agent_by_number(session, number)

    async def deactivate(self, agent_id: str, *, actor: Actor) -> Agent:
        """Take an agent off for good; his number is free again. Twice is as once.

        Raises:
            NotFound: there is none with this id.
        """
        async with self._database.transaction() as session:
            agent = _found(await repository.agent(session, agent_id), agent_id)
            if agent.active:
                agent.active = False
                agent.deactivated_at = self._clock.now()
                agent.deactivated_by = actor.account_id
        return agent


@dataclass(frozen=True, slots=True)
class Decision:
    """An offer as it is on record. Instants are aware UTC."""

    offer_id: str
    call_id: str
    agent_id: str
    leg_id: str | None
    why: str
    trace: DecisionTrace | None
    made_at: datetime | None
    outcome: OfferOutcome | None
    """None while the phone rings."""
    ended_at: datetime | None


class DecisionLog:
    """The record of offers and of the queue. Every notice may be stored twice, and late."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(self, notices: Iterable[RoutingNotice]) -> None:
        """Keep the engine's notices in one transaction; those about agents' states leave no record here."""
        async with self._database.transaction() as session:
            for notice in notices:
                if isinstance(notice, OfferMade):
                    await _store_offer(session, notice)
                elif isinstance(notice, OfferEnded):
                    await _store_end(session, notice)
                elif isinstance(notice, CallQueued):
                    await _store_queueing(session, notice)
                elif isinstance(notice, CallLeftQueue):
                    await _store_leaving(session, notice)

    async def decisions(self, call_id: str) -> list[Decision]:
        """Return every offer of the call with its reason and outcome, in the order they were made."""
        async with self._database.reading() as session:
            return [_decision(record) for record in await repository.offers_of_call(session, call_id)]

    async def queue_stays(self, call_id: str) -> list[QueueStay]:
        """Return when the call entered and left each of its queues, in that order."""
        async with self._database.reading() as session:
            return [*await repository.stays_of_call(session, call_id)]


def _check_number(number: str) -> None:
    if not _NUMBER.fullmatch(number):
        raise InvalidInput("number", "坐席号码须为3至8位数字")
    if number in _NOT_FOR_AGENTS:
        raise InvalidInput("number", "不得使用紧急号码或热线号码")


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if not stripped or len(stripped) > _NAME_LENGTH or not stripped.isprintable():
        raise InvalidInput("name", f"姓名须为1至{_NAME_LENGTH}个可见字符")
    return stripped


def _checked_secret(secret: str | None) -> str:
    if secret is None:
        return secrets.token_hex(16)
    # the secret is written into the switch's configuration: nothing that could end or comment out a line there
    if not re.fullmatch(r"[A-Za-z0-9_.~-]{12,64}", secret):
        raise InvalidInput("phone_secret", "话机密码须为12至64位字母、数字或 _ . ~ -")
    return secret


def _found(agent: Agent | None, agent_id: str) -> Agent:
    if agent is None:
        raise NotFound("坐席", agent_id)
    return agent


async def _insert(session: AsyncSession, agent: Agent) -> None:
    session.add(agent)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict("号码或账号刚被其他坐席占用", code="number_taken") from error


async def _offer(session: AsyncSession, offer_id: str, call_id: str, agent_id: str) -> OfferRecord:
    record = await repository.offer(session, offer_id)
    if record is None:
        record = OfferRecord(id=offer_id, call_id=call_id, agent_id=agent_id, why="")
        session.add(record)
    return record


async def _store_offer(session: AsyncSession, notice: OfferMade) -> None:
    record = await _offer(session, notice.offer_id, notice.call_id, notice.agent_id)
    record.leg_id, record.why, record.made_at = notice.leg_id, notice.why, notice.at
    if notice.trace is not None:
        record.trace = wire.loads(wire.dumps(wire.payload_of(notice.trace)))
        stay = await _stay(session, notice.call_id, notice.trace.queue, notice.at)
        stay.first_offered_at = min(stay.first_offered_at or notice.at, notice.at)


async def _store_end(session: AsyncSession, notice: OfferEnded) -> None:
    record = await _offer(session, notice.offer_id, notice.call_id, notice.agent_id)
    if record.outcome is None:
        record.outcome, record.ended_at = notice.outcome.value, notice.at


async def _stay(session: AsyncSession, call_id: str, queue: str, entered_at: datetime) -> QueueStay:
    stay = await repository.stay(session, call_id, queue)
    if stay is None:
        stay = QueueStay(call_id=call_id, queue=queue, entered_at=entered_at)
        session.add(stay)
        await session.flush()
    stay.entered_at = min(stay.entered_at, entered_at)
    return stay


async def _store_queueing(session: AsyncSession, notice: CallQueued) -> None:
    stay = await _stay(session, notice.call_id, notice.queue, notice.entered_at)
    stay.queued_at = min(stay.queued_at or notice.at, notice.at)


async def _store_leaving(session: AsyncSession, notice: CallLeftQueue) -> None:
    stay = await _stay(session, notice.call_id, notice.queue, notice.at)
    # a call may come back to a queue it left: the last leaving counts, whichever is told first
    if stay.left_at is None or stay.left_at < notice.at:
        stay.reason, stay.left_at = notice.reason.value, notice.at


def _decision(record: OfferRecord) -> Decision:
    return Decision(
        offer_id=record.id,
        call_id=record.call_id,
        agent_id=record.agent_id,
        leg_id=record.leg_id,
        why=record.why,
        trace=None if record.trace is None else wire.read(DecisionTrace, record.trace),
        made_at=record.made_at,
        outcome=None if record.outcome is None else OfferOutcome(record.outcome),
        ended_at=record.ended_at,
    )
