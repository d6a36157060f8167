"""Many at once on few tickets: no event is lost, none is doubled, every chain is whole.

`HOTLINE_ACTORS_SECONDS=60` lets the fifty act for a minute instead of a few turns.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator

from tests.tickets.conftest import AGENT, LEADER, REVIEWER, Desk

ACTORS, TICKETS, TURNS = 50, 4, 4
SECONDS = float(os.environ.get("HOTLINE_ACTORS_SECONDS", "0"))


def _turns() -> Iterator[int]:
    """Count turns until the time is up, a few at least."""
    until, turn = time.monotonic() + SECONDS, 0
    while turn < TURNS or time.monotonic() < until:
        yield turn
        turn += 1


async def test_fifty_actors_at_once_leave_no_lost_and_no_doubled_event(desk: Desk) -> None:
    tickets = [await desk.signed() for _ in range(TICKETS)]
    before = {ticket_id: len(await desk.tickets.ledger(ticket_id)) for ticket_id in tickets}
    done: Counter[tuple[str, str, str]] = Counter()

    async def act(number: int) -> None:
        for turn in _turns():
            ticket_id, note = tickets[(number + turn) % TICKETS], f"{number}-{turn}"
            if turn % 3 == 0:
                await desk.tickets.urge(ticket_id, REVIEWER, note)
                done[ticket_id, "urged", note] += 1
            else:
                await desk.tickets.supplement(ticket_id, LEADER if turn % 2 else AGENT, note)
                done[ticket_id, "supplemented", note] += 1

    await asyncio.gather(*(act(number) for number in range(ACTORS)))
    for ticket_id in tickets:
        ledger = await desk.tickets.ledger(ticket_id)
        told = [entry for entry in ledger if entry.event in {"urged", "supplemented"}]
        kept = Counter((ticket_id, entry.event, entry.note.reveal()) for entry in told if entry.note)
        assert kept == Counter({key: count for key, count in done.items() if key[0] == ticket_id})
        assert [entry.seq for entry in ledger] == list(range(1, before[ticket_id] + sum(kept.values()) + 1))
        assert await desk.tickets.verify_ledger(ticket_id) is None
        urged = [entry.data["count"] for entry in ledger if entry.event == "urged"]
        assert urged == list(range(1, len(urged) + 1))
