"""Any sequence of acts by anybody, under every regulation: what is allowed leaves the ledger whole, what is refused
leaves nothing changed.

The acts are all use cases of the service that take a ticket and an actor, found by their signatures: a new one is in
the sequences as soon as it is there. `HOTLINE_ACTS_SEED=anything` tries other sequences.
"""

import inspect
import os
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core.actors import Actor, Role, UnitPost
from core.clock import ManualClock
from core.database import Base, Database
from core.errors import HotlineError
from core.personal import Personal
from tests.tickets.conftest import AGENT, LEADER, REVIEWER, SUPERVISOR
from tickets.ledger import first_fault
from tickets.profile import PROFILES, load_profile
from tickets.profile_files import names
from tickets.rules.verifying import Method, Result
from tickets.service import TicketService
from tickets.verifying.service import VerificationFields

Act = Callable[..., Awaitable[object]]
STEPS = 36
ENDING = {"archive", "answer_directly", "reject", "merge", "hand_up"}
"""Acts that end a ticket: they come only near the end."""
READING = {
    "get", "ledger", "duties", "attachments", "case_files", "notices", "same_matter", "supervision", "verifications",
}  # fmt: skip
TRIES = 2
"""How many people try an act, one after another: most acts are for few."""
SEED = os.environ.get("HOTLINE_ACTS_SEED", "")
WORDS = "理由"
CALLBACK = Actor("callback-1", "回访员", Role.CALLBACK)
PHOTO = b"\xff\xd8\xff\xe0" + b"photo of a lamp" * 20
SHAPED = {"fields", "unit_ids", "participants", "facts", "given"}
"""Arguments that are more than a word, a number or a yes; the test chooses them."""
NOT_LOOKED_AT = {"ticket_numbers"}
"""Numbers are taken before it is known whether they are needed."""


def acts() -> dict[str, inspect.Signature]:
    """Return the use cases that are called with a ticket, an actor and things that can be made up."""
    found = {}
    for name, function in inspect.getmembers(TicketService, inspect.iscoroutinefunction):
        signature = inspect.signature(function, eval_str=True)
        parameters = list(signature.parameters.values())
        if (
            name.startswith("_")
            or name in READING
            or "actor" not in signature.parameters
            or parameters[1].name != "ticket_id"
        ):
            continue
        if all(is_known(parameter) for parameter in parameters[1:]):
            found[name] = signature
    return found


def is_known(parameter: inspect.Parameter) -> bool:
    plain = parameter.annotation in (str, int, bool, bytes, Actor)
    return plain or parameter.name in SHAPED or parameter.default is not parameter.empty


def given(
    signature: inspect.Signature, rng: random.Random, chosen: Mapping[str, Sequence[object]], version: int
) -> dict[str, Any]:
    """Make up what an act is called with, beside ticket and actor."""
    made: dict[str, Any] = {}
    for name, parameter in list(signature.parameters.items())[1:]:
        if name in {"ticket_id", "actor"}:
            continue
        if name == "expected_version":
            made[name] = rng.choice([None, None, version, version - 1])
        elif parameter.default is parameter.empty:
            plain: dict[object, Sequence[object]] = {bool: [True, False], int: range(1, 13), bytes: [PHOTO]}
            made[name] = rng.choice(chosen.get(name, plain.get(parameter.annotation, [WORDS])))
    return made


def verified(clock: ManualClock, result: Result) -> VerificationFields:
    return VerificationFields(method=Method.TELEPHONE, result=result, happened_at=clock.now(), found=WORDS)


def usual(tickets: TicketService, unit: Actor) -> list[tuple[Act, Actor]]:
    """The usual course, so that chance is let loose on every stretch of it."""
    return [
        (tickets.accept, AGENT),
        (tickets.approve, LEADER),
        (partial(tickets.dispatch, unit_id=unit.unit_id), LEADER),
        (tickets.sign, unit),
        (partial(tickets.record_contact, how="电话", told="程序和时限"), unit),
        (partial(tickets.answer, text="好"), unit),
        (tickets.close, REVIEWER),
        (partial(tickets.rework, reason="不满意"), SUPERVISOR),
        (tickets.sign, unit),
        (partial(tickets.answer, text="好"), unit),
        (tickets.close, REVIEWER),
    ]


