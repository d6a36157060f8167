"""Many at once on few tickets: no event is lost, none is doubled, every chain is whole.

`HOTLINE_ACTORS_SECONDS=60` lets the fifty act for a minute; `python -m bench.tickets` does so among a million tickets.
"""

import os

from bench._tickets.crowd import Crowd
from core.database import Database
from tests.tickets.conftest import Desk
from tickets.service import TicketService

ACTORS, TICKETS, TURNS = 50, 4, 4
SECONDS = float(os.environ.get("HOTLINE_ACTORS_SECONDS", "15"))


async def test_fifty_actors_at_once_leave_no_lost_and_no_doubled_event(desk: Desk) -> None:
    tickets = [await desk.signed() for _ in range(TICKETS)]
    there = Database(desk.database.url)
    second = TicketService(there, desk.clock, desk.tickets.profile)
    services = [desk.tickets] if there.is_sqlite else [desk.tickets, second]
    # SQLite has one writer: there is nothing more to see there after some turns
    seconds = 0.0 if there.is_sqlite else SECONDS
    tally = await Crowd(services, tickets).act(ACTORS, seconds=seconds, turns=TURNS)
    await there.close()
    assert (tally.lost, tally.doubled, tally.broken) == (0, 0, [])
    assert tally.acts + tally.refused >= ACTORS * TURNS
    assert tally.acts > tally.refused
