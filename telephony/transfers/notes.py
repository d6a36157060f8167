"""The note that goes with a caller to a partner, stage by stage: what is in it, and how it is kept until it arrived."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core import outbox, wire
from telephony.events import EMERGENCY_LINKED, HANDED_OVER, HANDOVER_CHECK, HandOver, HandOverStage


def at_stage(note: HandOver, stage: HandOverStage, at: datetime, why: str = "") -> HandOver:
    """Return the note at a later stage; of a call that did not come about nothing personal is told again."""
    if stage is not HandOverStage.NOT_CONNECTED:
        return replace(note, stage=stage, at=at)
    return replace(note, stage=stage, at=at, why=why, caller=None, said=None, reason="", ticket="")


async def tell(session: AsyncSession, note: HandOver, now: datetime) -> None:
    """Put a stage into the outbox, in the caller's transaction; the same stage of an attempt twice is one message."""
    for topic in (HANDED_OVER, EMERGENCY_LINKED) if note.emergency else (HANDED_OVER,):
        key = f"{note.leg_id}:{note.stage}"
        await outbox.enqueue(session, topic=topic, key=key, payload=wire.payload_of(note), now=now)


async def check_later(session: AsyncSession, note: HandOver, now: datetime, at: datetime) -> None:
    """Let the end of the attempt be looked up at an instant, should nobody have told it by then."""
    payload = wire.payload_of(note)
    await outbox.enqueue(session, topic=HANDOVER_CHECK, key=note.leg_id, payload=payload, now=now, not_before=at)