def test_the_acts_that_are_tried_are_most_of_what_there_is() -> None:
    known = acts()
    assert known.keys() > ENDING
    assert len(known) > 45


@pytest.mark.parametrize("name", names([PROFILES]))
async def test_any_sequence_of_acts_leaves_the_ledger_whole_and_refusals_change_nothing(
    database: Database, clock: ManualClock, name: str, tmp_path: Path
) -> None:
    rng, known = random.Random(name + SEED), acts()
    tickets = TicketService(database, clock, load_profile(name), files=tmp_path, upward=True)
    await tickets.seed_units()
    mine, other = [unit.id for unit in await tickets.units() if unit.level == 2][:2]
    unit, boss, helper = (
        Actor(f"unit-{number}", "承办人", Role.UNIT, unit_id=unit_id, unit_post=post)
        for number, (unit_id, post) in enumerate(((mine, None), (mine, UnitPost.APPROVER), (other, UnitPost.APPROVER)))
    )
    ticket_id, earlier = [await tickets.open_draft(None, Personal("13800138000"), "12345") for _ in range(2)]
    fields = {"category": rng.choice(["consult", "help", "complaint"]), "title": "标题", "summary": "内容"}
    await tickets.edit_draft(ticket_id, AGENT, fields)
    chosen: dict[str, Sequence[object]] = {
        "fields": [{"marks": ["urgent"]}, {"marks": ["simple"]}, {"title": "别的标题"}, {"category": "nonsense"}],
        "unit_id": [mine, other], "unit_ids": [[other]], "participants": [["甲", "乙"]], "seq": [1, 2, 3],
        "code": ["in_petition", "vague_content", "no_policy_basis"], "result": ["approved", "refused"],
        "given": [verified(clock, result) for result in Result], "facts": [("wording_unclear",), ()],
        "field": ["caller_phone", "nonsense"], "into_id": [earlier], "earlier_id": [earlier], "name": ["a.jpg"],
    }  # fmt: skip
    people = [AGENT, LEADER, REVIEWER, SUPERVISOR, CALLBACK, helper, unit, boss, boss]
    spine = usual(tickets, boss)
    done = refused = 0
    for number in range(STEPS):
        tried: list[tuple[Act, Actor]] = []
        if number % 3 == 0 and spine:
            tried.append(spine.pop(0))
        else:
            what = rng.choice([one for one in known if number > STEPS * 2 // 3 or one not in ENDING])
            version = (await tickets.get(ticket_id)).version
            made = partial(getattr(tickets, what), **given(known[what], rng, chosen, version))
            tried += [(made, actor) for actor in rng.sample(people, TRIES)]
        before = await everything(database)
        for act, actor in tried:
            try:
                await act(ticket_id, actor=actor)
                done += 1
                break
            except HotlineError:
                refused += 1
                assert await everything(database) == before
        assert await tickets.verify_ledger(ticket_id) is None
        assert await tickets.verify_ledger(earlier) is None
        clock.advance(timedelta(minutes=rng.randint(1, 600)))
        await tickets.sweep()
    assert done > 1
    assert refused > 5


async def everything(database: Database) -> dict[str, set[str]]:
    """Return all that is kept of tickets and of what is to be told about them, as it is stored."""
    tables = [name for name in Base.metadata.tables if name.startswith(("ticket", "outbox"))]
    async with database.reading() as session:
        return {
            name: {repr(tuple(row)) for row in await session.execute(text(f"SELECT * FROM {name}"))}
            for name in tables
            if name not in NOT_LOOKED_AT
        }


def test_an_empty_ledger_ends_at_its_beginning() -> None:
    assert first_fault([], "0" * 64) is None
