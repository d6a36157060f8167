"""Tables of the speech room: what was said, and what the ticket form is proposed from it."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class Utterance(WithId, Base):
    """A finished utterance of one speaker; `id` is the utterance id given by whoever heard it."""

    __tablename__ = "asr_utterances"
    __table_args__ = (Index("ix_asr_utterances_call_started", "call_id", "started_at"),)

    call_id: Mapped[str] = mapped_column(String(36))
    leg_id: Mapped[str] = mapped_column(String(36))
    speaker: Mapped[str] = mapped_column(String(16))
    text: Mapped[Personal] = mapped_column(EncryptedPersonal)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    confidence: Mapped[float]
    number_spans: Mapped[str] = mapped_column(String(1000), default="")
    """Where numbers were said (`asr.private.written`)."""
    stored_at: Mapped[datetime]


class Suggestion(WithId, Base):
    """The standing proposal for one field of the call's ticket, with the words it rests on."""

    __tablename__ = "asr_suggestions"
    __table_args__ = (Index("uq_asr_suggestions_call_field", "call_id", "field", unique=True),)

    call_id: Mapped[str] = mapped_column(String(36))
    field: Mapped[str] = mapped_column(String(32))
    value: Mapped[Personal] = mapped_column(EncryptedPersonal)
    confidence: Mapped[float]
    utterance_ids: Mapped[str] = mapped_column(String(2000))
    """Ids joined by a space, oldest first, at most 50."""
    words: Mapped[Personal] = mapped_column(EncryptedPersonal)
    reason: Mapped[Personal] = mapped_column(EncryptedPersonal)
    suggested_at: Mapped[datetime]


class Alarm(WithId, Base):
    """An urgent matter heard in a call, told to agent and supervisor once a level (YC-15, FJ-20.5)."""

    __tablename__ = "asr_alarms"
    __table_args__ = (Index("uq_asr_alarms_call_level", "call_id", "level", unique=True),)

    call_id: Mapped[str] = mapped_column(String(36))
    level: Mapped[str] = mapped_column(String(16))
    """`urgent` or `critical`."""
    topic: Mapped[str] = mapped_column(String(16))
    words: Mapped[Personal] = mapped_column(EncryptedPersonal)
    raised_at: Mapped[datetime] = mapped_column(index=True)
    told: Mapped[int] = mapped_column(default=1)
    told_at: Mapped[datetime]
    """When it was told last."""
    taken_by: Mapped[str | None] = mapped_column(String(36))
    """Account of who took care; None: nobody yet."""
    taken_name: Mapped[str | None] = mapped_column(String(64))
    taken_at: Mapped[datetime | None]


class Correction(WithId, Base):
    """What was proposed for a field, and what a person put on the ticket instead or kept."""

    __tablename__ = "asr_corrections"
    __table_args__ = (
        Index("uq_asr_corrections_call_field", "call_id", "field", unique=True),
        Index("ix_asr_corrections_judged", "judged_at"),
    )

    call_id: Mapped[str] = mapped_column(String(36))
    field: Mapped[str] = mapped_column(String(32))
    proposed: Mapped[Personal] = mapped_column(EncryptedPersonal)
    confidence: Mapped[float]
    put: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    """None: the person left the field empty."""
    outcome: Mapped[str] = mapped_column(String(16))
    """`kept`, `edited` (most of the text stayed), `replaced`, `left_out`."""
    judged_at: Mapped[datetime]


class TranscriptErasure(WithId, Base):
    """A call whose transcript was erased by rule; nothing is added to it again."""

    __tablename__ = "asr_erasures"

    call_id: Mapped[str] = mapped_column(String(36), unique=True)
    clause: Mapped[str] = mapped_column(String(64))
    utterances: Mapped[int]
    erased_at: Mapped[datetime]


class TranscriptDebt(WithId, Base):
    """A call whose recording is kept, so that its transcript is to be completed from it; done once `done_at` is set."""

    __tablename__ = "asr_transcript_debts"
    __table_args__ = (Index("ix_asr_transcript_debts_done_owed", "done_at", "owed_at"),)

    call_id: Mapped[str] = mapped_column(String(36), unique=True)
    owed_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    added: Mapped[int] = mapped_column(default=0)
    """Utterances that live recognition had missed."""
