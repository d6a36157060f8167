"""Accountability: proposed by one and decided by another; tolerated only where the regulation knows tolerance."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.tickets.conftest import SUPERVISOR, Desk
from tests.tickets.test_assessment import MONTH
from tickets.profile import PROFILES, load_profile
from tickets.profile_files import names
from tickets.sanctions.service import Proposal
from tickets.service import TicketService

OTHER = replace(SUPERVISOR, account_id="supervisor-2")


@pytest.mark.parametrize("name", names([PROFILES]))
def test_every_profile_names_its_forms_with_their_clause(name: str) -> None:
    rule = load_profile(name).accountability
    assert all(one.title and one.clause for one in rule.sanctions.values())
    assert rule.tolerance.value is (name in {"jiangsu", "yangzhou"})


async def test_points_taken_off_count_in_the_unit_s_year(desk: Desk) -> None:
    tickets, unit_id = desk.tickets, desk.unit.unit_id or ""
    ticket_id = await desk.closed()
    proposed = await tickets.propose_sanction(
        SUPERVISOR, Proposal(unit_id, "points", "久拖不决,造成不良影响", ticket_id=ticket_id)
    )
    assert (proposed.state, proposed.clause, proposed.title) == ("proposed", "YC-37", "扣除年度考核分值")
    assert await tickets.sanctions(desk.unit) == []
    with pytest.raises(Forbidden):
        await tickets.decide_sanction(SUPERVISOR, proposed.id, "imposed", "文号1", 2.0)
    for points in (0.0, 101.0, -1.0):
        with pytest.raises(InvalidInput):
            await tickets.decide_sanction(OTHER, proposed.id, "imposed", "文号1", points)
    await tickets.decide_sanction(OTHER, proposed.id, "imposed", "文号1", 2.0)
    with pytest.raises(Conflict):
        await tickets.decide_sanction(OTHER, proposed.id, "dismissed", "撤销")
    (seen,) = await tickets.sanctions(desk.unit)
    assert (seen.points, seen.state) == (2.0, "imposed")
    assert await tickets.sanctions(desk.other_unit) == []
    desk.clock.advance(timedelta(days=31))
    await tickets.draft_month(SUPERVISOR, MONTH)
    desk.clock.advance(timedelta(days=10))
    await tickets.publish_month(SUPERVISOR, MONTH)
    (year,) = await tickets.year(SUPERVISOR, "2026")
    assert year.minus == 2.0


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "flogging"}, {"unit_id": "none"}, {"person": "张三"}, {"ticket_id": "another's"}, {"facts": " "}],
)
async def test_a_proposal_names_a_form_a_unit_and_what_it_rests_on(desk: Desk, wrong: dict[str, str]) -> None:
    right = {"unit_id": desk.unit.unit_id or "", "kind": "criticism", "facts": "推诿扯皮"}
    with pytest.raises(InvalidInput):
        await desk.tickets.propose_sanction(SUPERVISOR, Proposal(**{**right, **wrong}))
    with pytest.raises(InvalidInput):  # staff need a name
        await desk.tickets.propose_sanction(SUPERVISOR, Proposal(right["unit_id"], "reprimand", "失职"))


async def test_honest_error_is_tolerated_in_jiangsu_only(desk: Desk, database: Database, clock: ManualClock) -> None:
    unit_id = desk.unit.unit_id or ""
    yichun = await desk.tickets.propose_sanction(SUPERVISOR, Proposal(unit_id, "criticism", "失误"))
    with pytest.raises(Conflict):
        await desk.tickets.decide_sanction(OTHER, yichun.id, "tolerated", "主观上为公为民")
    jiangsu = TicketService(database, clock, load_profile("jiangsu"))
    proposed = await jiangsu.propose_sanction(SUPERVISOR, Proposal(unit_id, "other", "失误", person="张三"))
    closed = await jiangsu.decide_sanction(OTHER, proposed.id, "tolerated", "主动纠正,未谋私利")
    assert (closed.state, closed.decision and closed.decision.reveal()) == ("tolerated", "主动纠正,未谋私利")
    with pytest.raises(NotFound):
        await jiangsu.decide_sanction(OTHER, "none", "dismissed", "x")
