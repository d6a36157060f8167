"""Transcripts and proposals on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from asr.events import UtteranceHeard
from asr.service import TranscriptService
from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict
from core.ids import new_id
from core.personal import Personal


def utterance(clock: ManualClock, call_id: str, speaker: str, words: str, after: float = 0.0) -> UtteranceHeard:
    began = clock.now() + timedelta(seconds=after)
    return UtteranceHeard(
        utterance_id=new_id(), call_id=call_id, leg_id=new_id(), speaker=speaker, text=Personal(words),
        started_at=began, ended_at=began + timedelta(seconds=2), confidence=0.8,
    )  # fmt: skip


@pytest.fixture
def service(database: Database, clock: ManualClock) -> TranscriptService:
    return TranscriptService(database, clock)


async def test_an_utterance_is_kept_once(service: TranscriptService, clock: ManualClock) -> None:
    one = utterance(clock, new_id(), "caller", "我要投诉")
    assert await service.add(one) is True
    assert await service.add(one) is False
    assert await service.transcript(one.call_id) == [one]


async def test_a_transcript_is_in_the_order_it_was_spoken(service: TranscriptService, clock: ManualClock) -> None:
    call_id = new_id()
    late = utterance(clock, call_id, "caller", "后说的", after=9)
    early = utterance(clock, call_id, "agent", "先说的", after=1)
    await service.add(late)
    await service.add(early)
    await service.add(utterance(clock, new_id(), "caller", "别的通话"))
    assert await service.transcript(call_id) == [early, late]
    assert await service.legs_heard(call_id) == {early.leg_id, late.leg_id}


async def test_what_was_said_is_not_readable_in_the_database(
    service: TranscriptService, database: Database, clock: ManualClock
) -> None:
    await service.add(utterance(clock, new_id(), "caller", "我姓王"))
    async with database.reading() as session:
        stored = (await session.execute(text("SELECT text FROM asr_utterances"))).scalar_one()
    assert "我姓王".encode() not in bytes(stored)


async def test_proposals_follow_what_is_said(service: TranscriptService, clock: ManualClock) -> None:
    call_id = new_id()
    first = utterance(clock, call_id, "caller", "我要投诉楼下的烧烤店噪音扰民")
    await service.add(first)
    assert {one.field for one in await service.suggest(call_id)} == {
        "title", "summary", "category", "unit", "subject",
    }  # fmt: skip
    phone = utterance(clock, call_id, "caller", "我的电话是一三九一二三四五六七八", after=5)
    await service.add(phone)
    await service.suggest(call_id)
    stored = {one.field: one for one in await service.suggestions(call_id)}
    assert stored["contact_phone"].value == Personal("13912345678")
    assert stored["contact_phone"].utterance_ids == (phone.utterance_id,)
    assert stored["category"].utterance_ids == (first.utterance_id,)
    assert len(stored) == 6


async def test_an_erased_transcript_stays_erased(service: TranscriptService, clock: ManualClock) -> None:
    one = utterance(clock, new_id(), "caller", "我要投诉物业")
    await service.add(one)
    await service.suggest(one.call_id)
    assert await service.erase(one.call_id, "YC-13.9") == 1
    assert await service.erase(one.call_id, "YC-13.9") == 0
    assert await service.transcript(one.call_id) == []
    assert await service.suggestions(one.call_id) == []
    with pytest.raises(Conflict) as caught:
        await service.add(one)
    assert caught.value.code == "transcript_erased"
