from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import Conflict, Forbidden, InvalidInput
from surveys.events import Rating, SurveyDecided, SurveyRated, SurveyStep
from tests.tickets.conftest import SUPERVISOR, Desk
from tickets.assessment.figures import TicketFact, explain, figures_of, ranked
from tickets.profile import load_profile

MONTH = "2026-03"


def fact(number: int, unit: str = "u", **given: object) -> TicketFact:
    same: dict[str, object] = {"dispatched": True, "closed": True, "finished": True, "on_time": True, **given}
    return TicketFact(ticket_id=f"t{number}", number=f"N{number}", unit_id=unit, **same)  # type: ignore[arg-type]


def test_a_figure_is_the_tickets_that_explain_it() -> None:
    facts = [
        fact(1, rating="satisfied"),
        fact(2, rating="dissatisfied"),
        fact(3, rating="dissatisfied", excluded=True),
        fact(4),
    ]
    found = explain(facts, "satisfaction")
    assert [(one.number, one.counted, one.left_out is not None) for one in found] == [
        ("N1", True, False),
        ("N2", False, False),
        ("N3", False, True),
    ]
    figures = figures_of(load_profile("yichun"), facts)
    assert figures["satisfaction"].value == Decimal("50.00")
    assert figures["on_time_rate"].value == Decimal("100.00")


def test_an_accepted_objection_takes_its_ticket_out() -> None:
    facts = [fact(1, on_time=False), fact(2)]
    profile = load_profile("yichun")
    assert figures_of(profile, facts)["on_time_rate"].value == Decimal("50.00")
    assert figures_of(profile, facts, {"t1"})["on_time_rate"].value == Decimal("100.00")


def test_equal_scores_share_a_place_and_no_score_has_none() -> None:
    facts = [fact(1, "a"), fact(2, "b"), fact(3, "c", on_time=False), fact(4, "d", closed=False)]
    places = {one.unit_id: one.place for one in ranked(load_profile("yichun"), facts)}
    assert places == {"a": 1, "b": 1, "c": 3, "d": None}


async def test_a_month_is_settled_objected_to_and_published_once(desk: Desk) -> None:
    tickets = desk.tickets
    ticket_id = await desk.closed()
    await tickets.record_rating(SurveyRated("s", ticket_id, 0, Rating.DISSATISFIED, desk.clock.now()))
    decided = SurveyDecided("s", ticket_id, 0, SurveyStep.ARCHIVE, excluded=False, at=desk.clock.now())
    await tickets.follow_survey(decided)
    (live,) = await tickets.ranking(SUPERVISOR, MONTH)
    assert (live.figures["satisfaction"].shown, live.figures["on_time_rate"].shown) == ("0.00", "100.00")
    assert await tickets.ranking(desk.other_unit, MONTH) == []
    with pytest.raises(Forbidden):
        await tickets.explain_figure(desk.other_unit, MONTH, desk.unit.unit_id or "", "satisfaction")
    with pytest.raises(Conflict):
        await tickets.draft_month(SUPERVISOR, MONTH)
    desk.clock.advance(timedelta(days=31))
    await tickets.draft_month(SUPERVISOR, MONTH)
    asked = await tickets.ask_review(desk.unit, MONTH, "objection", "非我单位责任", ticket_id=ticket_id)
    with pytest.raises(Conflict):
        await tickets.publish_month(SUPERVISOR, MONTH)
    await tickets.decide_review(SUPERVISOR, asked, accepted=True)
    desk.clock.advance(timedelta(days=10))
    with pytest.raises(Conflict):
        await tickets.ask_review(desk.unit, MONTH, "objection", "逾期")
    await tickets.publish_month(SUPERVISOR, MONTH)
    with pytest.raises(Conflict):
        await tickets.publish_month(SUPERVISOR, MONTH)
    (year,) = await tickets.year(desk.unit, "2026")
    assert year.score is None
    assert list(year.months) == [MONTH]


async def test_a_month_that_is_none_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        await desk.tickets.ranking(SUPERVISOR, "2026-13")


async def test_plus_and_minus_items_are_explained_down_to_their_tickets(desk: Desk) -> None:
    tickets, unit_id = desk.tickets, desk.unit.unit_id or ""
    ticket_id = await desk.closed()
    desk.clock.advance(timedelta(days=31))
    with pytest.raises(Conflict):
        await tickets.propose_deduction(SUPERVISOR, MONTH, unit_id, "minus_2", "被曝光")
    await tickets.draft_month(SUPERVISOR, MONTH)
    bonus = await tickets.ask_review(desk.unit, MONTH, "bonus", "被通报表扬", item="plus_5", ticket_id=ticket_id)
    minus = await tickets.propose_deduction(SUPERVISOR, MONTH, unit_id, "minus_2", "被曝光", ticket_id=ticket_id)
    other = replace(SUPERVISOR, account_id="supervisor-2")
    with pytest.raises(Forbidden):
        await tickets.decide_review(SUPERVISOR, minus, accepted=True)
    for asked in (bonus, minus):
        await tickets.decide_review(other, asked, accepted=True)
    found = await tickets.score_items(desk.unit, "2026", unit_id)
    number = (await tickets.get(ticket_id)).number
    assert [(one.kind, one.clause, one.number, one.state) for one in found] == [
        ("bonus", "YC-31.3d", number, "accepted"),
        ("deduction", "YC-31.3d", number, "accepted"),
    ]
    with pytest.raises(Forbidden):
        await tickets.score_items(desk.other_unit, "2026", unit_id)


@pytest.mark.parametrize("given", [{"item": "plus_1"}, {"unit_id": "none"}, {"ticket_id": "another's"}])
async def test_a_minus_item_names_an_item_a_unit_and_a_ticket_of_that_unit(desk: Desk, given: dict[str, str]) -> None:
    desk.clock.advance(timedelta(days=31))
    await desk.tickets.draft_month(SUPERVISOR, MONTH)
    right = {"unit_id": desk.unit.unit_id or "", "item": "minus_1", "text": "被曝光"}
    with pytest.raises(InvalidInput):
        await desk.tickets.propose_deduction(SUPERVISOR, MONTH, **{**right, **given})
