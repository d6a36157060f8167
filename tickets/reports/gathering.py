"""Reads what the draft of a report is filled with."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import LOCAL
from tickets import repository as tickets
from tickets.assessment.facts import facts_between
from tickets.deadlines import WorkingTime, worked_between
from tickets.model import Ticket
from tickets.profile import Profile
from tickets.reports import repository
from tickets.reports.contents import Case, ReportFacts
from tickets.reports.model import Report
from tickets.states import TicketState

_REPEATS = 3
"""From how many calls on a matter is brought again and again (YC-36.5 counts three)."""
_PROVINCE = ("province", "8.1", "8.2")
"""Sources of what the province hands down (YZ-8a, JS-8.1, JS-8.2)."""


async def report_facts(session: AsyncSession, profile: Profile, row: Report, time_of: WorkingTime) -> ReportFacts:
    """Return what is known of a report's period: of all tickets, of its unit's, or of those from above."""
    start, end = _instants(row)
    facts = await facts_between(session, start, end)
    if row.unit_id is not None:
        facts = [fact for fact in facts if fact.unit_id == row.unit_id]
    if row.contents == "province":
        above = await repository.ids_from(session, _PROVINCE)
        facts = [fact for fact in facts if fact.ticket_id in above]
    worked: dict[str, list[timedelta]] = defaultdict(list)
    for fact in facts:
        if fact.dispatched_at is not None and fact.answered_at is not None:
            worked[fact.unit_id].append(worked_between(fact.dispatched_at, fact.answered_at, time_of))
    units = {unit.id: unit.name for unit in await tickets.units(session)}
    typical = [
        Case(one.number, one.title or "", units.get(one.unit_id or "", ""), TicketState(one.state).label, one.times)
        for one in await repository.typical(session, start, end)
        if row.unit_id is None or one.unit_id == row.unit_id
    ]
    return ReportFacts(
        categories=[(one.name or "", one.times) for one in await repository.by_category(session, start, end)],
        before={
            one.name or "": one.times for one in await repository.by_category(session, start - (end - start), start)
        },
        channels=[(one.name, one.times) for one in await repository.by_channel(session, start, end)],
        facts=facts,
        worked=worked,
        units=units,
        repeated=_cases(await repository.repeated(session, start, end, _REPEATS), units),
        shared=_cases(await repository.shared(session, start, end), units),
        typical=typical,
        lasting=_cases(
            await repository.lasting(session, end - timedelta(days=profile.reports.lasting_days.value)), units
        ),
        shirked=_cases(await repository.shirked(session, start, end), units),
        published=_cases(await repository.published(session, start, end), units),
    )


def _cases(found: Sequence[Ticket], units: dict[str, str]) -> list[Case]:
    return [
        Case(one.number, one.title or "", units.get(one.unit_id or "", ""), TicketState(one.state).label,
             one.repeat_calls)
        for one in found
    ]  # fmt: skip


def _instants(row: Report) -> tuple[datetime, datetime]:
    begin = datetime.combine(row.period_start, time(0), LOCAL)
    return begin, datetime.combine(row.period_end + timedelta(days=1), time(0), LOCAL)
