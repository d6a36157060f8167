"""Business hours by season and by unit: the profile's data, counted in working minutes."""

import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from core.clock import LOCAL, ManualClock
from core.database import Database
from core.errors import PartUnavailable
from core.personal import Personal
from tests.tickets.conftest import AGENT, LEADER
from tickets.profile import PROFILES, Profile, load_profile
from tickets.service import TicketService

SUMMER = """
inherits = "jiangsu"
name = "own"
[business_hours]
clause = "AMB-03"
basis = "product_default"
[[business_hours.seasons]]
from = "01-01"
sessions = [["08:30", "12:00"], ["14:00", "17:30"]]
[[business_hours.seasons]]
from = "06-01"
sessions = [["08:00", "12:00"], ["15:00", "18:00"]]
[[business_hours.seasons]]
from = "10-01"
sessions = [["08:30", "12:00"], ["14:00", "17:30"]]
[[business_hours.units.JS-WJ]]
from = "01-01"
sessions = [["00:00", "12:00"], ["12:30", "23:00"]]
"""


def own(tmp_path: Path) -> Profile:
    (tmp_path / "own.toml").write_text(SUMMER, "utf-8")
    return load_profile("own", own=tmp_path)


async def signed_until(
    database: Database, clock: ManualClock, profile: Profile, code: str, at: datetime
) -> tuple[datetime, datetime]:
    tickets = TicketService(database, clock, profile)
    await tickets.seed_units(PROFILES.parent / "units" / "jiangsu.toml")
    unit = next(unit for unit in await tickets.units() if unit.code == code)
    clock.advance(at - clock.now())
    ticket_id = await tickets.open_draft(None, Personal("13800138000"), "12345")
    await tickets.edit_draft(ticket_id, AGENT, {"category": "consult", "title": "标题", "summary": "内容"})
    await tickets.accept(ticket_id, AGENT)
    await tickets.dispatch(ticket_id, LEADER, unit.id)
    due = {duty.kind: duty.due_at for duty in await tickets.duties(ticket_id)}
    return due["sign"].astimezone(LOCAL), due["resolve"].astimezone(LOCAL)


async def test_in_summer_the_working_hour_and_the_last_day_follow_the_season(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    at = datetime(2026, 7, 6, 11, 30, tzinfo=LOCAL)
    sign, resolve = await signed_until(database, clock, own(tmp_path), "JS-RS", at)
    assert sign == datetime(2026, 7, 6, 15, 30, tzinfo=LOCAL)
    assert resolve == datetime(2026, 7, 9, 18, 0, tzinfo=LOCAL)


async def test_a_count_that_crosses_into_the_next_season_ends_by_its_hours(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    at = datetime(2026, 9, 30, 17, 30, tzinfo=LOCAL)
    sign, resolve = await signed_until(database, clock, own(tmp_path), "JS-RS", at)
    assert sign == datetime(2026, 10, 8, 9, 0, tzinfo=LOCAL)
    assert resolve == datetime(2026, 10, 10, 17, 30, tzinfo=LOCAL)


async def test_a_unit_with_hours_of_its_own_is_counted_by_them(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    at = datetime(2026, 7, 6, 21, 30, tzinfo=LOCAL)
    sign, resolve = await signed_until(database, clock, own(tmp_path), "JS-WJ", at)
    assert sign == datetime(2026, 7, 6, 22, 30, tzinfo=LOCAL)
    assert resolve == datetime(2026, 7, 9, 23, 0, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("old", "new"), [('["08:00", "12:00"]', '["12:00", "08:00"]'), ('from = "06-01"', 'from = "06-31"')]
)
def test_hours_that_cannot_be_are_refused_with_their_place(tmp_path: Path, old: str, new: str) -> None:
    assert tomllib.loads(SUMMER)
    (tmp_path / "own.toml").write_text(SUMMER.replace(old, new), "utf-8")
    with pytest.raises(PartUnavailable, match="business_hours"):
        load_profile("own", own=tmp_path)
