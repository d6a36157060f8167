"""Tables of the figures: what agents did when, which calls do not count, and the history a half hour a row."""

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId

_ID = String(36)


class StateChange(WithId, Base):
    """An agent entered a state; he is in it until his next row."""

    __tablename__ = "agent_state_changes"
    __table_args__ = (
        Index("ix_agent_state_changes_agent", "agent_id", "at"),
        Index("ix_agent_state_changes_at", "at"),
    )

    agent_id: Mapped[str] = mapped_column(_ID)
    state: Mapped[str] = mapped_column(String(16))
    """`routing.events.AgentState`."""
    reason: Mapped[str] = mapped_column(default="")
    call_id: Mapped[str | None] = mapped_column(_ID)
    at: Mapped[datetime]


class LeftOutCall(Base):
    """A call that no figure counts."""

    __tablename__ = "left_out_calls"

    call_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    why: Mapped[str] = mapped_column(String(16))
    """`probe` (拨测) or `callback`."""
    at: Mapped[datetime] = mapped_column(index=True)


class QueueInterval(Base):
    """What was counted of one queue (`*`: all) in one half hour."""

    __tablename__ = "queue_intervals"

    queue: Mapped[str] = mapped_column(String(60), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    """`routing.figures.counts.Count` → number; zero is left out."""
    written_at: Mapped[datetime]
    """Later than the end of the half hour: complete."""
