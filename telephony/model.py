"""Tables of the telephony room: calls and their legs."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from core.personal import EncryptedPersonal, Personal, SearchHash
from telephony.states import CallState


class Call(Base):
    """One citizen's dialling of one number. `id` is the call id made by the dialplan."""

    __tablename__ = "telephony_calls"
    __table_args__ = (
        Index("ix_telephony_calls_entered", "entered_at"),
        Index("ix_telephony_calls_caller", "caller_hash"),
        Index("ix_telephony_calls_state", "state"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default=CallState.WAITING)
    caller: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    caller_hash: Mapped[Personal | None] = mapped_column(SearchHash)
    dialled: Mapped[str] = mapped_column(String(32), default="")
    reached: Mapped[str] = mapped_column(String(32), default="")
    """Number of ours that the call came in on, when `dialled` was forwarded to us."""
    partner: Mapped[str] = mapped_column(String(32), default="")
    """Partner who transferred the call to us; empty: it came from the carrier."""
    former: Mapped[str] = mapped_column(String(36), default="")
    """Our call of before, when the partner had got the caller from us."""
    queue: Mapped[str] = mapped_column(String(64), default="")
    callback: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    """Number at which the caller asked to be called back."""
    entered_at: Mapped[datetime]
    fell_back_at: Mapped[datetime | None]
    joined_at: Mapped[datetime | None]
    """When caller and an agent first heard each other; None: never."""
    ended_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    """When `CALL_ENDED` was put into the outbox."""


class Leg(Base):
    """One party's channel in a call. `id` is the leg id."""

    __tablename__ = "telephony_legs"
    __table_args__ = (Index("ix_telephony_legs_call", "call_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(36))
    party: Mapped[str] = mapped_column(String(16))
    endpoint: Mapped[str] = mapped_column(String(80), default="")
    channel: Mapped[str] = mapped_column(String(80), default="")
    rang_at: Mapped[datetime | None]
    joined_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime | None]
    """When its recording began."""
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(16))
    """`HangupReason` of its end."""
    recording: Mapped[str | None] = mapped_column(String(255))
    """Recording file, relative to the switch's spool directory."""
    journaled_at: Mapped[datetime | None]
    """When its line was read from the journal."""
