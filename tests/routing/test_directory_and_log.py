"""Agents' directory and the record of decisions, on SQLite and PostgreSQL."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.actors import SYSTEM
from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict, InvalidInput, NotFound
from core.ids import new_id
from routing.engine import Engine
from routing.engine_events import AgentReady, AgentSignedOn, CallWaiting, LegJoined, OfferFailed, Restore, RingAgent
from routing.events import LeaveReason, OfferEnded, OfferMade, OfferOutcome, RoutingNotice
from routing.policy import Policy
from routing.service import AgentDirectory, DecisionLog


@pytest.fixture
def directory(database: Database, clock: ManualClock) -> AgentDirectory:
    return AgentDirectory(database, clock)


@pytest.fixture
def log(database: Database) -> DecisionLog:
    return DecisionLog(database)


async def test_an_agent_is_found_by_id_and_number(directory: AgentDirectory) -> None:
    account = new_id()
    added = await directory.add(number="8001", name=" 王芳 ", actor=SYSTEM, account_id=account)
    await directory.add(number="8000", name="李明", actor=SYSTEM)
    assert [one.number for one in await directory.list()] == ["8000", "8001"]
    for found in (
        await directory.get(added.id),
        await directory.by_number("8001"),
    ):
        assert found is not None
        assert (found.id, found.name, found.added_by) == (added.id, "王芳", "system")
        assert len(found.phone_secret.reveal()) == 32


async def test_the_phone_secret_is_not_readable_in_the_database(directory: AgentDirectory, database: Database) -> None:
    await directory.add(number="8001", name="王芳", actor=SYSTEM, phone_secret="secret-of-8001")
    async with database.reading() as session:
        stored = (await session.execute(text("SELECT phone_secret FROM agents"))).scalar_one()
    assert b"secret-of-8001" not in bytes(stored)


@pytest.mark.parametrize("number", ["", "80", "800000001", "80a1", "８００１", "8001\n", "12345", "110"])
async def test_a_number_that_is_not_three_to_eight_digits_or_is_reserved_is_refused(
    directory: AgentDirectory, number: str
) -> None:
    with pytest.raises(InvalidInput, match="number"):
        await directory.add(number=number, name="王芳", actor=SYSTEM)


@pytest.mark.parametrize("secret", ["short", "semicolon;semicolon", "line\nline-line-line"])
async def test_a_phone_secret_that_could_break_the_switchs_configuration_is_refused(
    directory: AgentDirectory, secret: str
) -> None:
    with pytest.raises(InvalidInput, match="phone_secret"):
        await directory.add(number="8001", name="王芳", actor=SYSTEM, phone_secret=secret)


@pytest.mark.parametrize("name", ["", "  ", "王\n芳", "王" * 61])
async def test_a_name_that_cannot_be_shown_is_refused(directory: AgentDirectory, name: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        await directory.add(number="8001", name=name, actor=SYSTEM)


async def test_a_number_or_account_belongs_to_one_active_agent(directory: AgentDirectory) -> None:
    account = new_id()
    first = await directory.add(number="8001", name="王芳", actor=SYSTEM, account_id=account)
    with pytest.raises(Conflict):
        await directory.add(number="8001", name="李明", actor=SYSTEM)
    with pytest.raises(Conflict):
        await directory.add(number="8002", name="李明", actor=SYSTEM, account_id=account)
    await directory.deactivate(first.id, actor=SYSTEM)
    await directory.deactivate(first.id, actor=SYSTEM)
    second = await directory.add(number="8001", name="李明", actor=SYSTEM, account_id=account)
    assert [one.id for one in await directory.list()] == [second.id]
    assert len(await directory.list(with_inactive=True)) == 2
    assert (await directory.get(first.id)).active is False


async def test_an_unknown_agent_is_not_found(directory: AgentDirectory) -> None:
    with pytest.raises(NotFound):
        await directory.get(new_id())
    with pytest.raises(NotFound):
        await directory.deactivate(new_id(), actor=SYSTEM)


def told_by_the_engine(clock: ManualClock, call_id: str) -> list[RoutingNotice]:
    """The notices of a call that one agent rejects and another answers 4 s later."""
    engine = Engine(Policy(), new_id)
    did = engine.handle(Restore(), clock.now())
    for name in ("a", "b"):
        did += engine.handle(AgentSignedOn(name, "8" + name), clock.now())
        did += engine.handle(AgentReady(name), clock.advance(timedelta(seconds=1)))
    did += engine.handle(CallWaiting(call_id, "general", clock.now()), clock.now())
    rejected = next(one for one in did if isinstance(one, RingAgent))
    did += engine.handle(OfferFailed(rejected.leg_id, OfferOutcome.REJECTED), clock.advance(timedelta(seconds=1)))
    taken = [one for one in did if isinstance(one, RingAgent)][-1]
    did += engine.handle(LegJoined(taken.leg_id, call_id, "8b"), clock.advance(timedelta(seconds=3)))
    return [one for one in did if isinstance(one, RoutingNotice)]


async def test_the_decisions_of_a_call_are_read_back_with_reason_outcome_and_times(
    log: DecisionLog, clock: ManualClock
) -> None:
    call_id = new_id()
    await log.store(told_by_the_engine(clock, call_id))
    first, second = await log.decisions(call_id)
    assert (first.agent_id, first.outcome) == ("a", OfferOutcome.REJECTED)
    assert (second.agent_id, second.outcome, second.ended_at) == ("b", OfferOutcome.JOINED, clock.now())
    assert second.trace is not None
    assert second.trace.missed_by == ("a",)
    assert second.made_at is not None
    assert second.why
    (stay,) = await log.queue_stays(call_id)
    assert (stay.reason, stay.left_at, stay.first_offered_at) == (LeaveReason.JOINED, clock.now(), first.made_at)
    assert stay.entered_at == first.made_at


async def test_notices_stored_twice_and_in_the_wrong_order_give_the_same_record(
    log: DecisionLog, clock: ManualClock
) -> None:
    call_id, other = new_id(), new_id()
    notices = told_by_the_engine(clock, call_id)
    await log.store(notices)
    expected, (stay,) = await log.decisions(call_id), await log.queue_stays(call_id)
    await log.store(notices)
    assert await log.decisions(call_id) == expected
    (again,) = await log.queue_stays(call_id)
    assert (again.entered_at, again.left_at) == (stay.entered_at, stay.left_at)
    backwards = told_by_the_engine(clock, other)
    for notice in reversed(backwards):
        await log.store([notice])
    ended = {one.offer_id: one.outcome for one in backwards if isinstance(one, OfferEnded)}
    made = {one.offer_id: one.at for one in backwards if isinstance(one, OfferMade)}
    stored = await log.decisions(other)
    assert {one.offer_id: one.outcome for one in stored} == ended
    assert {one.offer_id: one.made_at for one in stored} == made
