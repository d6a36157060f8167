"""Any sequence of acts by anybody, under every regulation: what is allowed leaves the ledger whole, what is refused
leaves nothing changed."""

import random
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest

from core.actors import Actor, Role
from core.clock import ManualClock
from core.database import Database
from core.errors import HotlineError
from core.ids import new_id
from core.personal import Personal
from tests.tickets.conftest import AGENT, LEADER, REVIEWER, SUPERVISOR
from tickets.ledger import first_fault
from tickets.profile import PROFILES, load_profile
from tickets.profile_files import names
from tickets.service import TicketService

Act = Callable[[str, Actor], Coroutine[Any, Any, object]]
STEPS = 45
ENDING = 3
"""The last acts of the list end a ticket: they come only near the end."""


def acts(tickets: TicketService, unit: Actor, rng: random.Random) -> list[Act]:
    words = "理由"
    return [
        lambda i, a: tickets.edit_draft(i, a, {"marks": rng.sample(["urgent", "simple", "convenience_list"], 1)}),
        tickets.accept,
        tickets.approve,
        lambda i, a: tickets.dispatch(i, a, unit.unit_id),
        tickets.sign,
        lambda i, a: tickets.record_contact(i, a, how="电话", told="程序和时限"),
        lambda i, a: tickets.preliminary(i, a, "初步意见"),
        lambda i, a: tickets.answer(i, a, "好"),
        lambda i, a: tickets.send_back(i, a, "不具体"),
        lambda i, a: tickets.return_(i, a, basis=words, suggestion=words, reason=words),
        lambda i, a: tickets.decide_return(i, a, rng.choice(["approved", "refused"])),
        lambda i, a: tickets.ask_extension(i, a, rng.randint(1, 12), words),
        lambda i, a: tickets.decide_extension(i, a, approved=rng.random() < 0.5, note=words),
        lambda i, a: tickets.mark_hard(i, a, words),
        lambda i, a: tickets.add_repeat_call(i, a, new_id()),
        lambda i, a: tickets.record_phone_enquiry(i, a, resolved=False, note=words),
        tickets.close,
        lambda i, a: tickets.rework(i, a, words),
        lambda i, a: tickets.supervise(i, a, words),
        tickets.archive,
        lambda i, a: tickets.answer_directly(i, a, "好"),
        lambda i, a: tickets.reject(i, a, rng.choice(["in_petition", "vague_content", "no_policy_basis"])),
    ]


def usual(tickets: TicketService, unit: Actor) -> list[tuple[Act, Actor]]:
    """The usual course, so that chance is let loose on every stretch of it."""
    return [
        (tickets.accept, AGENT),
        (tickets.approve, LEADER),
        (lambda i, a: tickets.dispatch(i, a, unit.unit_id), LEADER),
        (tickets.sign, unit),
        (lambda i, a: tickets.record_contact(i, a, how="电话", told="程序和时限"), unit),
        (lambda i, a: tickets.answer(i, a, "好"), unit),
        (tickets.close, REVIEWER),
        (lambda i, a: tickets.rework(i, a, "不满意"), SUPERVISOR),
        (tickets.sign, unit),
        (lambda i, a: tickets.answer(i, a, "好"), unit),
        (tickets.close, REVIEWER),
    ]


@pytest.mark.parametrize("name", names([PROFILES]))
async def test_any_sequence_of_acts_leaves_the_ledger_whole_and_refusals_change_nothing(
    database: Database, clock: ManualClock, name: str
) -> None:
    rng = random.Random(name)
    tickets = TicketService(database, clock, load_profile(name))
    await tickets.seed_units()
    unit = Actor("unit-1", "承办人", Role.UNIT, unit_id=next(u.id for u in await tickets.units() if u.level == 2))
    ticket_id = await tickets.open_draft(None, Personal("13800138000"), "12345")
    fields = {"category": rng.choice(["consult", "help", "complaint"]), "title": "标题", "summary": "内容"}
    await tickets.edit_draft(ticket_id, AGENT, fields)
    spine = usual(tickets, unit)
    done = refused = 0
    for number in range(STEPS):
        if number % 3 == 0 and spine:
            act, actor = spine.pop(0)
        else:
            known = acts(tickets, unit, rng)
            act = rng.choice(known if number > STEPS * 2 // 3 else known[:-ENDING])
            actor = rng.choice([AGENT, LEADER, REVIEWER, SUPERVISOR, unit, unit])
        before = await everything(tickets, ticket_id)
        try:
            await act(ticket_id, actor)
            done += 1
        except HotlineError:
            refused += 1
            assert await everything(tickets, ticket_id) == before
        assert await tickets.verify_ledger(ticket_id) is None
        clock.advance(timedelta(minutes=rng.randint(1, 600)))
        await tickets.sweep()
    assert done > 3
    assert refused > 3


async def everything(tickets: TicketService, ticket_id: str) -> tuple[object, ...]:
    """What is known of a ticket, but for what only the clock changes."""
    shown = await tickets.get(ticket_id)
    return shown.version, shown.state, await tickets.duties(ticket_id), await tickets.ledger(ticket_id)


def test_an_empty_ledger_ends_at_its_beginning() -> None:
    assert first_fault([], "0" * 64) is None
