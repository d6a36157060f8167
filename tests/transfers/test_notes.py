"""Notes that go with a caller to a partner: its clerk has it when he answers, and is told when the call is not his."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.database import Base, Database
from core.ids import new_id
from core.outbox import Deliverer
from core.personal import Personal
from core.secrets import Secrets
from core.settings import Settings
from hotline.handover import HandOverSender
from hotline.house import House
from hotline.roles.notes import HandOverNotes
from telephony.events import (
    HANDED_OVER,
    HANDOVER_CHECK,
    CallEnded,
    HandOver,
    HandOverStage,
    HangupReason,
    LegEnded,
    LegJoined,
    Party,
)
from telephony.service import CallRecorder
from tests.transfers.receiver import SECRET, Receiver

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
RING_SECONDS = 30.0


@dataclass
class Office:
    """The role's notes, the deliverer of the outbox, and the partner's web server."""

    house: House
    clock: ManualClock
    recorder: CallRecorder
    receiver: Receiver
    notes: HandOverNotes
    deliverer: Deliverer

    def note(self, **values: object) -> HandOver:
        call_id, leg_id = new_id(), new_id()
        caller, said = Personal("13900000001"), Personal("发票如何开具")
        note = HandOver(
            call_id, leg_id, HandOverStage.RINGING, "tax", "12366", caller, "发票", said, "YC-1", "agent-1", NOW
        )
        return replace(note, **values)  # type: ignore[arg-type]

    async def delivered(self) -> list[tuple[str, str]]:
        """Deliver what is due; return stage and caller of each note that the partner has."""
        while await self.deliverer.run_once():
            pass
        return [(note["stage"], note["caller"]) for note in self.receiver.notes]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'notes.db'}")
    async with database.transaction() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    receiver = Receiver()
    await receiver.start()
    (tmp_path / "partners.toml").write_text(
        f'[tax]\nhost = "127.0.0.1"\nwebhook = "{receiver.url}"\nwebhook_secret = "{SECRET}"\n', "utf-8"
    )
    clock = ManualClock(NOW)
    house = House(Settings(home=tmp_path), Secrets.load_or_create(tmp_path), clock, database, None)  # type: ignore[arg-type]
    recorder = CallRecorder(database, clock, tmp_path / "spool")
    sender = HandOverSender(house, recorder)
    deliverer = Deliverer(database, clock, {HANDED_OVER: sender.send, HANDOVER_CHECK: sender.check})
    yield Office(house, clock, recorder, receiver, HandOverNotes(house), deliverer)
    await receiver.close()
    await database.close()


def joined(note: HandOver) -> LegJoined:
    return LegJoined(note.call_id, note.leg_id, Party.HOTLINE, note.number, note.leg_id, NOW + timedelta(seconds=5))


def ended(note: HandOver, reason: HangupReason = HangupReason.BUSY, *, answered: bool = False) -> LegEnded:
    at = NOW + timedelta(seconds=6)
    return LegEnded(note.call_id, note.leg_id, Party.HOTLINE, note.number, reason, answered=answered, at=at)


async def test_the_partner_has_the_note_while_it_rings_and_is_told_that_the_call_is_his(office: Office) -> None:
    note = office.note()
    office.notes.expect(note)
    await office.notes.rings(note.leg_id, RING_SECONDS)
    assert await office.delivered() == [("ringing", "13900000001")]
    await office.notes.take(joined(note))
    await office.notes.take(ended(note, HangupReason.NORMAL, answered=True))
    assert await office.delivered() == [("ringing", "13900000001"), ("answered", "13900000001")]
    assert office.receiver.keys == [f"{note.leg_id}:ringing", f"{note.leg_id}:answered"]
    assert office.receiver.wrong == []


async def test_a_call_that_did_not_come_about_makes_the_note_void_and_names_nobody(office: Office) -> None:
    note = office.note()
    office.notes.expect(note)
    await office.notes.rings(note.leg_id, RING_SECONDS)
    await office.notes.take(ended(note))
    assert await office.delivered() == [("ringing", "13900000001"), ("not_connected", None)]
    told = office.receiver.notes[-1]
    assert (told["why"], told["said"], told["reason"], told["leg_id"]) == ("busy", None, "", note.leg_id)


async def test_an_answer_faster_than_the_verb_is_told_once_and_nothing_rings_after_it(office: Office) -> None:
    note = office.note()
    office.notes.expect(note)
    await office.notes.take(joined(note))
    await office.notes.rings(note.leg_id, RING_SECONDS)
    assert await office.delivered() == [("answered", "13900000001")]


async def test_a_verb_that_the_switch_refused_tells_the_partner_nothing(office: Office) -> None:
    note = office.note()
    office.notes.expect(note)
    await office.notes.take(CallEnded(note.call_id, NOW, talked=True))
    await office.notes.rings(note.leg_id, RING_SECONDS)
    assert await office.delivered() == []


@pytest.mark.parametrize(
    ("answered", "stages"), [(True, ["ringing", "answered"]), (False, ["ringing", "not_connected"])]
)
async def test_the_end_is_told_from_the_tables_when_the_role_died_while_it_rang(
    office: Office, answered: bool, stages: list[str]
) -> None:
    note = office.note()
    office.notes.expect(note)
    await office.notes.rings(note.leg_id, RING_SECONDS)
    await office.recorder.take(joined(note) if answered else ended(note))
    assert [stage for stage, _ in await office.delivered()] == ["ringing"]
    office.clock.advance(timedelta(seconds=RING_SECONDS + 61))
    assert [stage for stage, _ in await office.delivered()] == stages


async def test_what_was_told_is_not_told_again_when_the_check_comes(office: Office) -> None:
    note = office.note()
    office.notes.expect(note)
    await office.notes.rings(note.leg_id, RING_SECONDS)
    await office.recorder.take(joined(note))
    await office.notes.take(joined(note))
    office.clock.advance(timedelta(seconds=RING_SECONDS + 61))
    assert [stage for stage, _ in await office.delivered()] == ["ringing", "answered"]


async def test_a_partner_whose_server_is_down_gets_the_note_later_under_the_same_key(office: Office) -> None:
    office.receiver.broken = 1
    note = office.note()
    office.notes.expect(note)
    await office.notes.rings(note.leg_id, RING_SECONDS)
    assert await office.delivered() == []
    office.clock.advance(timedelta(seconds=2))
    assert await office.delivered() == [("ringing", "13900000001")]
    assert office.receiver.keys == [f"{note.leg_id}:ringing"] * 2
