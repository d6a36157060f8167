"""Rows of open tickets as the product would have written them, in bulk."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy.sql.schema import ScalarElementColumnDefault

from bench._tickets.matters import Matter
from core.database import Base, UtcDateTime
from core.personal import keys
from tickets.ledger import GENESIS
from tickets.search.words import day_words, unit_word

SPREAD = timedelta(days=360)
"""The tickets were opened evenly over this time."""
_UNITS_SKEW = 2.2
"""Few units handle much, many handle little."""


@dataclass(frozen=True, slots=True)
class World:
    """What made-up tickets belong to."""

    matters: Sequence[Matter]
    units: Sequence[str]
    profile_version: str
    now: datetime


@cache
def _plain(table: str) -> Mapping[str, Any]:
    """Return something plain for every column of a table that must not be empty."""
    plain: dict[type, Any] = {bool: False, int: 0, str: "", datetime: datetime(2026, 1, 1, tzinfo=UTC)}
    row: dict[str, Any] = {}
    for column in Base.metadata.tables[table].columns:
        if not column.nullable:
            default = column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
            kind = datetime if isinstance(column.type, UtcDateTime) else column.type.python_type
            row[column.name] = plain.get(kind, "{}") if default is None else default
    return row


def blanks(table: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return `given` with something plain in every further column of a table that must not be empty."""
    return {**_plain(table), **given}


def tickets(world: World, count: int) -> Iterator[dict[str, dict[str, Any]]]:
    """Yield the rows of `count` open tickets by table, oldest first."""
    dice = random.Random(count)
    sealed = [keys().encrypt(matter.summary) for matter in world.matters]
    for number in range(count):
        at = world.now - SPREAD * (1 - number / count)
        which = dice.randrange(len(world.matters))
        unit = world.units[int(len(world.units) * dice.random() ** _UNITS_SKEW)]
        yield _ticket(world, number, at, world.matters[which], sealed[which], unit=unit, dice=dice)


def _ticket(
    world: World, number: int, at: datetime, matter: Matter, sealed: bytes, *, unit: str, dice: random.Random
) -> dict[str, dict[str, Any]]:
    ticket_id, work_id = _id(at, dice), _id(at, dice)
    waiting = dice.random() < 0.3  # noqa: PLR2004 - three in ten are not signed for
    state = "dispatched" if waiting else "signed"
    due_at = world.now + timedelta(minutes=dice.randint(60, 20_000))
    common = {"ticket_id": ticket_id}
    duty = {
        **common, "assignment_id": work_id, "unit_id": unit, "started_at": at, "due_at": due_at, "assessed": True,
        "clause": "X-1", "basis": "regulation", "counting": '["-"]', "open": True, "provisional": False,
    }  # fmt: skip
    words = (*matter.words, *day_words(at), unit_word(unit))
    return {
        "tickets": {
            "id": ticket_id, "number": f"B{number:09d}", "profile_version": world.profile_version, "state": state,
            "version": 1, "ledger_length": 1, "ledger_head": GENESIS, "title": matter.title, "summary": sealed,
            "category": "help", "channel": "call", "urgency": "normal", "caller_kind": "citizen", "created_at": at,
            "accepted_at": at, "dispatched_at": at, "unit_id": unit, "assignment_id": work_id, "repeat_calls": 1,
        },
        "ticket_assignments": {
            "id": work_id, **common, "seq": 1, "round": 0, "unit_id": unit, "kind": "lead", "due_at": due_at,
            "state": "waiting" if waiting else "working", "dispatched_at": at,
        },
        "ticket_parties": {"unit_id": unit, **common, "role": "handling"},
        "ticket_duties#resolve": {**duty, "id": _id(at, dice), "kind": "resolve", "next_alert_at": due_at},
        "ticket_duties#sign": {
            **duty, "id": _id(at, dice), "kind": "sign", "open": waiting, "next_alert_at": due_at if waiting else None,
            "done_at": None if waiting else at,
        },
        "ticket_events": {
            "id": _id(at, dice), **common, "seq": 1, "event": "opened", "state": "draft", "actor_id": "system",
            "actor_name": "-", "actor_role": "system", "at": at, "data": "{}", "previous": GENESIS, "hash": GENESIS,
        },
        "ticket_words": {**common, "words": words},
    }  # fmt: skip


def _id(at: datetime, dice: random.Random) -> str:
    """Return a UUIDv7 made at `at`; its last digit tells copies apart (`loading.multiply`)."""
    milliseconds = f"{int(at.timestamp() * 1000):012x}"
    rest = f"{dice.getrandbits(68):017x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}-7{rest[:3]}-8{rest[3:6]}-{rest[6:17]}0"
