"""Tables of the recordings room: recordings, who listened or held, and what was erased by which rule."""

from datetime import date, datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from recordings.lifecycle import RecordingState


class Recording(WithId, Base):
    """The sound of one call."""

    __tablename__ = "recordings"
    __table_args__ = (Index("ix_recordings_state_keep_until", "state", "keep_until"),)

    call_id: Mapped[str] = mapped_column(String(36), unique=True)
    state: Mapped[str] = mapped_column(String(16), default=RecordingState.INCOMING)
    path: Mapped[str | None] = mapped_column(String(200))
    """Relative to the recordings directory; None when there is no file."""
    seconds: Mapped[float | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    channels: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Which party is on which channel: ``{"left": "caller", "right": "agent"}``."""
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    caller_level: Mapped[float | None]
    """Loudest second of the caller's channel, dBFS."""
    agent_level: Mapped[float | None]
    caller_silent: Mapped[bool] = mapped_column(default=False)
    agent_silent: Mapped[bool] = mapped_column(default=False)
    problems: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What the check of the sound found, in words for people."""

    keep_until: Mapped[date | None]
    """Last day (Asia/Shanghai) on which it must exist."""
    keep_clause: Mapped[str | None] = mapped_column(String(40))
    keep_basis: Mapped[str | None] = mapped_column(String(40))
    held: Mapped[bool] = mapped_column(default=False)
    hold_reason: Mapped[str | None] = mapped_column(String(300))
    held_by: Mapped[str | None] = mapped_column(String(36))

    created_at: Mapped[datetime]
    kept_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class RecordingAccess(WithId, Base):
    """Somebody listened to a recording, held it or released it, and why."""

    __tablename__ = "recording_accesses"

    recording_id: Mapped[str] = mapped_column(String(36), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    """`playback`, `unmuted` (played with the numbers of cards), `held` or `released`."""
    actor_id: Mapped[str] = mapped_column(String(36))
    role: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]


class RecordingErasure(WithId, Base):
    """A recording was erased; the record that stays."""

    __tablename__ = "recording_erasures"

    recording_id: Mapped[str] = mapped_column(String(36), unique=True)
    call_id: Mapped[str] = mapped_column(String(36))
    sha256: Mapped[str | None] = mapped_column(String(64))
    kept_until: Mapped[date]
    clause: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime]
