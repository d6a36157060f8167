"""Faults that are seen without anybody reporting them."""

from datetime import timedelta

import pytest

from core.clock import ManualClock
from core.database import Database
from core.errors import InvalidInput
from core.ids import new_id
from tests.tickets.conftest import AGENT, SUPERVISOR, Desk
from tests.tickets.test_supervision import desk_of
from tickets.faults.service import FaultKind

DAY = timedelta(days=1)


async def test_each_fault_is_found_once_with_its_clause_and_what_is_in_order_is_not(desk: Desk) -> None:
    begin = desk.clock.now()
    left = await desk.draft()
    waiting = await desk.draft("consult", unit_id=desk.unit.unit_id)
    await desk.tickets.accept(waiting, AGENT)
    silent = await desk.signed()
    asked = await desk.signed()
    await desk.tickets.ask_extension(asked, desk.unit, 2, "材料待批")
    uncalled = await desk.closed()
    assert await desk.tickets.faults(SUPERVISOR, begin - DAY, begin + DAY) == ()
    desk.clock.advance(30 * DAY)
    found = await desk.tickets.faults(SUPERVISOR, begin - DAY, desk.clock.now())
    seen = {(one.kind, one.ticket_id): one.clause for one in found}
    assert seen == {
        (FaultKind.DRAFT_ABANDONED, left): "YC-35.2",
        (FaultKind.LATE_DISPATCH, waiting): "YC-35.2",
        (FaultKind.MISSING_FEEDBACK, silent): "YC-36.7",
        (FaultKind.MISSING_CALLBACK, uncalled): "YC-35.2",
    }
    only = await desk.tickets.faults(SUPERVISOR, begin - DAY, desk.clock.now(), [FaultKind.LATE_DISPATCH])
    assert [one.ticket_id for one in only] == [waiting]
    assert await desk.tickets.faults(SUPERVISOR, desk.clock.now(), desk.clock.now() + DAY) == ()
    with pytest.raises(InvalidInput):
        await desk.tickets.faults(SUPERVISOR, begin, begin)


async def test_a_unit_that_was_not_telephoned_is_a_fault_of_the_centre(database: Database, clock: ManualClock) -> None:
    desk = await desk_of("fujian", database, clock)
    begin = clock.now()
    ticket_id = await desk.dispatched("help", marks=["urgent"])
    clock.advance(timedelta(hours=1))
    (fault,) = await desk.tickets.faults(SUPERVISOR, begin - DAY, clock.now())
    assert (fault.kind, fault.ticket_id, fault.clause) == (FaultKind.UNIT_NOT_TELEPHONED, ticket_id, "FJ-14c")


async def test_an_answered_call_needs_a_ticket_of_its_own_or_one_it_is_linked_to(desk: Desk) -> None:
    own, linked, none = new_id(), new_id(), new_id()
    await desk.draft(call_id=own)
    await desk.tickets.add_repeat_call(await desk.signed(), AGENT, linked)
    at = desk.clock.now()
    (fault,) = await desk.tickets.unregistered([(own, at), (linked, at), (none, at)])
    assert (fault.call_id, fault.since, fault.clause) == (none, at, "YC-35.2")
