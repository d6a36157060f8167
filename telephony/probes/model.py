"""Table of the results of probe calls."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class ProbeResult(Base):
    """One probe call. No figure, ticket or survey is made of it."""

    __tablename__ = "telephony_probe_results"
    __table_args__ = (Index("ix_telephony_probe_results_at", "at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    round_id: Mapped[str] = mapped_column(String(36))
    number: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(60), default="")
    trunk: Mapped[str] = mapped_column(String(32), default="")
    """Partner whose trunk was dialled; empty: a queue of ours."""
    at: Mapped[datetime]
    """When it was dialled."""
    outcome: Mapped[str] = mapped_column(String(16))
    """`Outcome`."""
    answer_ms: Mapped[int | None]
    """From dialling to the answer; None: there was none."""
    heard: Mapped[str] = mapped_column(String(16), default="")
    """`Heard`; empty: not answered."""
    speech_ms: Mapped[int] = mapped_column(default=0)
    recording: Mapped[str] = mapped_column(String(255), default="")
    """File of what was heard, relative to the data directory."""
    passed: Mapped[bool]
